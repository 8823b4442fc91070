from __future__ import annotations

from dataclasses import replace

from guard.core.evidence import Missing, Observed
from guard.core.intent import Authorization, Batch, Delegate
from guard.core.rules.examples import (
    CONTRACT,
    EVIDENCE,
    FRIEND,
    PERSON,
    ROUTER,
    STRANGER,
    TOKEN,
    TRANSFER,
    acts_subject,
    approval,
    call_doing,
    token_transfer,
    told,
)
from guard.core.rules.recipient_no_code import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask, asked


def test_calldata_to_an_account_without_code_is_blocked() -> None:
    assert ask(RULE, token_transfer(FRIEND)) == (
        Finding(
            rule="recipient.no-code",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=f"there is no contract at {TOKEN} on this chain to read the 68 bytes of calldata",
            advice="check on which chain the contract lives",
            facts={"recipient": TOKEN, "data_bytes": 68},
            counterparty=TOKEN,
        ),
    )


def test_calldata_to_a_contract_is_quiet() -> None:
    assert (
        ask(RULE, token_transfer(FRIEND), replace(EVIDENCE, recipient_code=Observed(b"\x60", "node"))) == ()
    )


def test_plain_ether_and_a_creation_are_quiet() -> None:
    assert ask(RULE) == ask(RULE, replace(TRANSFER, to=None, data=b"\x60")) == ()


def test_calldata_inside_of_a_batch_to_an_account_without_code_is_blocked_once() -> None:
    states = told(accounts={TOKEN: CONTRACT, STRANGER: PERSON})
    inner = tuple(call_doing(approval(), to=to) for to in (TOKEN, STRANGER, STRANGER, FRIEND))
    findings = asked(RULE, acts_subject(Batch(form="multicall", calls=inner), states))
    assert [(finding.counterparty, finding.path) for finding in findings] == [(STRANGER, (2,))]


def test_without_the_accounts_the_call_itself_is_still_looked_at() -> None:
    silent = replace(EVIDENCE, accounts=Missing("the node is slow"))
    assert {finding.rule for finding in ask(RULE, token_transfer(FRIEND), silent)} == {
        "recipient.no-code",
        "evidence.missing",
    }


def test_an_account_that_the_request_itself_lets_run_code_is_quiet() -> None:
    authorization = Authorization(chain_id=1, delegate=ROUTER, nonce=0, authority=STRANGER)
    inner = call_doing(approval(), to=STRANGER)
    states = told(accounts={STRANGER: PERSON})
    for authority, expected in ((STRANGER, 0), (None, 0), (FRIEND, 1)):
        delegate = Delegate(authorizations=(replace(authorization, authority=authority),), call=inner)
        subject = acts_subject(call_doing(delegate, to=ROUTER), states)
        assert len(asked(RULE, subject)) == expected
