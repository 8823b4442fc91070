"""What a block explorer's labels say: each part of the table, and the labels that accuse nobody."""

from __future__ import annotations

import pytest

from guard.adapters.list_labels import standing_of
from guard.core.reputation import Standing


@pytest.mark.parametrize(
    ("name", "labels", "standing"),
    [
        ("Fake_Phishing3901", ["phish-hack"], Standing.MALICIOUS),
        ("Cream Finance Exploiter 2", ["heist"], Standing.MALICIOUS),
        ("", ["exploit"], Standing.MALICIOUS),
        ("Tornado.Cash: 10 ETH", ["tornado-cash", "ofac-sanctions-lists"], Standing.MALICIOUS),
        ("Spam Token 4", ["spam-token"], Standing.SUSPICIOUS),
        ("Bancor: Vulnerable Contract", ["bancor-contract-vulnerability"], Standing.SUSPICIOUS),
        ("Binance 7", ["binance", "cold-wallet"], Standing.EXCHANGE),
        ("SushiSwap: Router", ["sushiswap"], Standing.KNOWN),
        ("", [], Standing.KNOWN),
    ],
)
def test_a_label_of_the_table_decides(name: str, labels: list[str], standing: Standing) -> None:
    assert standing_of(name, labels) is standing


def test_the_worst_label_decides_in_any_order() -> None:
    labels = ["binance", "spam-token", "ofac-sanctions-lists", "dex"]
    assert standing_of("Binance 7", labels) is Standing.MALICIOUS
    assert standing_of("Binance 7", labels[::-1]) is Standing.MALICIOUS
    assert standing_of("Binance 7", ["binance", "spam-token"]) is Standing.SUSPICIOUS


@pytest.mark.parametrize(
    "name", ["Fake_Phishing6512", "PolyNetwork Exploiter 1", "Kucoin Hacker", "OFAC SDN: 0x19a...dff"]
)
def test_a_name_that_etherscan_gives_to_the_accused_accuses(name: str) -> None:
    assert standing_of(name, ["blocked"]) is Standing.MALICIOUS


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("Multichain Hack Alert 1384", ["take-action"]),
        ("Gitcoin Grants: CryptoScamDB", ["gitcoin-grants"]),
        ("Optimism: Fraud Verifier", ["layer-2", "optimism"]),
        ("SushiSwap: Scam", ["sushiswap"]),
        ("Fund for the victims of Fake_Phishing7", ["donate"]),
        ("Kucoin Hacker: Refunds", ["donate"]),
        ("EtherScamDB: Donate", ["donate"]),
    ],
)
def test_a_word_of_alarm_within_a_name_accuses_nobody(name: str, labels: list[str]) -> None:
    assert standing_of(name, labels) is Standing.KNOWN


def test_blocked_accuses_only_an_address_of_which_nothing_else_is_known() -> None:
    assert standing_of("", ["blocked"]) is Standing.MALICIOUS
    assert standing_of("Null Address: 0x000...000", ["blocked", "burn", "genesis"]) is Standing.KNOWN
    assert standing_of("Tether: USDT Stablecoin", ["bitfinex", "blocked", "stablecoin"]) is Standing.KNOWN
    assert standing_of("Golem Token", ["blocked"]) is Standing.KNOWN
    assert standing_of("", ["blocked", "dex"]) is Standing.KNOWN


def test_a_token_of_an_exchange_is_not_the_exchange() -> None:
    assert standing_of("Binance: BNB Token", ["binance"]) is Standing.KNOWN
    assert standing_of("Binance USD", ["binance", "stablecoin"]) is Standing.KNOWN
    assert standing_of("Kraken: Token Sale Wallet", ["kraken"]) is Standing.EXCHANGE
