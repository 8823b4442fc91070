"""Who is involved in a request, and who only loses a right by it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.act import flatten
from guard.core.address import Address
from guard.core.decode import read
from guard.core.evidence import Evidence, Missing
from guard.core.policy import Policy
from guard.core.reputation import Listing, Standing
from guard.core.rules import listing_malicious
from guard.core.rules.examples import COLLECTION, EVIDENCE, NOW, PIECES, STATE, STRANGER, TOKEN, told
from guard.core.subject import Subject
from tests.core.decode.calling import call, calldata

APPROVE = "approve(address,uint256)"
LINE = Listing(list_name="t", standing=Standing.MALICIOUS, label="", source="file", as_of=NOW)
KNOWN = told(tokens={TOKEN: STATE, COLLECTION: PIECES}, listings={STRANGER: (LINE,)})


def subject(signature: str, *values: object, to: Address = TOKEN, evidence: Evidence = KNOWN) -> Subject:
    request = call(signature, *values, to=to)
    acts = flatten(read(request))
    return Subject(request=request, acts=acts, evidence=evidence, policy=Policy(), now=NOW)


def test_who_loses_an_allowance_is_not_involved_whatever_the_lists_say() -> None:
    ends = subject(APPROVE, STRANGER, 0)
    assert (ends.deprived, ends.involved) == ({STRANGER}, (TOKEN,))
    assert list(listing_malicious.RULE.check(ends)) == []


@pytest.mark.parametrize(
    "gives",
    [
        subject(APPROVE, STRANGER, 1),
        subject(APPROVE, STRANGER, 0, to=COLLECTION),
        subject(APPROVE, STRANGER, 0, evidence=replace(KNOWN, tokens=EVIDENCE.tokens)),
        subject(APPROVE, STRANGER, 0, evidence=replace(KNOWN, tokens=Missing("no node"))),
        subject("transfer(address,uint256)", STRANGER, 0),
    ],
    ids=["of one", "of piece 0", "of what nobody knows", "without a node", "a transfer"],
)
def test_whoever_may_gain_by_it_is_involved_and_looked_up(gives: Subject) -> None:
    assert (gives.deprived, STRANGER in gives.involved) == (set(), True)
    assert len(list(listing_malicious.RULE.check(gives))) == 1


def test_who_loses_one_right_and_gains_another_is_involved() -> None:
    pair = [calldata(APPROVE, STRANGER, 0), calldata("transfer(address,uint256)", STRANGER, 5)]
    both = subject("multicall(bytes[])", pair)
    assert (both.deprived, both.involved) == (set(), (TOKEN, STRANGER))
