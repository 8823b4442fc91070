from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.address import NOBODY
from guard.core.intent import (
    AllowanceChange,
    Approve,
    ApproveAll,
    Batch,
    Delegate,
    Deploy,
    Grant,
    Intent,
    Invoke,
    Message,
    NftTransfer,
    OpaqueHash,
    Permit,
    Swap,
    Unknown,
)
from guard.core.parties import trusted
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN
from tests.core.test_intent import APPROVE, CALL, TRANSFER, administer, authorization, order, safe_call


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        (TRANSFER, (FRIEND,)),
        (
            NftTransfer(collection=TOKEN, owner=SENDER, recipient=STRANGER, token_ids=(7,), amounts=(1,)),
            (STRANGER,),
        ),
        (
            Swap(venue=TOKEN, gives=None, receives=None, recipient=FRIEND, expires_at=None, form="1inch"),
            (FRIEND,),
        ),
        (APPROVE, (FRIEND,)),
        (
            Approve(
                token=TOKEN,
                owner=SENDER,
                spender=FRIEND,
                amount=1,
                change=AllowanceChange.DECREASE,
                form="decrease",
            ),
            (),
        ),
        (replace(APPROVE, spender=NOBODY), ()),
        (replace(APPROVE, amount=0, form="permit2-approve"), ()),
        (replace(APPROVE, form="permit2-approve"), (FRIEND,)),
        # Which may be piece 0 of a collection.
        (replace(APPROVE, amount=0), (FRIEND,)),
        (ApproveAll(collection=TOKEN, owner=SENDER, operator=FRIEND, approved=True), (FRIEND,)),
        (ApproveAll(collection=TOKEN, owner=SENDER, operator=FRIEND, approved=False), ()),
        (
            Permit(
                owner=SENDER,
                spender=STRANGER,
                grants=(Grant(token=TOKEN, amount=1, expires_at=None),),
                deadline=None,
                form="permit",
            ),
            (STRANGER,),
        ),
        (order(FRIEND), (FRIEND,)),
        (order(None), ()),
        (administer(FRIEND), (FRIEND,)),
        (administer(None), ()),
        (replace(administer(FRIEND), takes_away=True), ()),
        (
            Delegate(authorizations=(authorization(FRIEND), authorization(STRANGER)), call=None),
            (FRIEND, STRANGER),
        ),
        (Delegate(authorizations=(authorization(NOBODY), authorization(FRIEND)), call=None), (FRIEND,)),
        (safe_call(CALL), ()),
        (Batch(form="multicall", calls=(CALL,)), ()),
        (Deploy(code_size=2, value=0), ()),
        (Invoke(function="claim()"), ()),
        (Message(text="hello", size=5), ()),
        (OpaqueHash(hash="0x" + "00" * 32, form="eth_sign"), ()),
        (Unknown(reason="junk", selector=None), ()),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_an_intent_names_whom_it_pays_or_gives_a_right_to(intent: Intent, expected: tuple[str, ...]) -> None:
    assert trusted(intent) == expected
