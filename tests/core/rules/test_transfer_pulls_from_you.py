from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.address import Address, keccak256
from guard.core.intent import Call, NftTransfer, Transfer
from guard.core.rules.examples import (
    COLLECTION,
    FRIEND,
    ROUTER,
    SENDER,
    STRANGER,
    TOKEN,
    acts_subject,
    call_doing,
    knowing,
)
from guard.core.rules.transfer_pulls_from_you import PULLS, RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels

MOVE = Transfer(token=TOKEN, owner=SENDER, recipient=STRANGER, amount=1)
PIECE = NftTransfer(collection=COLLECTION, owner=SENDER, recipient=STRANGER, token_ids=(1,), amounts=(1,))
PLAIN = replace(call_doing(MOVE), selector="0xa9059cbb")


def test_the_selectors_are_those_of_the_signatures() -> None:
    signatures = (
        "transferFrom(address,address,uint256)",
        "operatorSend(address,address,uint256,bytes,bytes)",
    )
    assert {"0x" + keccak256(text.encode())[:4].hex() for text in signatures} == PULLS


@pytest.mark.parametrize(
    ("call", "token"),
    [
        (replace(PLAIN, selector="0x23b872dd"), TOKEN),
        (replace(PLAIN, selector="0x62ad1b83"), TOKEN),
        (replace(PLAIN, to=ROUTER), TOKEN),
        (replace(PLAIN, actor=ROUTER), TOKEN),
        (call_doing(PIECE, to=ROUTER), COLLECTION),
    ],
)
def test_a_pull_to_a_stranger_is_asked_about_and_to_a_contact_it_is_quiet(call: Call, token: Address) -> None:
    (finding,) = asked(RULE, acts_subject(call))
    assert (finding.severity, finding.facts, finding.counterparty) == (
        Severity.WARN,
        {"token": token, "recipient": STRANGER},
        STRANGER,
    )
    assert levels(RULE, acts_subject(call, knowing(STRANGER))) == []


def test_a_plain_transfer_ether_and_what_is_somebody_elses_are_left_to_other_rules() -> None:
    others = (
        PLAIN,
        call_doing(PIECE, to=COLLECTION),
        call_doing(replace(MOVE, owner=FRIEND), actor=ROUTER),
        call_doing(Transfer(token=None, owner=SENDER, recipient=STRANGER, amount=1), actor=ROUTER),
    )
    assert [levels(RULE, acts_subject(call)) for call in others] == [[], [], [], []]
