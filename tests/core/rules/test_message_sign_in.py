from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.evidence import Missing, Observed
from guard.core.intent import Message
from guard.core.rules.examples import EVIDENCE, MESSAGE, acts_subject, approval, signed_subject
from guard.core.rules.message_sign_in import RULE
from guard.core.signature_request import SignatureRequest
from guard.core.subject import Subject
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels

SIGN_IN = Message(text="sign in", size=7, domain="example.org", chain_id=1)


def signing(message: Message, *, chain_id: int | None = 1, node: int | None = 1) -> Subject:
    told = Observed(node, "node") if node is not None else Missing("the node is down")
    subject = signed_subject(message, replace(EVIDENCE, chain_id=told), content=MESSAGE)
    assert isinstance(subject.request, SignatureRequest)
    return replace(subject, request=replace(subject.request, chain_id=chain_id))


def test_the_site_is_named_and_another_chain_is_asked_about() -> None:
    (note,) = asked(RULE, signing(SIGN_IN))
    assert (note.severity, note.message) == (Severity.INFO, "this signs you in to example.org")
    (other,) = asked(RULE, signing(replace(SIGN_IN, chain_id=56)))
    assert (other.severity, other.message) == (
        Severity.WARN,
        "this signs you in to example.org on chain 56, and you are on 1",
    )


@pytest.mark.parametrize(
    ("chain_id", "node", "expected"),
    [(1, 56, Severity.INFO), (None, 56, Severity.WARN), (None, 1, Severity.INFO)],
)
def test_the_requests_own_chain_comes_before_the_nodes(
    chain_id: int | None, node: int, expected: Severity
) -> None:
    assert levels(RULE, signing(SIGN_IN, chain_id=chain_id, node=node)) == [expected]


def test_without_a_chain_there_is_nothing_to_compare() -> None:
    assert levels(RULE, signing(replace(SIGN_IN, chain_id=None))) == [Severity.INFO]
    found = asked(RULE, signing(SIGN_IN, chain_id=None, node=None))
    assert [finding.severity for finding in found if finding.rule == RULE.id] == [Severity.INFO]


def test_an_ordinary_text_and_everything_else_are_quiet() -> None:
    assert levels(RULE, signing(replace(SIGN_IN, domain=None))) == []
    assert list(RULE.check(acts_subject(approval()))) == []
