from __future__ import annotations

import pytest

from guard.core.address import Address
from guard.core.intent import Asset, AssetKind, Batch, Grant, Permit, Swap, Transfer
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN
from tests.core.decode.calldata import (
    CALLER,
    MAX,
    OTHER,
    ROUTER_ITSELF,
    THIEF,
    VENUE,
    WETH,
    ZERO,
    calldata,
    done,
    inside,
    intents,
    unknown,
)

FEE = (3000).to_bytes(3, "big")
WAY = TOKEN.to_bytes() + FEE + OTHER.to_bytes() + FEE + WETH.to_bytes()
PATH = [TOKEN, OTHER, WETH]
ETHER_OF_1INCH = Address("0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE")
V2, V2_ETHER = "(uint256,uint256,address[],address,uint256)", "(uint256,address[],address,uint256)"
UNDATED_V2 = "(uint256,uint256,address[],address)"
DATED_SINGLE = "((address,address,uint24,address,uint256,uint256,uint256,uint160))"
DATED = "((bytes,address,uint256,uint256,uint256))"
SINGLE, UNDATED = (
    "((address,address,uint24,address,uint256,uint256,uint160))",
    "((bytes,address,uint256,uint256))",
)


def token(address: Address, amount: int) -> Asset:
    return Asset(kind=AssetKind.ERC20, token=address, amount=amount)


def ether(amount: int) -> Asset:
    return Asset(kind=AssetKind.NATIVE, token=None, amount=amount)


def swap(gives: Asset | None, receives: Asset | None, form: str, **changes: object) -> Swap:
    values = {"venue": VENUE, "recipient": THIEF, "expires_at": 99, **changes}
    return Swap(gives=gives, receives=receives, form=form, **values)  # type: ignore[arg-type]


GIVEN, WANTED = (token(TOKEN, 5), token(WETH, 4)), (token(TOKEN, 9), token(WETH, 5))
FEES = "SupportingFeeOnTransferTokens"


@pytest.mark.parametrize(
    ("name", "amounts", "value", "assets"),
    [
        ("swapExactTokensForTokens", (5, 4), 0, GIVEN),
        (f"swapExactTokensForTokens{FEES}", (5, 4), 0, GIVEN),
        ("swapTokensForExactTokens", (5, 9), 0, WANTED),
        ("swapExactETHForTokens", (4,), 7, (ether(7), token(WETH, 4))),
        (f"swapExactETHForTokens{FEES}", (4,), 7, (ether(7), token(WETH, 4))),
        ("swapETHForExactTokens", (4,), 7, (ether(7), token(WETH, 4))),
        ("swapExactTokensForETH", (5, 0), 0, (token(TOKEN, 5), ether(0))),
        (f"swapExactTokensForETH{FEES}", (5, 4), 0, (token(TOKEN, 5), ether(4))),
        ("swapTokensForExactETH", (5, 9), 0, (token(TOKEN, 9), ether(5))),
    ],
)
def test_each_swap_of_version_2_is_told(
    name: str, amounts: tuple[int, ...], value: int, assets: tuple[Asset, Asset]
) -> None:
    types = V2 if len(amounts) == 2 else V2_ETHER
    call = done(calldata(name + types, *amounts, PATH, THIEF, 99), to=VENUE, value=value)
    assert (call.intent, call.oddities) == (swap(*assets, "uniswap-v2"), ())


def test_a_way_of_one_token_is_no_swap() -> None:
    data = calldata(f"swapExactTokensForTokens{V2}", 5, 4, [TOKEN], THIEF, 99)
    assert done(data).intent == unknown(
        f"swapExactTokensForTokens{V2}: the path names fewer than two tokens", "0x38ed1739"
    )


