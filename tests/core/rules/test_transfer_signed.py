from __future__ import annotations

from dataclasses import replace

from guard.core.intent import SafeCall, Transfer
from guard.core.rules.examples import (
    DAY,
    FRIEND,
    NOW,
    SENDER,
    STRANGER,
    TOKEN,
    WALLET,
    acts_subject,
    approval,
    call_doing,
    knowing,
    signed_subject,
)
from guard.core.rules.transfer_signed import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels

SIGNED = Transfer(token=TOKEN, owner=SENDER, recipient=FRIEND, amount=5, expires_at=NOW + 3600)
INFO, WARN = Severity.INFO, Severity.WARN


def test_to_somebody_known_within_the_policys_days_it_is_noted() -> None:
    (finding,) = asked(RULE, signed_subject(SIGNED))
    assert (finding.severity, finding.counterparty, finding.facts) == (
        INFO,
        FRIEND,
        {"token": TOKEN, "recipient": FRIEND, "amount": 5, "how_long": "for less than a day"},
    )


def test_to_a_stranger_or_for_long_it_is_asked_about() -> None:
    stranger = replace(SIGNED, recipient=STRANGER)
    assert levels(RULE, signed_subject(stranger)) == [WARN]
    assert levels(RULE, signed_subject(stranger, knowing(STRANGER))) == [INFO]
    for end in (None, NOW + 31 * DAY):
        assert levels(RULE, signed_subject(replace(SIGNED, expires_at=end))) == [WARN]


def test_one_that_is_handed_in_is_seen_and_an_ordinary_transfer_is_not() -> None:
    assert levels(RULE, acts_subject(SIGNED)) == [INFO]
    assert levels(RULE, acts_subject(replace(SIGNED, expires_at=None))) == []


def test_an_approval_moves_nothing() -> None:
    assert list(RULE.check(acts_subject(approval()))) == []


def test_what_a_wallet_contract_is_to_carry_out_is_bound_to_its_own_count() -> None:
    inner = call_doing(replace(SIGNED, owner=WALLET, expires_at=None), actor=WALLET)
    wallets = SafeCall(
        safe=WALLET, call=inner, gas_token=None, gas_price=0, refund_receiver=None, form="SafeTx"
    )
    assert levels(RULE, signed_subject(wallets)) == []
    timed = replace(wallets, call=replace(inner, intent=SIGNED))
    assert levels(RULE, signed_subject(timed)) == [INFO]
