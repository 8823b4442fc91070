from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.rules.approval_excessive import RULE
from guard.core.rules.examples import (
    COLLECTION,
    PIECES,
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

TOLD = told(tokens={TOKEN: STATE})


@pytest.mark.parametrize(("units", "fires"), [(9_999, False), (10_000, True)])
def test_ten_times_what_is_held_is_asked_about(units: int, fires: bool) -> None:
    findings = asked(RULE, acts_subject(approval(amount=units * UNIT), TOLD))
    assert bool(findings) is fires


def test_it_names_spender_amount_and_what_is_held() -> None:
    (finding,) = asked(RULE, acts_subject(approval(amount=10_000 * UNIT), TOLD))
    assert finding.facts == {
        "spender": ROUTER,
        "token": TOKEN,
        "amount": 10_000 * UNIT,
        "what": f"10000 USDC ({TOKEN})",
        "held": 1_000 * UNIT,
        "multiple": 10,
    }


def test_who_holds_nothing_is_asked_about_any_amount_and_a_known_spender_is_noted() -> None:
    empty = told(tokens={TOKEN: replace(STATE, balances={SENDER: 0})})
    assert levels(RULE, acts_subject(approval(amount=1), empty)) == [Severity.WARN]
    assert levels(RULE, acts_subject(approval(amount=1), knowing(ROUTER, evidence=empty))) == [Severity.INFO]
    assert levels(RULE, acts_subject(approval(amount=0), empty)) == []


def test_pieces_untold_balances_and_what_has_no_limit_are_left_to_others() -> None:
    piece = acts_subject(
        approval(amount=10**9, token=COLLECTION),
        told(tokens={COLLECTION: replace(PIECES, balances={SENDER: 1})}),
    )
    untold = acts_subject(approval(amount=10**15), told(tokens={TOKEN: replace(STATE, balances={})}))
    unlimited = acts_subject(approval(amount=2**200), TOLD)
    assert [levels(RULE, one) for one in (piece, untold, unlimited)] == [[], [], []]
