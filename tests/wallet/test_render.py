"""Screens as they were looked at and kept, at three widths; nothing that must be compared is ever cut.

The kept screens are files in `screens/`. After a change of words: `python -m tests.wallet.test_render`
writes them anew, and the difference is read before it is kept.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guard.core.entries import Deny
from guard.core.evidence import Acquaintance, Counterparty, Missing, Observed
from guard.core.features import FeatureKind
from guard.core.policy import Policy
from guard.core.prediction import PredictionClass, PredictionSource
from guard.core.request import LegacyFee, TransactionRequest
from guard.core.review import review
from guard.core.rules.examples import ETHER, EVIDENCE, FRIEND, SAFE, STRANGER, TOKEN, TRANSFER, both
from guard.core.verdict import Decision, Severity, Verdict
from wallet.render import question, screen

SCREENS = Path(__file__).parent / "screens"
WIDTHS = (40, 80, 200)
MOST = 2**256 - 1
LOOKALIKE = FRIEND.from_bytes(FRIEND.to_bytes()[:4] + b"\0" * 12 + FRIEND.to_bytes()[16:])
TOKEN_CALL = bytes.fromhex("a9059cbb") + bytes(12) + STRANGER.to_bytes() + MOST.to_bytes(32, "big")

NO_NODE = Missing("no node was given to ask")
_EMBEDDED = {"source": PredictionSource.EMBEDDED, "features_kind": FeatureKind.ACCOUNT, "model": "txguard 1"}


def said(prediction_class: PredictionClass, **changes: Any) -> Any:
    return replace(EVIDENCE, prediction=replace(SAFE, prediction_class=prediction_class, **changes))


def case(request: TransactionRequest, evidence: Any = EVIDENCE, policy: Policy | None = None) -> Any:
    return request, review(request, evidence, policy or Policy(), 0)


CASES: dict[str, tuple[TransactionRequest, Verdict]] = {
    "allow": case(TRANSFER),
    "allow-small-stranger": case(replace(TRANSFER, to=STRANGER, value=ETHER // 100)),
    "warn-stranger": case(replace(TRANSFER, to=STRANGER, value=1_234_567_890_123_456_789)),
    "warn-token": case(
        replace(TRANSFER, to=TOKEN, value=0, data=TOKEN_CALL, gas_limit=100_000),
        replace(EVIDENCE, recipient_code=Observed(b"\1", "node")),
    ),
    "warn-fraud-typed": case(TRANSFER, said(PredictionClass.FRAUD), Policy(fraud=Severity.WARN)),
    "block-fraud": case(
        TRANSFER,
        said(
            PredictionClass.FRAUD,
            probability=0.97,
            reason="30 receipts in two days, then two sweeps",
            **_EMBEDDED,
        ),
    ),
    "block-lookalike": case(
        replace(TRANSFER, to=LOOKALIKE),
        replace(
            EVIDENCE,
            counterparties=Observed(
                (Counterparty(address=FRIEND, acquaintance=Acquaintance.CONTACT, name="friend"),), "contacts"
            ),
        ),
    ),
    "block-limit-and-funds": case(
        replace(TRANSFER, value=MOST), policy=Policy(per_transaction_limit_wei=ETHER)
    ),
    "no-verdict-service": case(TRANSFER, said(PredictionClass.UNKNOWN, probability=None, reason="asleep")),
    "no-verdict-node": case(
        replace(TRANSFER, chain_id=None, nonce=None, gas_limit=None, fee=None),
        replace(
            EVIDENCE,
            **{
                name: Missing("no node was given to ask")
                for name in ("chain_id", "balance", "recipient_code")
            },
        ),
    ),
    "abstained": case(
        replace(TRANSFER, fee=LegacyFee(gas_price=1)),
        said(PredictionClass.ABSTAINED, probability=None, reason="the account has no past", **_EMBEDDED),
    ),
    "block-two-witnesses": case(
        TRANSFER, both(embedded=PredictionClass.FRAUD, external=PredictionClass.SAFE, probability=0.97)
    ),
    "no-verdict-two-witnesses": case(
        TRANSFER, both(embedded=PredictionClass.SAFE, external=PredictionClass.UNKNOWN, probability=0.03)
    ),
    "deploy": case(replace(TRANSFER, to=None, value=0, data=b"\x60\x00", gas_limit=100_000)),
    "unreadable": case(
        replace(TRANSFER, to=TOKEN, value=0, data=b"\xde\xad\xbe\xef", gas_limit=100_000),
        replace(EVIDENCE, recipient_code=Observed(b"\1", "node")),
    ),
}


def shown(name: str) -> str:
    request, verdict = CASES[name]
    text = re.sub(r"\x1b\[[0-9;]*m", "", screen(request, verdict))
    # A BLOCK is put to nobody.
    asked = "" if verdict.decision is Decision.BLOCK else f"\n{question(request, verdict)}\n"
    return f"{text}\n{asked}"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", CASES)
def test_the_screen_is_the_one_that_was_kept(name: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert shown(name) == (SCREENS / f"{name}-{width}.txt").read_text()


@pytest.mark.parametrize("width", [1, 20, *WIDTHS])
@pytest.mark.parametrize("name", CASES)
def test_addresses_amounts_and_digest_stand_in_full_at_every_width(
    name: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    request, verdict = CASES[name]
    text = screen(request, verdict)
    words = set(re.sub(r"\x1b\[[0-9;]*m", "", text).replace("(", " ").replace(")", " ").split())
    assert {request.sender, verdict.digest} <= words
    recipient = getattr(verdict.intent, "recipient", request.to)
    assert recipient is None or recipient in words
    amount = getattr(verdict.intent, "amount", request.value)
    assert str(amount) in words


@pytest.mark.parametrize("name", CASES)
def test_no_line_of_words_is_wider_than_80_columns(name: str) -> None:
    lines = [line for line in shown(name).splitlines() if "0x" not in line and not re.search(r"\d{40}", line)]
    assert [line for line in lines if len(line) > 80] == []


def test_an_entry_of_the_policy_that_set_a_level_is_shown_under_the_rule() -> None:
    policy = Policy(levels={"recipient.first-time": Severity.BLOCK}, denied=(Deny(address=STRANGER),))
    shown = screen(*case(replace(TRANSFER, to=STRANGER, value=1), policy=policy)).splitlines()
    for rule, words in (
        ("policy.denied", "deny entry 1"),
        ("recipient.first-time", "the level of recipient.first-time"),
    ):
        line = next(number for number, text in enumerate(shown) if text.startswith(f"  rule    {rule} "))
        assert shown[line + 1] == f"  policy  {words}"
    assert "  policy" not in screen(*CASES["block-fraud"])


def test_the_decision_comes_first_and_colours_only_repeat_what_words_say() -> None:
    for name, (request, verdict) in CASES.items():
        first = screen(request, verdict).splitlines()[0]
        word = "NO VERDICT" if verdict.decision is None else verdict.decision.name
        assert re.sub(r"\x1b\[[0-9;]*m", "", first).startswith(f"{word}  "), name


if __name__ == "__main__":
    for columns in WIDTHS:
        os.environ["COLUMNS"] = str(columns)
        for title in CASES:
            (SCREENS / f"{title}-{columns}.txt").write_text(shown(title))
