"""The wallet's command line run in this process: real files, a real journal, a chain that is chosen.

What belongs here: how a command is run and what it left. What must not: assertions.
"""

from __future__ import annotations

import json
import os
import select
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from guard import wiring
from guard.adapters.keystore import MemorySigner
from guard.adapters.sqlite_journal import SqliteJournal
from guard.cli import cli as guard_cli
from guard.command_line import run
from guard.core.address import Address
from guard.core.journal import SendRecord
from guard.testing import FakeChain, FakeChainFacts, FakeHistory, FakePredictor, FakeSimulator
from wallet.cli import cli as wallet_cli
from wallet.cli import error_object
from wallet.options import EmbeddedNode

KEY = bytes.fromhex("00c0ffee5eedf00dbadd1eca5cade5ca1ab1eb01dface0ff1ce5ca1edbea7ed5")
PASSWORD = "canary pässword 4711"
PAYER = MemorySigner(KEY)
FRIEND = Address.parse("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf")
STRANGER = Address.parse("0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF")
RESULT_KEYS = [
    "ok",
    "decision",
    "prediction",
    "findings",
    "intent",
    "features",
    "digest",
    "hash",
    "receipt",
    "error",
]
"""The keys of contracts.md §1, in its order."""


@dataclass(frozen=True)
class Run:
    """What one command line came to."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        parsed: dict[str, Any] = json.loads(self.out)
        assert isinstance(parsed, dict)
        assert self.out.count("\n") == 1
        return parsed


@dataclass
class Desk:
    """A person's machine: a home with one account and one contact, a chain, and a model."""

    home: Path
    chain: FakeChain
    predictor: FakePredictor
    capture: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    node: EmbeddedNode = field(default_factory=EmbeddedNode)

    @property
    def password_file(self) -> Path:
        return self.home / "password"

    def wallet(self, *arguments: str) -> Run:
        """Run `wallet` with nobody at a terminal."""
        return self._run("wallet", arguments)

    def guard(self, *arguments: str) -> Run:
        return self._run("guard", arguments)

    def send(self, *arguments: str, to: str = "friend", value: str = "0.1ether") -> Run:
        """Run `wallet send` with the password in its file."""
        return self.wallet(*self.sending(to, value), *arguments)

    def sending(self, to: str = "friend", value: str = "0.1ether") -> tuple[str, ...]:
        return ("send", to, "--value", value, "--password-file", str(self.password_file))

    def at_terminal(self, typed: str, *arguments: str, program: str = "wallet") -> Run:
        """Run a program at a terminal where a person types this at the first question."""
        with _terminal(self.monkeypatch, typed) as shown:
            done = self._run(program, arguments)
        return Run(code=done.code, out=done.out, err="".join(shown))

    def sends(self) -> list[SendRecord]:
        """Return what the journal holds, oldest first."""
        path = self.home / "journal.sqlite3"
        if not path.exists():
            return []
        with closing(SqliteJournal(path)) as journal:
            return journal.sends(100)[::-1]

    def policy(self, text: str) -> None:
        path = self.home / "policy.toml"
        path.write_text("version = 1\n" + text)
        path.chmod(0o600)

    def config(self, text: str) -> None:
        (self.home / "config.toml").write_text(text)

    def _run(self, program: str, arguments: Sequence[str]) -> Run:
        self.capture.readouterr()
        group: Any = {"wallet": wallet_cli, "guard": guard_cli}[program]
        code = run(group, program, arguments, error_object, shared=self.node)
        captured = self.capture.readouterr()
        return Run(code=code, out=captured.out, err=captured.err)


def furnish(
    home: Path, capture: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, **chain: Any
) -> Desk:
    """Return a desk whose account `main` holds ether, and who knows `friend`."""
    keystore = home / "keystore"
    keystore.mkdir(mode=0o700)
    private(keystore / "main", json.dumps(Account.encrypt(KEY, PASSWORD, kdf="pbkdf2", iterations=1000)))
    private(home / "password", PASSWORD + "\n")
    contacts = {"version": 1, "contacts": {"friend": FRIEND}}
    (home / "contacts.json").write_text(json.dumps(contacts))
    desk = Desk(home, FakeChain(**chain), FakePredictor(), capture, monkeypatch)
    monkeypatch.setattr(
        wiring, "build_world", lambda node: (node and FakeChainFacts(chain=node), node and FakeSimulator())
    )
    monkeypatch.setattr(wiring, "build_shared_history", lambda *_: FakeHistory())
    desk.node.put(desk.chain)  # type: ignore[arg-type]
    monkeypatch.setattr(wiring, "build_predictor", lambda *_: desk.predictor)
    return desk


def private(path: Path, text: str) -> Path:
    """Write a file of mode 0600."""
    path.touch(mode=0o600)
    path.write_text(text)
    return path


TERMINAL_TIMEOUT_S = 30.0
"""How long a command may sit at a terminal before the test says what it shows."""


def read_within(leader: int, deadline: float) -> bytes:
    """Return what a terminal shows next; raises TimeoutError where it shows nothing until then."""
    if not select.select([leader], [], [], max(0.0, deadline - time.monotonic()))[0]:
        raise TimeoutError
    return os.read(leader, 65536)


@contextmanager
def _terminal(monkeypatch: pytest.MonkeyPatch, typed: str) -> Iterator[list[str]]:
    """Put a terminal in the place of standard input and error; yield what is shown on it."""
    leader, follower = os.openpty()
    attributes = termios.tcgetattr(follower)
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(follower, termios.TCSANOW, attributes)
    shown: list[str] = []
    stuck = threading.Event()
    deadline = time.monotonic() + TERMINAL_TIMEOUT_S

    def watch() -> None:
        answered = False
        while True:
            try:
                piece = read_within(leader, deadline)
            except TimeoutError:
                # Whatever reads the other end now fails, and the test with it.
                stuck.set()
                os.close(leader)
                return
            except OSError:
                return
            shown.append(piece.decode().replace("\r\n", "\n"))
            if not answered and "".join(shown).rstrip().endswith((":",)) and "?" in "".join(shown):
                answered = True
                os.write(leader, typed.encode())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    with (
        os.fdopen(follower, "w", buffering=1) as err,
        os.fdopen(os.dup(err.fileno()), "r") as given,
        monkeypatch.context() as patch,
    ):
        patch.setattr(sys, "stdin", given)
        patch.setattr(sys, "stderr", err)
        yield shown
    watcher.join(5)
    if stuck.is_set():
        pytest.fail(f"the command waits at the terminal for something else; it shows: {''.join(shown)!r}")
    os.close(leader)


Check = Callable[[Run], None]
