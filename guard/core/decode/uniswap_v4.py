"""A swap of Uniswap V4 inside of the Universal Router: actions, one byte each, with their parameters.

What belongs here: the actions that the router takes. What must not: those of positions, which it refuses.

Source: https://github.com/Uniswap/v4-periphery (Actions.sol, IV4Router.sol, V4Router.sol).
Since the router's version 2.1.1 a swap has a least price for each hop, amid its other parameters.
"""

from __future__ import annotations

from functools import partial

from guard.core import abi
from guard.core.abi import Value
from guard.core.address import Address
from guard.core.decode.function import Context
from guard.core.decode.router_plan import Plan, Step, asset, carried_out
from guard.core.decode.swaps import WHOLE
from guard.core.intent import Asset, Batch, Intent, Invoke
from guard.errors import UnreadableArguments

FORM = "uniswap-v4"

_ROUTER = Address("0x" + "0" * 39 + "2")
_CALLER = Address("0x" + "0" * 39 + "1")
_POOL = "(address,address,uint24,int24,address)"
_WAY = "(address,uint24,int24,address,bytes)[]"
_SINGLE = f"({_POOL},bool,uint128,uint128,bytes)"
_SINGLE_PRICED = f"({_POOL},bool,uint128,uint128,uint256,bytes)"
_MULTIPLE = f"(address,{_WAY},uint128,uint128)"
_MULTIPLE_PRICED = f"(address,{_WAY},uint256[],uint128,uint128)"


def swapped(plan: Plan, context: Context, actions: bytes, parameters: tuple[bytes, ...]) -> Batch:
    """Return what a V4 swap's actions do, one call each."""
    return carried_out(context, plan, _choose, actions, parameters, form=FORM)


def _choose(action: int, data: bytes) -> Step | None:
    if action not in _SWAPS:
        return _ACTIONS.get(action)
    name, is_wanted, is_single = _SWAPS[action]
    if is_single:
        # The hook's data come after the prices: where they begin tells which form it is.
        types = _SINGLE if _word(data, 9) == 9 * 32 else _SINGLE_PRICED
        return Step(f"{name}({types})", partial(_single, is_wanted=is_wanted))
    types = _MULTIPLE if _word(data, 2) == 4 * 32 else _MULTIPLE_PRICED
    if types == _MULTIPLE and _is_readable(_MULTIPLE_PRICED, data):
        return None
    return Step(f"{name}({types})", partial(_multiple, is_wanted=is_wanted))


def _word(data: bytes, place: int) -> int:
    return int.from_bytes(data[place * 32 : place * 32 + 32], "big")


def _is_readable(types: str, data: bytes) -> bool:
    """Say whether a router of the other version would read these bytes as well, with other amounts."""
    try:
        abi.read(types, data)
    except UnreadableArguments:
        return False
    return True


def _single(plan: Plan, _context: Context, parameters: tuple[Value, ...], *, is_wanted: bool) -> Intent:
    (first, second, *_), is_forward, amount, limit, *_rest = parameters
    tokens = (first, second) if is_forward else (second, first)
    return _swap(plan, tokens, amount, limit, is_wanted=is_wanted)


def _multiple(plan: Plan, _context: Context, parameters: tuple[Value, ...], *, is_wanted: bool) -> Intent:
    currency, way, *_prices, amount, limit = parameters
    if not way:
        raise UnreadableArguments("the path names fewer than two tokens")
    tokens = (way[0][0], currency) if is_wanted else (currency, way[-1][0])
    return _swap(plan, tokens, amount, limit, is_wanted=is_wanted)


def _swap(plan: Plan, tokens: tuple[Address, Address], amount: int, limit: int, *, is_wanted: bool) -> Intent:
    given, received = (limit, amount) if is_wanted else (amount, limit)
    # 0 stands for all that the pool manager owes the router.
    gives: Asset | None = asset(tokens[0], given) if given else None
    return plan.swap(gives, asset(tokens[1], received), _ROUTER, FORM)


def _settle(_plan: Plan, _context: Context, *_arguments: Value) -> Intent:
    return Invoke(function="SETTLE(address,uint256,bool)")


def _settle_all(_plan: Plan, _context: Context, *_arguments: Value) -> Intent:
    return Invoke(function="SETTLE_ALL(address,uint256)")


def _take(plan: Plan, _context: Context, token: Address, recipient: Address, amount: int) -> Intent:
    return plan.whole_or(token, recipient, amount, whole=0)


def _take_all(plan: Plan, _context: Context, token: Address, least: int) -> Intent:
    return plan.payment(token, _CALLER, least, WHOLE)


def _take_portion(plan: Plan, _context: Context, token: Address, recipient: Address, portion: int) -> Intent:
    return plan.payment(token, recipient, 0, portion)


_SWAPS = {
    0x06: ("SWAP_EXACT_IN_SINGLE", False, True),
    0x07: ("SWAP_EXACT_IN", False, False),
    0x08: ("SWAP_EXACT_OUT_SINGLE", True, True),
    0x09: ("SWAP_EXACT_OUT", True, False),
}
"""Name, whether what is received is exact, whether it is by one pool."""

_ACTIONS = {
    0x0B: Step("SETTLE(address,uint256,bool)", _settle),
    0x0C: Step("SETTLE_ALL(address,uint256)", _settle_all),
    0x0E: Step("TAKE(address,address,uint256)", _take, is_of_router=True),
    0x0F: Step("TAKE_ALL(address,uint256)", _take_all, is_of_router=True),
    0x10: Step("TAKE_PORTION(address,address,uint256)", _take_portion, is_of_router=True),
}
