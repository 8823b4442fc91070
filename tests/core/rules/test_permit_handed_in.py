from __future__ import annotations

from dataclasses import replace

from guard.core.evidence import Acquaintance, Counterparty, Observed
from guard.core.intent import Batch, Intent, NftTransfer, Transfer
from guard.core.rules.examples import (
    CALLING,
    COLLECTION,
    FRIEND,
    ROUTER,
    SENDER,
    STRANGER,
    TOKEN,
    acts_subject,
    call_doing,
    knowing,
    permit,
    signed_subject,
)
from guard.core.rules.permit_handed_in import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels

THEIRS = permit(SENDER, owner=STRANGER)
PULL = Transfer(token=TOKEN, owner=STRANGER, recipient=SENDER, amount=1)
PIECES = NftTransfer(collection=COLLECTION, owner=STRANGER, recipient=SENDER, token_ids=(1,), amounts=(1,))


def both(*intents: Intent) -> list[Severity]:
    calls = tuple(call_doing(intent) for intent in intents)
    return levels(RULE, acts_subject(Batch(form="multicall", calls=calls)))


def test_a_strangers_permit_is_asked_about_on_the_chain_and_in_a_signature() -> None:
    (finding,) = asked(RULE, acts_subject(THEIRS))
    assert (finding.severity, finding.counterparty, finding.facts) == (
        Severity.WARN,
        STRANGER,
        {"owner": STRANGER, "spender": SENDER, "also": ""},
    )
    assert levels(RULE, signed_subject(THEIRS)) == [Severity.WARN]


def test_a_permit_with_the_taking_beside_it_is_blocked() -> None:
    assert both(THEIRS, PULL) == both(PIECES, THEIRS) == [Severity.BLOCK]
    assert both(THEIRS, replace(PULL, owner=FRIEND)) == [Severity.WARN]


def test_ones_own_that_of_the_wallet_that_acts_and_of_an_own_account_are_quiet() -> None:
    assert levels(RULE, acts_subject(permit())) == []
    assert levels(RULE, acts_subject(call_doing(permit(owner=ROUTER), actor=ROUTER))) == []
    own = Observed((Counterparty(address=STRANGER, acquaintance=Acquaintance.OWN_ACCOUNT),), "keystore")
    assert levels(RULE, acts_subject(THEIRS, replace(CALLING, counterparties=own))) == []
    assert levels(RULE, acts_subject(THEIRS, knowing(STRANGER))) == [Severity.WARN]
