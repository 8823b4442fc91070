from __future__ import annotations

import pytest

from guard.core.intent import Approve, ApproveAll, Grant, Intent, Permit, Unknown
from guard.core.rules.examples import FRIEND, SENDER, STRANGER
from tests.core.decode.structures.reading import MARKET, MOST, NAMELESS, declared, read

PERMIT = declared("Permit(address owner,")
DAI = declared("Permit(address holder,")


def permit(grant: Grant, deadline: int | None, form: str) -> Permit:
    return Permit(owner=SENDER, spender=STRANGER, grants=(grant,), deadline=deadline, form=form)


def test_a_permit_is_for_the_token_that_its_domain_names() -> None:
    message = {
        "owner": SENDER,
        "spender": STRANGER,
        "value": str(MOST),
        "nonce": 0,
        "deadline": str(MOST),
    }
    grant = Grant(token=MARKET, amount=MOST, expires_at=None)
    assert read(PERMIT, message) == permit(grant, MOST, "permit")
    assert read(PERMIT, message, domain=NAMELESS) == Unknown(
        reason="the structure Permit: its domain names no contract, so it is not told whose assets it moves",
        selector=None,
    )


@pytest.mark.parametrize(("allowed", "amount"), [(True, MOST), (False, 0)])
@pytest.mark.parametrize(("expiry", "deadline"), [(0, None), (99, 99)])
def test_dai_allows_everything_or_nothing(
    *, allowed: bool, amount: int, expiry: int, deadline: int | None
) -> None:
    message = {"holder": SENDER, "spender": STRANGER, "nonce": 0, "expiry": expiry, "allowed": allowed}
    grant = Grant(token=MARKET, amount=amount, expires_at=None)
    assert read(DAI, message) == permit(grant, deadline, "dai-permit")


def test_a_permit_of_one_piece_names_the_piece() -> None:
    message = {"spender": STRANGER, "tokenId": 7, "nonce": 0, "deadline": 99}
    assert read(declared("Permit(address spender,"), message) == Approve(
        token=MARKET, owner=SENDER, spender=STRANGER, amount=7, expires_at=99, form="nft-permit"
    )


def test_who_may_borrow_on_ones_credit_may_take_as_much() -> None:
    message = {"delegatee": STRANGER, "value": 5, "nonce": 0, "deadline": 99}
    grant = Grant(token=MARKET, amount=5, expires_at=None)
    assert read(declared("DelegationWithSig("), message) == permit(grant, 99, "credit-delegation")


@pytest.mark.parametrize("approved", [True, False])
@pytest.mark.parametrize(
    ("start", "owner", "operator", "word"),
    [
        ("Authorization(address owner,", "owner", "manager", "isAllowed"),
        ("Authorization(address authorizer,", "authorizer", "authorized", "isAuthorized"),
    ],
)
def test_a_manager_may_move_everything_that_is_held_there(
    start: str, owner: str, operator: str, word: str, *, approved: bool
) -> None:
    times = {"nonce": 0, "expiry": 99} if owner == "owner" else {"nonce": 0, "deadline": 99}
    intent: Intent = read(declared(start), {owner: FRIEND, operator: STRANGER, word: approved, **times})
    assert intent == ApproveAll(collection=MARKET, owner=FRIEND, operator=STRANGER, approved=approved)
