"""Exchanges by their own routers: Uniswap V2 and V3 and what was copied from them, and 1inch.

What belongs here: the functions of these routers, and what a router pays out. What must not: the Universal
Router, which has files of its own.

Sources: Uniswap's UniswapV2Router02.sol, V3 SwapRouter.sol, SelfPermit.sol, PeripheryPayments.sol,
PeripheryPaymentsWithFee.sol, SwapRouter02's V2SwapRouter.sol, V3SwapRouter.sol and Constants.sol; 1inch
AggregationRouterV5.sol and V6.sol.
"""

from __future__ import annotations

from functools import partial
from typing import TypeAlias

from guard.core.abi import Value
from guard.core.address import NOBODY, Address
from guard.core.amounts import MAX_UINT256
from guard.core.decode.function import Context, Frame, Function
from guard.core.intent import Asset, AssetKind, Batch, Grant, Intent, Permit, Swap, Transfer
from guard.errors import UnreadableArguments

_CALLER, _ROUTER = Address("0x" + "0" * 39 + "1"), Address("0x" + "0" * 39 + "2")
"""What SwapRouter02 and the Universal Router put for the caller and for themselves."""
_ETHER = Address("0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE")
"""What 1inch puts for ether."""
WHOLE = 10_000
"""Ten-thousandths of a balance that are all of it."""

_Path: TypeAlias = tuple[Address, ...]


def ether(amount: int) -> Asset:
    """Return this much of the chain's own coin, wei."""
    return Asset(kind=AssetKind.NATIVE, token=None, amount=amount)


def token_amount(token: Address, amount: int) -> Asset:
    """Return this much of a fungible token, in its smallest unit."""
    return Asset(kind=AssetKind.ERC20, token=token, amount=amount)


def ends(path: _Path) -> tuple[Address, Address]:
    """Return the first and the last token of a way; raises UnreadableArguments where there are none."""
    if len(path) < 2:
        raise UnreadableArguments("the path names fewer than two tokens")
    return path[0], path[-1]


def ends_of_packed(path: bytes) -> tuple[Address, Address]:
    """Return the ends of a way of V3: 20 bytes a token with 3 bytes of fee between; raises as `ends`."""
    if len(path) < 43 or (len(path) - 20) % 23:
        raise UnreadableArguments("the path is not one of tokens with fees between")
    return Address.from_bytes(path[:20]), Address.from_bytes(path[-20:])


def addressed(recipient: Address, *, caller: Address, router: Address) -> Address:
    """Return whom a router of 2021 or later means: 1 stands for the caller, 2 for the router itself."""
    return {_CALLER: caller, _ROUTER: router}.get(recipient, recipient)


def _swap(
    context: Context,
    gives: Asset | None,
    receives: Asset | None,
    *,
    recipient: Address,
    expires_at: int | None,
    form: str,
) -> Swap:
    return Swap(
        venue=context.to,
        gives=gives,
        receives=receives,
        recipient=recipient,
        expires_at=expires_at,
        form=form,
    )


def _pair(
    context: Context, amounts: tuple[int, int], path: _Path, to: Address, deadline: int, *, ether_at: int
) -> Intent:
    """Read a swap of V2; `ether_at` is 0 where ether is given, 1 where it is received, -1 otherwise."""
    assets = [
        ether(amount) if place == ether_at else token_amount(token, amount)
        for place, (token, amount) in enumerate(zip(ends(path), amounts, strict=True))
    ]
    return _swap(context, *assets, recipient=to, expires_at=deadline, form="uniswap-v2")


def _given(context: Context, given: int, least: int, *rest: Value, ether_at: int = -1) -> Intent:
    return _pair(context, (given, least), *rest, ether_at=ether_at)


def _wanted(context: Context, wanted: int, most: int, *rest: Value, ether_at: int = -1) -> Intent:
    return _pair(context, (most, wanted), *rest, ether_at=ether_at)


