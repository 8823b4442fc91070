"""Token's name or symbol imitates another by its letters.

What it finds: a token whose symbol or name holds characters that show nothing or turn the direction, mixes
Latin letters with letters of other scripts that look the same, or reads like a well-known symbol without
being written as one.

Why it matters: anybody can call a token anything. A token called USDC in which one letter is Cyrillic is
there to be taken for the real one: in a history, in a swap, in a list of approvals.

What to do: compare the contract's address with the one that the token's makers publish.

Limits: a false token with a plainly written symbol is not found here; the address alone tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.confusable import imitating_script, look_of
from guard.core.evidence import Evidence
from guard.core.intent import Approve, ApproveAll, NftTransfer, Order, Permit, Swap, Transfer
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity

WELL_KNOWN = frozenset(
    (
        *("AAVE", "APE", "BNB", "BTC", "BUSD", "COMP", "CRV", "DAI", "ENS", "ETH", "EURC", "FRAX", "GHO"),
        *("LDO", "LINK", "LUSD", "MATIC", "MKR", "OP", "PAXG", "PEPE", "POL", "PYUSD", "RETH", "SAND"),
        *("SHIB", "STETH", "SUSHI", "TUSD", "UNI", "USD", "USDC", "USDE", "USDP", "USDS", "USDT", "WBTC"),
        *("WEETH", "WETH", "WSTETH", "YFI"),
    )
)
"""Symbols worth imitating."""


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each token with a name or a symbol that is not what it looks like."""
    tokens = observed(subject.evidence.tokens)
    for token in sorted(tokens):
        state = tokens[token]
        for part, text in (("symbol", state.symbol), ("name", state.name)):
            why = _deception(text or "")
            if why:
                yield Hit(facts={"token": token, "part": part, "text": text, "why": why}, counterparty=token)


def _deception(text: str) -> str | None:
    """Return what is deceptive in an escaped text; None where nothing is."""
    if "\\" in text:
        return "holds characters that do not show"
    if text.isascii():
        return None
    look = look_of(text)
    if look in WELL_KNOWN:
        return f"is read as {look}, and written otherwise"
    script = imitating_script(text)
    return f"mixes Latin and {script} letters" if script else None


def _called(symbol: str) -> Evidence:
    return examples.told(tokens={examples.TOKEN: replace(examples.STATE, symbol=symbol)})


RULE = Rule(
    id="token.confusable",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.HIGH,
    needs=("tokens",),
    about=(Approve, ApproveAll, NftTransfer, Order, Permit, Swap, Transfer),
    message="the {part} of the token {token}, '{text}', {why}",
    advice="compare the contract's address with the one that the token's makers publish",
    check=check,
    fires=(
        examples.example(
            "a symbol with a Cyrillic letter", examples.token_transfer(examples.FRIEND), _called("USD\u0421")
        ),
        examples.example(
            "a symbol with an override of its direction",
            examples.token_transfer(examples.FRIEND),
            _called("CDSU\\u202e"),
        ),
        examples.example(
            "a name in two scripts",
            examples.token_transfer(examples.FRIEND),
            _called("Tether\u0430"),
        ),
    ),
    quiet=(
        examples.example(
            "a symbol in plain letters", examples.token_transfer(examples.FRIEND), _called("USDC")
        ),
        examples.example(
            "a symbol in one other script", examples.token_transfer(examples.FRIEND), _called("\u67f4\u72ac")
        ),
    ),
)
