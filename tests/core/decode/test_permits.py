from __future__ import annotations

import pytest

from guard.core.address import Address
from guard.core.decode import decode
from guard.core.intent import Approve, Batch, Grant, Invoke, Permit, Transfer, Unknown
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN
from tests.core.decode.calling import call, inner_intents, intent_of

PERMIT2 = Address.parse("0x000000000022D473030F116dDEE9F6B43aC78BA3")
LATER = 1_800_000_000
WORD = b"\x07" * 32
SIGNED = (27, WORD, WORD)
DETAILS = "(address,uint160,uint48,uint48)"
MANY_PULLS = "permitTransferFrom(((address,uint256)[],uint256,uint256),(address,uint256)[],address,bytes)"


@pytest.mark.parametrize("signed", [("uint8,bytes32,bytes32", SIGNED), ("bytes", (b"signature",))])
def test_a_permit_gives_the_named_owners_allowance(signed: tuple[str, tuple[object, ...]]) -> None:
    types, parts = signed
    arguments = (STRANGER, FRIEND, 5, LATER, *parts)
    assert intent_of(f"permit(address,address,uint256,uint256,{types})", *arguments) == Permit(
        owner=STRANGER,
        spender=FRIEND,
        grants=(Grant(token=TOKEN, amount=5, expires_at=None),),
        deadline=LATER,
        form="permit",
    )


@pytest.mark.parametrize(("allowed", "amount"), [(True, 2**256 - 1), (False, 0)])
@pytest.mark.parametrize(("expiry", "deadline"), [(0, None), (LATER, LATER)])
def test_a_permit_of_dai_gives_everything_or_nothing(
    allowed: bool, amount: int, expiry: int, deadline: int | None
) -> None:
    signature = "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)"
    assert intent_of(signature, SENDER, FRIEND, 3, expiry, allowed, *SIGNED) == Permit(
        owner=SENDER,
        spender=FRIEND,
        grants=(Grant(token=TOKEN, amount=amount, expires_at=None),),
        deadline=deadline,
        form="dai-permit",
    )


@pytest.mark.parametrize("name", ["transferWithAuthorization", "receiveWithAuthorization"])
@pytest.mark.parametrize("signed", [("uint8,bytes32,bytes32", SIGNED), ("bytes", (b"signature",))])
def test_a_signed_transfer_moves_the_named_owners_tokens(
    name: str, signed: tuple[str, tuple[object, ...]]
) -> None:
    types, parts = signed
    signature = f"{name}(address,address,uint256,uint256,uint256,bytes32,{types})"
    assert intent_of(signature, STRANGER, FRIEND, 5, 0, LATER, WORD, *parts) == Transfer(
        token=TOKEN, owner=STRANGER, recipient=FRIEND, amount=5
    )


def test_an_approval_at_permit2_has_an_end() -> None:
    signature = "approve(address,address,uint160,uint48)"
    assert intent_of(signature, TOKEN, FRIEND, 2**160 - 1, LATER, to=PERMIT2) == Approve(
        token=TOKEN,
        owner=SENDER,
        spender=FRIEND,
        amount=2**160 - 1,
        expires_at=LATER,
        form="permit2-approve",
    )


def test_permits_at_permit2_give_one_token_or_several() -> None:
    first, second = (TOKEN, 5, LATER, 0), (STRANGER, 6, LATER + 1, 9)
    single = intent_of(
        f"permit(address,({DETAILS},address,uint256),bytes)",
        SENDER,
        (first, FRIEND, LATER),
        b"signature",
        to=PERMIT2,
    )
    batch = intent_of(
        f"permit(address,({DETAILS}[],address,uint256),bytes)",
        SENDER,
        ([first, second], FRIEND, LATER),
        b"signature",
        to=PERMIT2,
    )
    one = Grant(token=TOKEN, amount=5, expires_at=LATER)
    other = Grant(token=STRANGER, amount=6, expires_at=LATER + 1)
    assert single == Permit(owner=SENDER, spender=FRIEND, grants=(one,), deadline=LATER, form="permit2")
    assert batch == Permit(owner=SENDER, spender=FRIEND, grants=(one, other), deadline=LATER, form="permit2")


