"""Signed transactions that share one nonce: what a look at the chain means for each of them.

What belongs here: the pure step from what a node told to what the journal is to say. What must not: asking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from guard.core.journal import ENDED, SendRecord, SendState
from guard.core.receipt import Receipt
from guard.core.request import TransactionRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What a node told about one nonce."""

    receipt: Receipt | None = None
    """The receipt of one of the rivals; None where no block has any."""
    is_taken: bool = False
    """Whether the count of mined transactions says that the nonce is used."""
    is_deep: bool = False
    """Whether the block that says so has as many confirmations as were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the journal is to write about one send."""

    send_id: str
    """Which one."""
    state: SendState
    """Where it stands now."""
    note: str = ""
    """Why."""
    receipt: Receipt | None = None
    """The receipt, where a block has it."""
    is_final: bool = False
    """Whether that stays."""
    before: SendState | None = None
    """Where it stood when the chain was looked at; where it stands elsewhere by then, another process has
    looked too, and this step is left out."""
    may_be_made: bool = False
    """Whether somebody else may have signed and sent it, so that it counts for limits without its bytes."""


def steps(rivals: Sequence[SendRecord], sighting: Sighting) -> tuple[Step, ...]:
    """Return what changes for these signed sends of one nonce; nothing for what is final or as it was.

    A receipt ends its own send as MINED or REVERTED and every rival as REPLACED. A used nonce without a
    receipt ends them all as REPLACED. Neither leads back whatever had ended: the chain was reorganised.
    """
    wanted = (_wanted(record, sighting) for record in rivals if not record.is_final)
    by_id = {record.id: record for record in rivals}
    return tuple(step for step in wanted if step is not None and not _is_told(by_id[step.send_id], step))


def _wanted(record: SendRecord, sighting: Sighting) -> Step | None:
    receipt = sighting.receipt
    if receipt is not None and receipt.hash == record.hash:
        state = SendState.MINED if receipt.status == 1 else SendState.REVERTED
        return Step(
            send_id=record.id, state=state, receipt=receipt, is_final=sighting.is_deep, before=record.state
        )
    if receipt is not None or sighting.is_taken:
        by = "another payment of its nonce" if receipt is None else receipt.hash
        return Step(
            send_id=record.id,
            state=SendState.REPLACED,
            note=f"its place was taken by {by}",
            is_final=sighting.is_deep,
            before=record.state,
        )
    if record.state in ENDED:
        note = "a reorganisation took it out of the chain"
        return Step(send_id=record.id, state=SendState.BROADCAST, note=note, before=record.state)
    return None


def _is_told(record: SendRecord, step: Step) -> bool:
    told = (record.state, record.receipt, record.is_final)
    return told == (step.state, step.receipt, step.is_final)


def is_same_payment(one: TransactionRequest, other: TransactionRequest) -> bool:
    """Say whether two requests pay the same, whatever they offer for the gas.

    What hands an account to code is no payment of nothing; the nonce of an authorization, which follows the
    transaction's, makes no other of it.
    """

    def payment(of: TransactionRequest) -> tuple[object, ...]:
        handed = tuple((one.delegation.chain_id, one.delegation.delegate) for one in of.authorizations)
        return of.chain_id, of.sender, of.to, of.value, of.data, handed

    return payment(one) == payment(other)