@pytest.mark.parametrize(
    ("recipient", "who"), [(THIEF, THIEF), (CALLER, SENDER), (ROUTER_ITSELF, VENUE)], ids=["other", "1", "2"]
)
@pytest.mark.parametrize(
    ("signature", "arguments", "assets", "form"),
    [
        (f"swapExactTokensForTokens{UNDATED_V2}", (5, 4, PATH, "to"), GIVEN, "uniswap-v2"),
        (f"swapExactTokensForTokens{UNDATED_V2}", (0, 4, PATH, "to"), (None, token(WETH, 4)), "uniswap-v2"),
        (f"swapTokensForExactTokens{UNDATED_V2}", (5, 9, PATH, "to"), WANTED, "uniswap-v2"),
        (f"exactInputSingle{SINGLE}", ((TOKEN, WETH, 500, "to", 5, 4, 0),), GIVEN, "uniswap-v3"),
        (f"exactInput{UNDATED}", ((WAY, "to", 5, 4),), GIVEN, "uniswap-v3"),
        (f"exactInput{UNDATED}", ((WAY, "to", 0, 4),), (None, token(WETH, 4)), "uniswap-v3"),
        (f"exactOutputSingle{SINGLE}", ((TOKEN, WETH, 500, "to", 5, 9, 0),), WANTED, "uniswap-v3"),
        (
            f"exactOutput{UNDATED}",
            ((WETH.to_bytes() + FEE + TOKEN.to_bytes(), "to", 5, 9),),
            WANTED,
            "uniswap-v3",
        ),
    ],
)
def test_the_second_router_has_numbers_for_its_caller_and_itself(
    signature: str, arguments: tuple[object, ...], assets: object, form: str, recipient: Address, who: Address
) -> None:
    filled = tuple(
        tuple(recipient if part == "to" else part for part in value) if isinstance(value, tuple) else value
        for value in arguments
    )
    filled = tuple(recipient if value == "to" else value for value in filled)
    intent = done(calldata(signature, *filled), to=VENUE).intent
    assert intent == swap(*assets, form, recipient=who, expires_at=None)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("recipient", "who"), [(THIEF, THIEF), (ZERO, VENUE), (CALLER, CALLER)], ids=["other", "0", "1"]
)
@pytest.mark.parametrize(
    ("name", "is_single", "assets"),
    [
        ("exactInput", False, GIVEN),
        ("exactInput", True, GIVEN),
        ("exactOutput", False, WANTED),
        ("exactOutput", True, WANTED),
    ],
)
def test_the_first_router_keeps_what_is_for_the_zero_address(
    name: str, is_single: bool, assets: tuple[Asset, Asset], recipient: Address, who: Address
) -> None:
    amounts = (5, 4) if name == "exactInput" else (5, 9)
    way = WAY if name == "exactInput" else WETH.to_bytes() + FEE + TOKEN.to_bytes()
    data = (
        calldata(f"{name}Single{DATED_SINGLE}", (TOKEN, WETH, 500, recipient, 99, *amounts, 0))
        if is_single
        else calldata(f"{name}{DATED}", (way, recipient, 99, *amounts))
    )
    assert done(data, to=VENUE).intent == swap(*assets, "uniswap-v3", recipient=who)


@pytest.mark.parametrize("way", [b"", WAY[:20], WAY[:-1], WAY + b"\x00"])
def test_a_way_of_version_3_that_does_not_end_with_a_token_is_no_swap(way: bytes) -> None:
    intent = done(calldata(f"exactInput{DATED}", (way, THIEF, 99, 5, 4))).intent
    assert intent == unknown(
        f"exactInput{DATED}: the path is not one of tokens with fees between", "0xc04b8d59"
    )


def paid(token_: Address | None, recipient: Address, amount: int, portion: int = 10_000) -> Transfer:
    return Transfer(token=token_, owner=VENUE, recipient=recipient, amount=amount, portion=portion)


@pytest.mark.parametrize(
    ("data", "payments"),
    [
        (calldata("unwrapWETH9(uint256,address)", 7, THIEF), [paid(None, THIEF, 7)]),
        (calldata("unwrapWETH9(uint256)", 7), [paid(None, SENDER, 7)]),
        (calldata("sweepToken(address,uint256,address)", TOKEN, 7, THIEF), [paid(TOKEN, THIEF, 7)]),
        (calldata("sweepToken(address,uint256)", TOKEN, 7), [paid(TOKEN, SENDER, 7)]),
        (calldata("refundETH()"), [paid(None, SENDER, 0)]),
        (
            calldata("unwrapWETH9WithFee(uint256,address,uint256,address)", 1000, FRIEND, 100, STRANGER),
            [paid(None, STRANGER, 10, 100), paid(None, FRIEND, 990, 9_900)],
        ),
        (
            calldata("unwrapWETH9WithFee(uint256,uint256,address)", 1000, 100, STRANGER),
            [paid(None, STRANGER, 10, 100), paid(None, SENDER, 990, 9_900)],
        ),
        (
            calldata(
                "sweepTokenWithFee(address,uint256,address,uint256,address)",
                TOKEN,
                1000,
                FRIEND,
                100,
                STRANGER,
            ),
            [paid(TOKEN, STRANGER, 10, 100), paid(TOKEN, FRIEND, 990, 9_900)],
        ),
        (
            calldata("sweepTokenWithFee(address,uint256,uint256,address)", TOKEN, 1000, 20_000, STRANGER),
            [paid(TOKEN, STRANGER, 2000, 20_000), paid(TOKEN, SENDER, 0, 0)],
        ),
    ],
)
def test_a_router_pays_out_what_it_holds(data: bytes, payments: list[Transfer]) -> None:
    calls = inside(data, to=VENUE)
    assert [(call.actor, call.intent) for call in calls] == [(VENUE, payment) for payment in payments]


