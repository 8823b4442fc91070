"""What one checkpoint let through passes the other once, for as long as its verdict holds."""

from __future__ import annotations

from dataclasses import replace
from threading import Barrier, Thread

from guard.core.subject import Request
from guard.core.verdict import Approval, Confirmation
from guard.middleware.passage import MOST_PASSAGES, Passage, Passages
from tests.adapters.values import NOW, request, signature_request, verdict


def passage(of: Request, *, confirmation: Confirmation = Confirmation.ORDINARY, at: int = NOW) -> Passage:
    said = verdict(of)
    return Passage(
        request=of,
        verdict=replace(said, reviewed_at=at, expires_at=at + 600),
        records=("1",),
        signatures=0,
        approval=Approval(digest=said.digest, confirmation=confirmation),
    )


def test_it_is_taken_once() -> None:
    passages, one = Passages(), passage(request())
    assert passages.put(one) == []
    assert passages.take(request()) is one
    assert passages.take(request()) is None


def test_as_often_as_it_was_let_through() -> None:
    passages, first, second = Passages(), passage(request()), passage(request())
    passages.put(first)
    passages.put(second)
    assert [passages.take(request()), passages.take(request()), passages.take(request())] == [
        first,
        second,
        None,
    ]


def test_a_nonce_that_was_left_open_is_found_by_what_got_one() -> None:
    passages, unnumbered = Passages(), passage(request(nonce=None))
    passages.put(unnumbered)
    assert passages.take(request(nonce=8, value=1)) is None
    assert passages.take(request(nonce=8)) is unnumbered


def test_exactly_this_one_is_withdrawn_and_only_while_it_waits() -> None:
    passages, first, second = Passages(), passage(signature_request()), passage(signature_request())
    passages.put(first)
    passages.put(second)
    assert passages.withdraw(second)
    assert not passages.withdraw(second)
    assert passages.take(signature_request()) is first
    assert not passages.withdraw(first)


def test_what_never_came_is_told_when_its_verdict_is_over() -> None:
    passages, late, fresh = Passages(), passage(request()), passage(request(value=2), at=NOW + 601)
    passages.put(late)
    assert passages.put(fresh) == [late]
    assert passages.take(request()) is None
    assert passages.take(request(value=2)) is fresh


def test_the_oldest_gives_way_beyond_the_bound() -> None:
    passages = Passages()
    one = passage(request())
    first = replace(one)
    assert passages.put(first) == []
    for _ in range(MOST_PASSAGES - 1):
        assert passages.put(one) == []
    assert passages.put(one) == [first]


def test_of_many_that_take_at_once_one_has_it() -> None:
    passages, start, taken = Passages(), Barrier(16), []
    passages.put(passage(request()))

    def take() -> None:
        start.wait()
        taken.append(passages.take(request()))

    threads = [Thread(target=take) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in taken if one is not None]) == 1


def test_a_persons_yes_is_a_consent_and_the_ordinary_answer_is_none() -> None:
    said = verdict(request())
    assert passage(request()).consent is None
    assert replace(passage(request()), approval=None).consent is None
    consent = passage(request(), confirmation=Confirmation.WARNING).consent
    assert consent is not None
    assert (consent.digest, consent.expires_at) == (said.digest, NOW + 600)
