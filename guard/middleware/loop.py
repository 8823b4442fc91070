"""The guard's work beside an event loop: in threads of its own, asking by way of the loop.

What belongs here: threads and waiting. What must not: what is done in them.

The threads are not the loop's own: those resolve names for the very connections that a thread waits for here.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from functools import cache
from typing import Any, TypeAlias, TypeVar

from guard.errors import Interrupted

T = TypeVar("T")

Ask: TypeAlias = Callable[[Any, Any], Coroutine[Any, Any, Any]]
"""Asks a provider that is awaited."""

MOST_THREADS = 32
"""Requests that are reviewed at one time in asynchronous programs; others wait."""

_LOOK_S = 1.0
"""Seconds after which a thread looks whether the loop that it waits for still runs."""

_LOOP: ContextVar[asyncio.AbstractEventLoop | None] = ContextVar("guard_event_loop", default=None)
_CALLED_OFF: ContextVar[threading.Event | None] = ContextVar("guard_called_off", default=None)
"""Set once whoever waits for this thread's work is cancelled."""


async def in_thread(work: Callable[[Callable[[Any, Any], Any]], T], ask: Ask) -> T:
    """Return what `work` comes to, in a thread, so that the event loop is not held up.

    It is given a way to ask the provider, which this loop does. Where whoever waits for it is cancelled,
    nothing more is asked: what was on its way may arrive, and what was not is not sent.
    """
    loop = asyncio.get_running_loop()
    is_called_off = threading.Event()

    def forward(method: Any, parameters: Any) -> Any:
        if is_called_off.is_set():
            raise _interrupted()
        return _result(ask(method, parameters), loop)

    context = copy_context()
    context.run(_LOOP.set, loop)
    context.run(_CALLED_OFF.set, is_called_off)
    try:
        return await loop.run_in_executor(_threads(), lambda: context.run(work, forward))
    except asyncio.CancelledError:
        is_called_off.set()
        raise


def has_loop() -> bool:
    """Say whether an event loop waits for what this thread does."""
    return _LOOP.get() is not None


def check_awaited() -> None:
    """Raise Interrupted where whoever asked for this thread's work was cancelled meanwhile."""
    is_called_off = _CALLED_OFF.get()
    if is_called_off is not None and is_called_off.is_set():
        raise _interrupted()


def result_on_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine comes to on the loop that waits for this thread.

    Raises Interrupted where there is none, or where it ends meanwhile.
    """
    loop = _LOOP.get()
    if loop is None:
        coroutine.close()
        raise _interrupted()
    return _result(coroutine, loop)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="guard")


# A child has none of its parent's threads, and would wait for them for ever.
os.register_at_fork(after_in_child=_threads.cache_clear)


def _result(coroutine: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> T:
    try:
        future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    except RuntimeError as error:
        coroutine.close()
        raise _interrupted() from error
    while True:
        try:
            return future.result(timeout=_LOOK_S)
        except TimeoutError:
            # The coroutine's own is told from the end of this wait by whether there is a result.
            if future.done():
                raise
            if loop.is_closed():
                raise _interrupted() from None


def _interrupted() -> Interrupted:
    return Interrupted("whoever asked for it waits no longer", hint="nothing was sent after that")
