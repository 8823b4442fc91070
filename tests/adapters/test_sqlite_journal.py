"""The journal on real SQLite files: what it keeps, what it refuses, and what it notices."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guard.adapters import journal_schema
from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.intent import Deploy
from guard.core.journal import TRANSITIONS, SendRecord, SendState
from guard.core.receipt import Receipt
from guard.core.request import LegacyFee
from guard.core.rivals import Step
from guard.core.signed import decode_signed
from guard.core.verdict import Decision
from guard.errors import JournalConflict, JournalDamaged
from tests.adapters.values import NOW, request, reset, signed, verdict

REQUEST = request()
SIGNED = signed(REQUEST)
RECEIPT = Receipt(hash=SIGNED.hash, status=1, block_number=9, gas_used=21_000, effective_gas_price=10**9)

PATHS_TO = {
    SendState.REVIEWED: (),
    SendState.BLOCKED: (SendState.BLOCKED,),
    SendState.UNDECIDED: (SendState.UNDECIDED,),
    SendState.DECLINED: (SendState.DECLINED,),
    SendState.ABANDONED: (SendState.ABANDONED,),
    SendState.HANDED: (SendState.HANDED,),
    SendState.SIGNED: (SendState.SIGNED,),
    SendState.BROADCAST: (SendState.SIGNED, SendState.BROADCAST),
    SendState.MINED: (SendState.SIGNED, SendState.BROADCAST, SendState.MINED),
    SendState.REVERTED: (SendState.SIGNED, SendState.BROADCAST, SendState.REVERTED),
    SendState.REPLACED: (SendState.SIGNED, SendState.BROADCAST, SendState.REPLACED),
    SendState.REFUSED: (SendState.SIGNED, SendState.REFUSED),
}
ENDS_WITHOUT_A_SIGNATURE = [
    SendState.BLOCKED,
    SendState.UNDECIDED,
    SendState.DECLINED,
    SendState.ABANDONED,
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[SqliteJournal]:
    with closing(SqliteJournal(path)) as opened:
        yield opened


def open_one(journal: SqliteJournal, key: str | None = None, **changes: Any) -> str:
    of = request(**changes)
    return journal.open_send(of, verdict(of), now=NOW, idempotency_key=key)


def move(journal: SqliteJournal, send_id: str, state: SendState, **changes: Any) -> None:
    if state is SendState.SIGNED:
        journal.record_signed(send_id, signed(request(**changes)), now=NOW + 1)
    else:
        journal.record_state(send_id, state, now=NOW + 1)


def in_state(journal: SqliteJournal, state: SendState, key: str | None = None, **changes: Any) -> str:
    send_id = open_one(journal, key, **changes)
    for following in PATHS_TO[state]:
        move(journal, send_id, following, **changes)
    return send_id


def mined_step(send_id: str, **changes: Any) -> Step:
    return Step(send_id=send_id, state=SendState.MINED, receipt=RECEIPT, **changes)


def test_a_send_comes_back_as_it_was_written(journal: SqliteJournal) -> None:
    send_id = open_one(journal)
    journal.record_signed(send_id, SIGNED, now=NOW + 1)
    journal.record_state(send_id, SendState.BROADCAST, now=NOW + 2)
    journal.record_steps([mined_step(send_id, note="thanks")], now=NOW + 3)
    expected = SendRecord(
        id=send_id,
        state=SendState.MINED,
        request=REQUEST,
        digest=verdict(REQUEST).digest,
        decision=Decision.ALLOW.name,
        raw=SIGNED.raw,
        hash=SIGNED.hash,
        receipt=RECEIPT,
        note="thanks",
        created_at=NOW,
        updated_at=NOW + 3,
        signed_at=NOW + 1,
    )
    assert journal.find(send_id) == expected
    assert journal.find_by_hash(SIGNED.hash.upper().replace("0X", "0x")) == expected
    assert journal.sends(5) == [expected]
    assert journal.paid_requests(1, REQUEST.sender) == [REQUEST]


@pytest.mark.parametrize(
    "changes",
    [
        {"fee": LegacyFee(gas_price=0)},
        {"to": None, "data": b"\x60\x00"},
        {"value": 2**256 - 1},
        {"nonce": 2**63 - 1},
        {"chain_id": 2**63 - 37},
        {"data": bytes(range(256))},
        {"chain_id": None, "nonce": None, "gas_limit": None, "fee": None},
    ],
)
def test_every_form_of_request_comes_back_equal(journal: SqliteJournal, changes: dict[str, Any]) -> None:
    found = journal.find(open_one(journal, **changes))
    assert found is not None
    assert found.request == request(**changes)


@pytest.mark.parametrize("state", SendState, ids=lambda state: state.value)
def test_every_state_can_be_reached_and_survives_a_new_opening(path: Path, state: SendState) -> None:
    with closing(SqliteJournal(path)) as journal:
        send_id = in_state(journal, state)
    with closing(SqliteJournal(path)) as again:
        found = again.find(send_id)
        assert found is not None
        assert found.state is state
        assert again.verify_audit() == 1 + len(PATHS_TO[state])


@pytest.mark.parametrize(
    ("current", "following"),
    [
        (current, following)
        for current in SendState
        for following in SendState
        if following not in TRANSITIONS[current]
    ],
    ids=lambda state: state.value,
)
def test_a_step_that_may_not_follow_is_refused_and_changes_nothing(
    path: Path, current: SendState, following: SendState
) -> None:
    with closing(SqliteJournal(path)) as journal:
        send_id = in_state(journal, current)
        before = dump(path)
        with pytest.raises(JournalConflict, match=f"is {current.value} and cannot become {following.value}"):
            move(journal, send_id, following)
        assert dump(path) == before


def test_a_lost_answer_goes_from_signed_to_mined_directly(journal: SqliteJournal) -> None:
    send_id = in_state(journal, SendState.SIGNED)
    journal.record_steps([mined_step(send_id)], now=NOW + 2)
    found = journal.find(send_id)
    assert found is not None
    assert (found.state, found.receipt) == (SendState.MINED, RECEIPT)


@pytest.mark.parametrize("write", ["signed", "state", "note"])
def test_writing_about_a_send_that_does_not_exist_is_refused(journal: SqliteJournal, write: str) -> None:
    writes: dict[str, Callable[[], None]] = {
        "signed": lambda: journal.record_signed("nobody", SIGNED, now=NOW),
        "state": lambda: journal.record_state("nobody", SendState.BLOCKED, now=NOW),
        "note": lambda: journal.record_note("nobody", "x", now=NOW),
    }
    with pytest.raises(JournalConflict, match="there is no send nobody"):
        writes[write]()
    assert journal.verify_audit() == 0


def test_a_note_is_escaped_and_moves_nothing(journal: SqliteJournal) -> None:
    send_id = in_state(journal, SendState.SIGNED)
    journal.record_note(send_id, "node says \x1b[2Jno\n", now=NOW + 9)
    found = journal.find(send_id)
    assert found is not None
    assert (found.state, found.note, found.updated_at) == (
        SendState.SIGNED,
        "node says \\x1b[2Jno\\x0a",
        NOW + 9,
    )


def test_sends_are_listed_newest_first_and_open_ones_oldest_first(journal: SqliteJournal) -> None:
    ids = {state: in_state(journal, state, nonce=nonce) for nonce, state in enumerate(SendState, start=100)}
    assert [record.id for record in journal.sends(100)] == list(reversed(ids.values()))
    assert [record.id for record in journal.sends(2)] == list(reversed(ids.values()))[:2]
    assert [record.state for record in journal.open_sends()] == [
        state for state in SendState if state not in (*ENDS_WITHOUT_A_SIGNATURE, SendState.HANDED)
    ]


def test_only_payments_that_were_mined_by_this_sender_on_this_chain_count_as_paid(
    journal: SqliteJournal,
) -> None:
    for nonce, state in enumerate(SendState, start=100):
        in_state(journal, state, nonce=nonce)
    mined = request(nonce=100 + list(SendState).index(SendState.MINED))
    assert journal.paid_requests(1, mined.sender) == [mined]
    assert journal.paid_requests(5, mined.sender) == []
    assert journal.paid_requests(1, "0x" + "0" * 40) == []


def test_what_is_not_there_is_none(journal: SqliteJournal) -> None:
    assert journal.find("x") is None
    assert journal.find_by_hash("0x") is None
    assert journal.find_by_key("x") is None
    assert journal.sends(1) == []
    assert journal.open_sends() == []


# Durability


def test_the_file_is_in_wal_mode_and_every_commit_is_synced(path: Path) -> None:
    with closing(SqliteJournal(path)) as journal:
        open_one(journal)
        with closing(sqlite3.connect(path)) as second:
            assert second.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert journal._connection.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_a_new_journal_is_in_wal_mode_before_another_process_can_open_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # SQLite refuses the change of mode at once where a second process reads, whatever the time-out says.
    modes: list[bytes] = []
    link = os.link

    def link_and_look(source: str, target: Path) -> None:
        modes.append(Path(source).read_bytes()[18:20])
        link(source, target)

    monkeypatch.setattr(os, "link", link_and_look)
    SqliteJournal(path).close()
    assert modes == [b"\x02\x02"]


def test_the_file_and_its_side_files_are_their_owners_alone_under_any_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        with closing(SqliteJournal(path)) as journal:
            open_one(journal)
            modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == {f"{path.name}{suffix}": 0o600 for suffix in ("", "-wal", "-shm", ".mark")}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_nothing_is_left_beside_the_journal_once_it_is_closed(path: Path) -> None:
    with closing(SqliteJournal(path)) as journal:
        open_one(journal)
    assert sorted(entry.name for entry in path.parent.iterdir()) == [path.name, f"{path.name}.mark"]


def test_what_was_written_is_in_a_copy_of_file_and_log_taken_at_once(path: Path, tmp_path: Path) -> None:
    with closing(SqliteJournal(path)) as journal:
        send_id = in_state(journal, SendState.SIGNED)
        copy = tmp_path / "copy" / path.name
        copy.parent.mkdir()
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
        record = journal.find(send_id)
    with closing(SqliteJournal(copy)) as restored:
        assert restored.find(send_id) == record
        assert restored.verify_audit() == 2


# One payment a nonce, one payment a key


def test_two_journals_on_one_file_sign_a_nonce_only_once(path: Path) -> None:
    with closing(SqliteJournal(path)) as one, closing(SqliteJournal(path)) as other:
        first, second = open_one(one), open_one(other, value=5)
        one.record_signed(first, SIGNED, now=NOW)
        before = dump(path)
        with pytest.raises(JournalConflict, match="nonce 7 was given to another payment"):
            other.record_signed(second, signed(request(value=5)), now=NOW)
        assert dump(path) == before
        with pytest.raises(JournalConflict, match=f"nonce 7 already belongs to the payment {first}"):
            open_one(other, value=6)


@pytest.mark.parametrize("state", [SendState.SIGNED, SendState.BROADCAST], ids=lambda state: state.value)
def test_the_nonce_of_an_unsettled_payment_is_refused_with_the_way_to_its_end(
    journal: SqliteJournal, state: SendState
) -> None:
    send_id = in_state(journal, state)
    with pytest.raises(JournalConflict) as caught:
        open_one(journal, value=5)
    assert (caught.value.message, caught.value.hint) == (
        f"nonce 7 already belongs to the payment {send_id}, which is {state.value}",
        f"bring that one to its end first: `wallet resume {send_id}` or `wallet cancel {send_id}`",
    )
    assert len(journal.sends(5)) == 1


@pytest.mark.parametrize(
    "state", [SendState.MINED, SendState.REVERTED, SendState.REPLACED], ids=lambda state: state.value
)
def test_the_nonce_of_a_settled_payment_that_is_free_again_means_another_chain(
    journal: SqliteJournal, state: SendState
) -> None:
    send_id = in_state(journal, state)
    with pytest.raises(JournalConflict) as caught:
        open_one(journal, value=5)
    assert (caught.value.message, caught.value.hint) == (
        f"nonce 7 is free on the node, and here it belongs to {send_id}, which is {state.value}",
        "this is a reset chain, or another one under the same id: give it a TXGUARD_HOME of its own",
    )
    assert len(journal.sends(5)) == 1


def test_a_replaced_payment_that_was_mined_after_all_is_settled_and_counts_as_paid(
    journal: SqliteJournal,
) -> None:
    send_id = in_state(journal, SendState.REPLACED)
    journal.record_steps([mined_step(send_id)], now=NOW + 2)
    found = journal.find(send_id)
    assert found is not None
    assert (found.state, found.receipt) == (SendState.MINED, RECEIPT)
    assert journal.paid_requests(1, REQUEST.sender) == [REQUEST]


def test_a_nonce_is_free_for_another_sender_or_chain(journal: SqliteJournal) -> None:
    in_state(journal, SendState.SIGNED)
    in_state(journal, SendState.SIGNED, chain_id=5)
    of = request(sender=request().to)
    assert journal.open_send(of, verdict(of), now=NOW, idempotency_key=None)


def test_of_ten_threads_with_a_connection_each_one_signs_the_nonce(path: Path) -> None:
    SqliteJournal(path).close()
    outcomes: list[str] = []
    together = threading.Barrier(10)

    def sign(value: int) -> None:
        with closing(SqliteJournal(path)) as journal:
            together.wait()
            try:
                in_state(journal, SendState.SIGNED, value=value)
                outcomes.append("signed")
            except JournalConflict:
                outcomes.append("refused")

    threads = [threading.Thread(target=sign, args=(value,)) for value in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 9 + ["signed"]
    with closing(SqliteJournal(path)) as journal:
        assert [record.state for record in journal.sends(20)].count(SendState.SIGNED) == 1
        journal.verify_audit()


_OPEN_AND_SIGN = """
import sys
from contextlib import closing
from pathlib import Path
from guard.adapters.sqlite_journal import SqliteJournal
from guard.errors import JournalConflict
from tests.adapters.values import NOW, request, reset, signed, verdict
of = request(value=int(sys.argv[2]))
bytes_of = signed(of)
print("ready", flush=True)
sys.stdin.readline()
with closing(SqliteJournal(Path(sys.argv[1]))) as journal:
    try:
        send_id = journal.open_send(of, verdict(of), now=NOW, idempotency_key="one key")
        journal.record_signed(send_id, bytes_of, now=NOW)
        print("signed")
    except JournalConflict:
        print("refused")
