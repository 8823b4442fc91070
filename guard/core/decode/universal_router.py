"""Uniswap's Universal Router: a plan of commands, one byte each, with their inputs.

What belongs here: the commands. What must not: the actions inside of a V4 swap; those are in `uniswap_v4.py`.

Source: https://github.com/Uniswap/universal-router, versions 2.0 and 2.1 (Commands.sol, Dispatcher.sol,
Constants.sol). The first version gave 0x10 and above to NFT markets: such inputs are not readable here. From
0x40 on the versions differ, for the older ones leave that bit unread: such a command is not read.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from guard.core import abi
from guard.core.abi import Value
from guard.core.address import NOBODY, Address, keccak256
from guard.core.decode.function import Context, Frame, Function
from guard.core.decode.multicall import bounded_in_time
from guard.core.decode.router_plan import Plan, Step, carried_out
from guard.core.decode.swaps import WHOLE, ends, ends_of_packed, ether, token_amount
from guard.core.decode.uniswap_v4 import swapped
from guard.core.intent import Asset, Batch, Grant, Intent, Invoke, Permit, Transfer
from guard.errors import UnreadableArguments

FORM = "universal-router"

_MAY_FAIL = 0x80
"""The bit of a command whose failure does not undo the others."""
_SUB_PLAN = 0x21
_V3_EXACT_IN, _V2_EXACT_IN = 0x00, 0x08
_ROUTER = Address("0x" + "0" * 39 + "2")
"""What a plan puts for the router itself."""
_PAIR_FACTORY = Address("0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f")
_PAIR_CODE_HASH = bytes.fromhex("96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f")
"""From which the address of a pair of Uniswap V2 on Ethereum follows (UniswapV2Library.sol, `pairFor`)."""
_EXECUTE = bytes.fromhex("24856bc3")
_ALL_HELD = 1 << 255
"""The amount that stands for all that the router holds."""
_FULL_PRECISION = 10**18
"""Parts of a balance in PAY_PORTION_FULL_PRECISION."""


def _executed(context: Context, commands: bytes, inputs: tuple[bytes, ...]) -> Batch:
    plan = Plan(caller=context.frame.actor, router=context.to)
    inputs = _kept_on_the_way(commands, inputs)
    return carried_out(context, plan, partial(_choose, context), commands, inputs, form=FORM)


def _kept_on_the_way(commands: bytes, inputs: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Return the inputs, a swap whose proceeds go straight into the next one naming the router instead."""
    kept = list(inputs)
    for place, codes in enumerate(pairwise(code & ~_MAY_FAIL for code in commands)):
        is_mixed = codes == (_V3_EXACT_IN, _V2_EXACT_IN) and place + 1 < len(inputs)
        if is_mixed and _pays_first_pair(inputs[place], inputs[place + 1]):
            kept[place] = _ROUTER.to_bytes().rjust(32, b"\0") + inputs[place][32:]
    return tuple(kept)


def _pays_first_pair(paying: bytes, paid: bytes) -> bool:
    """Whether a swap of V3 pays the first pair of the swap of V2 behind it, whose own amount is then 0."""
    try:
        recipient, _, _, way, *_ = abi.read("address,uint256,uint256,bytes,bool", paying).values
        _, amount, _, path, *_ = abi.read("address,uint256,uint256,address[],bool", paid).values
        _, last = ends_of_packed(way)
        ends(path)
    except UnreadableArguments:
        return False
    return not amount and path[0] == last and recipient == _pair(*path[:2])


def _pair(one: Address, other: Address) -> Address:
    first, second = sorted((one.to_bytes(), other.to_bytes()))
    origin = b"\xff" + _PAIR_FACTORY.to_bytes() + keccak256(first + second) + _PAIR_CODE_HASH
    return Address.from_bytes(keccak256(origin)[12:])


def _executed_until(context: Context, commands: bytes, inputs: tuple[bytes, ...], deadline: int) -> Intent:
    batch = _executed(context, commands, inputs)
    return Batch(form=batch.form, calls=bounded_in_time(batch.calls, deadline))


def _choose(context: Context, code: int, data: bytes) -> Step | Frame | None:
    command = code & ~_MAY_FAIL
    if command == _SUB_PLAN:
        # The router calls itself, and keeps in mind for whom it works.
        return Frame(actor=context.frame.actor, to=context.to, value=0, data=_EXECUTE + data)
    if command in _SWAPS:
        name, way, reader = _SWAPS[command]
        # Version 2.1 has a list of least prices behind the flag: the way then begins a word later.
        is_priced = int.from_bytes(data[96:128], "big") == 6 * 32
        prices = ",uint256[]" if is_priced else ""
        return Step(f"{name}(address,uint256,uint256,{way},bool{prices})", reader)
    return _COMMANDS.get(command)


def _swap(
    plan: Plan,
    _context: Context,
    recipient: Address,
    amount: int,
    limit: int,
    *rest: Value,
    is_wanted: bool,
    is_packed: bool,
) -> Intent:
    path = rest[0]
    first, last = ends_of_packed(path) if is_packed else ends(path)
    if is_wanted:
        tokens = (last, first) if is_packed else (first, last)
        return plan.swap(_held(tokens[0], limit), token_amount(tokens[1], amount), recipient, FORM)
    return plan.swap(_held(first, amount), token_amount(last, limit), recipient, FORM)


