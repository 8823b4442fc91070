from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.policy import Policy
from guard.core.rules.examples import FRIEND, STRANGER, TOKEN, TRANSFER, knowing, token_transfer
from guard.core.rules.policy_strangers import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask


@pytest.mark.parametrize("level", [Severity.WARN, Severity.BLOCK])
def test_every_party_that_is_not_known_is_named_at_the_policys_level(level: Severity) -> None:
    assert ask(RULE, token_transfer(STRANGER), policy=Policy(strangers=level)) == tuple(
        Finding(
            rule="policy.strangers",
            severity=level,
            confidence=Confidence.HIGH,
            message=f"{address} takes part and is not known, and this policy wants only known ones",
            advice="add it to the contacts if you mean it",
            facts={"address": address},
            counterparty=address,
        )
        for address in sorted((STRANGER, TOKEN))
    )


def test_known_parties_and_a_policy_that_does_not_ask_are_quiet() -> None:
    strict = Policy(strangers=Severity.BLOCK)
    assert ask(RULE, token_transfer(FRIEND), knowing(TOKEN), strict) == ()
    assert ask(RULE, replace(TRANSFER, to=STRANGER)) == ()
