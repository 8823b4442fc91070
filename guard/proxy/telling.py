"""What the proxy says while it runs: names of methods, ends, times, and nothing of what was asked.

What belongs here: lines. What must not: addresses, amounts, bodies, or anything of the node's address.
"""

from __future__ import annotations

from collections.abc import Callable

from guard.core.text import escape_untrusted
from guard.proxy.answers import REFUSED, Fault, Result
from guard.proxy.calls import Call
from guard.proxy.entrance import Turned

Say = Callable[[str], None]
"""Takes one line for a person; never raises."""


class Telling:
    """Says what happens: decisions, unless quiet; every request, if verbose."""

    def __init__(self, say: Say, *, quiet: bool = False, verbose: bool = False) -> None:
        self._say = say
        self._quiet = quiet
        self._verbose = verbose

    def request(self, read: Call | list[Call] | Fault, took_s: float) -> None:
        """Say that a request was answered."""
        if self._verbose:
            self._say(f"{_described(read)}  {1000 * took_s:.1f} ms")

    def decision(self, call: Call, answer: Result | Fault) -> None:
        """Say what the guard decided, and how a person accepts what waits for one."""
        if self._quiet:
            return
        method = escape_untrusted(call.method, limit=60)
        if isinstance(answer, Result):
            self._say(f"{method}: let through")
            return
        if answer.code != REFUSED or not isinstance(answer.data, dict):
            self._say(f"{method}: not done ({answer.code})")
            return
        decision, digest = answer.data.get("decision"), str(answer.data.get("digest"))
        way = "" if decision == "BLOCK" else f"; guard approve {digest[:10]}"
        self._say(f"{method}: refused, {decision or 'NO VERDICT'}{way}")

    def turned(self, turned: Turned) -> None:
        """Say that somebody was not let in."""
        if self._verbose:
            self._say(f"turned away: {turned.status}, {turned.problem}")

    def note(self, line: str) -> None:
        """Say what whoever runs this must know: a fault of ours, or why it does not stop yet."""
        self._say(line)


def _described(read: Call | list[Call] | Fault) -> str:
    if isinstance(read, Fault):
        return "what cannot be read"
    if isinstance(read, list):
        return f"a batch of {len(read)}"
    return escape_untrusted(read.method, limit=60) or "what names no method"
