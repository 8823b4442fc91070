"""What a person says of a payment that was handed to a wallet that signs by itself: sent, or never sent.

What belongs here: the two words and what each needs. What must not: what makes bytes a payment's own; that is
`guard.handover`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from guard.core.amounts import format_ether
from guard.core.journal import SendRecord, SendState
from guard.delivery import check_chain
from guard.errors import CallerError, ConfirmationRequired
from guard.handover import shown_bytes, take_bytes
from wallet.options import Output
from wallet.wiring import Session, require_chain

if TYPE_CHECKING:
    from guard.adapters.sqlite_journal import SqliteJournal


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What is said, where anything is."""

    sent_as: str | None
    """The hash under which the other wallet sent it."""
    not_sent: bool
    """Whether it never did."""

    @classmethod
    def of(cls, options: Mapping[str, Any], send_id: str | None) -> Word:
        """Read the flags; raises CallerError for a word about no send, and for two about one."""
        word = cls(sent_as=options["sent_as"], not_sent=options["not_sent"])
        if word.is_said and (send_id is None or (word.sent_as is not None and word.not_sent)):
            raise CallerError(
                "--sent-as and --not-sent are each said of one send", hint="give the ID, and one of the two"
            )
        return word

    @property
    def is_said(self) -> bool:
        """Whether there is one."""
        return self.sent_as is not None or self.not_sent


def settled(
    record: SendRecord, word: Word, session: Session, journal: SqliteJournal, output: Output
) -> SendRecord:
    """Write the word down, and return the send as it then is.

    Raises CallerError for one that was not handed; NodeError where the node shows no bytes under that hash;
    DigestMismatch where they are not what was reviewed; ConfirmationRequired where nobody at a terminal says
    that it was never sent.
    """
    if word.is_said and record.state is not SendState.HANDED:
        raise CallerError(
            f"{record.id} is {record.state.value}, and was not handed to a wallet that signs by itself",
            hint="leave --sent-as and --not-sent out",
        )
    if word.sent_as is not None:
        _sent(record, word.sent_as, session, journal)
    if word.not_sent:
        _not_sent(record, session, journal, output)
    return journal.find(record.id) or record


def _sent(record: SendRecord, transaction_hash: str, session: Session, journal: SqliteJournal) -> None:
    from guard.adapters.recover import recover
    from guard.adapters.sent_bytes import NodeSentBytes

    chain = require_chain(session, "resume")
    check_chain(record, chain)
    signed = shown_bytes(transaction_hash.lower(), NodeSentBytes(chain))
    take_bytes(record, signed, recover=recover, journal=journal, now=session.clock.now())


def _not_sent(record: SendRecord, session: Session, journal: SqliteJournal, output: Output) -> None:
    amount = format_ether(record.request.value)
    question = f"Was {record.id}, {amount}, never signed there?\nIt then counts no more."
    if not output.can_ask(no_input=False) or not click.confirm(question, default=False, err=True):
        raise ConfirmationRequired(
            f"nobody said that {record.id} was never sent", hint="answer at a terminal; the default is No"
        )
    note = "never sent, by its owner's word"
    journal.record_state(record.id, SendState.ABANDONED, now=session.clock.now(), note=note)