"""


def test_processes_that_make_the_journal_at_once_end_with_one_journal_and_one_payment(path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _OPEN_AND_SIGN, str(path), str(value)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for value in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outcomes = sorted(process.communicate(timeout=60)[0] for process in processes)
    assert outcomes == ["refused\n"] * 3 + ["signed\n"]
    assert sorted(entry.name for entry in path.parent.iterdir()) == [path.name, f"{path.name}.mark"]
    with closing(SqliteJournal(path)) as journal:
        assert journal.verify_audit() == 2


@pytest.mark.parametrize("state", ENDS_WITHOUT_A_SIGNATURE, ids=lambda state: state.value)
def test_a_key_is_free_again_after_an_end_without_a_signature(
    journal: SqliteJournal, state: SendState
) -> None:
    in_state(journal, state, "key")
    assert journal.find_by_key("key") is None
    again = in_state(journal, SendState.MINED, "key")
    found = journal.find_by_key("key")
    assert found is not None
    assert found.id == again


@pytest.mark.parametrize(
    "state", [state for state in SendState if state not in ENDS_WITHOUT_A_SIGNATURE], ids=lambda s: s.value
)
def test_a_key_is_taken_from_the_verdict_on_and_for_ever_once_signed(
    journal: SqliteJournal, state: SendState
) -> None:
    send_id = in_state(journal, state, "key")
    found = journal.find_by_key("key")
    assert found is not None
    assert found.id == send_id
    with pytest.raises(JournalConflict, match=f"'key' belongs to the send {send_id}"):
        open_one(journal, "key", nonce=99)
    assert len(journal.sends(10)) == 1


def test_the_database_itself_refuses_a_second_payment_under_a_key(path: Path) -> None:
    with closing(SqliteJournal(path)) as journal:
        open_one(journal, "key")
        other = open_one(journal, "other")
    with closing(sqlite3.connect(path)) as raw, pytest.raises(sqlite3.IntegrityError):
        raw.execute("UPDATE sends SET idempotency_key = 'key' WHERE id = ?", (other,))


# The audit trail


def edit(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as raw:
        for statement in statements:
            assert raw.execute(statement).rowcount != 0
        raw.commit()


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (["UPDATE audit SET body = '{}' WHERE sequence = 2"], "audit entry 2 was changed"),
        (["UPDATE audit SET at = at + 1 WHERE sequence = 3"], "audit entry 3 was changed"),
        (["UPDATE audit SET event = 'send.mined' WHERE sequence = 1"], "audit entry 1 was changed"),
        (["UPDATE audit SET send_id = 'x' WHERE sequence = 1"], "audit entry 1 was changed"),
        (["UPDATE audit SET hash = 'x' WHERE sequence = 2"], "audit entry 2 was changed"),
        (["UPDATE audit SET previous_hash = 'x' WHERE sequence = 2"], "audit entry 2 does not follow"),
        (["DELETE FROM audit WHERE sequence = 1"], "audit entry 1 is missing: the next one is entry 2"),
        (["DELETE FROM audit WHERE sequence = 2"], "audit entry 2 is missing: the next one is entry 3"),
        (["DELETE FROM audit WHERE sequence = 4"], "audit entry 4 is missing: .* end with entry 4"),
        (["DELETE FROM audit"], "audit entry 1 is missing: .* end with entry 4"),
        (
            [
                "UPDATE audit SET sequence = 9 WHERE sequence = 2",
                "UPDATE audit SET sequence = 2 WHERE sequence = 3",
                "UPDATE audit SET sequence = 3 WHERE sequence = 9",
            ],
            "audit entry 2 does not follow",
        ),
        (["UPDATE audit_head SET count = 3"], "holds 3 entries and once held 4"),
        (["UPDATE audit_head SET count = 5"], "audit entry 5 is missing"),
        (["UPDATE audit_head SET hash = 'x'"], "audit entry 4 is not the last one that was written"),
        (["DELETE FROM audit_head"], "0 heads instead of one"),
        (["DELETE FROM identity"], "0 names"),
        (["INSERT INTO audit_head VALUES (4, 'x')"], "2 heads instead of one"),
    ],
)
def test_verification_names_what_was_done_to_the_trail(path: Path, statements: list[str], told: str) -> None:
    """C15: edit, delete, reorder, cut."""
    with closing(SqliteJournal(path)) as journal:
        in_state(journal, SendState.MINED)
        assert journal.verify_audit() == 4
    edit(path, *statements)
    with pytest.raises(JournalDamaged, match=told), closing(SqliteJournal(path)) as journal:
        journal.verify_audit()


def test_a_trail_that_was_cut_takes_no_new_entry_that_would_hide_the_cut(path: Path) -> None:
    with closing(SqliteJournal(path)) as journal:
        in_state(journal, SendState.MINED)
    edit(path, "DELETE FROM audit WHERE sequence = 4")
    with closing(SqliteJournal(path)) as journal:
        with pytest.raises(JournalDamaged, match="not the one that was written last"):
            open_one(journal, nonce=8)
        assert len(journal.sends(5)) == 1
        with pytest.raises(JournalDamaged, match="audit entry 4 is missing"):
            journal.verify_audit()


def test_the_trail_tells_request_verdict_and_findings(path: Path) -> None:
    of = request(to=None, data=b"\x60")
    with closing(SqliteJournal(path)) as journal:
        send_id = journal.open_send(of, verdict(of), now=NOW, idempotency_key=None)
    assert isinstance(verdict(of).intent, Deploy)
    with closing(sqlite3.connect(path)) as raw:
        ((event, of_send, body),) = raw.execute("SELECT event, send_id, body FROM audit").fetchall()
    assert (event, of_send) == ("send.reviewed", send_id)
    told = json.loads(body)
    assert set(told) == {
        *("request", "digest", "decision", "prediction", "findings", "idempotency_key", "replaces")
    }
    assert told["digest"] == verdict(of).digest
    assert [finding["rule"] for finding in told["findings"]] == [
        finding.rule for finding in verdict(of).findings
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sends SET request = '{'",
        "UPDATE sends SET request = '{\"from\": 1}'",
        "UPDATE sends SET state = 'paid'",
        "UPDATE sends SET receipt = '[]'",
    ],
)
def test_a_send_that_was_edited_into_nonsense_is_damage_and_no_fault_of_ours(
    path: Path, statement: str
) -> None:
    with closing(SqliteJournal(path)) as journal:
        in_state(journal, SendState.MINED)
    edit(path, statement)
    with closing(SqliteJournal(path)) as journal, pytest.raises(JournalDamaged, match="cannot be read"):
        journal.sends(5)


# Files that are no journal


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _cut(path: Path) -> None:
    SqliteJournal(path).close()
    path.write_bytes(path.read_bytes()[: 4096 + 100])


def _random(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 64)


def _foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript("CREATE TABLE places (id INTEGER); PRAGMA user_version = 1;")


def _foreign_without_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript("CREATE TABLE places (id INTEGER)")


def _newer(path: Path) -> None:
    SqliteJournal(path).close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA user_version = {journal_schema.VERSION + 1}")


def _damaged_page(path: Path) -> None:
    with closing(SqliteJournal(path)) as journal:
        for nonce in range(30):
            open_one(journal, nonce=nonce)
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 3] = b"\xff" * 4096
    path.write_bytes(content)


def _folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (_empty, "empty or no journal"),
        (_cut, "malformed|not a database|disk image"),
        (_random, "not a database"),
        (_foreign, "another program's database"),
        (_foreign_without_version, "empty or no journal"),
        (_newer, f"version {journal_schema.VERSION + 1}, and this program knows {journal_schema.VERSION}"),
        (_damaged_page, "malformed|btreeInitPage|Tree"),
        (_folder, "unable to open"),
    ],
)
def test_what_is_no_whole_journal_is_refused_and_never_replaced(path: Path, make: Any, told: str) -> None:
    path.parent.mkdir()
    make(path)
    before = path.is_dir() or path.read_bytes()
    with pytest.raises(JournalDamaged, match=told) as caught:
        SqliteJournal(path)
    assert str(path) in caught.value.message
    assert (path.is_dir() or path.read_bytes()) == before


def test_a_log_that_was_cut_short_loses_its_last_commit_and_is_noticed_by_nothing_else(path: Path) -> None:
    """SQLite drops a commit that is not whole, as after a power cut; what stays is from before it."""
    with closing(SqliteJournal(path)) as journal:
        open_one(journal, nonce=1)
        journal._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        open_one(journal, nonce=2)
        copy = path.with_name("copy.sqlite3")
        shutil.copy(path, copy)
        log = Path(f"{path}-wal").read_bytes()
    Path(f"{copy}-wal").write_bytes(log[:-10])
    with closing(SqliteJournal(copy)) as restored:
        assert [record.request.nonce for record in restored.sends(5)] == [1]
        assert restored.verify_audit() == 1


_WITHOUT_PRIVILEGES = """
import ctypes, sys
from pathlib import Path
from guard.adapters.sqlite_journal import SqliteJournal
from guard.errors import JournalDamaged
# Root may write anywhere; capabilities 1 and 2 (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH) are given up.
libc = ctypes.CDLL(None)
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
sets = (ctypes.c_uint32 * 6)()
assert libc.capget(header, sets) == 0
for index in (0, 1, 2):
    sets[index] &= ~0b110
