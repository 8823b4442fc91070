"""Bringing earlier sends to their end, and telling about them.

What belongs here: records of the journal as a person or a program reads them. What must not: the decision
what to do with one; `guard.recovery` makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from guard import exit_codes
from guard.command_line import emit, print_json, say
from guard.core.amounts import format_ether
from guard.core.journal import SendRecord, SendState
from guard.core.rpc_transaction import transaction_object
from guard.core.text import escape_untrusted
from guard.errors import CallerError, GuardError
from guard.recovery import abandon_unsigned, needs_chain, refuse_lost, resume_send
from wallet.options import Output
from wallet.wiring import Session, delivery_ports, require_chain

if TYPE_CHECKING:
    from guard.adapters.sqlite_journal import SqliteJournal


def no_send(name: str) -> CallerError:
    """Return the error for an id, or a hash, that the journal does not hold."""
    return CallerError(
        f"there is no send '{escape_untrusted(name, limit=80)}'", hint="`wallet history` lists them"
    )


def find_record(journal: SqliteJournal, name: str) -> SendRecord:
    """Return the send of this id or transaction hash; raises CallerError where there is none."""
    record = journal.find(name) or journal.find_by_hash(name)
    if record is None:
        raise no_send(name)
    return record


def resume_one(
    record: SendRecord, session: Session, journal: SqliteJournal, receipt_timeout_s: float | None
) -> SendState:
    """Bring one send to its end and return the state that it reached."""
    session.notify(f"resuming {record.id}, which is {record.state.value}")
    if record.state is SendState.REVIEWED:
        return abandon_unsigned(record, journal, session.clock)
    if record.state is SendState.HANDED:
        session.notify(f"{record.id} was handed to a wallet that signs by itself: look there,")
        session.notify("and say what you find: --sent-as HASH, or --not-sent")
    if not needs_chain(record):
        refuse_lost(record, journal)
        return record.state
    ports = delivery_ports(session, require_chain(session, "resume"), journal)
    return resume_send(record, ports, receipt_timeout_s=receipt_timeout_s)


def resume_all(
    records: Sequence[SendRecord],
    session: Session,
    journal: SqliteJournal,
    receipt_timeout_s: float | None,
    output: Output,
) -> int:
    """Bring every one of these sends to its end, tell what became of each, and return the worst exit code.

    One that cannot be brought to its end does not keep the others from theirs.
    """
    code, told = exit_codes.DONE, []
    unwritten: GuardError | None = None
    for record in records:
        error: GuardError | None = None
        try:
            resume_one(record, session, journal, receipt_timeout_s)
        except GuardError as raised:
            error = raised
        ended = journal.find(record.id) or record
        reached = resumed_exit_code(ended.state, waited=receipt_timeout_s is not None)
        code = max(code, reached if error is None else exit_codes.of_error(error))
        told.append({**describe_record(ended), "error": None if error is None else error.as_mapping()})
        if not output.as_json:
            try:
                emit(record_line(ended), instead="`wallet history` shows what became of each send")
            except GuardError as raised:
                unwritten = raised
            if error is not None:
                say(f"error: {error.message}\n       {error.hint}")
    if unwritten is not None:
        raise unwritten
    if output.as_json:
        print_json({"ok": code == exit_codes.DONE, "sends": told})
    elif not records:
        output.notify("nothing is left to bring to an end")
    return code


def resumed_exit_code(state: SendState, *, waited: bool) -> int:
    """Return what a resumed send means: to have said that nothing was sent is an end too.

    So is to have been replaced by what was made here for that; by anything else is an error of its own.
    """
    if state in (SendState.ABANDONED, SendState.REPLACED):
        return exit_codes.DONE
    if state is SendState.BROADCAST and waited:
        return exit_codes.FAILED
    return exit_codes.of_state(state)


def describe_record(record: SendRecord) -> dict[str, object]:
    """Return a record as an object for `--json`."""
    return {
        "ok": record.state in (SendState.MINED, SendState.BROADCAST),
        "id": record.id,
        "state": record.state.value,
        "decision": record.decision,
        "digest": record.digest,
        "transaction": transaction_object(record.request),
        "hash": record.hash,
        "receipt": None if record.receipt is None else asdict(record.receipt),
        "note": record.note,
        "replaces": record.replaces,
        "final": record.is_final,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "error": None,
    }


def record_line(record: SendRecord) -> str:
    """Return a record as two lines of a list, so that the address stands whole in 80 columns."""
    when = datetime.fromtimestamp(record.created_at, UTC).strftime("%Y-%m-%d %H:%M")
    to = record.request.to or "a new contract"
    amount = format_ether(record.request.value)
    state = "final" if record.is_final and record.state is SendState.MINED else record.state.value
    return f"{record.id}  {when}  {state:<9}  {amount}\n          to {to}"
