"""From signed bytes to a final block: what the first delivery and every later `resume` share.

Rule 1: nothing here signs. A lost reply is answered by the same bytes, and only the chain proves an end.
Rule 2: what an answer of a node means stands in `guard.core.node_answers`, what a look at the chain means in
`guard.core.rivals`; this file asks and writes down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from guard.core.journal import ENDED, UNSETTLED, SendRecord, SendState
from guard.core.node_answers import ANSWERS, read_answer
from guard.core.receipt import Receipt
from guard.core.rivals import Sighting, Step, is_same_payment, steps
from guard.core.signed import check_signed, decode_signed
from guard.core.text import escape_untrusted
from guard.deadline import Deadline
from guard.defaults import DEFAULT_CONFIRMATIONS
from guard.errors import (
    GuardError,
    IntegrityError,
    InvalidRequest,
    JournalConflict,
    JournalDamaged,
    NodeError,
)
from guard.ports import Broadcaster, Chain, Clock, Journal, Recover


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPorts:
    """Everything that bringing signed bytes to a block touches; there is no signer among it."""

    chain: Chain
    broadcaster: Broadcaster
    recover: Recover
    journal: Journal
    clock: Clock
    confirmations: int = DEFAULT_CONFIRMATIONS


def deliver(record: SendRecord, ports: DeliveryPorts) -> SendState:
    """Hand the signed bytes over, write down what the node said, and return where the send stands.

    A refusal is what a node says; whether the nonce is used, the chain is asked. Raises NodeError when it did
    not take the bytes, with a hint that says what can be done; JournalConflict when something else used their
    nonce; IntegrityError when it names another hash than the bytes have.
    """
    assert record.raw is not None
    assert record.hash is not None
    try:
        hand_over(record.raw, record.hash, ports.chain, ports.broadcaster)
    except (IntegrityError, NodeError) as error:
        if not isinstance(error, NodeError) or error.code != "node_refused":
            _note(record, error, ports)
            raise
        rivals = settle(ports.journal.rivals(record), ports)
        if any(rival.state in ENDED for rival in rivals):
            fulfilled_by(record, rivals)
            return next(rival.state for rival in rivals if rival.id == record.id)
        _note_refusal(record, error, ports)
        raise
    if record.state is not SendState.BROADCAST:
        _step(record, SendState.BROADCAST, "", ports)
    return SendState.BROADCAST


def _note_refusal(record: SendRecord, error: NodeError, ports: DeliveryPorts) -> None:
    """Write down what a refusal means, and say what can be done about it."""
    meaning = ANSWERS[read_answer(error.words)]
    error.hint = meaning.advice.format(id=record.id)
    state = meaning.state
    if state is None or state is record.state:
        _note(record, error, ports)
        return
    try:
        _step(record, state, error.message, ports)
    except GuardError as journal_error:
        error.add_note(f"and the journal could not note that: {journal_error.message}")


def _note(record: SendRecord, error: GuardError, ports: DeliveryPorts) -> None:
    """Write down what went wrong after the signature; what went wrong with that is told beside `error`."""
    try:
        ports.journal.record_note(record.id, error.message, now=ports.clock.now())
    except GuardError as journal_error:
        error.add_note(f"and the journal could not note that: {journal_error.message}")


def _step(record: SendRecord, state: SendState, note: str, ports: DeliveryPorts) -> None:
    step = Step(send_id=record.id, state=state, note=note, before=record.state)
    ports.journal.record_steps([step], now=ports.clock.now())


def hand_over(raw: bytes, transaction_hash: str, chain: Chain, broadcaster: Broadcaster) -> None:
    """Bring the bytes to the node, once more where its reply was lost.

    Returns when the node has them, or a block does. Raises NodeError when it refused them, IntegrityError
    when it names another hash than the bytes have.
    """
    try:
        named = _broadcast(raw, broadcaster)
    except NodeError:
        # The reply to an earlier try may have been lost on the way; then the refusal is of the repetition.
        if _is_mined(transaction_hash, chain):
            return
        raise
    if named.lower() != transaction_hash:
        called = escape_untrusted(named, limit=80)
        raise IntegrityError(
            f"the node calls the payment {called}, and its bytes are {transaction_hash}",
            hint="do not trust this node: look the payment up on another one",
        )


def _broadcast(raw: bytes, broadcaster: Broadcaster) -> str:
    try:
        return broadcaster.broadcast(raw)
    except NodeError as error:
        if error.code != "node_unreachable":
            raise
        return broadcaster.broadcast(raw)


def _is_mined(transaction_hash: str, chain: Chain) -> bool:
    try:
        return chain.receipt(transaction_hash) is not None
    except NodeError:
        return False


def settle(rivals: Sequence[SendRecord], ports: DeliveryPorts) -> list[SendRecord]:
    """Look at the chain once, write down what it says of these rivals, and return them as they now are."""
    changes = steps(rivals, look(rivals, ports.chain, ports.confirmations))
    if changes:
        ports.journal.record_steps(changes, now=ports.clock.now())
        return ports.journal.rivals(rivals[0])
    return list(rivals)


def look(rivals: Sequence[SendRecord], chain: Chain, confirmations: int) -> Sighting:
    """Return what the node tells of the nonce of these rivals; raises NodeError."""
    receipt = _receipt(rivals, chain)
    if receipt is None:
        sender, nonce = rivals[0].request.sender, rivals[0].request.nonce
        assert nonce is not None
        if chain.mined_nonce(sender) <= nonce:
            return Sighting()
        # It may have been mined between the first look and the count.
        receipt = _receipt(rivals, chain)
        if receipt is None:
            _refuse_forgotten(rivals)
            return Sighting(
                is_taken=True, is_deep=chain.mined_nonce(sender, confirmations=confirmations) > nonce
            )
    depth = chain.block_number() - receipt.block_number + 1
    return Sighting(receipt=receipt, is_deep=depth >= confirmations)


def _refuse_forgotten(rivals: Sequence[SendRecord]) -> None:
    """Raise NodeError where a block had one of these: a node that keeps no old receipts proves nothing."""
    mined = next((rival for rival in rivals if rival.receipt is not None), None)
    if mined is not None:
        raise NodeError(
            f"a block had {mined.id}, its nonce is used, and this node tells of no receipt",
            hint="it lags, or keeps no old receipts: ask another node",
        )


def check_chain(record: SendRecord, chain: Chain) -> None:
    """Raise NodeError where the node is not on the chain of this send: nothing it says is about it."""
    reported = chain.chain_id()
    if reported != record.request.chain_id:
        raise NodeError(
            f"{record.id} is for chain {record.request.chain_id}, and the node is on chain {reported}",
            hint="give --rpc-url of a node of that chain",
        )


def _receipt(rivals: Sequence[SendRecord], chain: Chain) -> Receipt | None:
    """Return the receipt of whichever rival a block has, the newest looked up first."""
    for record in reversed(rivals):
        assert record.hash is not None
        receipt = chain.receipt(record.hash)
        if receipt is not None:
            return receipt
    return None


def bring(rivals: Sequence[SendRecord], ports: DeliveryPorts) -> list[SendRecord]:
    """See to it that a block, or else the node, has one of these rivals; return them as they then are.

    The newest goes first; where the node will not have it, those before it that pay the same are tried.
    Raises what the node said of the newest when it takes none, NodeError when it is on another chain,
    JournalDamaged when bytes are not what was scored.
    """
    for record in rivals:
        check_bytes(record, ports.recover)
    check_chain(rivals[0], ports.chain)
    rivals = settle(rivals, ports)
    if not any(record.state in UNSETTLED for record in rivals):
        return rivals
    refusal: NodeError | None = None
    newest = rivals[-1].request
    for record in reversed(rivals):
        if not is_same_payment(record.request, newest):
            # What its owner has cancelled is not sent again, whatever the node says of the cancellation.
            continue
        try:
            deliver(record, ports)
        except NodeError as error:
            refusal = refusal or error
            # Of an answer that was lost nothing is known, and another rival must not go before it.
            if error.code != "node_refused":
                break
        else:
            return ports.journal.rivals(record)
    rivals = settle(ports.journal.rivals(rivals[0]), ports)
    if refusal is not None and any(record.state in UNSETTLED for record in rivals):
        raise refusal
    return rivals


def wait_for_end(record: SendRecord, ports: DeliveryPorts, timeout_s: float) -> list[SendRecord]:
    """Look until a block has used the nonce, or the time is over; return the rivals as they then are.

    One look that fails does not end the wait; raises NodeError when the last one before the end did. No
    answer is waited for beyond it.
    """
    deadline = Deadline.after(timeout_s)
    rivals = ports.journal.rivals(record)
    bounded = DeliveryPorts(
        chain=ports.chain.within(deadline),
        broadcaster=ports.broadcaster,
        recover=ports.recover,
        journal=ports.journal,
        clock=ports.clock,
        confirmations=ports.confirmations,
    )
    while True:
        failure: NodeError | None = None
        try:
            rivals = settle(rivals, bounded)
        except NodeError as error:
            failure = error
        if failure is None and not any(rival.state in UNSETTLED for rival in rivals):
            return rivals
        if not ports.chain.wait(deadline):
            if failure is not None:
                raise failure
            return rivals


def check_bytes(record: SendRecord, recover: Recover) -> None:
    """Raise JournalDamaged unless the bytes are the sender's own, and carry out what was scored."""
    problem: GuardError | None = None
    try:
        signed = decode_signed(record.raw or b"")
        check_signed(signed, recover(signed), record.request)
    except (InvalidRequest, IntegrityError) as error:
        problem = error
    else:
        if signed.hash == record.hash:
            return
    raise JournalDamaged(
        f"the signed bytes of {record.id} are not the payment that was scored",
        hint="nothing was sent: the journal was edited or damaged; restore a copy you trust",
    ) from problem


def fulfilled_by(record: SendRecord, rivals: Sequence[SendRecord]) -> SendRecord:
    """Return the rival that is in a block and pays what `record` pays; itself where that is open.

    Raises JournalConflict where its nonce went to something else: a payment made elsewhere, a cancellation.
    """
    current = next(rival for rival in rivals if rival.id == record.id)
    if current.state is not SendState.REPLACED:
        return current
    mined = next((rival for rival in rivals if rival.receipt is not None), None)
    if mined is not None and is_same_payment(mined.request, record.request):
        return mined
    nonce, sender = record.request.nonce, record.request.sender
    raise JournalConflict(
        f"nonce {nonce} of {sender} was used by another payment than {record.hash}"
        + ("" if mined is None else f": by {mined.id}, {mined.hash}"),
        hint="this payment will not happen: check what took its place before you pay again"
        if current.is_final or mined is not None
        else f"nothing is final yet: `wallet resume {record.id}` looks again; do not pay again before it is",
    )
