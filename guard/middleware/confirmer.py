"""The person behind a program: a callback that is asked, and where it knows nobody, a yes given elsewhere.

What belongs here: what the callback's answers mean. What must not: which verdicts let through.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from guard.core.subject import Request
from guard.core.text import escape_untrusted
from guard.core.verdict import Approval, Confirmation, Declined, Verdict
from guard.errors import CallerError, ConfirmationRequired
from guard.middleware.loop import has_loop, result_on_loop
from guard.ports import Confirmer
from guard.refusal import reason

Answer: TypeAlias = bool | str | None
"""True: yes. The first eight hex digits of the verdict's digest after 0x: yes, where those are asked for too.
False, or any other text: no. None: nobody is here to ask, and the answers of `guard approve` count."""

Confirm: TypeAlias = Callable[[Request, Verdict], Answer | Awaitable[Answer]]
"""What is called with a request and its verdict, in a thread of its own where the program is asynchronous."""


class CallbackConfirmer:
    """Implements the Confirmer port on a callback, before a door where nobody sits."""

    def __init__(self, confirm: Confirm | None, door: Confirmer) -> None:
        self._confirm = confirm
        self._door = door

    def waits(self, verdict: Verdict) -> bool:
        """Say whether a person may be asked: by a callback, where the question is no ordinary one."""
        return self._confirm is not None and verdict.confirmation > Confirmation.ORDINARY

    def confirm(self, request: Request, verdict: Verdict) -> Approval | Declined | None:
        """Return the callback's answer, or what was answered elsewhere; raises CallerError for no answer."""
        if self._confirm is None or not self.waits(verdict):
            return self._door.confirm(request, verdict)
        answer = _awaited(self._confirm(request, verdict))
        if answer is None:
            return self._door.confirm(request, verdict)
        return _read(answer, verdict)


def _read(answer: object, verdict: Verdict) -> Approval | Declined:
    if isinstance(answer, str):
        accepted = verdict.confirmation if answer == verdict.digest[2:10] else None
    elif isinstance(answer, bool):
        accepted = Confirmation.WARNING if answer else None
    else:
        raise CallerError(
            f"the confirm callback answered {escape_untrusted(type(answer).__name__)}",
            hint="return True, False, None, or the first eight hex digits of verdict.digest as text",
        )
    if accepted is None:
        return Declined()
    if accepted < verdict.confirmation:
        raise ConfirmationRequired(
            f"WARN: {reason(verdict)}",
            hint="a yes is not enough here: have the person type the first eight hex digits of the digest,"
            " and return that text from the callback; it is compared with verdict.digest[2:10]",
            verdict=verdict,
        )
    return Approval(digest=verdict.digest, confirmation=verdict.confirmation)


def _awaited(answer: Answer | Awaitable[Answer]) -> Answer:
    if not inspect.isawaitable(answer):
        return answer
    if not has_loop():
        if inspect.iscoroutine(answer):
            answer.close()
        raise CallerError(
            "the confirm callback is asynchronous, and this web3 is not",
            hint="give install_guard an ordinary function, or an AsyncWeb3",
        )

    async def on_loop() -> Answer:
        return await answer

    return result_on_loop(on_loop())