assert libc.capset(header, sets) == 0
try:
    SqliteJournal(Path(sys.argv[1]))
except JournalDamaged as error:
    print(error.message)
"""


def test_in_a_folder_that_cannot_be_written_the_journal_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "fixed"
    folder.mkdir()
    path = folder / "journal.sqlite3"
    folder.chmod(0o500)
    refused = run_python(_WITHOUT_PRIVILEGES, str(path))
    assert refused == f"the journal {path} cannot be used: Permission denied\n"
    assert not path.exists()
    folder.chmod(0o700)
    SqliteJournal(path).close()
    before = path.read_bytes()
    path.chmod(0o400)
    folder.chmod(0o500)
    refused = run_python(_WITHOUT_PRIVILEGES, str(path))
    assert refused == f"the journal {path} cannot be used: attempt to write a readonly database\n"
    folder.chmod(0o700)
    assert path.read_bytes() == before


_ON_A_FULL_DISK = """
import resource, sys
from contextlib import closing
from pathlib import Path
from guard.adapters.sqlite_journal import SqliteJournal
from guard.errors import JournalDamaged
from tests.adapters.values import NOW, request, verdict
path = Path(sys.argv[1])
of = request(data=bytes(100_000))
def write(journal):
    return journal.open_send(of, verdict(of), now=NOW, idempotency_key=None)
