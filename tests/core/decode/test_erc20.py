from __future__ import annotations

import pytest
from hypothesis import given

from guard.core.address import Address
from guard.core.intent import AllowanceChange, Approve, Transfer
from guard.core.rules.examples import FRIEND, SENDER, TOKEN
from tests.core.decode.calling import intent_of
from tests.core.strategies import addresses, uint256


@given(addresses, uint256)
def test_a_transfer_moves_the_senders_tokens(recipient: Address, amount: int) -> None:
    assert intent_of("transfer(address,uint256)", recipient, amount) == Transfer(
        token=TOKEN, owner=SENDER, recipient=recipient, amount=amount
    )


@given(addresses, addresses, uint256)
def test_a_transfer_from_moves_the_named_owners_tokens(
    owner: Address, recipient: Address, amount: int
) -> None:
    assert intent_of("transferFrom(address,address,uint256)", owner, recipient, amount) == Transfer(
        token=TOKEN, owner=owner, recipient=recipient, amount=amount
    )


@pytest.mark.parametrize(
    ("name", "change", "form"),
    [
        ("approve", AllowanceChange.SET, "approve"),
        ("increaseAllowance", AllowanceChange.INCREASE, "increase"),
        ("increaseApproval", AllowanceChange.INCREASE, "increase"),
        ("decreaseAllowance", AllowanceChange.DECREASE, "decrease"),
        ("decreaseApproval", AllowanceChange.DECREASE, "decrease"),
    ],
)
def test_an_approval_names_spender_amount_and_what_it_does_to_what_stood(
    name: str, change: AllowanceChange, form: str
) -> None:
    assert intent_of(f"{name}(address,uint256)", FRIEND, 2**256 - 1) == Approve(
        token=TOKEN, owner=SENDER, spender=FRIEND, amount=2**256 - 1, change=change, form=form
    )
