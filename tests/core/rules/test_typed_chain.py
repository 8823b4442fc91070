from __future__ import annotations

import pytest

from guard.core.rules.examples import TRANSFER, permit, signed_subject, subject, typed
from guard.core.rules.typed_chain import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import asked, levels


def test_structured_data_for_another_chain_is_blocked() -> None:
    """D3: typed data for another chain than the active one is refused."""
    assert asked(RULE, signed_subject(permit(), content=typed(chain_id=56))) == (
        Finding(
            rule="typed.chain",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message="what would be signed holds on chain 56, and you are on chain 1",
            advice="change to that chain, and sign there what you can then see",
            facts={"chain": 56, "active_chain": 1},
        ),
    )


@pytest.mark.parametrize("chain_id", [1, None])
def test_the_active_chain_and_none_are_quiet(chain_id: int | None) -> None:
    assert levels(RULE, signed_subject(permit(), content=typed(chain_id=chain_id))) == []


def test_a_transaction_has_no_structured_data() -> None:
    assert list(RULE.check(subject(TRANSFER))) == []
