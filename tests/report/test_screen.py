"""Screens as they were looked at and kept, at three widths; nothing that must be compared is ever cut.

The kept screens are files in `screens/`. After a change of words: `python -m tests.report.test_screen`
writes them anew, and the difference is read before it is kept.
"""

from __future__ import annotations

import os
import re
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from guard.core.act import flatten
from guard.core.address import Address
from guard.core.amounts import format_ether
from guard.core.bundle import CallBundle
from guard.core.decode import read
from guard.core.entries import Deny
from guard.core.evidence import Acquaintance, Counterparty, Missing, Observed
from guard.core.features import FeatureKind
from guard.core.intent import Approve, Intent, Permit, Swap, Transfer
from guard.core.journal import SendState
from guard.core.policy import Policy
from guard.core.prediction import PredictionClass, PredictionSource
from guard.core.request import LegacyFee
from guard.core.review import review
from guard.core.rules.examples import (
    COLLECTION,
    CONTRACT,
    ETHER,
    EVIDENCE,
    FRIEND,
    PIECES,
    ROUTER,
    SAFE,
    SENDER,
    STATE,
    STRANGER,
    TOKEN,
    TRANSFER,
    WALLET,
    YOUNG,
    both,
    call,
    calldata,
    delegating,
    knowing,
    safe_execution,
    told,
)
from guard.core.signature_request import BareHash, PersonalMessage, SignatureRequest
from guard.core.subject import Request
from guard.core.typed_data import TypedData, parse_typed_data
from guard.core.verdict import Decision, Severity, Verdict
from guard.report.screen import question, record_text, screen
from tests.core.decode.structures.test_seaport import COMPONENTS, order
from tests.core.test_rivals import send
from tests.core.typed_documents import document, mail

SCREENS = Path(__file__).parent / "screens"
WIDTHS = (40, 80, 200)
MOST = 2**256 - 1
LOOKALIKE = FRIEND.from_bytes(FRIEND.to_bytes()[:4] + b"\0" * 12 + FRIEND.to_bytes()[16:])
TOKEN_CALL = bytes.fromhex("a9059cbb") + bytes(12) + STRANGER.to_bytes() + MOST.to_bytes(32, "big")

NO_NODE = Missing("no node was given to ask")
_EMBEDDED = {"source": PredictionSource.EMBEDDED, "features_kind": FeatureKind.ACCOUNT, "model": "txguard 1"}


def said(prediction_class: PredictionClass, **changes: Any) -> Any:
    return replace(EVIDENCE, prediction=replace(SAFE, prediction_class=prediction_class, **changes))


def case(request: Request, evidence: Any = EVIDENCE, policy: Policy | None = None) -> Any:
    return request, review(request, evidence, policy or Policy(), 0)


