from __future__ import annotations

import pytest

from guard.core.address import Address
from guard.core.rules.delegate_every_chain import RULE
from guard.core.rules.examples import STRANGER, delegating
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask


def test_an_authorization_of_chain_0_is_refused() -> None:
    assert ask(RULE, delegating(STRANGER, chain_id=0)) == (
        Finding(
            rule="delegate.every-chain",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=f"the authorization for {STRANGER} names chain 0: it holds on every chain",
            advice="do not sign; a wallet that means one chain names it",
            facts={"delegate": STRANGER},
            counterparty=STRANGER,
        ),
    )


@pytest.mark.parametrize(("delegate", "chain_id"), [(STRANGER, 1), (Address.from_bytes(bytes(20)), 0)])
def test_one_chain_and_a_delegation_that_is_taken_back_are_quiet(delegate: Address, chain_id: int) -> None:
    assert ask(RULE, delegating(delegate, chain_id=chain_id)) == ()
