from __future__ import annotations

from guard.core.intent import ApproveAll, Transfer
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN
from tests.core.decode.calling import intent_of


def test_an_operator_is_given_and_taken_the_right_over_all_tokens() -> None:
    given = ApproveAll(collection=TOKEN, owner=SENDER, operator=STRANGER, approved=True)
    taken = ApproveAll(collection=TOKEN, owner=SENDER, operator=STRANGER, approved=False)
    assert intent_of("authorizeOperator(address)", STRANGER) == given
    assert intent_of("revokeOperator(address)", STRANGER) == taken


def test_tokens_are_sent_by_their_holder_or_by_an_operator() -> None:
    assert intent_of("send(address,uint256,bytes)", FRIEND, 5, b"note") == Transfer(
        token=TOKEN, owner=SENDER, recipient=FRIEND, amount=5
    )
    signature = "operatorSend(address,address,uint256,bytes,bytes)"
    assert intent_of(signature, STRANGER, FRIEND, 5, b"", b"note") == Transfer(
        token=TOKEN, owner=STRANGER, recipient=FRIEND, amount=5
    )
