from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.core.journal import (
    ENDED,
    GENESIS_HASH,
    NEVER_SIGNED,
    TRANSITIONS,
    UNSETTLED,
    AuditEntry,
    SendState,
    check_signature_end,
    check_transition,
    next_entry,
    verify_chain,
)
from guard.core.rules.examples import SENDER, TRANSFER
from guard.core.signed import decode_signed
from guard.errors import JournalConflict, JournalDamaged
from guard.testing import MemoryJournal
from tests.core.values import RAW_MARKET, REVIEWED

ENDS = ("mined", "reverted", "replaced")
LEGAL = {
    ("reviewed", "blocked"),
    ("reviewed", "undecided"),
    ("reviewed", "declined"),
    ("reviewed", "abandoned"),
    ("reviewed", "handed"),
    ("reviewed", "signed"),
    ("handed", "declined"),
    ("handed", "abandoned"),
    ("handed", "signed"),
    ("signed", "refused"),
    ("signed", "broadcast"),
    ("refused", "broadcast"),
    ("broadcast", "refused"),
    *((before, end) for before in ("signed", "refused", "broadcast") for end in ENDS),
    *((end, after) for end in ENDS for after in ("broadcast", *ENDS)),
}
PAIRS = list(product(SendState, SendState))
PATHS: dict[SendState, tuple[SendState, ...]] = {
    SendState.REVIEWED: (),
    SendState.BLOCKED: (SendState.BLOCKED,),
    SendState.UNDECIDED: (SendState.UNDECIDED,),
    SendState.DECLINED: (SendState.DECLINED,),
    SendState.ABANDONED: (SendState.ABANDONED,),
    SendState.HANDED: (SendState.HANDED,),
    SendState.SIGNED: (SendState.SIGNED,),
    SendState.REFUSED: (SendState.SIGNED, SendState.REFUSED),
    SendState.BROADCAST: (SendState.SIGNED, SendState.BROADCAST),
    SendState.MINED: (SendState.SIGNED, SendState.MINED),
    SendState.REVERTED: (SendState.SIGNED, SendState.REVERTED),
    SendState.REPLACED: (SendState.SIGNED, SendState.REPLACED),
}


def test_every_state_has_a_row_in_the_table() -> None:
    assert set(TRANSITIONS) == set(SendState)


def test_unsettled_are_the_states_with_bytes_and_without_a_receipt() -> None:
    assert {SendState.SIGNED, SendState.REFUSED, SendState.BROADCAST} == UNSETTLED
    assert {SendState.MINED, SendState.REVERTED, SendState.REPLACED} == ENDED


@pytest.mark.parametrize(("current", "following"), PAIRS)
def test_a_pair_of_states_is_legal_exactly_where_the_drawing_has_an_arrow(
    current: SendState, following: SendState
) -> None:
    if (current.value, following.value) in LEGAL:
        check_transition("send-1", current, following)
        return
    with pytest.raises(JournalConflict) as caught:
        check_transition("send-1", current, following)
    expected = f"the send send-1 is {current.value} and cannot become {following.value}"
    assert (caught.value.message, caught.value.hint) == (
        expected,
        "`wallet show send-1` tells what happened to it",
    )


@pytest.mark.parametrize("following", SendState)
def test_nothing_follows_what_is_final(following: SendState) -> None:
    with pytest.raises(JournalConflict, match="is mined for good and cannot become"):
        check_transition("send-1", SendState.MINED, following, is_final=True)


def journal_at(state: SendState) -> MemoryJournal:
    journal = MemoryJournal()
    journal.open_send(TRANSFER, REVIEWED, now=1, idempotency_key=None)
    for step in PATHS[state]:
        move(journal, step)
    return journal


def move(journal: MemoryJournal, state: SendState) -> None:
    if state is SendState.SIGNED:
        journal.record_signed("send-1", decode_signed(RAW_MARKET), now=2)
    else:
        journal.record_state("send-1", state, now=2)


@pytest.mark.parametrize(("current", "following"), PAIRS)
def test_an_illegal_move_raises_and_leaves_the_record_unchanged(
    current: SendState, following: SendState
) -> None:
    journal = journal_at(current)
    before, events = journal.find("send-1"), list(journal.events)
    if (current.value, following.value) in LEGAL:
        move(journal, following)
        assert journal.states() == [following]
        return
    with pytest.raises(JournalConflict):
        move(journal, following)
    assert (journal.find("send-1"), journal.events) == (before, events)


def trail(length: int) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for number in range(length):
        previous = entries[-1] if entries else None
        entries.append(
            next_entry(
                previous,
                at=100 + number,
                event="send.reviewed",
                send_id=f"send-{number}",
                body={"to": SENDER, "note": "é\n\ud800", "n": number},
            )
        )
    return entries


def head(entries: list[AuditEntry]) -> tuple[int, str]:
    return len(entries), entries[-1].hash if entries else GENESIS_HASH


def damage(entries: list[AuditEntry], kept: tuple[int, str]) -> str:
    with pytest.raises(JournalDamaged) as caught:
        verify_chain(entries, head=kept)
    assert caught.value.hint.startswith("the journal was edited or damaged")
    return caught.value.message


