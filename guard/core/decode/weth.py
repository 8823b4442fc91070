"""Ether into its token and back, as WETH9 does it (0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2).

Other contracts have functions of these names: the intent names the venue, and rules judge whether what comes
back is worth what is given.
"""

from __future__ import annotations

from guard.core.address import Address
from guard.core.decode.function import Context, Function
from guard.core.intent import Asset, AssetKind, Intent, Swap


def _deposit(context: Context) -> Intent:
    amount = context.frame.value
    return _wrap(context, gives=_ether(amount), receives=_wrapped(context.to, amount))


def _withdraw(context: Context, amount: int) -> Intent:
    return _wrap(context, gives=_wrapped(context.to, amount), receives=_ether(amount))


def _wrap(context: Context, *, gives: Asset, receives: Asset) -> Intent:
    return Swap(
        venue=context.to,
        gives=gives,
        receives=receives,
        recipient=context.frame.actor,
        expires_at=None,
        form="wrap",
    )


def _ether(amount: int) -> Asset:
    return Asset(kind=AssetKind.NATIVE, token=None, amount=amount)


def _wrapped(token: Address, amount: int) -> Asset:
    return Asset(kind=AssetKind.ERC20, token=token, amount=amount)


FUNCTIONS = (
    Function("d0e30db0", "deposit()", _deposit, is_payable=True),
    Function("2e1a7d4d", "withdraw(uint256)", _withdraw),
)
