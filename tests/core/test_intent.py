from __future__ import annotations

from typing import get_args

from guard.core.intent import (
    Administer,
    Approve,
    Asset,
    AssetKind,
    Authorization,
    Batch,
    Call,
    Delegate,
    Intent,
    Order,
    SafeCall,
    Transfer,
    inner_calls,
)
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN

TRANSFER = Transfer(token=TOKEN, owner=SENDER, recipient=FRIEND, amount=1)
CALL = Call(actor=SENDER, to=TOKEN, value=0, data_size=68, selector="0xa9059cbb", intent=TRANSFER)
APPROVE = Approve(token=TOKEN, owner=SENDER, spender=FRIEND, amount=1, form="approve")
HALF_OF_A_PIECE = Asset(kind=AssetKind.ERC20, token=TOKEN, amount=5)


def order(taker: object) -> Order:
    return Order(
        market=TOKEN,
        offerer=SENDER,
        gives=(HALF_OF_A_PIECE,),
        payouts=(),
        taker=taker,  # type: ignore[arg-type]
        expires_at=None,
        form="seaport",
    )


def administer(subject: object) -> Administer:
    return Administer(contract=TOKEN, action="transfer the ownership", subject=subject)  # type: ignore[arg-type]


def safe_call(call: Call) -> SafeCall:
    return SafeCall(
        safe=STRANGER, call=call, gas_token=None, gas_price=0, refund_receiver=None, form="execTransaction"
    )


def authorization(delegate: object) -> Authorization:
    return Authorization(chain_id=1, delegate=delegate, nonce=0, authority=None)  # type: ignore[arg-type]


def test_every_kind_of_intent_has_a_word_of_its_own() -> None:
    kinds = [kind.kind for kind in get_args(Intent)]
    assert len(set(kinds)) == len(kinds) == 16


def test_a_wrapper_holds_its_calls_and_everything_else_none() -> None:
    delegate = Delegate(authorizations=(), call=CALL)
    assert [
        inner_calls(intent)
        for intent in (
            Batch(form="multicall", calls=(CALL, CALL)),
            safe_call(CALL),
            delegate,
            Delegate(authorizations=(), call=None),
            TRANSFER,
        )
    ] == [(CALL, CALL), (CALL,), (CALL,), (), ()]
