from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.address import Address
from guard.core.evidence import Acquaintance, Counterparty, Evidence, Observed
from guard.core.intent import Batch, Call, NftTransfer, Transfer
from guard.core.policy import Policy
from guard.core.request import TransactionRequest
from guard.core.rules.examples import (
    CALLING,
    ETHER,
    EVIDENCE,
    FRIEND,
    ROUTER,
    SENDER,
    STRANGER,
    TOKEN,
    TRANSFER,
    acts_subject,
    approval,
    call_doing,
    token_transfer,
)
from guard.core.rules.recipient_first_time import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask, asked

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


def sending(*calls: Call, evidence: Evidence = CALLING) -> tuple[Finding, ...]:
    """Return what is found in a batch of a contact that makes these calls."""
    batch = Batch(form="multicall", calls=calls)
    return asked(RULE, acts_subject(call_doing(batch, to=FRIEND), evidence))


def ether_to(recipient: Address, value: int, actor: Address = SENDER) -> Call:
    pay = Transfer(token=None, owner=actor, recipient=recipient, amount=value)
    return call_doing(pay, to=recipient, value=value, actor=actor)


def test_small_payments_to_strangers_count_together() -> None:
    other = Address.from_bytes(b"\x51" * 20)
    together = sending(ether_to(STRANGER, LIMIT), ether_to(other, 1), ether_to(FRIEND, ETHER))
    assert [(finding.severity, finding.path) for finding in together] == [
        (Severity.WARN, (1,)),
        (Severity.WARN, (2,)),
    ]
    assert [finding.severity for finding in sending(ether_to(STRANGER, LIMIT))] == [Severity.INFO]


def test_a_piece_to_a_stranger_is_asked_about() -> None:
    piece = NftTransfer(collection=TOKEN, owner=SENDER, recipient=STRANGER, token_ids=(1,), amounts=(1,))
    assert [finding.severity for finding in sending(call_doing(piece))] == [Severity.WARN]


def test_the_contract_that_an_inner_call_pays_is_a_recipient() -> None:
    paid = call_doing(approval(FRIEND), to=TOKEN, value=ETHER)
    assert [finding.counterparty for finding in sending(paid)] == [TOKEN]
    assert sending(call_doing(approval(FRIEND), to=TOKEN)) == ()


def test_a_wallet_contract_that_pays_itself_is_no_stranger() -> None:
    assert sending(ether_to(ROUTER, ETHER, actor=ROUTER)) == ()


def test_ether_that_goes_along_with_the_call_itself_has_a_rule_of_its_own() -> None:
    assert ask(RULE, replace(TRANSFER, to=TOKEN, value=ETHER, data=b"junk")) == ()


def test_spenders_are_left_to_the_rules_on_approvals() -> None:
    assert asked(RULE, acts_subject(approval(STRANGER))) == ()
