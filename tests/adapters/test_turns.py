"""Turns: one at a time, among threads and processes, given back by the kernel when a holder dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from guard.adapters.turns import TurnFiles
from guard.core.rules.examples import FRIEND, SENDER
from guard.errors import JournalConflict, JournalDamaged

_HOLD = """
import sys, time
from pathlib import Path
from guard.adapters.turns import TurnFiles
from guard.core.rules.examples import SENDER
with TurnFiles(Path(sys.argv[1]), print).account(1, SENDER):
    print("held", flush=True)
    time.sleep(600)
"""


_TAKE_ONCE = """
import sys
from pathlib import Path
from guard.adapters.turns import TurnFiles
from guard.core.rules.examples import SENDER
folder = Path(sys.argv[1])
with TurnFiles(folder / "turns", lambda line: print(line, flush=True)).account(1, SENDER):
    (folder / "was here").touch()
"""


def turns(folder: Path, lines: list[str] | None = None, timeout_s: float = 30.0) -> TurnFiles:
    told: list[str] = [] if lines is None else lines
    return TurnFiles(folder / "turns", told.append, timeout_s=timeout_s)


def test_f6_when_a_holder_is_killed_the_next_one_proceeds_within_two_seconds(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path / "turns")], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    lines: list[str] = []
    with (
        pytest.raises(JournalConflict, match="has been going on for 0"),
        turns(tmp_path, lines, timeout_s=0.1).account(1, SENDER),
    ):
        pytest.fail("two hold one turn")
    assert lines == [f"waiting for another payment of {SENDER} in process {holder.pid}, for at most 0.1 s"]
    holder.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    with turns(tmp_path).account(1, SENDER):
        assert time.monotonic() - killed < 2
    holder.communicate()


def test_other_accounts_chains_and_keys_do_not_wait(tmp_path: Path) -> None:
    one = turns(tmp_path, timeout_s=0.1)
    with one.account(1, SENDER), one.account(5, SENDER), one.account(1, FRIEND), one.key("a"), one.key("b"):
        pass


def test_a_key_may_hold_anything(tmp_path: Path) -> None:
    for key in ("../../etc/passwd", "x" * 5000, "\0", "ü"):
        with turns(tmp_path).key(key):
            pass
    assert all(path.parent == tmp_path / "turns" for path in tmp_path.rglob("key-*"))


def test_threads_take_turns_too(tmp_path: Path) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with turns(tmp_path).account(1, SENDER):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_a_thread_that_waits_in_vain_takes_nothing_from_the_one_that_holds(tmp_path: Path) -> None:
    with turns(tmp_path).account(1, SENDER):
        failed: list[Exception] = []

        def work() -> None:
            try:
                with turns(tmp_path, timeout_s=0.05).account(1, SENDER):
                    pass
            except JournalConflict as error:
                failed.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert len(failed) == 1
        child = subprocess.Popen(
            [sys.executable, "-c", _HOLD, str(tmp_path / "turns")], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline().startswith(
            f"waiting for another payment of {SENDER} in process {os.getpid()}"
        )
    assert child.stdout.readline() == "held\n"
    child.kill()
    child.communicate()


def test_threads_of_one_process_let_another_process_that_waits_go_first(tmp_path: Path) -> None:
    found: list[bool] = []

    def work() -> None:
        with turns(tmp_path).account(1, SENDER):
            found.append((tmp_path / "was here").exists())

    thread = threading.Thread(target=work)
    with turns(tmp_path).account(1, SENDER):
        child = subprocess.Popen(
            [sys.executable, "-c", _TAKE_ONCE, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline().startswith("waiting for another payment")
        thread.start()
    thread.join()
    assert (found, child.wait(10)) == ([True], 0)
    child.stdout.close()


def test_a_turn_that_raises_is_given_back(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), turns(tmp_path).account(1, SENDER):
        raise KeyboardInterrupt
    with turns(tmp_path, timeout_s=0.1).account(1, SENDER):
        pass


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "turns").write_text("")
    with pytest.raises(JournalDamaged, match="cannot be used"), turns(tmp_path).key("a"):
        pass
    (tmp_path / "turns").unlink()
    (tmp_path / "turns").mkdir()
    (tmp_path / "turns" / f"account-1-{SENDER.lower()}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JournalDamaged), turns(tmp_path).account(1, SENDER):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_a_child_waits_for_its_parents_turn_and_not_for_ever(tmp_path: Path) -> None:
    """The thread that holds the turn in the parent is none of the child's, who could not give it back."""
    turns = TurnFiles(tmp_path, lambda line: None, timeout_s=10)
    is_held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with turns.account(1, SENDER):
            is_held.set()
            may_end.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    assert is_held.wait(10)
    child = os.fork()
    if child == 0:
        # Nothing of pytest's may run here: whatever happens, this process ends.
        try:
            with turns.account(1, SENDER):
                os._exit(0)
        except BaseException:  # noqa: BLE001  the exit code tells it
            os._exit(1)
    may_end.set()
    holder.join()
    assert os.waitpid(child, 0)[1] == 0
