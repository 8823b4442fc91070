from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.address import Address
from guard.core.evidence import Acquaintance, Counterparty, Observed
from guard.core.request import TransactionRequest
from guard.core.rules.examples import (
    ETHER,
    EVIDENCE,
    FRIEND,
    NOW,
    ROUTER,
    SENDER,
    STRANGER,
    TOKEN,
    call,
)
from guard.core.rules.swap_recipient import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask


def swapping(recipient: Address) -> TransactionRequest:
    signature = "swapExactETHForTokens(uint256,address[],address,uint256)"
    return call(ROUTER, signature, 5, (STRANGER, TOKEN), recipient, NOW, value=ETHER)


@pytest.mark.parametrize(("recipient", "severity"), [(STRANGER, Severity.BLOCK), (FRIEND, Severity.INFO)])
def test_proceeds_to_a_stranger_are_refused_and_to_a_contact_noted(
    recipient: Address, severity: Severity
) -> None:
    assert ask(RULE, swapping(recipient)) == (
        Finding(
            rule="swap.recipient",
            severity=severity,
            confidence=Confidence.HIGH,
            message=f"what is swapped for at {ROUTER} would go to {recipient}, not to you",
            advice="do not sign, unless you mean to swap for them",
            facts={"recipient": recipient, "venue": ROUTER},
            counterparty=recipient,
        ),
    )


def test_the_sender_an_account_of_yours_and_the_venue_itself_are_quiet() -> None:
    own = Counterparty(address=STRANGER, acquaintance=Acquaintance.OWN_ACCOUNT, name="savings")
    evidence = replace(EVIDENCE, counterparties=Observed((own,), "key files"))
    assert [ask(RULE, swapping(recipient), evidence) for recipient in (SENDER, STRANGER, ROUTER)] == [
        (),
        (),
        (),
    ]
