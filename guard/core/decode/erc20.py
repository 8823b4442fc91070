"""ERC-20 tokens: moves and approvals, https://eips.ethereum.org/EIPS/eip-20"""

from __future__ import annotations

from guard.core.address import Address
from guard.core.decode.function import Context, Function
from guard.core.intent import AllowanceChange, Approve, Intent, Transfer


def _transfer(context: Context, recipient: Address, amount: int) -> Intent:
    return Transfer(token=context.to, owner=context.frame.actor, recipient=recipient, amount=amount)


def _transfer_from(context: Context, owner: Address, recipient: Address, amount: int) -> Intent:
    return Transfer(token=context.to, owner=owner, recipient=recipient, amount=amount)


def _approval(context: Context, spender: Address, amount: int, change: AllowanceChange, form: str) -> Intent:
    return Approve(
        token=context.to,
        owner=context.frame.actor,
        spender=spender,
        amount=amount,
        change=change,
        form=form,
    )


def _approve(context: Context, spender: Address, amount: int) -> Intent:
    return _approval(context, spender, amount, AllowanceChange.SET, "approve")


def _increase(context: Context, spender: Address, amount: int) -> Intent:
    return _approval(context, spender, amount, AllowanceChange.INCREASE, "increase")


def _decrease(context: Context, spender: Address, amount: int) -> Intent:
    return _approval(context, spender, amount, AllowanceChange.DECREASE, "decrease")


TRANSFER_FROM = Function("23b872dd", "transferFrom(address,address,uint256)", _transfer_from)
"""What wrappers that pull tokens call, each in its own form."""

FUNCTIONS = (
    Function("a9059cbb", "transfer(address,uint256)", _transfer),
    TRANSFER_FROM,
    Function("095ea7b3", "approve(address,uint256)", _approve),
    Function("39509351", "increaseAllowance(address,uint256)", _increase),
    Function("a457c2d7", "decreaseAllowance(address,uint256)", _decrease),
    Function("d73dd623", "increaseApproval(address,uint256)", _increase),
    Function("66188463", "decreaseApproval(address,uint256)", _decrease),
)
