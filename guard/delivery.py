"""From signed bytes to a block: what the first delivery and every later `resume` share.

Rule: nothing here signs. A lost reply is answered by the same bytes, and only a receipt proves an end.
"""

from __future__ import annotations

from guard.core.journal import SendState
from guard.core.receipt import Receipt
from guard.core.text import escape_untrusted
from guard.errors import IntegrityError, NodeError
from guard.ports import Broadcaster, Chain, Clock, Journal


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


def settle(send_id: str, receipt: Receipt, journal: Journal, clock: Clock) -> SendState:
    """Write a receipt down and return the state that it means."""
    state = SendState.MINED if receipt.status == 1 else SendState.REVERTED
    journal.record_state(send_id, state, now=clock.now(), receipt=receipt)
    return state
