from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.evidence import Acquaintance, Counterparty, Observed
from guard.core.policy import Policy
from guard.core.request import TransactionRequest
from guard.core.rules.examples import (
    ETHER,
    EVIDENCE,
    FRIEND,
    SENDER,
    STRANGER,
    TOKEN,
    TRANSFER,
    token_transfer,
)
from guard.core.rules.recipient_first_time import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask

LIMIT = ETHER // 20


def first(amount: str, value: int, severity: Severity) -> tuple[Finding, ...]:
    return (
        Finding(
            rule="recipient.first-time",
            severity=severity,
            confidence=Confidence.HIGH,
            message=(
                f"{amount} would be the first payment to {STRANGER}; the limit for strangers is 0.05 ether"
            ),
            advice="compare the whole address with its source, or send a small amount first",
            facts={
                "recipient": STRANGER,
                "amount": amount,
                "amount_wei": value,
                "limit": "0.05 ether",
                "limit_wei": LIMIT,
            },
            counterparty=STRANGER,
        ),
    )


def test_up_to_the_limit_for_strangers_a_first_payment_is_a_note() -> None:
    request = replace(TRANSFER, to=STRANGER, value=LIMIT)
    assert ask(RULE, request) == first("0.05 ether", LIMIT, Severity.INFO)


def test_one_wei_above_it_a_person_is_asked() -> None:
    request = replace(TRANSFER, to=STRANGER, value=LIMIT + 1)
    assert ask(RULE, request) == first("0.050000000000000001 ether", LIMIT + 1, Severity.WARN)


def test_a_token_to_a_stranger_is_always_asked_about() -> None:
    assert ask(RULE, token_transfer(STRANGER, amount=1)) == first("a token", 0, Severity.WARN)


def test_a_limit_of_zero_asks_about_every_first_payment() -> None:
    request = replace(TRANSFER, to=STRANGER, value=1)
    (finding,) = ask(RULE, request, policy=Policy(stranger_limit_wei=0))
    assert finding.severity is Severity.WARN


@pytest.mark.parametrize("acquaintance", list(Acquaintance))
def test_whoever_the_user_knows_is_no_stranger(acquaintance: Acquaintance) -> None:
    known = Observed((Counterparty(address=STRANGER, acquaintance=acquaintance),), "book")
    evidence = replace(EVIDENCE, counterparties=known)
    assert ask(RULE, replace(TRANSFER, to=STRANGER, value=ETHER), evidence) == ()
    assert ask(RULE, token_transfer(STRANGER), evidence) == ()


@pytest.mark.parametrize(
    "request_",
    [
        replace(TRANSFER, value=100 * ETHER),
        replace(TRANSFER, to=SENDER, value=ETHER),
        token_transfer(SENDER),
        replace(TRANSFER, to=None, data=b"\x60", value=ETHER),
    ],
)
def test_a_contact_oneself_and_a_creation_are_quiet(request_: TransactionRequest) -> None:
    assert ask(RULE, request_) == ()


def test_a_known_token_does_not_make_its_unknown_recipient_known() -> None:
    known = Observed((Counterparty(address=TOKEN, acquaintance=Acquaintance.CONTACT),), "book")
    assert len(ask(RULE, token_transfer(STRANGER), replace(EVIDENCE, counterparties=known))) == 1


def test_the_contract_of_a_call_that_cannot_be_read_counts_as_its_recipient() -> None:
    (finding,) = ask(RULE, replace(TRANSFER, to=TOKEN, value=0, data=b"junk"))
    assert (finding.facts["recipient"], finding.severity) == (TOKEN, Severity.INFO)
    assert ask(RULE, replace(TRANSFER, to=FRIEND, data=b"junk")) == ()