def fill(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
try:
    if sys.argv[2] == "new":
        fill(1000)
        SqliteJournal(path)
    with closing(SqliteJournal(path)) as journal:
        fill(60_000)
        write(journal)
except JournalDamaged as error:
    print(error.message)
"""


def test_on_a_full_disk_nothing_is_recorded_and_the_caller_is_told(path: Path) -> None:
    with closing(SqliteJournal(path)) as journal:
        open_one(journal)
    told = run_python(_ON_A_FULL_DISK, str(path), "old")
    assert told.startswith(f"the journal {path} could not be written: ")
    with closing(SqliteJournal(path)) as journal:
        assert len(journal.sends(5)) == 1
        assert journal.verify_audit() == 1


def test_on_a_full_disk_no_journal_is_made_and_none_is_left_half_made(path: Path) -> None:
    told = run_python(_ON_A_FULL_DISK, str(path), "new")
    assert told.startswith(f"the journal {path} cannot be used: ")
    assert list(path.parent.iterdir()) == []


def run_python(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as raw:
        return list(raw.iterdump())


# What the trail and the table say of one send


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE sends SET state = 'broadcast'", "has another state"),
        ("UPDATE sends SET note = 'paid'", "has another note"),
        ("UPDATE sends SET idempotency_key = 'other'", "has another links"),
        ("UPDATE sends SET raw = x'00'", "has other signed bytes"),
        ("UPDATE sends SET hash = '0x00'", "has another hash"),
        ("UPDATE sends SET final = 1", "has another final"),
        ("UPDATE sends SET receipt = NULL", "has another receipt"),
        ("DELETE FROM sends", "is in the trail and not in the table"),
    ],
)
def test_verification_compares_the_table_of_sends_with_the_trail(
    path: Path, statement: str, told: str
) -> None:
    with closing(SqliteJournal(path)) as journal:
        send_id = in_state(journal, SendState.BROADCAST)
        journal.record_steps([mined_step(send_id)], now=NOW)
        assert journal.verify_audit() == 4
    edit(path, statement)
    with closing(SqliteJournal(path)) as journal, pytest.raises(JournalDamaged, match=told):
        journal.verify_audit()


def test_text_that_somebody_edited_into_the_journal_is_escaped_when_it_is_read(path: Path) -> None:
    with closing(SqliteJournal(path)) as journal:
        send_id = in_state(journal, SendState.SIGNED)
        journal.record_note(send_id, "back\\slash \x1b[2J", now=NOW)
        kept = journal.find(send_id)
        assert kept is not None
        assert kept.note == "back\\\\slash \\x1b[2J"
    edit(path, "UPDATE sends SET note = char(27) || '[2J', decision = char(27), digest = char(155)")
    with closing(SqliteJournal(path)) as journal:
        found = journal.find(send_id)
        assert found is not None
        assert (found.note, found.decision, found.digest) == ("\\x1b[2J", "\\x1b", "\\x9b")


# Rivals, spending, steps


def test_a_nonce_has_one_line_of_rivals(journal: SqliteJournal) -> None:
    first = in_state(journal, SendState.BROADCAST)
    of = request(gas_limit=30_000)
    with pytest.raises(JournalConflict, match="nobody can no longer be replaced"):
        journal.open_send(of, verdict(of), now=NOW, replaces="nobody")
    second = journal.open_send(of, verdict(of), now=NOW, replaces=first)
    other = journal.open_send(of, verdict(of), now=NOW, replaces=first)
    journal.record_signed(second, signed(of), now=NOW)
    with pytest.raises(JournalConflict, match="nonce 7 was given to another payment"):
        journal.record_signed(other, signed(request(gas_limit=40_000)), now=NOW)
    with pytest.raises(JournalConflict, match=f"{first} can no longer be replaced"):
        journal.open_send(of, verdict(of), now=NOW, replaces=first)
    record = journal.find(first)
    assert record is not None
    assert [rival.id for rival in journal.rivals(record)] == [first, second]


def test_steps_are_written_together_or_not_at_all(journal: SqliteJournal) -> None:
    first, second = in_state(journal, SendState.SIGNED), in_state(journal, SendState.BLOCKED, nonce=8)
    with pytest.raises(JournalConflict):
        journal.record_steps([mined_step(first), mined_step(second)], now=NOW)
    found = journal.find(first)
    assert found is not None
    assert found.state is SendState.SIGNED
    assert journal.verify_audit() == 4


def test_a_step_from_an_older_look_is_left_out(journal: SqliteJournal) -> None:
    send_id = in_state(journal, SendState.BROADCAST)
    journal.record_steps([mined_step(send_id, before=SendState.BROADCAST)], now=NOW)
    late = Step(send_id=send_id, state=SendState.BROADCAST, before=SendState.SIGNED)
    journal.record_steps([late], now=NOW)
    journal.record_steps([mined_step(send_id, before=SendState.MINED, is_final=True)], now=NOW)
    journal.record_steps([Step(send_id=send_id, state=SendState.BROADCAST, before=SendState.MINED)], now=NOW)
    found = journal.find(send_id)
    assert found is not None
    assert (found.state, found.is_final) == (SendState.MINED, True)
    assert (journal.open_sends(), journal.verify_audit()) == ([], 5)


def test_spending_counts_what_was_signed_since_and_leaves_one_nonce_out(journal: SqliteJournal) -> None:
    cost = REQUEST.value + (REQUEST.max_fee_wei or 0)
    assert journal.spending(1, REQUEST.sender, since=0, besides=None).next_nonce is None
    for nonce in (7, 8, 9):
        in_state(journal, SendState.SIGNED, nonce=nonce)
    in_state(journal, SendState.BLOCKED, nonce=10)
    in_state(journal, SendState.SIGNED, nonce=11, chain_id=5)

    def spent(since: int, besides: int | None) -> tuple[int, int | None]:
        told = journal.spending(1, REQUEST.sender, since=since, besides=besides)
        return told.wei_since(since), told.next_nonce

    assert spent(0, None) == (3 * cost, 10)
    assert spent(0, 8) == (2 * cost, 10)
    assert spent(NOW + 1, None) == (0, 10)
    assert spent(NOW, None) == (3 * cost, 10)
    assert journal.signatures(1, REQUEST.sender) == 3
    assert [record.request.nonce for record in journal.signed_from(1, REQUEST.sender, 8)] == [8, 9]


def test_what_somebody_else_has_to_sign_counts_each_for_itself_until_he_refuses(
    journal: SqliteJournal,
) -> None:
    """Its bytes are not known: it has no rival to take the place of, and nothing to resume."""
    cost = REQUEST.value + (REQUEST.max_fee_wei or 0)

    def handed(nonce: int | None) -> str:
        of = replace(REQUEST, nonce=nonce)
        send_id = journal.open_send(of, verdict(of), now=NOW)
        journal.record_state(send_id, SendState.HANDED, now=NOW)
        return send_id

    def spent(since: int, besides: int | None) -> tuple[int, int | None]:
        told = journal.spending(1, REQUEST.sender, since=since, besides=besides)
        return told.wei_since(since), told.next_nonce

    refused = handed(7)
    journal.record_state(refused, SendState.ABANDONED, now=NOW, note="insufficient funds")
    assert (spent(0, None), journal.signatures(1, REQUEST.sender)) == ((0, None), 1)
    for nonce in (7, 7, None, None):
        handed(nonce)
    assert (spent(0, None), spent(0, 7), spent(NOW, None)) == ((4 * cost, None), (4 * cost, None), (0, None))
    assert journal.signatures(1, REQUEST.sender) == 5
    in_state(journal, SendState.SIGNED, nonce=7)
    assert (spent(0, None), journal.open_sends()[0].request.nonce) == ((5 * cost, 8), 7)
    assert journal.verify_audit() == 13


def test_the_reset_of_a_delegation_comes_back_equal_and_its_bytes_unchanged(path: Path) -> None:
    of = reset()
    raw = signed(of)
    with closing(SqliteJournal(path)) as journal:
        send_id = journal.open_send(of, verdict(of), now=NOW)
        journal.record_signed(send_id, raw, now=NOW + 1)
    with closing(SqliteJournal(path)) as journal:
        found = journal.find(send_id)
    assert found is not None
    assert (found.request, found.raw, found.hash) == (of, raw.raw, raw.hash)
    assert decode_signed(raw.raw).request(of.sender) == found.request


def test_what_was_handed_to_a_wallet_elsewhere_counts_until_a_person_says_no_there(
    journal: SqliteJournal,
) -> None:
    send_id = in_state(journal, SendState.HANDED)
    handed = journal.find(send_id)
    assert handed is not None
    assert (handed.signed_at, handed.raw, handed.hash) == (handed.updated_at, None, None)
    account = (1, REQUEST.sender)
    spent = journal.spending(*account, since=0, besides=None)
    assert [one.wei for one in spent.commitments] == [REQUEST.value + (REQUEST.max_fee_wei or 0)]
    assert (spent.next_nonce, journal.signatures(*account)) == (None, 1)
    assert (journal.open_sends(), journal.rivals(handed), journal.signed_from(*account, 0)) == ([], [], [])
    journal.record_state(send_id, SendState.DECLINED, now=NOW + 9)
    assert journal.spending(*account, since=0, besides=None).commitments == ()
    # A review from before it is told apart by this number, which never comes down.
    assert journal.signatures(*account) == 1


def test_what_wallets_elsewhere_have_is_counted_each_for_itself_whatever_its_nonce(
    journal: SqliteJournal,
) -> None:
    # A wallet may leave the nonce of a page alone: both can happen, and a third beside them.
    for _ in range(2):
        in_state(journal, SendState.HANDED)
    spent = journal.spending(1, REQUEST.sender, since=0, besides=REQUEST.nonce)
    assert [one.wei for one in spent.commitments] == 2 * [REQUEST.value + (REQUEST.max_fee_wei or 0)]


def test_the_bytes_of_what_was_handed_over_are_written_down_once_they_are_seen(
    journal: SqliteJournal,
) -> None:
    send_id = in_state(journal, SendState.HANDED)
    journal.record_signed(send_id, SIGNED, now=NOW + 9)
    found = journal.find(send_id)
    assert found is not None
    assert (found.state, found.hash, found.signed_at) == (SendState.SIGNED, SIGNED.hash, NOW + 9)
    assert journal.verify_audit() == 3
