from __future__ import annotations

from collections.abc import Iterable

import pytest
from eth_abi import encode

from guard.core.address import NOBODY, Address, keccak256
from guard.core.events import (
    NATIVE,
    Log,
    Story,
    agree,
    confirmed_wrappers,
    is_contradicted,
    native_move,
    story_of,
    wrapping,
)
from guard.core.intent import Asset, AssetKind
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN
from guard.core.world import AllowanceGiven, AssetChange

COLLECTION = Address.from_bytes(b"\x0c" * 20)
MAX = 2**256 - 1


def word(value: Address | int) -> bytes:
    return bytes(12) + value.to_bytes() if isinstance(value, Address) else value.to_bytes(32, "big")


def log(signature: str, *topics: Address | int, data: bytes = b"", emitter: Address = TOKEN) -> Log:
    return Log(
        emitter=emitter, topics=(keccak256(signature.encode()), *(word(topic) for topic in topics)), data=data
    )


def transfer(origin: Address, target: Address, amount: int, emitter: Address = TOKEN) -> Log:
    return log("Transfer(address,address,uint256)", origin, target, data=word(amount), emitter=emitter)


def approval(owner: Address, spender: Address, amount: int) -> Log:
    return log("Approval(address,address,uint256)", owner, spender, data=word(amount))


def change(
    party: Address,
    amount: int,
    *,
    kind: AssetKind = AssetKind.ERC20,
    token: Address | None = TOKEN,
    token_id: int | None = None,
) -> AssetChange:
    asset = Asset(kind=kind, token=token, token_id=token_id, amount=abs(amount))
    return AssetChange(party=party, asset=asset, is_gain=amount > 0)


def changes(logs: Iterable[Log], *wrappers: Address) -> tuple[AssetChange, ...]:
    return story_of(tuple(logs), wrappers).changes


def test_a_transfer_is_a_loss_of_one_and_a_gain_of_the_other() -> None:
    assert changes([transfer(SENDER, FRIEND, 5)]) == (change(SENDER, -5), change(FRIEND, 5))


def test_what_comes_back_is_taken_off_and_nothing_is_left_of_a_round_trip() -> None:
    there_and_back = [transfer(SENDER, FRIEND, 5), transfer(FRIEND, SENDER, 3)]
    assert changes(there_and_back) == (change(SENDER, -2), change(FRIEND, 2))
    assert changes([transfer(SENDER, FRIEND, 5), transfer(FRIEND, SENDER, 5)]) == ()
    assert changes([transfer(SENDER, SENDER, 5), transfer(SENDER, FRIEND, 0)]) == ()


def test_ether_moves_as_the_simulation_shows_it() -> None:
    assert native_move(SENDER, FRIEND, 7) == transfer(SENDER, FRIEND, 7, emitter=NATIVE)
    assert changes([native_move(SENDER, FRIEND, 7)]) == (
        change(SENDER, -7, kind=AssetKind.NATIVE, token=None),
        change(FRIEND, 7, kind=AssetKind.NATIVE, token=None),
    )


def test_a_mint_and_a_burn_have_one_party() -> None:
    assert changes([transfer(NOBODY, SENDER, 5)]) == (change(SENDER, 5),)
    assert changes([transfer(SENDER, NOBODY, 5)]) == (change(SENDER, -5),)


def test_a_piece_of_a_collection_is_told_by_its_id() -> None:
    moved = log("Transfer(address,address,uint256)", SENDER, FRIEND, 42, emitter=COLLECTION)
    assert changes([moved]) == (
        change(SENDER, -1, kind=AssetKind.ERC721, token=COLLECTION, token_id=42),
        change(FRIEND, 1, kind=AssetKind.ERC721, token=COLLECTION, token_id=42),
    )


def test_pieces_of_several_kinds_move_alone_and_in_batches() -> None:
    single = log(
        "TransferSingle(address,address,address,uint256,uint256)",
        STRANGER,
        SENDER,
        FRIEND,
        data=encode(["uint256", "uint256"], [7, 3]),
    )
    batch = log(
        "TransferBatch(address,address,address,uint256[],uint256[])",
        STRANGER,
        FRIEND,
        SENDER,
        data=encode(["uint256[]", "uint256[]"], [[7, 8], [1, 9]]),
    )

    def piece(party: Address, token_id: int, amount: int) -> AssetChange:
        return change(party, amount, kind=AssetKind.ERC1155, token_id=token_id)

    assert changes([single, batch]) == (
        piece(SENDER, 7, -2),
        piece(FRIEND, 7, 2),
        piece(FRIEND, 8, -9),
        piece(SENDER, 8, 9),
    )


@pytest.mark.parametrize(
    "foreign",
    [
        Log(emitter=TOKEN, topics=(), data=b""),
        log("Transfer(address,address,uint256)", data=bytes(96)),
        log("Transfer(address,address,uint256)", SENDER, FRIEND, data=bytes(31)),
        log("Transfer(address,address,uint256)", SENDER, FRIEND, 1, data=bytes(32)),
        log(
            "TransferBatch(address,address,address,uint256[],uint256[])",
            SENDER,
            SENDER,
            FRIEND,
            data=b"\xff" * 64,
        ),
        log("Sync(uint112,uint112)", data=bytes(64)),
        log("Approval(address,address,uint256)", SENDER, FRIEND, data=bytes(31)),
        log("Deposit(address,uint256)", SENDER, data=bytes(31)),
        log("Sync(address)", SENDER, data=bytes(32)),
    ],
)
def test_an_event_of_another_form_tells_nothing_and_raises_nothing(foreign: Log) -> None:
    assert story_of((foreign,), (TOKEN,)) == Story()
    assert wrapping((foreign,)) == {}