def test_permit2_pulls_a_token_of_the_named_owner() -> None:
    moved = Transfer(token=TOKEN, owner=STRANGER, recipient=FRIEND, amount=5)
    assert (
        intent_of("transferFrom(address,address,uint160,address)", STRANGER, FRIEND, 5, TOKEN, to=PERMIT2)
        == moved
    )
    pulls = [(STRANGER, FRIEND, 5, TOKEN), (SENDER, STRANGER, 6, FRIEND)]
    assert inner_intents("transferFrom((address,address,uint160,address)[])", pulls, to=PERMIT2) == [
        moved,
        Transfer(token=FRIEND, owner=SENDER, recipient=STRANGER, amount=6),
    ]


@pytest.mark.parametrize(
    ("name", "types", "witness"),
    [
        ("permitTransferFrom", "bytes", ()),
        ("permitWitnessTransferFrom", "bytes32,string,bytes", (WORD, "Witness witness)")),
    ],
)
def test_permit2_pulls_what_was_signed_for(name: str, types: str, witness: tuple[object, ...]) -> None:
    single = f"{name}(((address,uint256),uint256,uint256),(address,uint256),address,{types})"
    # The amount that is asked for moves, not the most that was signed for.
    asked = (((TOKEN, 100), 0, LATER), (FRIEND, 5), STRANGER, *witness, b"signature")
    moved = Transfer(token=TOKEN, owner=STRANGER, recipient=FRIEND, amount=5)
    assert intent_of(single, *asked, to=PERMIT2) == moved
    batch = f"{name}(((address,uint256)[],uint256,uint256),(address,uint256)[],address,{types})"
    permit = ([(TOKEN, 100), (FRIEND, 2**256 - 1)], 0, LATER)
    details = [(FRIEND, 5), (SENDER, 2**200)]
    both = (permit, details, STRANGER, *witness, b"signature")
    assert inner_intents(batch, *both, to=PERMIT2) == [
        moved,
        Transfer(token=FRIEND, owner=STRANGER, recipient=SENDER, amount=2**200),
    ]
    intent = decode(call(batch, *both, to=PERMIT2))
    assert isinstance(intent, Batch)
    assert (intent.form, [one.to for one in intent.calls]) == ("permit2-transfer", [TOKEN, FRIEND])


def test_transfers_without_their_tokens_are_not_read() -> None:
    asked = (([(TOKEN, 1)], 0, LATER), [], SENDER, b"")
    assert decode(call(MANY_PULLS, *asked)) == Unknown(
        reason=f"{MANY_PULLS}: there are not as many tokens as transfers", selector="0xedd9444b"
    )


def test_a_lockdown_takes_every_named_allowance_back() -> None:
    pairs = [(TOKEN, FRIEND), (STRANGER, STRANGER)]
    taken = Approve(token=TOKEN, owner=SENDER, spender=FRIEND, amount=0, expires_at=0, form="permit2-approve")
    other = Approve(
        token=STRANGER, owner=SENDER, spender=STRANGER, amount=0, expires_at=0, form="permit2-approve"
    )
    assert inner_intents("lockdown((address,address)[])", pairs, to=PERMIT2) == [taken, other]
    intent = decode(call("lockdown((address,address)[])", pairs, to=PERMIT2))
    assert isinstance(intent, Batch)
    assert intent.form == "permit2-lockdown"


@pytest.mark.parametrize(
    ("signature", "values"),
    [
        ("invalidateNonces(address,address,uint48)", (TOKEN, FRIEND, 5)),
        ("invalidateUnorderedNonces(uint256,uint256)", (1, 2**256 - 1)),
        ("cancelAuthorization(address,bytes32,uint8,bytes32,bytes32)", (SENDER, WORD, *SIGNED)),
        ("cancelAuthorization(address,bytes32,bytes)", (SENDER, WORD, b"signature")),
    ],
)
def test_what_makes_earlier_signatures_worthless_moves_nothing(
    signature: str, values: tuple[object, ...]
) -> None:
    assert intent_of(signature, *values, to=PERMIT2) == Invoke(function=signature)
