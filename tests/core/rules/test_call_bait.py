from __future__ import annotations

import pytest

from guard.core.rules.call_bait import RULE
from guard.core.rules.examples import ETHER, FRIEND, STRANGER, call
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask


@pytest.mark.parametrize("function", ["claim()", "Claim()", "securityUpdate()", "connect()"])
def test_ether_that_goes_along_with_such_a_name_is_refused(function: str) -> None:
    assert ask(RULE, call(STRANGER, function, value=ETHER)) == (
        Finding(
            rule="call.bait",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=(
                f"1 ether would go along with {function} to {STRANGER}: a claim has no use for your ether"
            ),
            advice="do not sign",
            facts={
                "function": function,
                "contract": STRANGER,
                "amount": "1 ether",
                "amount_wei": ETHER,
            },
            counterparty=STRANGER,
        ),
    )


def test_no_ether_and_a_known_contract_are_quiet() -> None:
    assert ask(RULE, call(STRANGER, "claim()")) == ask(RULE, call(FRIEND, "claim()", value=1)) == ()
