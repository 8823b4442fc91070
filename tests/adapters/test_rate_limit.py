"""Turns: evenly spaced over threads and processes, and never waited for beyond the deadline."""

from __future__ import annotations

import fcntl
import os
import stat
import threading
from pathlib import Path

import pytest

from guard.adapters import rate_limit
from guard.adapters.rate_limit import RateLimit
from guard.deadline import Deadline
from guard.errors import DeadlineExceeded


class Clock:
    """Time that passes by waiting alone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("time.monotonic", lambda: self.now)

    def wait(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def turns(limit: RateLimit, clock: Clock, count: int) -> list[float]:
    taken = []
    for _ in range(count):
        limit.take(Deadline.after(100))
        taken.append(round(clock.now - 1000, 6))
    return taken


def test_turns_are_evenly_spaced(clock: Clock) -> None:
    assert turns(RateLimit(4, wait=clock.wait), clock, 4) == [0, 0.25, 0.5, 0.75]


def test_turns_that_nobody_took_are_not_saved_up(clock: Clock) -> None:
    limit = RateLimit(4, wait=clock.wait)
    limit.take(Deadline.after(100))
    clock.now += 50
    assert turns(limit, clock, 3) == [50, 50.25, 50.5]


def test_those_who_name_one_file_share_its_turns(clock: Clock, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "turns"
    one, other = (RateLimit(4, file=file, wait=clock.wait) for _ in range(2))
    assert turns(one, clock, 1) + turns(other, clock, 1) + turns(one, clock, 1) == [0, 0.25, 0.5]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_turn_after_the_deadline_is_refused_at_once_and_left_to_others(clock: Clock) -> None:
    limit = RateLimit(0.1, wait=clock.wait)
    limit.take(Deadline.after(1))
    with pytest.raises(DeadlineExceeded, match="no turn to ask is free before the deadline"):
        limit.take(Deadline.after(9))
    assert clock.now == 1000
    limit.take(Deadline.after(11))
    assert clock.now == 1010


@pytest.mark.parametrize("content", [b"", b"x", b"nan", b"1e9", b"-5", b"\xff" * 40, b"inf", b"1100.5"])
def test_a_file_that_tells_no_turn_holds_nobody(clock: Clock, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "turns"
    file.write_bytes(content)
    assert turns(RateLimit(4, file=file, wait=clock.wait), clock, 2) == [0, 0.25]


def test_where_there_can_be_no_file_turns_are_the_processs_own(clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for file in (tmp_path / "file" / "turns", tmp_path, tmp_path / "link"):
        clock.now = 1000
        assert turns(RateLimit(4, file=file, wait=clock.wait), clock, 2) == [0, 0.25]


def test_a_file_that_is_held_for_long_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "_LOCK_PATIENCE_S", 0.02)
    file = tmp_path / "turns"
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        waits: list[float] = []
        RateLimit(4, file=file, wait=waits.append).take(Deadline.after(100))
        assert waits == [0.0]
    finally:
        os.close(descriptor)


def test_threads_never_share_a_turn(tmp_path: Path) -> None:
    waits: list[float] = []
    limit = RateLimit(0.5, file=tmp_path / "turns", wait=waits.append)
    threads = [threading.Thread(target=limit.take, args=(Deadline.after(1000),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [round(wait / 2) for wait in sorted(waits)] == list(range(8))
