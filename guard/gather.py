"""Asking several sources at once, each in its own thread, all under one total deadline.

What belongs here: the waiting. What must not: what is asked.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from guard.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Failed:
    """What a question came to that raised."""

    error: BaseException
    """What it raised."""


@dataclass(frozen=True, slots=True)
class Late:
    """What a question came to that was still open at the deadline."""


def gather(
    questions: Mapping[str, Callable[[], object]], deadline: Deadline
) -> dict[str, object | Failed | Late]:
    """Ask all questions at once and return their answers by name, Failed or Late where there is none.

    The threads are daemons: a source that never returns delays neither the verdict nor the end of the
    process.
    """
    answers: queue.SimpleQueue[tuple[str, object]] = queue.SimpleQueue()
    for name, question in questions.items():
        threading.Thread(
            target=_answer, args=(name, question, answers), name=f"evidence-{name}", daemon=True
        ).start()
    gathered: dict[str, object] = {name: Late() for name in questions}
    for _ in questions:
        try:
            name, answer = answers.get(timeout=deadline.remaining())
        except queue.Empty:
            break
        gathered[name] = answer
    return gathered


def _answer(
    name: str, question: Callable[[], object], answers: queue.SimpleQueue[tuple[str, object]]
) -> None:
    try:
        answers.put((name, question()))
    except BaseException as error:  # noqa: BLE001  carried to the asking thread, which says what it means
        answers.put((name, Failed(error)))
