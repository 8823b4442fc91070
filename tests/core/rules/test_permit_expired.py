from __future__ import annotations

import pytest

from guard.core.intent import Batch
from guard.core.rules.examples import NOW, ROUTER, acts_subject, call_doing, permit, signed_subject
from guard.core.rules.permit_expired import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels


@pytest.mark.parametrize(("deadline", "fires"), [(0, True), (NOW - 1, True), (NOW, False), (None, False)])
def test_a_deadline_that_has_passed_is_asked_about(deadline: int | None, fires: bool) -> None:
    assert levels(RULE, signed_subject(permit(deadline=deadline))) == [Severity.WARN] * fires


def test_it_tells_how_long_ago_and_where() -> None:
    inner = call_doing(permit(deadline=NOW - 60))
    (finding,) = asked(RULE, acts_subject(Batch(form="multicall", calls=(inner,))))
    assert (finding.facts, finding.path) == (
        {"spender": ROUTER, "deadline": NOW - 60, "seconds": 60},
        (1,),
    )
