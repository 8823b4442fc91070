from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.evidence import Acquaintance, Counterparty, Evidence, Missing, Observed
from guard.core.intent import ApproveAll
from guard.core.rules import (
    approval_new_contract,
    approval_to_account_without_code,
    permit_new_contract,
    permit_to_account_without_code,
)
from guard.core.rules.examples import (
    AGELESS,
    COLLECTION,
    CONTRACT,
    PERSON,
    ROUTER,
    SENDER,
    YOUNG,
    acts_subject,
    approval,
    permit,
    signed_subject,
    told,
)
from guard.core.rules.rule import Rule
from guard.core.subject import Subject
from guard.core.verdict import Severity
from guard.core.world import AccountState
from tests.core.rules.asking import asked, levels

DELEGATED = replace(CONTRACT, code=bytes.fromhex("ef0100") + b"\x11" * 20)
INFO, WARN, BLOCK = Severity
PERSONS = (approval_to_account_without_code.RULE, permit_to_account_without_code.RULE)
NEWCOMERS = (approval_new_contract.RULE, permit_new_contract.RULE)
by_acquaintance = pytest.mark.parametrize("known", [None, *Acquaintance])


def of_spender(state: AccountState, known: Acquaintance | None) -> Evidence:
    parties = () if known is None else (Counterparty(address=ROUTER, acquaintance=known),)
    return replace(told(accounts={ROUTER: state}), counterparties=Observed(parties, "book"))


def subject_of(rule: Rule, evidence: Evidence) -> Subject:
    is_permit = rule.id.startswith("permit")
    return signed_subject(permit(), evidence) if is_permit else acts_subject(approval(), evidence)


@pytest.mark.parametrize("rule", PERSONS, ids=lambda rule: rule.id)
@pytest.mark.parametrize("state", [PERSON, DELEGATED])
def test_a_keys_account_is_blocked_asked_about_or_quiet_by_how_it_is_known(
    rule: Rule, state: AccountState
) -> None:
    found = {
        known: levels(rule, subject_of(rule, of_spender(state, known))) for known in (None, *Acquaintance)
    }
    assert found == {
        None: [BLOCK],
        Acquaintance.PAID_BEFORE: [BLOCK],
        Acquaintance.CONTACT: [WARN],
        Acquaintance.OWN_ACCOUNT: [],
    }


@pytest.mark.parametrize("rule", PERSONS, ids=lambda rule: rule.id)
def test_a_contract_and_an_account_that_nobody_told_of_are_quiet(rule: Rule) -> None:
    assert levels(rule, subject_of(rule, of_spender(CONTRACT, None))) == []
    assert levels(rule, subject_of(rule, told())) == []


@pytest.mark.parametrize("rule", PERSONS, ids=lambda rule: rule.id)
def test_without_the_contacts_a_keys_account_is_still_blocked(rule: Rule) -> None:
    silent = replace(of_spender(PERSON, Acquaintance.CONTACT), counterparties=Missing("locked"))
    assert {finding.rule: finding.severity for finding in asked(rule, subject_of(rule, silent))} == {
        rule.id: BLOCK,
        "evidence.missing": WARN,
    }


def test_an_operator_without_code_is_blocked_too() -> None:
    grant = ApproveAll(collection=COLLECTION, owner=SENDER, operator=ROUTER, approved=True)
    subject = acts_subject(grant, of_spender(PERSON, None))
    assert levels(approval_to_account_without_code.RULE, subject) == [BLOCK]


@pytest.mark.parametrize("rule", NEWCOMERS, ids=lambda rule: rule.id)
def test_a_new_contract_is_asked_about_unless_the_user_chose_to_know_it(rule: Rule) -> None:
    found = {
        known: levels(rule, subject_of(rule, of_spender(YOUNG, known))) for known in (None, *Acquaintance)
    }
    assert found == {
        None: [WARN],
        Acquaintance.PAID_BEFORE: [WARN],
        Acquaintance.CONTACT: [INFO],
        Acquaintance.OWN_ACCOUNT: [INFO],
    }


@pytest.mark.parametrize("rule", NEWCOMERS, ids=lambda rule: rule.id)
@by_acquaintance
def test_an_age_that_nobody_told_is_noted_of_a_stranger(rule: Rule, known: Acquaintance | None) -> None:
    expected = [INFO] if known in (None, Acquaintance.PAID_BEFORE) else []
    assert levels(rule, subject_of(rule, of_spender(AGELESS, known))) == expected


@pytest.mark.parametrize("rule", NEWCOMERS, ids=lambda rule: rule.id)
def test_old_contracts_persons_and_accounts_nobody_told_of_are_not_new(rule: Rule) -> None:
    for evidence in (of_spender(CONTRACT, None), of_spender(PERSON, None), told()):
        assert levels(rule, subject_of(rule, evidence)) == []


def test_the_words_name_the_age_that_the_policy_asks_for() -> None:
    subject = subject_of(approval_new_contract.RULE, of_spender(YOUNG, None))
    (finding,) = asked(approval_new_contract.RULE, subject)
    assert finding.message.endswith("is a contract with no code 3 days ago")
