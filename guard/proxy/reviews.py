"""Guarded calls from the loop's side: threads that wait in its place, and one review for what is the same.

What belongs here: who runs where, and how many at one time. What must not: any decision about a call.
"""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from guard.proxy.answers import INTERNAL, SERVER_ERROR, Fault, Result
from guard.proxy.calls import Call
from guard.proxy.guarded import GuardedCalls, IsGone

WORKERS = 16
"""Reviews at one time: each waits for a model and a node, and costs little else."""
MOST_WAITING = 256
"""Reviews begun and not ended at one time; beyond it a call is refused at once."""

Tell = Callable[[str], None]
"""Takes one line for whoever runs this."""


class Reviews:
    """Runs guarded calls in a bounded pool of threads."""

    def __init__(self, guarded: GuardedCalls, tell: Tell) -> None:
        """`tell` takes a line for whoever runs this, without any value of a call."""
        self._guarded = guarded
        self._tell = tell
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="review")
        self._running: set[asyncio.Task[Result | Fault]] = set()
        self._by_bytes: dict[str, asyncio.Task[Result | Fault]] = {}
        self._is_stopping = False

    async def answer(self, call: Call, is_gone: IsGone) -> Result | Fault:
        """Return what the call comes to. Once begun it goes on to its end, whoever stops waiting."""
        signed = _signed_bytes(call)
        joined = None if signed is None else self._by_bytes.get(signed)
        if joined is not None:
            return await asyncio.shield(joined)
        if self._is_stopping:
            # It might be cut off between its signature and its answer, and be asked for again.
            return Fault(code=SERVER_ERROR, message="the guard is being stopped: nothing was signed or sent")
        if len(self._running) >= MOST_WAITING:
            return Fault(code=SERVER_ERROR, message="too many calls wait for a review: ask again later")
        task = asyncio.get_running_loop().create_task(self._run(call, is_gone))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        if signed is not None:
            self._by_bytes[signed] = task
            task.add_done_callback(lambda _: self._by_bytes.pop(signed, None))
        return await asyncio.shield(task)

    async def drain(self, timeout_s: float) -> bool:
        """Begin nothing more, and wait until what has begun has ended, for at most so many seconds.

        Says whether it has.
        """
        self._is_stopping = True
        if self._running:
            self._tell(f"stopping: calls that were begun are brought to their end ({len(self._running)})")
            await asyncio.wait(self._running, timeout=timeout_s)
        self._pool.shutdown(wait=False, cancel_futures=True)
        return not self._running

    async def _run(self, call: Call, is_gone: IsGone) -> Result | Fault:
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._pool, self._guarded.answer, call, is_gone
            )
        except Exception as error:  # noqa: BLE001  whatever fails here, nothing is let through
            return internal(error, self._tell)


def internal(error: Exception, tell: Tell) -> Fault:
    """Tell the kind and the place of a fault of ours, and return the fault; its values are in neither."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(frame.filename)}:{frame.lineno}"
    tell(f"internal error: {type(error).__name__} at {place}")
    return Fault(code=INTERNAL, message=f"internal error ({type(error).__name__}): nothing was let through")


def _signed_bytes(call: Call) -> str | None:
    """Return the signed bytes that a call brings, so that the same ones are known again; else None."""
    parameters = call.document.get("params")
    if (
        call.method != "eth_sendRawTransaction"
        or not isinstance(parameters, Sequence)
        or len(parameters) != 1
    ):
        return None
    raw = parameters[0]
    return raw.lower() if isinstance(raw, str) else None