def _held(token: Address, amount: int) -> Asset | None:
    return None if amount in (0, _ALL_HELD) else token_amount(token, amount)


def _pull(plan: Plan, _context: Context, token: Address, recipient: Address, amount: int) -> Intent:
    return Transfer(token=token, owner=plan.caller, recipient=plan.recipient(recipient), amount=amount)


def _pull_all(plan: Plan, context: Context, details: tuple[tuple[Value, ...], ...]) -> Intent:
    pulls = (
        Transfer(token=token, owner=owner, recipient=recipient, amount=amount)
        for owner, recipient, amount, token in details
    )
    steps = (context.step(pull, actor=plan.caller) for pull in pulls)
    return Batch(form="permit2-transfer", calls=context.nest_all(steps))


def _permit(plan: Plan, _context: Context, permit: tuple[Value, ...], _signature: bytes) -> Intent:
    details, spender, deadline = permit
    return _granted(plan, (details,), spender, deadline)


def _permit_batch(plan: Plan, _context: Context, permit: tuple[Value, ...], _signature: bytes) -> Intent:
    details, spender, deadline = permit
    return _granted(plan, details, spender, deadline)


def _granted(plan: Plan, details: tuple[tuple[Value, ...], ...], spender: Address, deadline: int) -> Intent:
    grants = tuple(Grant(token=token, amount=amount, expires_at=end) for token, amount, end, _ in details)
    return Permit(owner=plan.caller, spender=spender, grants=grants, deadline=deadline, form="permit2")


def _sweep(plan: Plan, _context: Context, token: Address, recipient: Address, least: int) -> Intent:
    return plan.payment(token, recipient, least, WHOLE)


def _pay(plan: Plan, _context: Context, token: Address, recipient: Address, amount: int) -> Intent:
    return plan.whole_or(token, recipient, amount, whole=_ALL_HELD)


def _pay_portion(
    plan: Plan, _context: Context, token: Address, recipient: Address, portion: int, *, parts: int
) -> Intent:
    return plan.payment(token, recipient, 0, -(-portion * WHOLE // parts))


def _wrap(plan: Plan, _context: Context, recipient: Address, amount: int) -> Intent:
    gives = None if amount == _ALL_HELD else ether(amount)
    return plan.swap(gives, None, recipient, "wrap")


def _unwrap(plan: Plan, _context: Context, recipient: Address, least: int) -> Intent:
    return plan.payment(NOBODY, recipient, least, WHOLE)


def _look(_plan: Plan, _context: Context, *_arguments: Value) -> Intent:
    return Invoke(function="BALANCE_CHECK_ERC20(address,address,uint256)")


def _open_pool(_plan: Plan, _context: Context, *_arguments: Value) -> Intent:
    return Invoke(function="V4_INITIALIZE_POOL")


_SWAPS = {
    0x00: ("V3_SWAP_EXACT_IN", "bytes", partial(_swap, is_wanted=False, is_packed=True)),
    0x01: ("V3_SWAP_EXACT_OUT", "bytes", partial(_swap, is_wanted=True, is_packed=True)),
    0x08: ("V2_SWAP_EXACT_IN", "address[]", partial(_swap, is_wanted=False, is_packed=False)),
    0x09: ("V2_SWAP_EXACT_OUT", "address[]", partial(_swap, is_wanted=True, is_packed=False)),
}
"""Name, the type of the way, and the reader."""

_DETAILS = "(address,uint160,uint48,uint48)"
_PORTION = "address,address,uint256"

_COMMANDS = {
    0x02: Step("PERMIT2_TRANSFER_FROM(address,address,uint160)", _pull),
    0x03: Step(f"PERMIT2_PERMIT_BATCH(({_DETAILS}[],address,uint256),bytes)", _permit_batch),
    0x04: Step("SWEEP(address,address,uint256)", _sweep, is_of_router=True),
    0x05: Step("TRANSFER(address,address,uint256)", _pay, is_of_router=True),
    0x06: Step(f"PAY_PORTION({_PORTION})", partial(_pay_portion, parts=WHOLE), is_of_router=True),
    0x07: Step(
        f"PAY_PORTION_FULL_PRECISION({_PORTION})",
        partial(_pay_portion, parts=_FULL_PRECISION),
        is_of_router=True,
    ),
    0x0A: Step(f"PERMIT2_PERMIT(({_DETAILS},address,uint256),bytes)", _permit),
    0x0B: Step("WRAP_ETH(address,uint256)", _wrap),
    0x0C: Step("UNWRAP_WETH(address,uint256)", _unwrap, is_of_router=True),
    0x0D: Step("PERMIT2_TRANSFER_FROM_BATCH((address,address,uint160,address)[])", _pull_all),
    0x0E: Step("BALANCE_CHECK_ERC20(address,address,uint256)", _look),
    0x10: Step("V4_SWAP(bytes,bytes[])", swapped),
    0x13: Step("V4_INITIALIZE_POOL((address,address,uint24,int24,address),uint160)", _open_pool),
}

FUNCTIONS = (
    Function("3593564c", "execute(bytes,bytes[],uint256)", _executed_until, is_payable=True),
    Function("24856bc3", "execute(bytes,bytes[])", _executed, is_payable=True),
)
