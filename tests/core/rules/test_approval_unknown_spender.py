from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.evidence import Acquaintance, Counterparty, Missing, Observed
from guard.core.intent import ApproveAll, AssetKind
from guard.core.rules.approval_unknown_spender import RULE
from guard.core.rules.examples import (
    CALLING,
    COLLECTION,
    PIECES,
    ROUTER,
    SENDER,
    STATE,
    TOKEN,
    acts_subject,
    approval,
    told,
)
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels


@pytest.mark.parametrize(
    ("acquaintance", "expected"),
    [
        (Acquaintance.CONTACT, []),
        (Acquaintance.OWN_ACCOUNT, []),
        (Acquaintance.PAID_BEFORE, [Severity.WARN]),
    ],
)
def test_an_exact_amount_is_quiet_to_a_contact_and_not_to_somebody_who_was_paid_once(
    acquaintance: Acquaintance, expected: list[Severity]
) -> None:
    known = Observed((Counterparty(address=ROUTER, acquaintance=acquaintance),), "book")
    assert levels(RULE, acts_subject(approval(), replace(CALLING, counterparties=known))) == expected


def test_a_stranger_is_named_with_what_it_may_take() -> None:
    (finding,) = asked(RULE, acts_subject(approval(amount=100), told(tokens={TOKEN: STATE})))
    assert finding.message == f"{ROUTER}, whom you do not know, may take 0.0001 USDC ({TOKEN}) from now on"
    assert (finding.counterparty, finding.facts["amount"]) == (ROUTER, 100)


def test_a_piece_is_named_as_one() -> None:
    subject = acts_subject(approval(amount=7, token=COLLECTION), told(tokens={COLLECTION: PIECES}))
    (finding,) = asked(RULE, subject)
    assert finding.facts["what"] == f"piece 7 of {COLLECTION}"


def test_0_is_a_taking_back_only_where_the_token_says_that_it_is_erc20() -> None:
    subject = acts_subject(approval(amount=0))
    kinds: list[AssetKind | None] = [AssetKind.ERC20, AssetKind.ERC721, AssetKind.ERC1155, None]
    found = [
        levels(RULE, replace(subject, evidence=told(tokens={TOKEN: replace(STATE, kind=kind)})))
        for kind in kinds
    ]
    assert found == [[], [Severity.WARN], [Severity.WARN], [Severity.WARN]]
    silent = replace(subject, evidence=replace(CALLING, tokens=Missing("the node is down")))
    assert RULE.id in {finding.rule for finding in asked(RULE, silent)}


def test_operators_have_a_rule_of_their_own() -> None:
    grant = ApproveAll(collection=COLLECTION, owner=SENDER, operator=ROUTER, approved=True)
    assert list(RULE.check(acts_subject(grant))) == []
