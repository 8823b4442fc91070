"""`guard approve`: what it lists, shows and asks, and what each answer comes to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from guard.adapters.approvals import ApprovalFolder
from guard.config import find_home
from guard.core.rules.examples import TRANSFER
from guard.core.verdict import Approval, Confirmation, Decision, Severity, Verdict
from guard.engine import SystemClock
from guard.report.screen import plain_screen
from tests.core.values import NOTE, REVIEWED
from tests.wallet.harness import Desk, Run, furnish

WARNED = replace(
    REVIEWED,
    decision=Decision.WARN,
    confirmation=Confirmation.WARNING,
    findings=(NOTE.at(Severity.WARN),),
)
UNDECIDED = replace(WARNED, decision=None, digest="0x" + "2" * 64)
TYPED = replace(WARNED, confirmation=Confirmation.TYPED)
NAME = WARNED.digest[:10]


@pytest.fixture
def desk(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    return furnish(home, capsys, monkeypatch)


def folder() -> ApprovalFolder:
    return ApprovalFolder(find_home().approvals_dir, SystemClock())


def answered(desk: Desk, typed: str, verdict: Verdict = WARNED) -> tuple[Run, Approval | None]:
    """Return what the command came to when a person typed this, and the yes that is kept."""
    folder().ask(TRANSFER, verdict)
    done = desk.at_terminal(typed, "approve", verdict.digest[:10], program="guard")
    return done, folder().take(verdict, SystemClock().now())


def test_nothing_that_waits_is_said_on_standard_error(desk: Desk) -> None:
    assert desk.guard("approve") == Run(code=0, out="", err="nothing waits for an answer\n")
    assert desk.guard("approve", "--json").object == {"ok": True, "waiting": []}


def test_what_waits_is_listed_with_its_decision(desk: Desk) -> None:
    for verdict in (WARNED, UNDECIDED):
        folder().ask(TRANSFER, verdict)
    out = desk.guard("approve").out
    assert sorted(out.splitlines()) == sorted([f"{WARNED.digest}  WARN", f"{UNDECIDED.digest}  NO VERDICT"])
    waiting = desk.guard("approve", "--json").object["waiting"]
    assert {one["digest"]: one["decision"] for one in waiting} == {
        WARNED.digest: "WARN",
        UNDECIDED.digest: None,
    }


def test_the_whole_verdict_is_shown_and_a_yes_is_kept(desk: Desk) -> None:
    done, approval = answered(desk, "y\n")
    assert (done.code, done.out) == (0, f"accepted {WARNED.digest}\n")
    assert plain_screen(TRANSFER, WARNED, width=80) in done.err
    assert "Accept it, once? [y/N]:" in done.err
    assert approval == Approval(digest=WARNED.digest, confirmation=Confirmation.WARNING)


@pytest.mark.parametrize("typed", ["n\n", "\n", "\x04", "maybe\nn\n"])
def test_everything_but_a_yes_is_a_no(desk: Desk, typed: str) -> None:
    done, approval = answered(desk, typed)
    assert (done.code, done.out, approval) == (5, "", None)
    assert "error: nobody accepted it" in done.err


@pytest.mark.parametrize(("typed", "code"), [(TYPED.digest[2:10], 0), ("y", 5), (TYPED.digest[2:9], 5)])
def test_a_typed_warning_takes_the_digits_of_the_digest_alone(desk: Desk, typed: str, code: int) -> None:
    done, approval = answered(desk, typed + "\n", TYPED)
    assert (done.code, approval is not None) == (code, code == 0)


def test_without_a_terminal_nobody_accepts(desk: Desk) -> None:
    folder().ask(TRANSFER, WARNED)
    done = desk.guard("approve", NAME)
    assert (done.code, done.out) == (5, "")
    assert folder().take(WARNED, SystemClock().now()) is None


def test_a_question_that_is_declined_waits_no_more(desk: Desk) -> None:
    folder().ask(TRANSFER, WARNED)
    done = desk.guard("approve", NAME, "--decline", "--json")
    assert done.object == {"ok": True, "digest": WARNED.digest, "answer": "declined"}
    assert folder().questions() == []


def test_a_digest_that_nothing_waits_under_is_a_usage_error(desk: Desk) -> None:
    done = desk.guard("approve", "0x12345678", "--json")
    assert (done.code, done.object["error"]["message"]) == (2, "no question waits with 0x12345678")
