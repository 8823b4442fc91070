from __future__ import annotations

import pytest

from guard.core.address import Address
from guard.core.intent import Asset, AssetKind, Batch, Grant, Invoke, Permit, Swap, Transfer
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN
from tests.core.decode.calldata import (
    CALLER,
    MAX,
    OTHER,
    ROUTER_ITSELF,
    SPENDER,
    THIEF,
    VENUE,
    WETH,
    ZERO,
    arguments,
    calldata,
    done,
    inside,
    intents,
    unknown,
)

FEE = (3000).to_bytes(3, "big")
WAY = TOKEN.to_bytes() + FEE + OTHER.to_bytes() + FEE + WETH.to_bytes()
HELD = 1 << 255
V3, V2 = "address,uint256,uint256,bytes,bool", "address,uint256,uint256,address[],bool"
DETAILS = "(address,uint160,uint48,uint48)"
THREE = "address,address,uint256"


def plan(*steps: tuple[int, bytes]) -> bytes:
    commands = bytes(code for code, _ in steps)
    return calldata("execute(bytes,bytes[])", commands, [data for _, data in steps])


def token(address: Address, amount: int) -> Asset:
    return Asset(kind=AssetKind.ERC20, token=address, amount=amount)


def ether(amount: int) -> Asset:
    return Asset(kind=AssetKind.NATIVE, token=None, amount=amount)


def swap(
    gives: Asset | None, receives: Asset | None, recipient: Address, form: str = "universal-router"
) -> Swap:
    return Swap(venue=VENUE, gives=gives, receives=receives, recipient=recipient, expires_at=None, form=form)


def pull(token_: Address, recipient: Address, amount: int) -> Transfer:
    return Transfer(token=token_, owner=SENDER, recipient=recipient, amount=amount)


def payout(token_: Address | None, recipient: Address, amount: int, portion: int | None) -> Transfer:
    return Transfer(token=token_, owner=VENUE, recipient=recipient, amount=amount, portion=portion)


def permit2(*grants: Grant) -> Permit:
    return Permit(owner=SENDER, spender=SPENDER, grants=grants, deadline=99, form="permit2")


