"""What an account committed itself to: each nonce once, as the dearest of its rivals, over any time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.journal import SendRecord, SendState
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN, TRANSFER, call, token_transfer
from guard.core.signature_request import PersonalMessage, SignatureRequest, signature_digest
from guard.core.spending import (
    NOTHING_SPENT,
    Commitment,
    Spending,
    commitments,
    payload_of,
    signature_commitment,
)
from tests.core.test_rivals import send
from tests.core.values import MARKET

FEE = MARKET.max_fee_wei or 0


def one(state: SendState, *, nonce: int = 7, value: int = 100, is_final: bool = False) -> SendRecord:
    return send("first", state, request=replace(MARKET, nonce=nonce, value=value), is_final=is_final)


def spent_wei(records: list[SendRecord]) -> int:
    return Spending(commitments=commitments(records), next_nonce=None).wei_since(-1)


def test_nothing_costs_nothing() -> None:
    assert spent_wei([]) == 0
    assert Spending(commitments=(), next_nonce=None) == NOTHING_SPENT


def test_every_nonce_costs_its_value_and_its_maximum_fee() -> None:
    states = (SendState.SIGNED, SendState.REFUSED, SendState.BROADCAST, SendState.MINED, SendState.REVERTED)
    sends = [one(state, nonce=nonce) for nonce, state in enumerate(states)]
    assert spent_wei(sends) == len(states) * (100 + FEE)


def test_f8_rivals_are_counted_once_as_the_dearest_until_the_end_is_final() -> None:
    dear, cheap = one(SendState.REPLACED, value=1000), one(SendState.MINED, value=1)
    assert spent_wei([dear, cheap]) == 1000 + FEE
    assert spent_wei([replace(dear, is_final=True), replace(cheap, is_final=True)]) == 1 + FEE


def test_what_a_wallet_elsewhere_has_is_nobodys_rival() -> None:
    handed = [replace(one(SendState.HANDED, value=value), id=name) for name, value in (("a", 10), ("b", 20))]
    assert spent_wei([*handed, one(SendState.MINED, value=1, is_final=True)]) == 31 + 3 * FEE


def test_a_nonce_that_finally_went_to_somebody_else_costs_nothing() -> None:
    assert spent_wei([one(SendState.REPLACED)]) == 100 + FEE
    assert spent_wei([one(SendState.REPLACED, is_final=True)]) == 0


def test_a_request_without_a_fee_counts_its_value() -> None:
    assert spent_wei([send("first", request=replace(MARKET, fee=None, value=5))]) == 5


def test_a_nonce_is_as_young_as_the_last_signature_for_it() -> None:
    first, second = one(SendState.REPLACED), one(SendState.MINED)
    found = commitments([replace(first, signed_at=90), replace(second, signed_at=40)])
    assert [commitment.at for commitment in found] == [90]
    lost = replace(first, signed_at=90, is_final=True)
    assert [commitment.at for commitment in commitments([lost, replace(second, signed_at=40)])] == [90]
    assert commitments([replace(first, signed_at=None)])[0].at == 0


def test_commitments_stand_in_the_order_of_their_time() -> None:
    sends = [replace(one(SendState.SIGNED, nonce=nonce), signed_at=at) for nonce, at in ((1, 30), (2, 10))]
    assert [commitment.at for commitment in commitments(sends)] == [10, 30]


def test_rivals_commit_to_the_most_of_each_token_and_to_the_payload_of_each() -> None:
    requests = (
        token_transfer(FRIEND, 5),
        token_transfer(STRANGER, 9),
        call(TOKEN, "approve(address,uint256)", FRIEND, 7),
        replace(MARKET, sender=SENDER),
    )
    rivals = [send("first", request=replace(each, nonce=7)) for each in requests]
    (found,) = commitments(rivals)
    assert found.tokens == {TOKEN: 9}
    assert found.payloads == {payload_of(each) for each in requests}


@pytest.mark.parametrize(
    ("since", "wei", "tokens", "repeats"), [(9, 7, 30, 2), (10, 4, 20, 1), (20, 0, 0, 0)]
)
def test_a_window_holds_what_was_signed_after_its_beginning(
    since: int, wei: int, tokens: int, repeats: int
) -> None:
    same = frozenset({"same", "other"})
    spending = Spending(
        commitments=(
            Commitment(at=10, wei=3, tokens={TOKEN: 10}, payloads=same),
            Commitment(at=20, wei=4, tokens={TOKEN: 20, FRIEND: 1}, payloads=same),
        ),
        next_nonce=None,
    )
    told = (
        spending.wei_since(since),
        spending.tokens_since(TOKEN, since),
        spending.repeats_since("same", since),
    )
    assert told == (wei, tokens, repeats)
    assert spending.repeats_since("another", since) == 0


def test_a_payload_is_whom_how_much_and_which_data_and_nothing_else() -> None:
    same = replace(TRANSFER, nonce=99, fee=None, gas_limit=None)
    assert payload_of(same) == payload_of(TRANSFER)
    # A creation whose value and data are, byte for byte, the recipient and the value of the payment.
    joined = bytes.fromhex(FRIEND[2:]) + TRANSFER.value.to_bytes(32, "big")
    others = [
        replace(TRANSFER, to=None, value=int.from_bytes(joined[:32], "big"), data=joined[32:]),
        replace(TRANSFER, to=STRANGER),
        replace(TRANSFER, to=None),
        replace(TRANSFER, value=1),
        replace(TRANSFER, data=b"\x00"),
        replace(TRANSFER, to=None, value=0, data=bytes.fromhex(FRIEND[2:])),
        replace(TRANSFER, value=0),
    ]
    assert len({payload_of(each) for each in (TRANSFER, *others)}) == len(others) + 1


def test_a_signature_commits_to_what_others_may_take_by_it() -> None:
    request = SignatureRequest(sender=SENDER, content=PersonalMessage(data=b"hello"), chain_id=1)
    expected = Commitment(at=5, payloads=frozenset({signature_digest(request)}))
    assert signature_commitment(request, 5) == expected
