"""Account commands killed by SIGKILL, at random moments and at each boundary of their writes.

python -m tests.integration.killed_accounts --kills N [--seed S] [--in-place]

After each kill every key file must be whole and open with a password that its owner knows, and the next
command must leave no unfinished file. `--in-place` runs a broken writer instead, whose damage must be found.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guard.adapters import files, keystore
from guard.adapters.key_cipher import open_key_file, seal_key
from guard.adapters.key_file import ScryptCost, load_key_file
from guard.command_line import run
from guard.errors import GuardError
from wallet.cli import cli, error_object

KEY = bytes.fromhex("00c0ffee5eedf00dbadd1eca5cade5ca1ab1eb01dface0ff1ce5ca1edbea7ed5")
OLD, NEW = "old password", "new password"
COST = ScryptCost(n=2, r=1, p=1)
COMMANDS = ("new", "import", "passwd")
_BOUNDARIES = ((os, "fsync"), (os, "link"), (os, "replace"), (os, "unlink"), (tempfile, "mkstemp"))


@dataclass
class Tally:
    """What came of a run of kills."""

    killed: Counter[str] = field(default_factory=Counter)
    """Kills that met a running command, by command and kind."""
    finished: int = 0
    """Commands that were done before the kill came."""
    files: Counter[str] = field(default_factory=Counter)
    """What was found afterwards: no file, the old one, the new one."""
    unfinished: int = 0
    """Unfinished files that a kill left and the next command removed."""
    problems: list[str] = field(default_factory=list)
    """Damage, one line each."""


class Desk:
    """A home in which one command after another is killed."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "keystore"
        self._files = {"old": home / "old", "new": home / "new", "key": home / "key"}
        for path, text in zip(self._files.values(), (OLD, NEW, "0x" + KEY.hex()), strict=True):
            path.touch(mode=0o600)
            path.write_text(text)
        os.environ["TXGUARD_HOME"] = str(home)

    def prepare(self, command: str) -> list[str]:
        """Empty the keystore, but for the account that `passwd` changes, and return the command line."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        old, new, key = (str(self._files[name]) for name in ("old", "new", "key"))
        if command == "new":
            return ["account", "new", "main", "--password-file", new]
        if command == "import":
            return ["account", "import", "main", "--private-key-file", key, "--password-file", new]
        (self.folder / "main").touch(mode=0o600)
        (self.folder / "main").write_text(seal_key(KEY, OLD, COST))
        return ["account", "passwd", "main", "--password-file", old, "--new-password-file", new]

    def judge(self, command: str, tally: Tally) -> None:
        """Look at what the kill left, run the next command, and look again."""
        left = {path.name for path in self.folder.iterdir()}
        tally.unfinished += len(left - {"main"})
        tally.files[self._found(command, tally)] += 1
        if _in_child(["account", "list"], lambda: None) != 0:
            tally.problems.append(f"{command}: the next command fails")
        strays = {path.name for path in self.folder.iterdir()} - {"main"}
        if strays:
            tally.problems.append(f"{command}: {strays} stayed after the next command")

    def _found(self, command: str, tally: Tally) -> str:
        path = self.folder / "main"
        if not path.exists():
            if command == "passwd":
                tally.problems.append("passwd: the key file is gone")
            return "none"
        for name, password in (("old", OLD), ("new", NEW)):
            try:
                key = open_key_file(load_key_file(path), password)
            except GuardError as error:
                told = error.message
                continue
            if command != "new" and key != KEY:
                tally.problems.append(f"{command}: the file holds another key")
            return name
        tally.problems.append(f"{command}: {told}")
        return "damaged"


def kill_often(kills: int, *, seed: int, in_place: bool = False) -> Tally:
    """Kill so many commands and return what was found."""
    choose = random.Random(seed)
    tally = Tally()
    keystore.WRITTEN_COST = COST
    writer = _write_in_place if in_place else files._write
    with tempfile.TemporaryDirectory(prefix="killed-accounts-") as home:
        desk = Desk(Path(home))
        span = {command: _measure(desk, command, writer) for command in COMMANDS}
        while sum(tally.killed.values()) < kills:
            command = choose.choice(COMMANDS)
            seconds, boundaries = span[command]
            at, kind = (None, "at a random moment")
            if choose.random() < 0.5:
                at, kind = choose.randrange(boundaries), "at a boundary"
            arguments = desk.prepare(command)
            status = _start_and_kill(
                arguments, writer, at=at, after_s=None if at is not None else choose.uniform(0, seconds)
            )
            if status == -signal.SIGKILL:
                tally.killed[f"{command} {kind}"] += 1
            else:
                tally.finished += 1
            desk.judge(command, tally)
    return tally


def _measure(desk: Desk, command: str, writer: Callable[..., None]) -> tuple[float, int]:
    """Return how long a command takes when it is left alone, and how many boundaries its writes have."""
    arguments = desk.prepare(command)
    reading, writing = os.pipe()
    started = time.monotonic()

    def prepare() -> None:
        met = _at_boundaries(lambda number: os.write(writing, b"."))
        files._write = writer
        assert met is not None

    assert _in_child(arguments, prepare) == 0
    spent = time.monotonic() - started
    os.close(writing)
    boundaries = len(os.read(reading, 65536))
    os.close(reading)
    return spent, boundaries


def _start_and_kill(
    arguments: list[str], writer: Callable[..., None], *, at: int | None, after_s: float | None
) -> int:
    def prepare() -> None:
        files._write = writer
        if at is not None:
            _at_boundaries(lambda number: os.kill(os.getpid(), signal.SIGKILL) if number == at else None)

    return _in_child(arguments, prepare, kill_after_s=after_s)


def _in_child(arguments: list[str], prepare: Callable[[], None], kill_after_s: float | None = None) -> int:
    """Run `wallet` in a fork of this process and return its exit status, negative for a signal."""
    process = os.fork()
    if process == 0:
        silence = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(silence, descriptor)
        prepare()
        os._exit(run(cli, "wallet", arguments, error_object))
    if kill_after_s is not None:
        time.sleep(kill_after_s)
        os.kill(process, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _at_boundaries(meet: Callable[[int], object]) -> Callable[..., Any]:
    """Call `meet` with its number before and after each call that makes, syncs or names a file."""
    count = -1

    def wrapped(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            meet(count)
            try:
                return real(*given, **named)
            finally:
                count += 1
                meet(count)

        return call

    for module, name in _BOUNDARIES:
        setattr(module, name, wrapped(getattr(module, name)))
    return wrapped


def _write_in_place(path: Path, content: bytes, *, replace: bool) -> None:
    """Write as a program does that thinks of no crash; the sync stands for the moments in between."""
    with path.open("wb") as file:
        path.chmod(0o600)
        file.write(content[: len(content) // 2])
        file.flush()
        os.fsync(file.fileno())
        file.write(content[len(content) // 2 :])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--in-place", action="store_true")
    given = parser.parse_args()
    started = time.monotonic()
    tally = kill_often(given.kills, seed=given.seed, in_place=given.in_place)
    for name, number in (*sorted(tally.killed.items()), *sorted(tally.files.items())):
        print(f"{name:<32} {number}")
    print(f"{'done before the kill':<32} {tally.finished}")
    print(f"{'unfinished files, then removed':<32} {tally.unfinished}")
    print(f"{'problems':<32} {len(tally.problems)}")
    for problem in tally.problems[:20]:
        print(f"  {problem}")
    print(f"{'seconds':<32} {time.monotonic() - started:.0f}")
    sys.exit(1 if tally.problems else 0)


if __name__ == "__main__":
    main()
