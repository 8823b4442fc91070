"""The nonce of the next payment, chosen where no other process can choose at the same time.

What belongs here: the choice, the order of delivery that it rests on, and whose place a nonce takes that was
chosen elsewhere. What must not: the turn itself.
"""

from __future__ import annotations

from itertools import groupby

from guard.core.address import Address
from guard.core.journal import UNSETTLED, SendRecord
from guard.core.request import TransactionRequest
from guard.delivery import DeliveryPorts, bring
from guard.errors import JournalConflict, NodeError
from guard.ports import Journal


def replaced_by(request: TransactionRequest, journal: Journal) -> str | None:
    """Return the open send whose place `request` takes by its nonce, where the journal knows of one."""
    if request.chain_id is None or request.nonce is None:
        return None
    later = journal.signed_from(request.chain_id, request.sender, request.nonce)
    rivals = [record for record in later if record.request.nonce == request.nonce]
    return rivals[-1].id if rivals and rivals[-1].state in UNSETTLED else None


def next_nonce(chain_id: int, sender: Address, ports: DeliveryPorts) -> int:
    """Return the nonce that follows both what the node counts and what was signed here.

    To be called in the account's turn. Signed payments that the node does not count are brought to it first,
    byte for byte: whoever signed them died before the node had them, or the node has lost them, and no later
    nonce could ever be mined. Raises JournalConflict where one of them cannot be brought there, where a
    nonce before one of them is nobody's, or where the node counts fewer payments than are final here;
    NodeError when it cannot be asked.
    """
    told = ports.chain.next_nonce(sender)
    if ports.chain.chain_id() != chain_id:
        # The review refuses a payment for another chain than the node's; nothing is brought to that one.
        return told
    uncounted = ports.journal.signed_from(chain_id, sender, told)
    following = told
    for nonce, grouped in groupby(uncounted, key=lambda record: record.request.nonce):
        slot = list(grouped)
        assert nonce is not None
        if nonce != following:
            raise JournalConflict(
                f"nonce {following} of {sender} is nobody's, and {slot[-1].id} with nonce {nonce} needs it",
                hint=f"`wallet send … --nonce {following}` fills the gap",
            )
        _bring_first(slot, told, ports)
        following = nonce + 1
    return following


def _bring_first(rivals: list[SendRecord], told: int, ports: DeliveryPorts) -> None:
    last = rivals[-1]
    if any(record.is_final for record in rivals):
        raise JournalConflict(
            f"the node counts {told} payments of {last.request.sender}, and {last.id} with nonce"
            f" {last.request.nonce} is final here",
            hint="the node is far behind, or this is another chain under the same id: give a reset chain a"
            " TXGUARD_HOME of its own",
        )
    try:
        bring(rivals, ports)
    except NodeError as error:
        raise JournalConflict(
            f"the payment {last.id} comes before this one and is not with the node: {error.message}",
            hint=f"nothing was signed: {error.hint or 'mend the node'}; or `wallet cancel {last.id}`",
        ) from error
