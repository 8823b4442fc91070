"""Signatures in the journal: written before they are told, bound into the trail, and counted by account."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.authorization import Delegation
from guard.core.journal import NEVER_SIGNED, SendState, SignatureRecord
from guard.core.rules.examples import FRIEND, STRANGER
from guard.core.signature_request import PersonalMessage, SignatureRequest
from guard.core.spending import Spending, signature_commitment
from guard.core.typed_data import parse_typed_data
from guard.errors import JournalConflict, JournalDamaged
from tests.adapters.values import NOW, SIGNER, request, signature_request, signed, verdict
from tests.core.typed_documents import one_member

PERMIT = signature_request()
BYTES = SIGNER.sign_content(PERMIT)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Any:
    with closing(SqliteJournal(path)) as opened:
        yield opened


def opened(journal: SqliteJournal, of: SignatureRequest = PERMIT, now: int = NOW) -> str:
    return journal.open_signature(of, verdict(of), now=now)


def made(journal: SqliteJournal, of: SignatureRequest, now: int = NOW) -> str:
    signature_id = opened(journal, of, now)
    journal.record_signature(signature_id, b"\x01" * 65, now=now)
    return signature_id


def test_a_signature_is_kept_with_what_it_grants(journal: SqliteJournal) -> None:
    signature_id = opened(journal)
    record = SignatureRecord(
        id=signature_id,
        state=SendState.REVIEWED,
        request=PERMIT,
        digest=verdict(PERMIT).digest,
        decision=None if verdict(PERMIT).decision is None else verdict(PERMIT).decision.name,  # type: ignore[union-attr]
        signature=None,
        note="",
        created_at=NOW,
        updated_at=NOW,
    )
    assert signature_id.startswith("sig-")
    assert journal.find_signature(signature_id) == record
    journal.record_signature(signature_id, BYTES, now=NOW + 1)
    found = journal.find_signature(signature_id)
    assert found is not None
    assert (found.state, found.signature, found.updated_at) == (SendState.SIGNED, BYTES, NOW + 1)
    assert found.request.content == PERMIT.content
    assert journal.latest_signatures(5) == [found]
    assert journal.verify_audit() == 2


def test_what_was_committed_is_there_for_another_process(path: Path, journal: SqliteJournal) -> None:
    signature_id = made(journal, PERMIT)
    with closing(SqliteJournal(path, read_only=True)) as other:
        assert other.find_signature(signature_id) == journal.find_signature(signature_id)


@pytest.mark.parametrize("state", sorted(NEVER_SIGNED, key=lambda state: state.value))
def test_a_signature_ends_once(journal: SqliteJournal, state: SendState) -> None:
    signature_id = opened(journal)
    journal.end_signature(signature_id, state, now=NOW + 1, note="no\x1b")
    found = journal.find_signature(signature_id)
    assert found is not None
    assert (found.state, found.note, found.signature) == (state, "no\\x1b", None)
    for again in (
        lambda: journal.record_signature(signature_id, BYTES, now=NOW),
        lambda: journal.end_signature(signature_id, SendState.ABANDONED, now=NOW),
    ):
        with pytest.raises(JournalConflict, match=f"the signature {signature_id} is {state.value}"):
            again()
    assert journal.find_signature(signature_id) == found
    assert journal.verify_audit() == 2


def test_a_signature_that_was_made_has_no_other_end(journal: SqliteJournal) -> None:
    signature_id = made(journal, PERMIT)
    with pytest.raises(JournalConflict, match="is signed and cannot become declined"):
        journal.end_signature(signature_id, SendState.DECLINED, now=NOW)
    other = opened(journal)
    with pytest.raises(JournalConflict, match="is reviewed and cannot become broadcast"):
        journal.end_signature(other, SendState.BROADCAST, now=NOW)


def test_one_that_is_not_there_is_said_not_to_be(journal: SqliteJournal) -> None:
    assert journal.find_signature("sig-none") is None
    with pytest.raises(JournalConflict, match="there is no signature sig-none"):
        journal.record_signature("sig-none", BYTES, now=NOW)


def test_what_was_signed_is_told_by_account_chain_and_time(journal: SqliteJournal) -> None:
    text = signature_request(content=PersonalMessage(data=b"hi"), chain_id=5)
    everywhere = signature_request(content=Delegation(chain_id=0, delegate=STRANGER, nonce=1))
    elsewhere = signature_request(content=Delegation(chain_id=5, delegate=STRANGER, nonce=1))
    beyond = one_member("bool", True)
    beyond["domain"]["chainId"] = str(2**256 - 1)
    far = signature_request(content=parse_typed_data(beyond))
    other = signature_request(sender=FRIEND)
    for of in (PERMIT, text, everywhere, elsewhere, far, other):
        made(journal, of)
    late = signature_request(chain_id=None)
    made(journal, late, NOW + 10)
    opened(journal)
    assert journal.signed_grants(1, SIGNER.address, NOW - 1) == [PERMIT, text, everywhere, far, late]
    assert journal.signed_grants(5, SIGNER.address, NOW - 1) == [text, everywhere, elsewhere, far]
    assert journal.signed_grants(1, SIGNER.address, NOW) == [late]
    assert journal.signed_grants(1, FRIEND, NOW - 1) == [other]


def test_the_mark_of_an_account_moves_with_payments_and_with_signatures(journal: SqliteJournal) -> None:
    assert journal.signatures(1, SIGNER.address) == 0
    opened(journal)
    assert journal.signatures(1, SIGNER.address) == 0
    made(journal, PERMIT)
    assert journal.signatures(1, SIGNER.address) == 1
    send_id = journal.open_send(request(), verdict(request()), now=NOW)
    journal.record_signed(send_id, signed(request()), now=NOW)
    assert journal.signatures(1, SIGNER.address) == 2
    assert journal.signatures(1, FRIEND) == 0
    assert journal.verify_audit() == 5


EDITS: dict[str, tuple[str, str]] = {
    "the request": ("UPDATE signatures SET request = '{}'", "another request"),
    "the decision": ("UPDATE signatures SET decision = 'OTHER'", "another decision"),
    "the digest": ("UPDATE signatures SET digest = '0x00'", "another digest"),
    "the state": ("UPDATE signatures SET state = 'declined'", "another state"),
    "the bytes": ("UPDATE signatures SET raw = x'02'", "another hash"),
    "the bytes taken away": ("UPDATE signatures SET raw = NULL", "another hash"),
    "the note": ("UPDATE signatures SET note = 'fine'", "another note"),
    "the row": ("DELETE FROM signatures", "is in the trail and not in the table of signatures"),
    "another row": (
        "INSERT INTO signatures SELECT 'sig-x', state, chain_id, sender, request, digest, decision, raw,"
        " note, created_at, updated_at FROM signatures",
        "is in the table of signatures and not in the trail",
    ),
}


@pytest.mark.parametrize(("edit", "told"), EDITS.values(), ids=EDITS)
def test_an_edited_signature_is_told_from_the_trail(path: Path, edit: str, told: str) -> None:
    with closing(SqliteJournal(path)) as journal:
        journal.record_signature(opened(journal), BYTES, now=NOW)
        assert journal.verify_audit() == 2
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute(edit)
    with (
        closing(SqliteJournal(path)) as journal,
        pytest.raises(JournalDamaged, match=f"the signature sig-[0-9a-fx]+ .*{told}"),
    ):
        journal.verify_audit()


def test_a_signature_of_no_known_form_is_damage(path: Path) -> None:
    with closing(SqliteJournal(path)) as journal:
        signature_id = made(journal, PERMIT)
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE signatures SET request = '{\"from\": 1}'")
    looks: list[Callable[[SqliteJournal], object]] = [
        lambda journal: journal.find_signature(signature_id),
        lambda journal: journal.latest_signatures(1),
        lambda journal: journal.signed_grants(1, SIGNER.address, 0),
    ]
    with closing(SqliteJournal(path)) as journal:
        for look in looks:
            with pytest.raises(JournalDamaged, match="holds what cannot be read"):
                look(journal)


def test_signatures_count_among_what_the_account_committed_itself_to(journal: SqliteJournal) -> None:
    made(journal, PERMIT)
    opened(journal)
    elsewhere = signature_request(content=Delegation(chain_id=5, delegate=STRANGER, nonce=1))
    made(journal, elsewhere, NOW + 1)
    told = journal.spending(1, SIGNER.address, since=NOW - 1, besides=None)
    assert told == Spending(commitments=(signature_commitment(PERMIT, NOW),), next_nonce=None)
    assert told.commitments[0].tokens != {}
    assert journal.spending(1, SIGNER.address, since=NOW, besides=None).commitments == ()
    assert journal.spending(5, SIGNER.address, since=0, besides=None).commitments == (
        signature_commitment(elsewhere, NOW + 1),
    )
