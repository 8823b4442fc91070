from __future__ import annotations

from typing import get_args

import pytest

from guard.core.intent import Deploy, Intent, Transfer, Unknown, beneficiary
from guard.core.rules.examples import FRIEND, SENDER, TOKEN


def test_every_kind_of_intent_has_a_word_of_its_own() -> None:
    assert [kind.kind for kind in get_args(Intent)] == ["transfer", "deploy", "unknown"]


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        (Transfer(token=None, owner=SENDER, recipient=FRIEND, amount=1), FRIEND),
        (Transfer(token=TOKEN, owner=SENDER, recipient=FRIEND, amount=1), FRIEND),
        (Unknown(reason="junk", selector=None), TOKEN),
    ],
)
def test_the_beneficiary_is_a_transfers_recipient_otherwise_the_account_called(
    intent: Intent, expected: str
) -> None:
    assert beneficiary(intent, TOKEN) == expected


def test_a_creation_has_no_beneficiary() -> None:
    assert beneficiary(Deploy(code_size=2, value=0), None) is None
