"""ERC-777 tokens: operators, and moves of one's own or of a holder's, https://eips.ethereum.org/EIPS/eip-777"""

from __future__ import annotations

from guard.core.address import Address
from guard.core.decode.function import Context, Function
from guard.core.intent import ApproveAll, Intent, Transfer


def _authorize(context: Context, operator: Address) -> Intent:
    return _operator(context, operator, approved=True)


def _revoke(context: Context, operator: Address) -> Intent:
    return _operator(context, operator, approved=False)


def _operator(context: Context, operator: Address, *, approved: bool) -> Intent:
    return ApproveAll(collection=context.to, owner=context.frame.actor, operator=operator, approved=approved)


def _send(context: Context, recipient: Address, amount: int, _: bytes) -> Intent:
    return Transfer(token=context.to, owner=context.frame.actor, recipient=recipient, amount=amount)


def _operator_send(context: Context, holder: Address, recipient: Address, amount: int, *_: bytes) -> Intent:
    return Transfer(token=context.to, owner=holder, recipient=recipient, amount=amount)


FUNCTIONS = (
    Function("959b8c3f", "authorizeOperator(address)", _authorize),
    Function("fad8b32a", "revokeOperator(address)", _revoke),
    Function("9bd9bbc6", "send(address,uint256,bytes)", _send),
    Function("62ad1b83", "operatorSend(address,address,uint256,bytes,bytes)", _operator_send),
)