def test_ether_is_wrapped_for_the_router_and_tokens_are_pulled_to_it() -> None:
    assert done(calldata("wrapETH(uint256)", 7), to=VENUE).intent == swap(
        ether(7), None, "wrap", recipient=VENUE, expires_at=None
    )
    assert done(calldata("pull(address,uint256)", TOKEN, 7), to=VENUE).intent == Transfer(
        token=TOKEN, owner=SENDER, recipient=VENUE, amount=7
    )


SIGNED = (27, bytes(32), bytes(32))
PERMIT_TYPES = "(address,uint256,uint256,uint8,bytes32,bytes32)"


@pytest.mark.parametrize("name", ["selfPermit", "selfPermitIfNecessary"])
def test_a_permit_to_the_router_is_an_allowance(name: str) -> None:
    assert done(calldata(name + PERMIT_TYPES, TOKEN, 7, 99, *SIGNED), to=VENUE).intent == Permit(
        owner=SENDER,
        spender=VENUE,
        grants=(Grant(token=TOKEN, amount=7, expires_at=None),),
        deadline=99,
        form="permit",
    )


@pytest.mark.parametrize(("expiry", "deadline"), [(99, 99), (0, None)])
@pytest.mark.parametrize("name", ["selfPermitAllowed", "selfPermitAllowedIfNecessary"])
def test_a_permit_without_an_amount_is_for_everything(name: str, expiry: int, deadline: int | None) -> None:
    assert done(calldata(name + PERMIT_TYPES, TOKEN, 3, expiry, *SIGNED), to=VENUE).intent == Permit(
        owner=SENDER,
        spender=VENUE,
        grants=(Grant(token=TOKEN, amount=MAX, expires_at=None),),
        deadline=deadline,
        form="dai-permit",
    )


def test_the_deadline_of_a_bundle_is_that_of_the_swaps_without_one() -> None:
    undated = calldata(f"exactInput{UNDATED}", (WAY, CALLER, 5, 4))
    dated = calldata(f"exactInput{DATED}", (WAY, THIEF, 99, 5, 4))
    inner = calldata("multicall(bytes[])", [undated])
    unwrap = calldata("unwrapWETH9(uint256,address)", 7, SENDER)
    read = intents(calldata("multicall(uint256,bytes[])", 50, [undated, dated, inner, unwrap]), to=VENUE)
    assert [getattr(intent, "expires_at", None) for intent in read] == [50, 99, 50, None]


DESCRIPTION = "(address,address,address,address,uint256,uint256,uint256)"
V5, V6 = f"swap(address,{DESCRIPTION},bytes,bytes)", f"swap(address,{DESCRIPTION},bytes)"


@pytest.mark.parametrize(
    ("given", "received", "recipient", "expected"),
    [
        (TOKEN, WETH, THIEF, (token(TOKEN, 5), token(WETH, 0), THIEF)),
        (TOKEN, ETHER_OF_1INCH, ZERO, (token(TOKEN, 5), ether(0), SENDER)),
        (ZERO, WETH, STRANGER, (ether(5), token(WETH, 0), STRANGER)),
    ],
)
@pytest.mark.parametrize(("signature", "rest"), [(V5, (b"", b"data")), (V6, (b"data",))], ids=["v5", "v6"])
def test_a_swap_of_1inch_is_told(
    signature: str,
    rest: tuple[bytes, ...],
    given: Address,
    received: Address,
    recipient: Address,
    expected: tuple[Asset, Asset, Address],
) -> None:
    description = (given, received, OTHER, recipient, 5, 0, 4)
    gives, receives, who = expected
    assert done(calldata(signature, FRIEND, description, *rest), to=VENUE).intent == swap(
        gives, receives, "1inch", recipient=who, expires_at=None
    )


@pytest.mark.parametrize(
    ("size", "selector"), [(224, "0xd505accf"), (256, "0x8fcbaf0c"), (352, "0x00000000")]
)
def test_a_permit_inside_of_a_swap_is_read_as_the_tokens_own(size: int, selector: str) -> None:
    description = (TOKEN, WETH, OTHER, ZERO, 5, 4, 4)
    call = done(calldata(V5, FRIEND, description, bytes(size), b""), to=VENUE)
    assert isinstance(call.intent, Batch)
    permit, swapped = call.intent.calls
    assert (permit.actor, permit.to, permit.selector) == (VENUE, TOKEN, selector)
    assert isinstance(swapped.intent, Swap)
