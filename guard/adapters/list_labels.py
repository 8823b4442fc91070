"""What the labels of block explorers say of an address: a table, each part with its reason.

What belongs here: labels and the standing they give. What must not: how a file is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from guard.core.reputation import Standing

_BY_LABEL: tuple[tuple[Standing, frozenset[str]], ...] = (
    # Etherscan's own warnings: it shows a red banner on these pages. The last one is the sanctions list of
    # the United States' Office of Foreign Assets Control.
    (Standing.MALICIOUS, frozenset({"phish-hack", "heist", "exploit", "scam", "ofac-sanctions-lists"})),
    # Unwanted tokens and what Etherscan has doubts about; contracts of which a known fault takes or freezes
    # what is sent or approved to them.
    (
        Standing.SUSPICIOUS,
        frozenset(
            {
                "bancor-contract-vulnerability",
                "flagged-by-sec",
                "high-risk",
                "parity-bug",
                "something-fishy",
                "spam-token",
            }
        ),
    ),
    # Exchanges that keep their customers' funds: what is sent there is credited by a deposit address, and not
    # always for every token. Decentralised exchanges are contracts like others.
    (
        Standing.EXCHANGE,
        frozenset(
            {
                *("abcc", "allbit", "ascendex", "bgogo", "binance", "binance-deposit", "bitfinex", "bithumb"),
                *("bitmart", "bitmex", "bitstamp", "bittrex", "cobinhood", "coinbase", "coinbit", "coinhako"),
                *("coinmetro", "coinone", "coinsquare", "coss-io", "crex24", "crypto-com", "deribit"),
                *("digifinex", "exchange", "ftx", "gate-io", "gbx", "gemini", "hitbtc", "hoo-com", "hotbit"),
                *("huobi", "korbit", "kraken", "kryptono", "kucoin", "latoken", "lcx-ag", "liquid", "okx"),
                *("paribu", "poloniex", "quadrigacx", "remitano", "resfinex", "tidex", "topbtc", "trade-io"),
                *("upbit", "yunbi", "zb-com"),
            }
        ),
    ),
)

_BLOCKED = "blocked"
"""The issuer of a stablecoin has frozen what the address holds. Issuers freeze thieves, and the contracts of
honest tokens to which somebody sent coins by mistake: USDT, BNB and the zero address have this label. So it
accuses an address of which nothing else is known."""

_ACCUSING_NAME = re.compile(r"Fake_Phishing\d*|.* (?:Exploiter|Hacker)(?: \d+)?|OFAC SDN: .*", re.DOTALL)
"""Names that Etherscan makes for the accused, which stand there without a label at times. Words alone do not
accuse: "Multichain Hack Alert 7" is a victim, and "Gitcoin Grants: CryptoScamDB" warns of scams."""

_TOKEN_NAME = re.compile(r".* (?:Stablecoin|Token)", re.DOTALL)
"""A token of an exchange is a contract like others, not a place where the exchange keeps funds."""


def standing_of(name: str, labels: Sequence[str]) -> Standing:
    """Return how an address of this name stands that a block explorer gives these labels.

    The worst label decides; one that is not in the table is that of an address that is known.
    """
    if _ACCUSING_NAME.fullmatch(name) or (not name and list(labels) == [_BLOCKED]):
        return Standing.MALICIOUS
    for standing, fitting in _BY_LABEL:
        if fitting.isdisjoint(labels) or (standing is Standing.EXCHANGE and _is_token(name, labels)):
            continue
        return standing
    return Standing.KNOWN


def _is_token(name: str, labels: Sequence[str]) -> bool:
    return "stablecoin" in labels or _TOKEN_NAME.fullmatch(name) is not None
