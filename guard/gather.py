"""Asking several sources at once, each in its own thread, all under one total deadline.

What belongs here: the waiting. What must not: what is asked.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from guard.deadline import Deadline

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failed:
    """What a question came to that raised."""

    error: BaseException
    """What it raised."""


@dataclass(frozen=True, slots=True)
class Late:
    """What a question came to that was still open at the deadline."""


def gather(
    questions: Mapping[str, Callable[[], object]], deadline: Deadline, *, at_once: int | None = None
) -> dict[str, object | Failed | Late]:
    """Ask all questions and return their answers by name, Failed or Late where there is none.

    All are asked at once, or so many as `at_once` allows; those that have not begun at the deadline never
    do. The threads are daemons: a source that never returns delays neither the verdict nor the end of the
    process.
    """
    answers: queue.SimpleQueue[tuple[str, object]] = queue.SimpleQueue()
    waiting = deque(questions.items())
    for name in list(questions)[:at_once]:
        threading.Thread(
            target=_work, args=(waiting, answers, deadline), name=f"evidence-{name}", daemon=True
        ).start()
    gathered: dict[str, object] = {name: Late() for name in questions}
    for _ in questions:
        try:
            name, answer = answers.get(timeout=deadline.remaining())
        except queue.Empty:
            break
        gathered[name] = answer
    return gathered


class Once(Generic[T]):
    """A question that several may ask, and that is put once; whoever asks meanwhile waits for the answer."""

    def __init__(self, question: Callable[[], T]) -> None:
        self._question = question
        self._lock = threading.Lock()
        self._answer: list[T] = []
        self._error: BaseException | None = None

    def __call__(self) -> T:
        """Return the answer, or raise what asking raised."""
        with self._lock:
            if self._error is not None:
                raise self._error
            if not self._answer:
                try:
                    self._answer.append(self._question())
                except BaseException as error:
                    self._error = error
                    raise
            return self._answer[0]


def _work(
    waiting: deque[tuple[str, Callable[[], object]]],
    answers: queue.SimpleQueue[tuple[str, object]],
    deadline: Deadline,
) -> None:
    is_first = True
    while waiting and (is_first or deadline.remaining() > 0):
        is_first = False
        try:
            name, question = waiting.popleft()
        except IndexError:
            return
        try:
            answers.put((name, question()))
        except BaseException as error:  # noqa: BLE001  carried to the asking thread, which says what it means
            answers.put((name, Failed(error)))
