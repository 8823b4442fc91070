"""A person at a terminal: what is asked, and what each answer comes to."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from guard.core.journal import SendState
from guard.core.prediction import PredictionClass
from guard.errors import NodeError
from tests.wallet import harness
from tests.wallet.harness import FRIEND, PASSWORD, STRANGER, TERMINAL_TIMEOUT_S, Desk, read_within

TYPED = '[predict]\nfraud = "warn"\n'
END_OF_INPUT = "\x04"


def answered(desk: Desk, answer: str, *flags: str, to: str = "friend", value: str = "0.1ether") -> int:
    done = desk.at_terminal(answer, *desk.sending(to, value), *flags)
    signed = len(desk.chain.sent)
    assert signed == (1 if done.code == 0 else 0)
    return done.code


@pytest.mark.parametrize(
    ("answer", "code"),
    [("y\n", 0), ("yes\n", 0), ("Y\n", 0), ("n\n", 5), ("\n", 5), (END_OF_INPUT, 5), ("maybe\nn\n", 5)],
)
def test_the_ordinary_question_takes_a_yes_and_its_default_is_no(desk: Desk, answer: str, code: int) -> None:
    done = desk.at_terminal(answer, *desk.sending())
    assert done.code == code
    assert f"Send 0.1 ether to {FRIEND}.\nSend it? [y/N]:" in done.err
    assert [record.state for record in desk.sends()] == [SendState.MINED if code == 0 else SendState.DECLINED]
    assert len(desk.chain.sent) == (1 if code == 0 else 0)


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 5), ("\n", 5), (END_OF_INPUT, 5)])
@pytest.mark.parametrize("flags", [(), ("--yes",)])
def test_a_warning_is_asked_even_with_yes(desk: Desk, flags: tuple[str, ...], answer: str, code: int) -> None:
    """C3: --yes accepts no warning."""
    done = desk.at_terminal(answer, *desk.sending(STRANGER), *flags)
    assert done.code == code
    assert f"Send 0.1 ether to {STRANGER}.\nA first payment. Accept the warning? [y/N]:" in done.err
    assert len(desk.chain.sent) == (1 if code == 0 else 0)


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 5), ("\n", 5), (END_OF_INPUT, 5)])
def test_without_a_verdict_a_person_is_asked(desk: Desk, answer: str, code: int) -> None:
    desk.predictor.answer = NodeError("asleep")
    done = desk.at_terminal(answer, *desk.sending(), "--yes")
    assert done.code == code
    assert f"Send 0.1 ether to {FRIEND}.\nGo on without a verdict? [y/N]:" in done.err


def test_a_block_is_put_to_nobody(desk: Desk) -> None:
    desk.predictor.answer = PredictionClass.FRAUD
    done = desk.at_terminal("y\n", *desk.sending())
    assert done.code == 3
    assert "?" not in done.err


def test_no_input_asks_nothing_at_a_terminal(desk: Desk) -> None:
    done = desk.at_terminal("y\n", *desk.sending(), "--no-input")
    assert done.code == 5
    assert "[y/N]" not in done.err


def test_yes_answers_the_ordinary_question_at_a_terminal(desk: Desk) -> None:
    done = desk.at_terminal("n\n", *desk.sending(), "--yes")
    assert (done.code, len(desk.chain.sent)) == (0, 1)
    assert "[y/N]" not in done.err


def digest_digits(desk: Desk) -> str:
    digest: str = desk.wallet("check", "friend", "--value", "0.1ether", "--json").object["digest"]
    return digest[2:10]


def test_a_fraud_under_warn_takes_the_typed_digits_of_the_digest(desk: Desk) -> None:
    """C3: override needs the typed digest."""
    desk.policy(TYPED)
    desk.predictor.answer = PredictionClass.FRAUD
    digits = digest_digits(desk)
    done = desk.at_terminal(f"{digits}\n", *desk.sending(), "--yes")
    assert f"Accept the warning? If so, type {digits}:" in done.err
    assert (done.code, len(desk.chain.sent)) == (0, 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda digits: "y",
        lambda digits: "yes",
        lambda digits: "",
        lambda digits: digits[:-1],
        lambda digits: digits[::-1],
        lambda digits: "0x" + digits,
        lambda digits: digits + "0",
        lambda digits: digits[1:] + digits[:1],
    ],
    ids=range(8),
)
def test_other_digits_accept_no_fraud(desk: Desk, change: object) -> None:
    """C3: and nothing else."""
    desk.policy(TYPED)
    desk.predictor.answer = PredictionClass.FRAUD
    wrong = change(digest_digits(desk))  # type: ignore[operator]
    assert answered(desk, f"{wrong}\n", "--yes") == 5


def test_an_end_of_input_accepts_no_fraud(desk: Desk) -> None:
    desk.policy(TYPED)
    desk.predictor.answer = PredictionClass.FRAUD
    assert answered(desk, END_OF_INPUT, "--yes") == 5


def test_with_json_the_question_is_on_the_terminal_and_the_object_alone_on_standard_output(
    desk: Desk,
) -> None:
    done = desk.at_terminal("y\n", *desk.sending(), "--json")
    assert (done.code, done.object["ok"]) == (0, True)
    assert "[y/N]" in done.err


def test_a_token_transfer_is_asked_about_by_its_amount_its_token_and_its_recipient(desk: Desk) -> None:
    desk.chain.codes[STRANGER] = b"\x01"
    units = str(2**256 - 1)
    call = ("send", STRANGER, "--call", "transfer(address,uint256)", "--password-file")
    done = desk.at_terminal("y\n", *call, str(desk.password_file), FRIEND, units)
    action = f"Send {units} units\nof the token {STRANGER}\nto {FRIEND}.\n"
    assert action in done.err


def test_a_prompt_that_nobody_expected_fails_with_what_was_shown(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness, "TERMINAL_TIMEOUT_S", 0.5)
    with pytest.raises(pytest.fail.Exception, match="Password of main"):
        desk.at_terminal("y\n", "send", "friend", "--value", "1wei", "--yes")


# In a process of its own, on a terminal that controls it: signals and hidden typing need one.

_PROGRAM = """
import sys
import guard.wiring
from guard.command_line import run
from guard.testing import FakeChain, FakeChainFacts, FakeHistory, FakePredictor, FakeSimulator
from wallet.cli import cli, error_object
from wallet.options import EmbeddedNode
guard.wiring.build_predictor = lambda *_: FakePredictor()
guard.wiring.build_shared_history = lambda *_: FakeHistory()
guard.wiring.build_world = lambda chain: (FakeChainFacts(chain=chain), FakeSimulator())
node = EmbeddedNode()
node.put(FakeChain())
sys.exit(run(cli, "wallet", sys.argv[1:], error_object, shared=node))
"""


def on_own_terminal(arguments: list[str], steps: list[tuple[str, str]]) -> tuple[int, str]:
    """Run the wallet as the leader of a terminal; at each prompt type what goes with it."""
    process, leader = pty.fork()
    if process == 0:
        os.execv(sys.executable, [sys.executable, "-c", _PROGRAM, *arguments])
    shown, waiting, typed = "", list(steps), ""
    deadline = time.monotonic() + TERMINAL_TIMEOUT_S
    while True:
        try:
            shown += read_within(leader, min(deadline, time.monotonic() + 1)).decode()
        except TimeoutError:
            if time.monotonic() < deadline:
                # Python misses an interruption in the moment before it begins to wait for the line.
                os.write(leader, b"\x03" if typed == "\x03" else b"")
                continue
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            pytest.fail(f"the command waits at the terminal; it shows: {shown!r}")
        except OSError:
            break
        if waiting and waiting[0][0] in shown:
            typed = waiting.pop(0)[1]
            os.write(leader, typed.encode())
    os.close(leader)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown


def test_ctrl_c_at_the_question_signs_nothing(desk: Desk) -> None:
    code, shown = on_own_terminal(list(desk.sending()), [("[y/N]:", "\x03")])
    assert code == 130
    assert shown.rstrip().endswith("interrupted")
    (record,) = desk.sends()
    assert (record.state, record.raw) == (SendState.ABANDONED, None)


def test_ctrl_c_at_the_password_signs_nothing(desk: Desk) -> None:
    code, _ = on_own_terminal(
        ["send", "friend", "--value", "1wei"], [("[y/N]:", "y\n"), ("Password of main:", "\x03")]
    )
    assert code == 130
    (record,) = desk.sends()
    assert (record.state, record.raw) == (SendState.ABANDONED, None)


def test_a_password_is_typed_unseen(desk: Desk) -> None:
    code, shown = on_own_terminal(
        ["send", "friend", "--value", "1wei"], [("[y/N]:", "y\n"), ("Password of main:", PASSWORD + "\n")]
    )
    assert (code, PASSWORD in shown) == (0, False)
    assert re.search(r"mined in block 100", shown)
    assert [record.state for record in desk.sends()] == [SendState.MINED]


def test_a_hang_up_or_a_kill_at_the_question_signs_nothing_and_resume_says_so(desk: Desk) -> None:
    process, leader = pty.fork()
    if process == 0:
        os.execv(sys.executable, [sys.executable, "-c", _PROGRAM, *desk.sending()])
    shown = ""
    deadline = time.monotonic() + TERMINAL_TIMEOUT_S
    while "[y/N]:" not in shown:
        shown += read_within(leader, deadline).decode()
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    os.close(leader)
    assert [record.state for record in desk.sends()] == [SendState.REVIEWED]
    assert desk.wallet("resume").code == 0
    assert [record.state for record in desk.sends()] == [SendState.ABANDONED]


@pytest.mark.parametrize("to", ["friend", STRANGER])
def test_with_standard_input_closed_nothing_is_asked_and_nothing_sent(desk: Desk, to: str) -> None:
    """C3: stdin closed."""
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" "$@" <&-', sys.executable, "-c", _PROGRAM, *desk.sending(to)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (5, "")
    assert "internal" not in done.stderr
    assert [record.state for record in desk.sends()] == [SendState.DECLINED]


def test_nothing_is_read_from_the_working_directory(desk: Desk, tmp_path: Path) -> None:
    trap = tmp_path / "here"
    trap.mkdir()
    for name in ("config.toml", "policy.toml", "contacts.json", ".env", "journal.sqlite3", "foundry.toml"):
        (trap / name).write_text('WALLET_RPC_URL="http://127.0.0.1:1"\n')
    (trap / "keystore").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *desk.sending(), "--yes", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=trap,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONSAFEPATH": "1"},
    )
    assert (done.returncode, done.stderr.count("error")) == (0, 0)


@pytest.mark.parametrize("variable", ["", "1", "yes"])
def test_with_no_color_a_terminal_is_shown_the_same_words_and_no_colour(desk: Desk, variable: str) -> None:
    """C16: NO_COLOR, of whatever value but none."""
    coloured = desk.at_terminal("n\n", *desk.sending(STRANGER)).err
    desk.monkeypatch.setenv("NO_COLOR", variable)
    plain = desk.at_terminal("n\n", *desk.sending(STRANGER)).err
    assert "\x1b[" in coloured
    assert ("\x1b[" in plain) == (variable == "")
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == re.sub(r"\x1b\[[0-9;]*m", "", plain)
