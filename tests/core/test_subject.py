from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from guard.core.evidence import Acquaintance, Counterparty, Observed
from guard.core.intent import Batch
from guard.core.rules.examples import (
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
    permit,
    signed_subject,
    subject,
)


def test_the_sender_is_known_and_nothing_that_is_said_of_it_changes_how() -> None:
    said = Counterparty(address=SENDER, acquaintance=Acquaintance.PAID_BEFORE)
    seen = subject(evidence=replace(EVIDENCE, counterparties=Observed((said,), "journal")))
    assert {address: party.acquaintance for address, party in seen.known().items()} == {
        SENDER: Acquaintance.OWN_ACCOUNT
    }


def test_the_first_of_two_that_say_who_somebody_is_counts() -> None:
    parties = tuple(
        Counterparty(address=FRIEND, acquaintance=how)
        for how in (Acquaintance.CONTACT, Acquaintance.PAID_BEFORE)
    )
    seen = subject(evidence=replace(EVIDENCE, counterparties=Observed(parties, "book")))
    assert seen.known()[FRIEND].acquaintance is Acquaintance.CONTACT


def test_what_is_worked_out_once_is_kept_and_is_no_part_of_the_value() -> None:
    one, other = subject(), subject()
    assert one.known() is one.known()
    assert one.rights is one.rights
    assert one == other
    with pytest.raises(FrozenInstanceError):
        one.now = 0  # type: ignore[misc]


def test_parties_are_named_once_with_the_act_that_names_them_first() -> None:
    inner = (call_doing(approval()), call_doing(approval(STRANGER)), call_doing(approval()))
    seen = acts_subject(call_doing(Batch(form="multicall", calls=inner), to=FRIEND))
    assert [(address, act.path) for act, address in seen.parties] == [
        (FRIEND, ()),
        (ROUTER, (1,)),
        (TOKEN, (1,)),
        (STRANGER, (2,)),
    ]


def test_a_creation_and_a_signature_call_nobody() -> None:
    assert subject(replace(TRANSFER, to=None)).parties == ()
    assert [address for _, address in signed_subject(permit()).parties] == [ROUTER]


def test_the_rights_are_those_that_the_acts_give() -> None:
    assert [right.spender for right in acts_subject(approval()).rights] == [ROUTER]
    assert subject().rights == ()