CASES: dict[str, tuple[Request, Verdict]] = {
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


WORLD = told(
    accounts={TOKEN: CONTRACT, ROUTER: CONTRACT, WALLET: CONTRACT, STRANGER: YOUNG},
    tokens={TOKEN: STATE, COLLECTION: PIECES},
)
APPROVE = "approve(address,uint256)"
KNOWN = knowing(ROUTER, TOKEN, WALLET, evidence=WORLD)
PERMIT = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
DELEGATED = safe_execution(STRANGER, calldata("sweep()"), operation=1)


def signed(content: Any, evidence: Any = WORLD) -> Any:
    return case(SignatureRequest(sender=SENDER, content=content, chain_id=1), evidence)


def structure(encoded_type: str, message: dict[str, Any]) -> TypedData:
    return parse_typed_data(document(encoded_type, message))


def nested(depth: int) -> bytes:
    data = calldata(APPROVE, STRANGER, MOST)
    for _ in range(depth):
        data = calldata("multicall(bytes[])", (data,))
    return data


CASES |= {
    "allow-approval": case(call(TOKEN, APPROVE, ROUTER, 100 * 10**6), KNOWN),
    "warn-approval": case(call(TOKEN, APPROVE, STRANGER, MOST), WORLD),
    "warn-operator": case(call(COLLECTION, "setApprovalForAll(address,bool)", STRANGER, True), WORLD),
    "warn-swap": case(
        call(
            ROUTER,
            "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
            *(10**6, 0, (TOKEN, COLLECTION), STRANGER, 2**40),
        ),
        WORLD,
    ),
    "warn-batch": case(
        call(
            WALLET,
            "aggregate3((address,bool,bytes)[])",
            (
                (TOKEN, False, calldata(APPROVE, STRANGER, MOST)),
                (TOKEN, False, calldata("transfer(address,uint256)", FRIEND, 10**6)),
                (STRANGER, True, b"\xde\xad\xbe\xef"),
            ),
        ),
        WORLD,
    ),
    "warn-bundle": case(
        CallBundle(sender=SENDER, calls=(TRANSFER, call(TOKEN, APPROVE, STRANGER, 10**6)), chain_id=1),
        WORLD,
    ),
    "block-delegate": case(delegating(STRANGER, chain_id=0), WORLD),
    "block-deep": case(replace(TRANSFER, to=TOKEN, value=0, data=nested(9)), WORLD),
    "block-safe": case(DELEGATED, WORLD),
    "block-bait": case(call(STRANGER, "claim()", value=ETHER), WORLD),
    "block-blobs": case(
        replace(TRANSFER, blob_versioned_hashes=(b"\x01" + bytes(31),), max_fee_per_blob_gas=1), WORLD
    ),
    "block-denied": case(TRANSFER, policy=Policy(denied=(Deny(address=FRIEND, note="we fell out"),))),
    "allow-message": signed(PersonalMessage(data=b"I own this account")),
    "block-hash": signed(BareHash(data=b"\xab" * 32)),
    "warn-permit": signed(
        structure(
            PERMIT,
            {"owner": SENDER, "spender": STRANGER, "value": str(MOST), "nonce": 0, "deadline": 2**40},
        )
    ),
    "block-order": signed(structure(COMPONENTS, order(consideration=[], endTime=2**40))),
    "warn-structure": signed(parse_typed_data(mail())),
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
    """C16: thirty decisions and more, at 40, 80 and 200 columns, without colours."""
    monkeypatch.setenv("COLUMNS", str(width))
    assert shown(name) == (SCREENS / f"{name}-{width}.txt").read_text()


def test_thirty_decisions_are_kept_of_every_kind() -> None:
    """C16: stored terminal output for 30 decisions."""
    assert len(CASES) >= 30
    assert {verdict.decision for _, verdict in CASES.values()} == {*Decision, None}
    kept = {f"{name}-{width}.txt" for name in CASES for width in WIDTHS}
    assert {path.name for path in SCREENS.iterdir()} == kept


def named(value: object, kind: type) -> set[Any]:
    """Return every value of this kind that an intent, or what it holds, has."""
    if isinstance(value, kind):
        return {value}
    if isinstance(value, tuple):
        return set().union(*(named(item, kind) for item in value))
    if is_dataclass(value):
        return set().union(*(named(getattr(value, field.name), kind) for field in fields(value)))
    return set()


@pytest.mark.parametrize("width", [1, 20, *WIDTHS])
@pytest.mark.parametrize("name", CASES)
def test_addresses_amounts_and_digest_stand_in_full_at_every_width(
    name: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C16: nothing is truncated; what is said at 1 column is, word for word, what is said at 10,000."""
    request, verdict = CASES[name]
    monkeypatch.setenv("COLUMNS", "10000")
    whole = screen(request, verdict)
    monkeypatch.setenv("COLUMNS", str(width))
    assert screen(request, verdict).split() == whole.split()
    words = set(re.sub(r"[(),;:\n]", " ", re.sub(r"\x1b\[[0-9;]*m", "", whole)).split())
    assert {request.sender, verdict.digest} <= words
    assert named(verdict.intent, Address) <= words
    for amount in {amount for act in flatten(read(request)) for amount in amounts_of(act.intent)}:
        assert {str(amount), format_ether(amount).split()[0]} & words


def amounts_of(intent: Intent) -> set[int]:
    """Return the amounts that an intent itself names."""
    if isinstance(intent, Transfer | Approve):
        return {intent.amount}
    if isinstance(intent, Permit):
        return {grant.amount for grant in intent.grants}
    return {intent.gives.amount} if isinstance(intent, Swap) and intent.gives else set()


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


@pytest.mark.parametrize(
    ("state", "told"),
    [(SendState.HANDED, "hash      not known"), (SendState.DECLINED, "hash      not signed")],
)
def test_of_what_a_wallet_elsewhere_has_no_record_says_that_it_was_not_signed(
    state: SendState, told: str
) -> None:
    record = replace(send("first", state), raw=None, hash=None)
    assert told in record_text(record).splitlines()


if __name__ == "__main__":
    for columns in WIDTHS:
        os.environ["COLUMNS"] = str(columns)
        for title in CASES:
            (SCREENS / f"{title}-{columns}.txt").write_text(shown(title))