def test_the_last_approval_of_the_same_parties_stands() -> None:
    logs = (approval(SENDER, STRANGER, 5), approval(SENDER, STRANGER, MAX), approval(SENDER, FRIEND, 0))
    assert story_of(logs).allowances == (
        AllowanceGiven(token=TOKEN, owner=SENDER, spender=STRANGER, amount=MAX),
    )
    assert story_of((*logs, approval(SENDER, STRANGER, 0))).allowances == ()


def test_operators_and_approved_pieces_are_rights_until_they_are_taken_back() -> None:
    def operator(is_given: int) -> Log:
        return log("ApprovalForAll(address,address,bool)", SENDER, STRANGER, data=word(is_given))

    def piece(spender: Address) -> Log:
        return log("Approval(address,address,uint256)", SENDER, spender, 42, emitter=COLLECTION)

    assert story_of((operator(1), piece(STRANGER))).allowances == (
        AllowanceGiven(token=TOKEN, owner=SENDER, spender=STRANGER, amount=None),
        AllowanceGiven(token=COLLECTION, owner=SENDER, spender=STRANGER, amount=1),
    )
    assert story_of((operator(1), operator(0), piece(NOBODY))).allowances == ()


DEPOSIT = log("Deposit(address,uint256)", SENDER, data=word(9))
WITHDRAWAL = log("Withdrawal(address,uint256)", SENDER, data=word(4))


def test_deposits_are_wrapped_ether_only_where_the_balance_says_so() -> None:
    logs = (DEPOSIT, WITHDRAWAL)
    assert wrapping(logs) == {(TOKEN, SENDER): 5}
    assert changes(logs) == ()
    assert confirmed_wrappers(logs, {}) == frozenset()
    assert confirmed_wrappers(logs, {(TOKEN, SENDER): (1, 1)}) == frozenset()
    assert confirmed_wrappers(logs, {(TOKEN, SENDER): (1, 6)}) == {TOKEN}
    assert changes(logs, TOKEN) == (change(SENDER, 5),)


def test_wrapped_ether_that_is_passed_on_at_once_is_confirmed_with_its_transfer() -> None:
    logs = (DEPOSIT, transfer(SENDER, FRIEND, 9))
    assert confirmed_wrappers(logs, {(TOKEN, SENDER): (0, 0)}) == {TOKEN}
    assert changes(logs, TOKEN) == (change(FRIEND, 9),)


def story(*entries: AssetChange, allowances: tuple[AllowanceGiven, ...] = ()) -> Story:
    return Story(changes=entries, allowances=allowances)


GIVEN = AllowanceGiven(token=TOKEN, owner=SENDER, spender=STRANGER, amount=None)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (story(), story(), True),
        (story(change(SENDER, -100)), story(change(SENDER, -101)), True),
        (story(change(SENDER, -100)), story(change(SENDER, -102)), False),
        (story(change(SENDER, -100)), story(change(SENDER, 100)), False),
        (story(change(SENDER, -100)), story(change(FRIEND, -100)), False),
        (story(change(SENDER, -100)), story(), False),
        (story(allowances=(GIVEN,)), story(), False),
        (story(allowances=(GIVEN,)), story(allowances=(GIVEN,)), True),
    ],
)
def test_runs_agree_on_rights_and_assets_and_nearly_on_amounts(
    first: Story, second: Story, expected: bool
) -> None:
    assert agree(first, second) is agree(second, first) is expected


@pytest.mark.parametrize(
    ("told", "before", "after", "expected"),
    [
        (100, 0, 100, False),
        (100, 0, 50, False),
        (100, 0, 49, True),
        (100, 0, 0, True),
        (100, 500, 400, True),
        (-100, 500, 400, False),
        (-100, 500, 300, False),
        (-100, 500, 299, True),
        (-100, 500, 500, True),
        (-100, 500, 501, True),
        (0, 500, 500, False),
        (0, 500, 498, False),
        (0, 500, 497, True),
        (0, 500, 900, False),
    ],
)
def test_events_and_balances_that_differ_widely_contradict_each_other(
    told: int, before: int, after: int, expected: bool
) -> None:
    entries = [change(SENDER, told)] if told else []
    assert is_contradicted(entries, {(TOKEN, SENDER): (before, after)}) is expected


def test_only_balances_that_were_read_and_can_show_it_are_compared() -> None:
    ether = change(SENDER, 5, kind=AssetKind.NATIVE, token=None)
    several = change(SENDER, 5, kind=AssetKind.ERC1155, token_id=1)
    unread = change(FRIEND, 5)
    assert not is_contradicted([ether, several, unread], {(TOKEN, SENDER): (3, 3)})


def test_pieces_of_a_collection_are_counted_together() -> None:
    pieces = [change(SENDER, 1, kind=AssetKind.ERC721, token_id=token_id) for token_id in (1, 2)]
    assert not is_contradicted(pieces, {(TOKEN, SENDER): (0, 2)})
    assert is_contradicted(pieces, {(TOKEN, SENDER): (0, 0)})
