from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.address import Address
from guard.core.evidence import Acquaintance, Counterparty, Observed
from guard.core.intent import Intent, NftTransfer, Transfer
from guard.core.rules.examples import (
    CALLING,
    COLLECTION,
    ROUTER,
    SENDER,
    STRANGER,
    TOKEN,
    acts_subject,
    call_doing,
    knowing,
)
from guard.core.rules.transfer_from_other import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels


def pull(owner: Address) -> Transfer:
    return Transfer(token=TOKEN, owner=owner, recipient=SENDER, amount=1)


@pytest.mark.parametrize(
    ("intent", "token"),
    [
        (pull(STRANGER), TOKEN),
        (
            NftTransfer(
                collection=COLLECTION, owner=STRANGER, recipient=SENDER, token_ids=(1,), amounts=(1,)
            ),
            COLLECTION,
        ),
    ],
)
def test_what_belongs_to_somebody_else_is_asked_about(intent: Intent, token: Address) -> None:
    (finding,) = asked(RULE, acts_subject(intent, knowing(STRANGER)))
    assert (finding.severity, finding.facts, finding.counterparty) == (
        Severity.WARN,
        {"owner": STRANGER, "recipient": SENDER, "token": token},
        STRANGER,
    )


def test_ones_own_the_wallets_that_acts_and_a_routers_that_pays_out_are_quiet() -> None:
    assert levels(RULE, acts_subject(pull(SENDER))) == []
    assert levels(RULE, acts_subject(call_doing(pull(ROUTER), actor=ROUTER))) == []
    assert levels(RULE, acts_subject(call_doing(pull(ROUTER), to=ROUTER))) == []
    own = Observed((Counterparty(address=STRANGER, acquaintance=Acquaintance.OWN_ACCOUNT),), "keystore")
    assert levels(RULE, acts_subject(pull(STRANGER), replace(CALLING, counterparties=own))) == []
