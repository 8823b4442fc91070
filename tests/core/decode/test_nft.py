from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.core.address import Address
from guard.core.decode import decode, read
from guard.core.intent import ApproveAll, Batch, NftTransfer, Transfer, Unknown
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN
from tests.core.decode.calling import call, inner_intents, intent_of
from tests.core.strategies import addresses, uint256

MANY = "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)"
BULK = "bulkTransfer(((uint8,address,uint256,uint256)[],address,bool)[],bytes32)"
HELPER = Address.parse("0x0000000000c2d145a2526bD8C716263bFeBe1A72")
"""OpenSea's TransferHelper on the main chain."""


@given(addresses, addresses, uint256, st.binary(max_size=40))
def test_one_piece_of_a_collection_moves(
    owner: Address, recipient: Address, token_id: int, data: bytes
) -> None:
    moved = NftTransfer(
        collection=TOKEN, owner=owner, recipient=recipient, token_ids=(token_id,), amounts=(1,)
    )
    plain = intent_of("safeTransferFrom(address,address,uint256)", owner, recipient, token_id)
    noted = intent_of("safeTransferFrom(address,address,uint256,bytes)", owner, recipient, token_id, data)
    assert plain == noted == moved


def test_some_of_one_piece_move() -> None:
    signature = "safeTransferFrom(address,address,uint256,uint256,bytes)"
    assert intent_of(signature, SENDER, FRIEND, 7, 3, b"") == NftTransfer(
        collection=TOKEN, owner=SENDER, recipient=FRIEND, token_ids=(7,), amounts=(3,)
    )


@given(st.lists(st.tuples(uint256, uint256), max_size=5))
def test_several_pieces_move_at_once(pieces: list[tuple[int, int]]) -> None:
    ids, amounts = [one for one, _ in pieces], [amount for _, amount in pieces]
    assert intent_of(MANY, SENDER, FRIEND, ids, amounts, b"x") == NftTransfer(
        collection=TOKEN, owner=SENDER, recipient=FRIEND, token_ids=tuple(ids), amounts=tuple(amounts)
    )


def test_ids_without_their_amounts_are_not_read() -> None:
    assert decode(call(MANY, SENDER, FRIEND, [1, 2], [1], b"")) == Unknown(
        reason=f"{MANY}: there are not as many ids as amounts", selector="0x2eb2c2d6"
    )


@pytest.mark.parametrize("approved", [True, False])
def test_an_operator_is_named_with_what_he_may(approved: bool) -> None:
    assert intent_of("setApprovalForAll(address,bool)", STRANGER, approved) == ApproveAll(
        collection=TOKEN, owner=SENDER, operator=STRANGER, approved=approved
    )


def test_the_helper_sends_pieces_of_all_kinds_to_each_recipient() -> None:
    groups = [
        ([(1, TOKEN, 0, 50), (2, TOKEN, 7, 1)], FRIEND, True),
        ([(3, STRANGER, 8, 4)], STRANGER, False),
    ]
    assert inner_intents(BULK, groups, bytes(32), to=HELPER) == [
        Transfer(token=TOKEN, owner=SENDER, recipient=FRIEND, amount=50),
        NftTransfer(collection=TOKEN, owner=SENDER, recipient=FRIEND, token_ids=(7,), amounts=(1,)),
        NftTransfer(collection=STRANGER, owner=SENDER, recipient=STRANGER, token_ids=(8,), amounts=(4,)),
    ]
    request = call(BULK, groups, bytes(32), to=HELPER)
    intent = decode(request)
    assert isinstance(intent, Batch)
    assert intent.form == "bulk-transfer"
    assert [(one.actor, one.to) for one in intent.calls] == [
        (SENDER, TOKEN),
        (SENDER, TOKEN),
        (SENDER, STRANGER),
    ]
    assert [one.selector for one in intent.calls] == ["0x23b872dd", "0x42842e0e", "0xf242432a"]
    assert read(request).oddities == ()


@pytest.mark.parametrize("kind", [0, 4])
def test_a_kind_of_item_that_the_helper_refuses_is_not_read(kind: int) -> None:
    assert decode(call(BULK, [([(kind, TOKEN, 0, 1)], FRIEND, True)], bytes(32))) == Unknown(
        reason=f"{BULK}: there is no kind of item {kind}", selector="0x32389b71"
    )


def test_more_items_than_calls_that_are_looked_at_are_beyond_the_bound() -> None:
    groups = [([(2, TOKEN, number, 1) for number in range(300)], FRIEND, True)]
    intents = inner_intents(BULK, groups, bytes(32))
    assert all(isinstance(intent, NftTransfer) for intent in intents[:255])
    (rest,) = intents[255:]
    assert isinstance(rest, Unknown)
    assert rest.is_beyond_bound
