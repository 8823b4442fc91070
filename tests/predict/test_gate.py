from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest

from guard.deadline import Deadline
from guard.errors import ServiceBusy
from guard.predict.gate import Gate


def test_so_many_pass_at_once_and_the_next_one_is_turned_away_with_a_time() -> None:
    gate = Gate(width=2, room=0)
    with ExitStack() as inside:
        for _ in range(2):
            inside.enter_context(gate.passing(Deadline.after(10)))
        with pytest.raises(ServiceBusy) as caught, gate.passing(Deadline.after(10)):
            pass
        assert caught.value.retry_after_s == 5.0
    with gate.passing(Deadline.after(10)):
        pass


def test_a_place_is_given_back_when_the_exchange_fails() -> None:
    gate = Gate(width=1, room=0)
    for _ in range(3):
        with pytest.raises(KeyError), gate.passing(Deadline.after(10)):
            raise KeyError


def test_one_in_the_waiting_room_passes_as_soon_as_a_place_is_free() -> None:
    gate = Gate(width=1, room=1, patience_s=10)
    passed = threading.Event()

    def wait() -> None:
        with gate.passing(Deadline.after(10)):
            passed.set()

    with gate.passing(Deadline.after(10)):
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not passed.is_set()
    waiting.join(10)
    assert passed.is_set()


@pytest.mark.parametrize(("patience_s", "left_s"), [(0.0, 10.0), (10.0, 0.0)])
def test_who_waits_is_turned_away_when_patience_or_deadline_is_over(patience_s: float, left_s: float) -> None:
    gate = Gate(width=1, room=1, patience_s=patience_s)
    with gate.passing(Deadline.after(10)):
        for _ in range(3):
            with pytest.raises(ServiceBusy), gate.passing(Deadline.after(left_s)):
                pass