def _for_ether_sent(context: Context, least: int, path: _Path, to: Address, deadline: int) -> Intent:
    return _pair(context, (context.frame.value, least), path, to, deadline, ether_at=0)


def _undated_pair(
    context: Context, first: int, second: int, path: _Path, to: Address, *, is_wanted: bool
) -> Intent:
    give, receive = ends(path)
    given, received = (second, first) if is_wanted else (first, second)
    return _swap(
        context,
        _unless_balance(give, given),
        token_amount(receive, received),
        recipient=addressed(to, caller=context.frame.actor, router=context.to),
        expires_at=None,
        form="uniswap-v2",
    )


def _unless_balance(token: Address, amount: int) -> Asset | None:
    # 0 stands for all that the router holds of it.
    return token_amount(token, amount) if amount else None


def _single(context: Context, parameters: tuple[Value, ...], *, is_wanted: bool, is_dated: bool) -> Intent:
    give, receive, _fee, recipient, *rest = parameters
    amounts = rest[1:3] if is_dated else rest[:2]
    deadline = rest[0] if is_dated else None
    return _v3(context, (give, receive), amounts, recipient, deadline, is_wanted=is_wanted)


def _multiple(context: Context, parameters: tuple[Value, ...], *, is_wanted: bool, is_dated: bool) -> Intent:
    path, recipient, *rest = parameters
    amounts = rest[1:3] if is_dated else rest[:2]
    deadline = rest[0] if is_dated else None
    first, last = ends_of_packed(path)
    tokens = (last, first) if is_wanted else (first, last)
    return _v3(context, tokens, amounts, recipient, deadline, is_wanted=is_wanted)


def _v3(
    context: Context,
    tokens: tuple[Address, Address],
    amounts: list[int],
    recipient: Address,
    deadline: int | None,
    *,
    is_wanted: bool,
) -> Intent:
    given, received = reversed(amounts) if is_wanted else amounts
    # The first router keeps what is meant for the zero address; the second has a number for it.
    is_kept = deadline is not None and recipient == NOBODY
    newer = addressed(recipient, caller=context.frame.actor, router=context.to)
    older = context.to if is_kept else recipient
    return _swap(
        context,
        _unless_balance(tokens[0], given),
        token_amount(tokens[1], received),
        recipient=newer if deadline is None else older,
        expires_at=deadline,
        form="uniswap-v3",
    )


def _paid(context: Context, token: Address | None, least: int, recipient: Address) -> Intent:
    return _payments(context, _payment(context, token, least, recipient, WHOLE))


def _payment(
    context: Context, token: Address | None, least: int, recipient: Address, portion: int
) -> Transfer:
    return Transfer(token=token, owner=context.to, recipient=recipient, amount=least, portion=portion)


def _payments(context: Context, *transfers: Transfer) -> Intent:
    steps = (context.step(transfer, actor=context.to) for transfer in transfers)
    return Batch(form="router-payment", calls=context.nest_all(steps))


def _unwrap(context: Context, least: int, recipient: Address | None = None) -> Intent:
    return _paid(context, None, least, recipient or context.frame.actor)


def _sweep(context: Context, token: Address, least: int, recipient: Address | None = None) -> Intent:
    return _paid(context, token, least, recipient or context.frame.actor)


def _refund(context: Context) -> Intent:
    return _paid(context, None, 0, context.frame.actor)


def _unwrap_with_fee(context: Context, least: int, *rest: Value) -> Intent:
    return _with_fee(context, None, least, rest)


def _sweep_with_fee(context: Context, token: Address, least: int, *rest: Value) -> Intent:
    return _with_fee(context, token, least, rest)


