"""Questions of doors and their answers in a folder: each answer is used once, by one, for what was shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from guard.adapters import approvals
from guard.adapters.approvals import LIFETIME_S, MOST_QUESTIONS, ApprovalFolder, Question
from guard.core.consent import consent_to
from guard.core.rules.examples import TRANSFER
from guard.core.verdict import Approval, Confirmation, Decision, Severity, Verdict
from guard.errors import CallerError, ConfigurationError
from guard.report.objects import result
from guard.report.screen import plain_screen
from guard.testing import FixedClock
from guard.unmanned import Approvals
from tests.core.values import NOTE, REVIEWED

ASKED = replace(
    REVIEWED,
    decision=Decision.WARN,
    confirmation=Confirmation.WARNING,
    findings=(NOTE.at(Severity.WARN),),
)
YES = Approval(digest=ASKED.digest, confirmation=Confirmation.WARNING)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def folder(tmp_path: Path, clock: FixedClock) -> ApprovalFolder:
    return ApprovalFolder(tmp_path / "approvals", clock)


def other(number: int) -> Verdict:
    return replace(ASKED, digest=f"0x{number:064x}")


def test_where_nobody_asked_there_is_neither_question_nor_answer(folder: ApprovalFolder) -> None:
    port: Approvals = folder
    assert (folder.questions(), port.take(ASKED, 0)) == ([], None)


def test_a_question_is_kept_as_it_will_be_shown(folder: ApprovalFolder, clock: FixedClock) -> None:
    folder.ask(TRANSFER, ASKED)
    assert folder.questions() == [
        Question(
            consent=consent_to(ASKED, expires_at=clock.time + LIFETIME_S),
            asked_at=clock.time,
            screen=plain_screen(TRANSFER, ASKED, width=80),
            verdict=json.loads(json.dumps(result(ASKED, ok=False))),
        )
    ]


def test_a_question_alone_answers_nothing(folder: ApprovalFolder, clock: FixedClock) -> None:
    folder.ask(TRANSFER, ASKED)
    assert folder.take(ASKED, clock.time) is None
    assert len(folder.questions()) == 1


def test_a_yes_is_used_once_and_its_question_with_it(folder: ApprovalFolder, clock: FixedClock) -> None:
    folder.ask(TRANSFER, ASKED)
    folder.grant(folder.question(ASKED.digest))
    assert [folder.take(ASKED, clock.time) for _ in range(2)] == [YES, None]
    assert folder.questions() == []


def test_of_many_that_ask_at_once_one_has_the_yes(folder: ApprovalFolder, clock: FixedClock) -> None:
    folder.ask(TRANSFER, ASKED)
    folder.grant(folder.question(ASKED.digest))
    start, taken = threading.Barrier(16), []

    def take() -> None:
        start.wait()
        taken.append(folder.take(ASKED, clock.time))

    threads = [threading.Thread(target=take) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken, key=bool) == [None] * 15 + [YES]


def test_a_yes_is_not_used_on_what_was_not_shown_and_is_gone(
    folder: ApprovalFolder, clock: FixedClock
) -> None:
    folder.ask(TRANSFER, ASKED)
    folder.grant(folder.question(ASKED.digest))
    assert folder.take(replace(ASKED, confirmation=Confirmation.TYPED), clock.time) is None
    assert folder.take(ASKED, clock.time) is None


def test_questions_and_answers_end_after_their_time(folder: ApprovalFolder, clock: FixedClock) -> None:
    folder.ask(TRANSFER, ASKED)
    folder.grant(folder.question(ASKED.digest))
    clock.time += LIFETIME_S
    assert len(folder.questions()) == 1
    clock.time += 1
    assert (folder.questions(), folder.take(ASKED, clock.time)) == ([], None)


def test_what_another_door_forgets_while_one_looks_is_no_fault(
    folder: ApprovalFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.ask(TRANSFER, ASKED)
    read = approvals._read

    def too_late(path: Path) -> object:
        path.unlink(missing_ok=True)
        return read(path)

    monkeypatch.setattr(approvals, "_read", too_late)
    assert folder.questions() == []
    folder.ask(TRANSFER, other(1))


def test_what_is_over_is_removed_by_the_next_question(folder: ApprovalFolder, clock: FixedClock) -> None:
    folder.ask(TRANSFER, ASKED)
    folder.grant(folder.question(ASKED.digest))
    clock.time += LIFETIME_S + 1
    folder.ask(TRANSFER, other(1))
    assert os.listdir(folder._folder) == [other(1).digest + ".asked.json"]


def test_a_question_that_is_asked_again_waits_anew(folder: ApprovalFolder, clock: FixedClock) -> None:
    folder.ask(TRANSFER, ASKED)
    clock.time += LIFETIME_S
    folder.ask(TRANSFER, ASKED)
    clock.time += LIFETIME_S
    assert [question.asked_at for question in folder.questions()] == [clock.time - LIFETIME_S]


def test_the_oldest_question_goes_when_there_are_too_many(folder: ApprovalFolder, clock: FixedClock) -> None:
    for number in range(MOST_QUESTIONS + 2):
        clock.time += 1
        folder.ask(TRANSFER, other(number))
    kept = [int(question.digest, 16) for question in folder.questions()]
    assert kept == list(range(2, MOST_QUESTIONS + 2))


def test_a_question_is_named_by_the_beginning_of_its_digest(folder: ApprovalFolder) -> None:
    for verdict in (ASKED, other(1), other(2)):
        folder.ask(TRANSFER, verdict)
    for name in (ASKED.digest, ASKED.digest[:10], ASKED.digest[2:10], ASKED.digest[:12].upper()):
        assert folder.question(name).digest == ASKED.digest


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("0x0000000", "that is no digest, nor the beginning of one"),
        ("0xnothing1", "that is no digest, nor the beginning of one"),
        ("0xdeadbeef", "no question waits with 0xdeadbeef"),
        ("0x00000000", "several questions begin with 0x00000000"),
    ],
)
def test_a_name_that_names_no_one_question_is_refused(
    folder: ApprovalFolder, name: str, message: str
) -> None:
    for number in (1, 2):
        folder.ask(TRANSFER, other(number))
    with pytest.raises(CallerError, match=f"^{message}$"):
        folder.question(name)


def test_a_question_that_is_declined_is_gone(folder: ApprovalFolder, clock: FixedClock) -> None:
    folder.ask(TRANSFER, ASKED)
    folder.decline(folder.question(ASKED.digest))
    assert (folder.questions(), folder.take(ASKED, clock.time)) == ([], None)


def test_an_answer_that_others_could_have_written_is_refused(
    folder: ApprovalFolder, clock: FixedClock
) -> None:
    folder.ask(TRANSFER, ASKED)
    folder.grant(folder.question(ASKED.digest))
    (granted,) = folder._folder.glob("*.granted.json")
    granted.chmod(0o620)
    with pytest.raises(ConfigurationError, match="others may use it"):
        folder.take(ASKED, clock.time)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"digest": "0x" + "1" * 64},
        {"confirmation": "NOTHING"},
        {"warnings": None},
        {"expires_at": "soon"},
    ],
)
def test_a_damaged_answer_is_an_error_and_no_yes(
    folder: ApprovalFolder, clock: FixedClock, change: dict[str, object]
) -> None:
    folder.ask(TRANSFER, ASKED)
    folder.grant(folder.question(ASKED.digest))
    (granted,) = folder._folder.glob("*.granted.json")
    granted.write_text(json.dumps(json.loads(granted.read_text()) | change))
    with pytest.raises(ConfigurationError, match="approval"):
        folder.take(ASKED, clock.time)


def test_a_damaged_question_is_an_error(folder: ApprovalFolder) -> None:
    folder.ask(TRANSFER, ASKED)
    (asked,) = folder._folder.glob("*.asked.json")
    document = json.loads(asked.read_text())
    asked.write_text(json.dumps({name: told for name, told in document.items() if name != "screen"}))
    with pytest.raises(ConfigurationError, match=f"the approval of {ASKED.digest} is damaged"):
        folder.questions()


def test_a_damaged_file_is_kept_when_the_next_question_comes(folder: ApprovalFolder) -> None:
    folder.ask(TRANSFER, ASKED)
    (asked,) = folder._folder.glob("*.asked.json")
    asked.write_text("{")
    folder.ask(TRANSFER, other(1))
    assert asked.read_text() == "{"


def test_a_folder_that_cannot_be_used_is_an_error(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "file").write_text("")
    folder = ApprovalFolder(tmp_path / "file", clock)
    with pytest.raises(ConfigurationError, match="the folder of approvals cannot be used"):
        folder.ask(TRANSFER, ASKED)
    with pytest.raises(ConfigurationError, match="the folder of approvals cannot be used"):
        folder.questions()


def test_an_answer_of_one_process_is_used_by_another(folder: ApprovalFolder, clock: FixedClock) -> None:
    folder.ask(TRANSFER, ASKED)
    code = (
        "import sys; from pathlib import Path\n"
        "from guard.adapters.approvals import ApprovalFolder\n"
        "from guard.testing import FixedClock\n"
        "folder = ApprovalFolder(Path(sys.argv[1]), FixedClock())\n"
        "folder.grant(folder.question(sys.argv[2]))\n"
    )
    subprocess.run([sys.executable, "-c", code, str(folder._folder), ASKED.digest], check=True, timeout=60)
    assert folder.take(ASKED, clock.time) == YES


def test_files_and_folder_are_their_owners_alone(folder: ApprovalFolder) -> None:
    folder.ask(TRANSFER, ASKED)
    folder.grant(folder.question(ASKED.digest))
    modes = {path.stat().st_mode & 0o777 for path in folder._folder.iterdir()}
    assert (modes, folder._folder.stat().st_mode & 0o777) == ({0o600}, 0o700)