STEPS = [
    (0x00, arguments(V3, CALLER, 5, 4, WAY, True), swap(token(TOKEN, 5), token(WETH, 4), SENDER)),
    (0x00, arguments(V3, THIEF, HELD, 0, WAY, False), swap(None, token(WETH, 0), THIEF)),
    (
        0x00,
        arguments(f"{V3},uint256[]", CALLER, 5, 4, WAY, True, [1]),
        swap(token(TOKEN, 5), token(WETH, 4), SENDER),
    ),
    (0x01, arguments(V3, CALLER, 5, 9, WAY, True), swap(token(WETH, 9), token(TOKEN, 5), SENDER)),
    (
        0x08,
        arguments(V2, ROUTER_ITSELF, 5, 4, [TOKEN, WETH], True),
        swap(token(TOKEN, 5), token(WETH, 4), VENUE),
    ),
    (0x08, arguments(V2, CALLER, 0, 4, [TOKEN, WETH], True), swap(None, token(WETH, 4), SENDER)),
    (0x09, arguments(V2, CALLER, 5, 9, [TOKEN, WETH], True), swap(token(TOKEN, 9), token(WETH, 5), SENDER)),
    (0x02, arguments("address,address,uint160", TOKEN, THIEF, 7), pull(TOKEN, THIEF, 7)),
    (
        0x03,
        arguments(
            f"({DETAILS}[],address,uint256),bytes", ([(TOKEN, 7, 9, 0), (OTHER, 8, 0, 1)], SPENDER, 99), b"s"
        ),
        permit2(Grant(token=TOKEN, amount=7, expires_at=9), Grant(token=OTHER, amount=8, expires_at=0)),
    ),
    (0x04, arguments(THREE, ZERO, CALLER, 7), payout(None, SENDER, 7, 10_000)),
    (0x05, arguments(THREE, TOKEN, THIEF, 7), payout(TOKEN, THIEF, 7, None)),
    (0x05, arguments(THREE, TOKEN, THIEF, HELD), payout(TOKEN, THIEF, 0, 10_000)),
    (0x06, arguments(THREE, TOKEN, FRIEND, 25), payout(TOKEN, FRIEND, 0, 25)),
    (0x07, arguments(THREE, TOKEN, FRIEND, 10**18 // 400 + 1), payout(TOKEN, FRIEND, 0, 26)),
    (
        0x0A,
        arguments(
            f"({DETAILS},address,uint256),bytes", ((TOKEN, 2**160 - 1, 2**48 - 1, 0), SPENDER, 99), b"s"
        ),
        permit2(Grant(token=TOKEN, amount=2**160 - 1, expires_at=2**48 - 1)),
    ),
    (0x0B, arguments("address,uint256", ROUTER_ITSELF, 6), swap(ether(6), None, VENUE, "wrap")),
    (0x0B, arguments("address,uint256", THIEF, HELD), swap(None, None, THIEF, "wrap")),
    (0x0C, arguments("address,uint256", THIEF, 6), payout(None, THIEF, 6, 10_000)),
    (
        0x0E,
        arguments(THREE, FRIEND, TOKEN, 6),
        Invoke(function="BALANCE_CHECK_ERC20(address,address,uint256)"),
    ),
    (
        0x13,
        arguments("(address,address,uint24,int24,address),uint160", (TOKEN, WETH, 1, 1, ZERO), 1),
        Invoke(function="V4_INITIALIZE_POOL"),
    ),
]


@pytest.mark.parametrize("may_fail", [0, 0x80])
@pytest.mark.parametrize(("code", "data", "intent"), STEPS, ids=[f"0x{code:02x}" for code, _, _ in STEPS])
def test_each_command_is_read(code: int, data: bytes, intent: object, may_fail: int) -> None:
    call = done(plan((code | may_fail, data)), to=VENUE)
    assert isinstance(call.intent, Batch)
    (step,) = call.intent.calls
    assert (call.intent.form, step.intent, step.selector, step.data_size, step.oddities) == (
        "universal-router",
        intent,
        None,
        len(data),
        (),
    )


@pytest.mark.parametrize(("code", "data", "intent"), STEPS, ids=[f"0x{code:02x}" for code, _, _ in STEPS])
def test_what_moves_belongs_to_the_one_in_whose_name_it_moves(code: int, data: bytes, intent: object) -> None:
    (call,) = inside(plan((code, data)), to=VENUE)
    owner = getattr(intent, "owner", call.actor)
    assert call.actor == owner


def test_each_pull_of_a_batch_is_a_transfer() -> None:
    types = "(address,address,uint160,address)[]"
    data = arguments(types, [(SENDER, THIEF, 7, TOKEN), (SENDER, CALLER, 8, OTHER)])
    assert intents(plan((0x0D, data)), to=VENUE) == [pull(TOKEN, THIEF, 7), pull(OTHER, CALLER, 8)]


def test_a_plan_inside_of_a_plan_works_for_the_same_caller() -> None:
    inner = arguments("bytes,bytes[]", b"\x02", [arguments("address,address,uint160", TOKEN, THIEF, 7)])
    (call,) = inside(plan((0xA1, inner)), to=VENUE)
    assert (call.actor, call.intent) == (SENDER, pull(TOKEN, THIEF, 7))


@pytest.mark.parametrize("code", [0x0F, 0x11, 0x12, 0x14, 0x20, 0x22, 0x3F, 0x40, 0x42, 0xC2, 0xFF])
def test_a_command_that_is_not_known_is_unknown_and_hides_nothing(code: int) -> None:
    pulled = arguments("address,address,uint160", TOKEN, THIEF, 7)
    assert intents(plan((0x02, pulled), (code, pulled), (0x02, pulled)), to=VENUE) == [
        pull(TOKEN, THIEF, 7),
        unknown(f"the step 0x{code:02x} of the plan is not known"),
        pull(TOKEN, THIEF, 7),
    ]


def test_an_input_that_cannot_be_read_is_unknown_and_hides_nothing() -> None:
    pulled = arguments("address,address,uint160", TOKEN, THIEF, 7)
    bad_way = arguments(V3, CALLER, 5, 4, WAY[:-1], True)
    short = arguments(V2, CALLER, 5, 4, [TOKEN], True)
    steps = [(0x0A, b"\xff" * 320), (0x00, bad_way), (0x08, short), (0x02, pulled)]
    assert intents(plan(*steps), to=VENUE) == [
        unknown(
            f"PERMIT2_PERMIT(({DETAILS},address,uint256),bytes): an offset or a length leads out of the data"
        ),
        unknown(f"V3_SWAP_EXACT_IN({V3}): the path is not one of tokens with fees between"),
        unknown(f"V2_SWAP_EXACT_IN({V2}): the path names fewer than two tokens"),
        pull(TOKEN, THIEF, 7),
    ]


@pytest.mark.parametrize(("commands", "inputs"), [(b"\x02\x02", 1), (b"\x02", 2)])
def test_a_plan_with_other_than_one_input_a_command_says_so(commands: bytes, inputs: int) -> None:
    pulled = arguments("address,address,uint160", TOKEN, THIEF, 7)
    data = calldata("execute(bytes,bytes[])", commands, [pulled] * inputs)
    assert intents(data, to=VENUE) == [
        pull(TOKEN, THIEF, 7),
        unknown("the plan has not as many inputs as steps"),
    ]


def test_the_deadline_of_a_plan_is_that_of_its_swaps() -> None:
    swapped = arguments(V3, CALLER, 5, 4, WAY, True)
    inner = arguments("bytes,bytes[]", b"\x00", [swapped])
    pulled = arguments("address,address,uint160", TOKEN, FRIEND, 7)
    data = calldata("execute(bytes,bytes[],uint256)", b"\x00\x21\x02", [swapped, inner, pulled], 1234)
    read = intents(data, to=VENUE)
    assert [getattr(intent, "expires_at", None) for intent in read] == [1234, 1234, None]


POOL = "(address,address,uint24,int24,address)"
PATH = "(address,uint24,int24,address,bytes)[]"
KEY = (TOKEN, WETH, 500, 10, ZERO)
HOPS = [(OTHER, 500, 10, ZERO, b""), (WETH, 500, 10, ZERO, b"")]
SINGLE, SINGLE_PRICED = f"({POOL},bool,uint128,uint128,bytes)", f"({POOL},bool,uint128,uint128,uint256,bytes)"
MULTI, MULTI_PRICED = f"(address,{PATH},uint128,uint128)", f"(address,{PATH},uint256[],uint128,uint128)"
AMOUNT, LIMIT = 10**18, 10**17


def v4(*actions: tuple[int, bytes]) -> bytes:
    codes = bytes(code for code, _ in actions)
    return plan((0x10, arguments("bytes,bytes[]", codes, [data for _, data in actions])))


def v4_swap(gives: Asset | None, receives: Asset) -> Swap:
    return swap(gives, receives, VENUE, "uniswap-v4")


GIVEN, WANTED = (
    v4_swap(token(TOKEN, AMOUNT), token(WETH, LIMIT)),
    v4_swap(token(TOKEN, LIMIT), token(WETH, AMOUNT)),
)
ACTIONS = [
    (0x06, arguments(SINGLE, (KEY, True, AMOUNT, LIMIT, b"")), GIVEN),
    (0x06, arguments(SINGLE_PRICED, (KEY, True, AMOUNT, LIMIT, 1, b"hook")), GIVEN),
    (
        0x06,
        arguments(SINGLE, (KEY, False, AMOUNT, LIMIT, b"hook")),
        v4_swap(token(WETH, AMOUNT), token(TOKEN, LIMIT)),
    ),
    (
        0x06,
        arguments(SINGLE, ((ZERO, WETH, 1, 1, ZERO), True, 0, LIMIT, b"")),
        v4_swap(None, token(WETH, LIMIT)),
    ),
    (
        0x06,
        arguments(SINGLE, ((ZERO, WETH, 1, 1, ZERO), True, AMOUNT, LIMIT, b"")),
        v4_swap(ether(AMOUNT), token(WETH, LIMIT)),
    ),
    (0x07, arguments(MULTI, (TOKEN, HOPS, AMOUNT, LIMIT)), GIVEN),
    (0x07, arguments(MULTI_PRICED, (TOKEN, HOPS, [], AMOUNT, LIMIT)), GIVEN),
    (0x08, arguments(SINGLE, (KEY, True, AMOUNT, LIMIT, b"")), WANTED),
    (
        0x09,
        arguments(MULTI, (WETH, [(TOKEN, 500, 10, ZERO, b""), HOPS[0]], AMOUNT, LIMIT)),
        WANTED,
    ),
    (
        0x0B,
        arguments("address,uint256,bool", TOKEN, 5, True),
        Invoke(function="SETTLE(address,uint256,bool)"),
    ),
    (0x0C, arguments("address,uint256", TOKEN, 5), Invoke(function="SETTLE_ALL(address,uint256)")),
    (0x0E, arguments(THREE, TOKEN, THIEF, 5), payout(TOKEN, THIEF, 5, None)),
    (0x0E, arguments(THREE, ZERO, CALLER, 0), payout(None, SENDER, 0, 10_000)),
    (0x0F, arguments("address,uint256", WETH, LIMIT), payout(WETH, SENDER, LIMIT, 10_000)),
    (0x10, arguments(THREE, WETH, STRANGER, 30), payout(WETH, STRANGER, 0, 30)),
]


@pytest.mark.parametrize(("code", "data", "intent"), ACTIONS, ids=[f"0x{code:02x}" for code, _, _ in ACTIONS])
def test_each_action_of_a_v4_swap_is_read(code: int, data: bytes, intent: object) -> None:
    (call,) = inside(v4((code, data)), to=VENUE)
    assert (call.intent, call.oddities) == (intent, ())


def test_actions_that_cannot_be_read_hide_nothing() -> None:
    take = arguments(THREE, TOKEN, THIEF, 5)
    no_way = arguments(MULTI, (TOKEN, [], AMOUNT, LIMIT))
    assert intents(v4((0x02, take), (0x0E, take[:5] + b"\xff" * 91), (0x07, no_way), (0x0E, take)), to=VENUE)[
        2:
    ] == [
        unknown(f"SWAP_EXACT_IN({MULTI}): the path names fewer than two tokens"),
        payout(TOKEN, THIEF, 5, None),
    ]


def test_a_swap_that_two_versions_of_the_router_read_differently_is_unknown() -> None:
    # Read by 2.0 it gives 352; read by 2.1 it gives 10^18 for at least 1, with no least prices.
    words = [32, int(TOKEN, 16), 4 * 32, 352, AMOUNT, 1]
    hop = arguments(PATH, HOPS[1:])[64:]
    data = b"".join(word.to_bytes(32, "big") for word in words) + hop
    data += bytes(32 + 352 + 32 - len(data)) if len(data) < 416 else b""
    assert intents(v4((0x07, data)), to=VENUE) == [unknown("the step 0x07 of the plan is not known")]


def test_a_caller_may_be_a_wallet_contract() -> None:
    swapped = plan(
        (0x00, arguments(V3, CALLER, 5, 4, WAY, True)),
        (0x02, arguments("address,address,uint160", TOKEN, THIEF, MAX >> 96)),
    )
    first, second = intents(calldata("execute(address,uint256,bytes)", VENUE, 0, swapped), to=FRIEND)
    assert (first, second) == (
        swap(token(TOKEN, 5), token(WETH, 4), FRIEND),
        Transfer(token=TOKEN, owner=FRIEND, recipient=THIEF, amount=MAX >> 96),
    )


USDC = Address.parse("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48")
WRAPPED = Address.parse("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2")
THEIR_PAIR = Address.parse("0xB4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc")
"""Uniswap's pair of these two on Ethereum."""


@pytest.mark.parametrize(
    ("recipient", "amount", "path", "kept"),
    [
        (THEIR_PAIR, 0, [WRAPPED, USDC], True),
        (THEIR_PAIR, 5, [WRAPPED, USDC], False),
        (THEIR_PAIR, 0, [USDC, WRAPPED], False),
        (THEIR_PAIR, 0, [WRAPPED], False),
        (THIEF, 0, [WRAPPED, USDC], False),
    ],
)
def test_what_goes_straight_into_the_next_swap_is_kept_on_the_way(
    recipient: Address, amount: int, path: list[Address], kept: bool
) -> None:
    way = TOKEN.to_bytes() + bytes(3) + WRAPPED.to_bytes()
    first = (0x00, arguments(V3, recipient, 5, 4, way, True))
    then = (0x08, arguments(V2, CALLER, amount, 9, path, False))
    batch = done(plan(first, then), to=VENUE).intent
    assert isinstance(batch, Batch)
    swapped = batch.calls[0].intent
    assert isinstance(swapped, Swap)
    assert swapped.recipient == (VENUE if kept else recipient)
    # Without a swap behind it, or without its input, the pair is somebody as any other.
    for alone in (plan(first), calldata("execute(bytes,bytes[])", b"\x00\x08", [first[1]])):
        batch = done(alone, to=VENUE).intent
        assert isinstance(batch, Batch)
        assert batch.calls[0].intent == swap(token(TOKEN, 5), token(WRAPPED, 4), recipient)
