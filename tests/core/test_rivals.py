"""What a look at the chain means for the signed sends of one nonce."""

from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.address import NOBODY
from guard.core.journal import SendRecord, SendState
from guard.core.receipt import Receipt
from guard.core.replacement import cancellation
from guard.core.rivals import Sighting, Step, is_same_payment, steps
from guard.core.rules.examples import STRANGER, delegating
from tests.core.values import MARKET, RAW_MARKET

A, B = "0x" + "a" * 64, "0x" + "b" * 64


def send(name: str, state: SendState = SendState.BROADCAST, **changes: object) -> SendRecord:
    record = SendRecord(
        id=name,
        state=state,
        request=MARKET,
        digest="0x",
        decision="ALLOW",
        raw=RAW_MARKET,
        hash={"first": A, "second": B}[name],
        receipt=None,
        note="",
        created_at=1,
        updated_at=1,
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def receipt(of: str, status: int = 1, block: int = 9) -> Receipt:
    return Receipt(hash=of, status=status, block_number=block, gas_used=1, effective_gas_price=1)


def test_f8_whichever_rival_a_block_has_ends_the_other_too() -> None:
    seen = receipt(B)
    assert steps([send("first"), send("second")], Sighting(receipt=seen)) == (
        Step(
            send_id="first",
            state=SendState.REPLACED,
            note=f"its place was taken by {B}",
            before=SendState.BROADCAST,
        ),
        Step(send_id="second", state=SendState.MINED, receipt=seen, before=SendState.BROADCAST),
    )


@pytest.mark.parametrize(("status", "state"), [(1, SendState.MINED), (0, SendState.REVERTED)])
def test_a_receipt_ends_its_own_send_as_its_status_says(status: int, state: SendState) -> None:
    (step,) = steps([send("first", SendState.SIGNED)], Sighting(receipt=receipt(A, status), is_deep=True))
    assert (step.state, step.is_final, step.before) == (state, True, SendState.SIGNED)


def test_a_used_nonce_without_a_receipt_went_to_somebody_else() -> None:
    told = steps([send("first"), send("second")], Sighting(is_taken=True))
    assert [(step.state, step.is_final) for step in told] == [(SendState.REPLACED, False)] * 2
    assert told[0].note == "its place was taken by another payment of its nonce"


@pytest.mark.parametrize("state", [SendState.MINED, SendState.REVERTED, SendState.REPLACED])
def test_f9_what_had_ended_and_is_in_no_block_any_more_is_open_again(state: SendState) -> None:
    (step,) = steps([send("first", state, receipt=receipt(A))], Sighting())
    assert step == Step(
        send_id="first",
        state=SendState.BROADCAST,
        note="a reorganisation took it out of the chain",
        before=state,
    )


def test_a_payment_that_moved_to_another_block_keeps_the_new_one() -> None:
    moved = receipt(A, block=10)
    (step,) = steps([send("first", SendState.MINED, receipt=receipt(A))], Sighting(receipt=moved))
    assert (step.state, step.receipt) == (SendState.MINED, moved)


def test_what_is_as_it_was_or_final_changes_nothing() -> None:
    seen = receipt(A)
    mined = send("first", SendState.MINED, receipt=seen)
    assert steps([mined, send("second", SendState.REPLACED)], Sighting(receipt=seen)) == ()
    assert steps([send("first"), send("second", SendState.SIGNED)], Sighting()) == ()
    assert steps([replace(mined, is_final=True)], Sighting()) == ()
    (step,) = steps([mined], Sighting(receipt=seen, is_deep=True))
    assert step.is_final


def test_the_same_payment_is_the_same_whatever_it_offers_for_the_gas() -> None:
    assert is_same_payment(MARKET, replace(MARKET, fee=None, gas_limit=5, nonce=1))
    for change in ({"value": 1}, {"to": STRANGER}, {"data": b"x"}, {"chain_id": 5}, {"sender": STRANGER}):
        assert not is_same_payment(MARKET, replace(MARKET, **change))  # type: ignore[arg-type]


def test_a_cancellation_is_not_the_same_as_the_reset_of_a_delegation_whose_place_it_takes() -> None:
    reset = replace(delegating(NOBODY, chain_id=1), value=0, to=MARKET.sender, sender=MARKET.sender)
    assert reset.fee is not None
    assert not is_same_payment(reset, cancellation(reset, [reset], reset.fee))
    (signed,) = reset.authorizations
    later = replace(signed, delegation=replace(signed.delegation, nonce=99))
    assert is_same_payment(reset, replace(reset, authorizations=(later,)))
    other = replace(signed, delegation=replace(signed.delegation, delegate=STRANGER))
    assert not is_same_payment(reset, replace(reset, authorizations=(other,)))