def _with_fee(context: Context, token: Address | None, least: int, rest: tuple[Value, ...]) -> Intent:
    *recipient, portion, collector = rest
    fee = _payment(context, token, least * portion // WHOLE, collector, portion)
    to = recipient[0] if recipient else context.frame.actor
    kept = max(WHOLE - portion, 0)
    return _payments(context, fee, _payment(context, token, least * kept // WHOLE, to, kept))


def _wrap(context: Context, amount: int) -> Intent:
    return _swap(context, ether(amount), None, recipient=context.to, expires_at=None, form="wrap")


def _pull(context: Context, token: Address, amount: int) -> Intent:
    return Transfer(token=token, owner=context.frame.actor, recipient=context.to, amount=amount)


def _self_permit(context: Context, token: Address, amount: int, deadline: int, *_signature: Value) -> Intent:
    grant = Grant(token=token, amount=amount, expires_at=None)
    return _permit_to_router(context, grant, deadline, "permit")


def _self_permit_all(
    context: Context, token: Address, _nonce: int, expiry: int, *_signature: Value
) -> Intent:
    grant = Grant(token=token, amount=MAX_UINT256, expires_at=None)
    return _permit_to_router(context, grant, expiry or None, "dai-permit")


def _permit_to_router(context: Context, grant: Grant, deadline: int | None, form: str) -> Intent:
    return Permit(
        owner=context.frame.actor, spender=context.to, grants=(grant,), deadline=deadline, form=form
    )


def _aggregated(context: Context, _executor: Address, description: tuple[Value, ...], *rest: bytes) -> Intent:
    give, receive, _from, recipient, given, least, _flags = description
    swap = _swap(
        context,
        _ether_or_token(give, given),
        _ether_or_token(receive, least),
        recipient=context.frame.actor if recipient == NOBODY else recipient,
        expires_at=None,
        form="1inch",
    )
    permit = rest[0] if len(rest) == 2 else b""
    if not permit:
        return swap
    return Batch(
        form="1inch", calls=context.nest_all([_packed_permit(context, give, permit), context.step(swap)])
    )


def _ether_or_token(token: Address, amount: int) -> Asset:
    return ether(amount) if token in (_ETHER, NOBODY) else token_amount(token, amount)


_PERMITS = {224: bytes.fromhex("d505accf"), 256: bytes.fromhex("8fcbaf0c")}
"""By the size of their arguments: EIP-2612's and DAI's `permit`."""


def _packed_permit(context: Context, token: Address, permit: bytes) -> Frame:
    data = _PERMITS.get(len(permit), b"") + permit
    return Frame(actor=context.to, to=token, value=0, data=data)


_V2_TYPES = "uint256,uint256,address[],address,uint256"
_ETHER_TYPES = "uint256,address[],address,uint256"
_FEES = "SupportingFeeOnTransferTokens"
_DATED_SINGLE = "((address,address,uint24,address,uint256,uint256,uint256,uint160))"
_DATED = "((bytes,address,uint256,uint256,uint256))"
_SINGLE = "((address,address,uint24,address,uint256,uint256,uint160))"
_UNDATED = "((bytes,address,uint256,uint256))"
_PERMIT_TYPES = "(address,uint256,uint256,uint8,bytes32,bytes32)"
_DESCRIPTION = "(address,address,address,address,uint256,uint256,uint256)"
_FOR_ETHER = partial(_given, ether_at=1)


def _version_3(selector: str, signature: str, *, is_wanted: bool, is_dated: bool) -> Function:
    read = _single if "Single" in signature else _multiple
    reader = partial(read, is_wanted=is_wanted, is_dated=is_dated)
    return Function(selector, signature, reader, is_payable=True)


FUNCTIONS = (
    Function("38ed1739", f"swapExactTokensForTokens({_V2_TYPES})", _given),
    Function("8803dbee", f"swapTokensForExactTokens({_V2_TYPES})", _wanted),
    Function("7ff36ab5", f"swapExactETHForTokens({_ETHER_TYPES})", _for_ether_sent, is_payable=True),
    Function("fb3bdb41", f"swapETHForExactTokens({_ETHER_TYPES})", _for_ether_sent, is_payable=True),
    Function("18cbafe5", f"swapExactTokensForETH({_V2_TYPES})", _FOR_ETHER),
    Function("4a25d94a", f"swapTokensForExactETH({_V2_TYPES})", partial(_wanted, ether_at=1)),
    Function("5c11d795", f"swapExactTokensForTokens{_FEES}({_V2_TYPES})", _given),
    Function("b6f9de95", f"swapExactETHForTokens{_FEES}({_ETHER_TYPES})", _for_ether_sent, is_payable=True),
    Function("791ac947", f"swapExactTokensForETH{_FEES}({_V2_TYPES})", _FOR_ETHER),
    Function(
        "472b43f3",
        "swapExactTokensForTokens(uint256,uint256,address[],address)",
        partial(_undated_pair, is_wanted=False),
        is_payable=True,
    ),
    Function(
        "42712a67",
        "swapTokensForExactTokens(uint256,uint256,address[],address)",
        partial(_undated_pair, is_wanted=True),
        is_payable=True,
    ),
    _version_3("414bf389", f"exactInputSingle{_DATED_SINGLE}", is_wanted=False, is_dated=True),
    _version_3("c04b8d59", f"exactInput{_DATED}", is_wanted=False, is_dated=True),
    _version_3("db3e2198", f"exactOutputSingle{_DATED_SINGLE}", is_wanted=True, is_dated=True),
    _version_3("f28c0498", f"exactOutput{_DATED}", is_wanted=True, is_dated=True),
    _version_3("04e45aaf", f"exactInputSingle{_SINGLE}", is_wanted=False, is_dated=False),
    _version_3("b858183f", f"exactInput{_UNDATED}", is_wanted=False, is_dated=False),
    _version_3("5023b4df", f"exactOutputSingle{_SINGLE}", is_wanted=True, is_dated=False),
    _version_3("09b81346", f"exactOutput{_UNDATED}", is_wanted=True, is_dated=False),
    Function("49404b7c", "unwrapWETH9(uint256,address)", _unwrap, is_payable=True),
    Function("49616997", "unwrapWETH9(uint256)", _unwrap, is_payable=True),
    Function("df2ab5bb", "sweepToken(address,uint256,address)", _sweep, is_payable=True),
    Function("e90a182f", "sweepToken(address,uint256)", _sweep, is_payable=True),
    Function("12210e8a", "refundETH()", _refund, is_payable=True),
    Function(
        "9b2c0a37", "unwrapWETH9WithFee(uint256,address,uint256,address)", _unwrap_with_fee, is_payable=True
    ),
    Function("d4ef38de", "unwrapWETH9WithFee(uint256,uint256,address)", _unwrap_with_fee, is_payable=True),
    Function(
        "e0e189a0",
        "sweepTokenWithFee(address,uint256,address,uint256,address)",
        _sweep_with_fee,
        is_payable=True,
    ),
    Function(
        "3068c554", "sweepTokenWithFee(address,uint256,uint256,address)", _sweep_with_fee, is_payable=True
    ),
    Function("1c58db4f", "wrapETH(uint256)", _wrap, is_payable=True),
    Function("f2d5d56b", "pull(address,uint256)", _pull, is_payable=True),
    Function("f3995c67", f"selfPermit{_PERMIT_TYPES}", _self_permit, is_payable=True),
    Function("c2e3140a", f"selfPermitIfNecessary{_PERMIT_TYPES}", _self_permit, is_payable=True),
    Function("4659a494", f"selfPermitAllowed{_PERMIT_TYPES}", _self_permit_all, is_payable=True),
    Function("a4a78f0c", f"selfPermitAllowedIfNecessary{_PERMIT_TYPES}", _self_permit_all, is_payable=True),
    Function("12aa3caf", f"swap(address,{_DESCRIPTION},bytes,bytes)", _aggregated, is_payable=True),
    Function("07ed2379", f"swap(address,{_DESCRIPTION},bytes)", _aggregated, is_payable=True),
)
