from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.intent import Grant, Intent
from guard.core.policy import Policy
from guard.core.rules.examples import DAY, NOW, ROUTER, TOKEN, acts_subject, approval, permit, signed_subject
from guard.core.rules.permit_long_lived import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels

LIMIT = NOW + 30 * DAY


def granting(*ends: int | None, form: str = "permit2") -> Intent:
    grants = tuple(Grant(token=TOKEN, amount=1, expires_at=end) for end in ends)
    return permit(grants=grants, form=form)


@pytest.mark.parametrize(
    ("intent", "fires"),
    [
        (permit(deadline=LIMIT), False),
        (permit(deadline=LIMIT + 1), True),
        (permit(deadline=2**256 - 1), True),
        (permit(deadline=None), True),
        (permit(deadline=None, amount=0), False),
        (permit(), False),
        (granting(LIMIT), False),
        (granting(LIMIT, LIMIT + 1), True),
        (granting(2**48 - 1), True),
        (granting(None), True),
        (granting(None, form="permit2-transfer"), False),
        (granting(None, form="dai-permit"), False),
        (approval(form="permit2-approve", expires_at=LIMIT), False),
        (approval(form="permit2-approve", expires_at=LIMIT + 1), True),
        (approval(form="permit2-approve", expires_at=None), True),
        (approval(form="permit2-approve", expires_at=None, amount=0), False),
        (approval(), False),
    ],
)
def test_what_ends_later_than_the_policy_lets_pass_is_asked_about(intent: Intent, fires: bool) -> None:
    assert levels(RULE, acts_subject(intent)) == [Severity.WARN] * fires
    assert levels(RULE, signed_subject(intent)) == [Severity.WARN] * fires


def test_the_latest_of_several_ends_is_told() -> None:
    (finding,) = asked(RULE, signed_subject(granting(NOW + 40 * DAY, NOW + 50 * DAY, NOW)))
    assert (finding.facts["how_long"], finding.facts["ends_at"]) == ("for 50 days", NOW + 50 * DAY)
    (endless,) = asked(RULE, signed_subject(granting(NOW + 40 * DAY, None)))
    assert endless.message == (f"what {ROUTER} is given holds for ever; the policy lets 30 days pass")


def test_the_policy_says_how_many_days_pass() -> None:
    subject = signed_subject(permit(deadline=NOW + 2 * DAY))
    assert levels(RULE, replace(subject, policy=Policy(grant_days=1))) == [Severity.WARN]