def test_an_entry_is_bound_to_the_one_before_it() -> None:
    first, second = trail(2)
    assert first.previous_hash == GENESIS_HASH == "0" * 64
    fields = [2, 101, "send.reviewed", "send-1", second.body, first.hash]
    text = json.dumps(fields, separators=(",", ":"))
    assert second == AuditEntry(
        sequence=2,
        at=101,
        event="send.reviewed",
        send_id="send-1",
        body='{"n":1,"note":"\\u00e9\\n\\ud800","to":"' + SENDER + '"}',
        previous_hash=first.hash,
        hash=hashlib.sha256(text.encode()).hexdigest(),
    )


def test_the_order_in_which_details_are_given_changes_nothing() -> None:
    one = next_entry(None, at=1, event="e", send_id="s", body={"a": 1, "b": 2})
    assert one == next_entry(None, at=1, event="e", send_id="s", body={"b": 2, "a": 1})


def test_a_detail_that_json_cannot_write_in_one_way_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        next_entry(None, at=1, event="e", send_id="s", body={"p": float("nan")})


@pytest.mark.parametrize("length", [0, 1, 5])
def test_an_untouched_trail_is_counted(length: int) -> None:
    entries = trail(length)
    assert verify_chain(iter(entries), head=head(entries)) == length


EDITS: list[Callable[[AuditEntry], AuditEntry]] = [
    lambda entry: replace(entry, at=entry.at + 1),
    lambda entry: replace(entry, event="send.mined"),
    lambda entry: replace(entry, send_id="send-x"),
    lambda entry: replace(entry, body="{}"),
    lambda entry: replace(entry, hash="f" * 64),
]


@given(st.integers(1, 6), st.sampled_from(EDITS), st.data())
def test_an_edited_entry_is_named(
    length: int, edit: Callable[[AuditEntry], AuditEntry], data: st.DataObject
) -> None:
    entries = trail(length)
    place = data.draw(st.integers(0, length - 1))
    kept = head(entries)
    entries[place] = edit(entries[place])
    assert damage(entries, kept) == f"audit entry {place + 1} was changed after it was written"


@given(st.integers(1, 6), st.data())
def test_an_entry_edited_together_with_its_hash_is_betrayed_by_what_follows(
    length: int, data: st.DataObject
) -> None:
    entries = trail(length)
    kept = head(entries)
    place = data.draw(st.integers(0, length - 1))
    previous = entries[place - 1] if place else None
    entries[place] = next_entry(previous, at=1, event="send.mined", send_id="forged", body={})
    message = damage(entries, kept)
    if place == length - 1:
        assert message == f"audit entry {length} is not the last one that was written, entry {length}"
    else:
        assert message == f"audit entry {place + 2} does not follow from the entry before it"


@given(st.integers(1, 6), st.data())
def test_a_deleted_entry_is_named(length: int, data: st.DataObject) -> None:
    entries = trail(length)
    kept = head(entries)
    place = data.draw(st.integers(0, length - 1))
    del entries[place]
    if place == length - 1:
        expected = f"audit entry {length} is missing: the trail should end with entry {length}"
    else:
        expected = f"audit entry {place + 1} is missing: the next one is entry {place + 2}"
    assert damage(entries, kept) == expected


@given(st.integers(2, 6), st.data())
def test_reordered_entries_are_named_at_the_first_that_does_not_fit(length: int, data: st.DataObject) -> None:
    entries = trail(length)
    kept = head(entries)
    order = data.draw(st.permutations(range(length)).filter(lambda order: order != list(range(length))))
    shuffled = [entries[place] for place in order]
    first = next(place for place, original in enumerate(order) if place != original)
    assert (
        damage(shuffled, kept)
        == f"audit entry {first + 1} is missing: the next one is entry {order[first] + 1}"
    )


@given(st.integers(1, 6), st.data())
def test_a_trail_cut_at_its_end_names_the_first_entry_that_is_gone(length: int, data: st.DataObject) -> None:
    entries = trail(length)
    left = data.draw(st.integers(0, length - 1))
    expected = f"audit entry {left + 1} is missing: the trail should end with entry {length}"
    assert damage(entries[:left], head(entries)) == expected


def test_a_trail_that_was_renumbered_after_a_deletion_does_not_follow() -> None:
    entries = trail(3)
    entries[1:] = [replace(entries[2], sequence=2)]
    assert damage(entries, head(trail(3))) == "audit entry 2 does not follow from the entry before it"


def test_an_entry_added_behind_the_last_one_is_named() -> None:
    entries = trail(3)
    assert damage(entries, head(trail(2))) == "audit entry 3 is not the last one that was written, entry 2"


def test_a_trail_that_was_written_anew_is_noticed_by_its_last_hash() -> None:
    forged = [next_entry(None, at=1, event="send.reviewed", send_id="s", body={})]
    assert damage(forged, head(trail(1))) == "audit entry 1 is not the last one that was written, entry 1"


ENDS = {*NEVER_SIGNED, SendState.SIGNED}


@pytest.mark.parametrize(("current", "following"), list(product(SendState, SendState)))
def test_a_signature_has_one_end_after_its_review(current: SendState, following: SendState) -> None:
    if current is SendState.REVIEWED and following in ENDS:
        check_signature_end("sig-1", current, following)
        return
    with pytest.raises(JournalConflict) as caught:
        check_signature_end("sig-1", current, following)
    told = f"the signature sig-1 is {current.value} and cannot become {following.value}"
    assert (caught.value.message, caught.value.hint) == (
        told,
        "`wallet show sig-1` tells what happened to it",
    )
