"""The trail replayed, and compared with what the table of sends says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from guard.core.journal import AuditEntry, next_entry
from guard.core.signed import decode_signed
from guard.core.trail import Standing, compare, replay
from guard.errors import JournalDamaged
from tests.core.values import RAW_MARKET

HASH = decode_signed(RAW_MARKET).hash
REVIEW = {
    "request": {"value": "0x1"},
    "digest": "0xd",
    "decision": "ALLOW",
    "idempotency_key": "rent",
    "replaces": None,
}
EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("send.reviewed", REVIEW),
    ("send.signed", {"hash": HASH}),
    ("send.note", {"note": "slow"}),
    ("send.broadcast", {"note": ""}),
    ("send.mined", {"note": "", "receipt": {"status": 1}, "final": True}),
]
MINED = Standing(
    state="mined",
    request={"value": "0x1"},
    digest="0xd",
    decision="ALLOW",
    hash=HASH,
    receipt={"status": 1},
    is_final=True,
    links={"idempotency_key": "rent", "replaces": None},
)


def trail(events: list[tuple[str, dict[str, Any]]]) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for event, body in events:
        entries.append(
            next_entry(entries[-1] if entries else None, at=1, event=event, send_id="s", body=body)
        )
    return entries


def test_a_trail_tells_where_a_send_stands() -> None:
    assert replay(trail(EVENTS)) == {"s": MINED}
    assert replay(trail(EVENTS[:3]))["s"].note == "slow"
    assert replay(trail(EVENTS[:4]))["s"].state == "broadcast"


@pytest.mark.parametrize(
    "events",
    [
        EVENTS[1:],
        [("send.reviewed", {})],
        [*EVENTS[:1], ("send.paid", {"note": ""})],
        [("send.reviewed", {**REVIEW, "request": 1}), ("send.signed", {})],
    ],
)
def test_an_entry_that_cannot_be_is_named(events: list[tuple[str, dict[str, Any]]]) -> None:
    with pytest.raises(JournalDamaged, match=r"audit entry \d tells something that cannot be"):
        replay(trail(events))


def test_a_body_that_is_no_json_is_named() -> None:
    (entry,) = trail(EVENTS[:1])
    with pytest.raises(JournalDamaged, match="audit entry 1"):
        replay([replace(entry, body="{")])


def test_a_table_that_agrees_is_accepted() -> None:
    compare({"s": MINED}, {"s": (MINED, RAW_MARKET)})
    unsigned = replace(MINED, hash=None)
    compare({"s": unsigned}, {"s": (unsigned, None)})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"state": "broadcast"}, "has another state"),
        ({"request": {"value": "0x2"}}, "has another request"),
        ({"digest": "0xe"}, "has another digest"),
        ({"decision": "WARN"}, "has another decision"),
        ({"hash": "0x0"}, "has another hash"),
        ({"note": "x"}, "has another note"),
        ({"receipt": None}, "has another receipt"),
        ({"is_final": False}, "has another final"),
        ({"links": {"idempotency_key": "other", "replaces": None}}, "has another links"),
    ],
)
def test_f15_a_table_that_was_edited_is_named(change: dict[str, Any], told: str) -> None:
    with pytest.raises(JournalDamaged, match=f"the send s {told} than the trail says"):
        compare({"s": MINED}, {"s": (replace(MINED, **change), RAW_MARKET)})


def test_sends_that_only_one_of_them_has_are_named() -> None:
    with pytest.raises(JournalDamaged, match="is in the trail and not in the table"):
        compare({"s": MINED}, {})
    with pytest.raises(JournalDamaged, match="is in the table of sends and not in the trail"):
        compare({}, {"\x1b": (MINED, RAW_MARKET)})


@pytest.mark.parametrize("raw", [None, RAW_MARKET + b"\0"])
def test_other_signed_bytes_are_named(raw: bytes | None) -> None:
    with pytest.raises(JournalDamaged, match="has other signed bytes"):
        compare({"s": MINED}, {"s": (MINED, raw)})


def test_what_version_1_did_not_write_into_the_trail_is_not_compared() -> None:
    old = replace(MINED, links={})
    compare({"s": old}, {"s": (MINED, RAW_MARKET)})


SIGNED: list[tuple[str, dict[str, Any]]] = [
    ("signature.reviewed", {"request": {"from": "0x1"}, "digest": "0xd", "decision": "WARN"}),
    ("signature.signed", {"hash": HASH}),
]
SIGNATURE = Standing(
    table="signature", state="signed", request={"from": "0x1"}, digest="0xd", decision="WARN", hash=HASH
)


def test_a_trail_tells_where_a_signature_stands_too() -> None:
    assert replay(trail(SIGNED)) == {"s": SIGNATURE}
    compare({"s": SIGNATURE}, {"s": (SIGNATURE, RAW_MARKET)})


@pytest.mark.parametrize(
    "events",
    [
        [*SIGNED[:1], EVENTS[1]],
        [*EVENTS[:1], SIGNED[1]],
        [("reviewed", REVIEW)],
        [("payment.reviewed", REVIEW)],
    ],
)
def test_an_entry_of_another_table_cannot_be(events: list[tuple[str, dict[str, Any]]]) -> None:
    with pytest.raises(JournalDamaged, match="tells something that cannot be"):
        replay(trail(events))


@pytest.mark.parametrize(
    ("told", "kept", "problem"),
    [
        ({"s": SIGNATURE}, {}, "the signature s is in the trail and not in the table of signatures"),
        ({}, {"s": (SIGNATURE, RAW_MARKET)}, "the signature s is in the table of signatures and not in"),
        ({"s": SIGNATURE}, {"s": (MINED, RAW_MARKET)}, "the send s has another table"),
        ({"s": SIGNATURE}, {"s": (SIGNATURE, b"other")}, "the signature s has other signed bytes"),
    ],
)
def test_a_signature_that_differs_is_named_as_one(told: Any, kept: Any, problem: str) -> None:
    with pytest.raises(JournalDamaged, match=problem):
        compare(told, kept)
