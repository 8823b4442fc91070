from __future__ import annotations

from dataclasses import replace

from guard.core.evidence import Acquaintance, Counterparty, Observed
from guard.core.intent import SafeCall, Transfer
from guard.core.rules.examples import (
    EVIDENCE,
    FRIEND,
    SENDER,
    TRANSFER,
    WALLET,
    call_doing,
    knowing,
    permit,
    signed_subject,
    subject,
    typed,
)
from guard.core.rules.typed_own_account import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels

OWN = replace(
    EVIDENCE,
    counterparties=Observed(
        (Counterparty(address=WALLET, acquaintance=Acquaintance.OWN_ACCOUNT),), "keystore"
    ),
)
TO_WALLET = typed(verifying_contract=WALLET)


def test_data_for_the_signer_itself_is_blocked() -> None:
    (finding,) = asked(RULE, signed_subject(permit(), content=typed(verifying_contract=SENDER)))
    assert (finding.severity, finding.facts, finding.counterparty) == (
        Severity.BLOCK,
        {"contract": SENDER},
        SENDER,
    )


def test_data_for_another_account_of_the_users_is_blocked_unless_it_is_the_wallets_own_call() -> None:
    assert levels(RULE, signed_subject(permit(), OWN, content=TO_WALLET)) == [Severity.BLOCK]
    pay = Transfer(token=None, owner=WALLET, recipient=FRIEND, amount=1)
    call = SafeCall(
        safe=WALLET,
        call=call_doing(pay, to=FRIEND, actor=WALLET),
        gas_token=None,
        gas_price=0,
        refund_receiver=None,
        form="SafeTx",
    )
    assert levels(RULE, signed_subject(call, OWN, content=TO_WALLET)) == []
    assert levels(RULE, signed_subject(replace(call, safe=FRIEND), OWN, content=TO_WALLET)) == [
        Severity.BLOCK
    ]


def test_data_for_a_contact_for_nobody_and_a_transaction_are_quiet() -> None:
    assert levels(RULE, signed_subject(permit(), knowing(WALLET), content=TO_WALLET)) == []
    assert levels(RULE, signed_subject(permit(), content=typed(verifying_contract=None))) == []
    assert list(RULE.check(subject(TRANSFER))) == []
