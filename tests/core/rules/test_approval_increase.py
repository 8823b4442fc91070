from __future__ import annotations

from dataclasses import replace

from guard.core.intent import AllowanceChange
from guard.core.rules.approval_increase import RULE
from guard.core.rules.examples import (
    ROUTER,
    SENDER,
    STATE,
    TOKEN,
    UNIT,
    acts_subject,
    approval,
    knowing,
    told,
)
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels

MORE = approval(change=AllowanceChange.INCREASE, form="increase")


def test_the_whole_that_may_be_taken_afterwards_is_told() -> None:
    """D9: increaseAllowance is named with its spender and its amount."""
    standing = replace(STATE, allowances={(SENDER, ROUTER): 900 * UNIT})
    (finding,) = asked(RULE, acts_subject(MORE, told(tokens={TOKEN: standing})))
    assert finding.message == (f"what {ROUTER} may take is raised, to 1000 USDC ({TOKEN}) as far as is known")
    assert (finding.severity, finding.counterparty, finding.facts["amount"]) == (
        Severity.WARN,
        ROUTER,
        100 * UNIT,
    )


def test_a_known_spenders_is_noted_and_other_changes_are_quiet() -> None:
    assert levels(RULE, acts_subject(MORE, knowing(ROUTER))) == [Severity.INFO]
    for other in (approval(), replace(MORE, change=AllowanceChange.DECREASE), replace(MORE, amount=0)):
        assert levels(RULE, acts_subject(other)) == []
