"""The wallet as a person starts it: a process of its own, with or without a terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_COMMAND = (sys.executable, "-c", "from wallet.cli import main; main()")
_GUARD = (sys.executable, "-c", "from guard.cli import main; main()")


@dataclass(frozen=True)
class Run:
    """What one command line came to."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        parsed = json.loads(self.out)
        assert isinstance(parsed, dict)
        return parsed


def wallet(*arguments: str, env: Mapping[str, str] | None = None) -> Run:
    """Run `wallet` with nobody at a terminal."""
    return _run(*_COMMAND, *arguments, env=env)


def guard(*arguments: str) -> Run:
    """Run `guard`."""
    return _run(*_GUARD, *arguments, env=None)


def _run(*command: str, env: Mapping[str, str] | None) -> Run:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, **(env or {})},
        timeout=60,
    )
    return Run(code=done.returncode, out=done.stdout, err=done.stderr)


def wallet_at_a_terminal(
    *arguments: str, answer: str, prompt: str, env: Mapping[str, str] | None = None
) -> Run:
    """Run `wallet` on a terminal of its own, wait for `prompt`, and type `answer` and Return."""
    return _at_a_terminal(*_COMMAND, *arguments, answer=answer, prompt=prompt, env=env)


def guard_at_a_terminal(*arguments: str, answer: str, prompt: str) -> Run:
    """Run `guard` likewise."""
    return _at_a_terminal(*_GUARD, *arguments, answer=answer, prompt=prompt, env=None)


def _at_a_terminal(*command: str, answer: str, prompt: str, env: Mapping[str, str] | None) -> Run:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        command,
        stdin=follower,
        stderr=follower,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "100", **(env or {})},
    )
    os.close(follower)
    shown = ""
    while prompt not in shown:
        ready, _, _ = select.select([leader], [], [], 30)
        assert ready, f"no prompt within 30 s; shown so far: {shown}"
        shown += os.read(leader, 4096).decode()
    os.write(leader, answer.encode() + b"\n")
    out = process.communicate(timeout=60)[0]
    shown += _rest(leader)
    return Run(code=process.returncode, out=out, err=shown)


def _rest(leader: int) -> str:
    """Return what is left on a terminal whose program has ended."""
    pieces = []
    while select.select([leader], [], [], 0)[0]:
        try:
            piece = os.read(leader, 4096)
        except OSError:
            break
        if not piece:
            break
        pieces.append(piece.decode())
    os.close(leader)
    return "".join(pieces)
