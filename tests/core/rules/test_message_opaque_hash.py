from __future__ import annotations

import pytest

from guard.core.intent import OpaqueHash
from guard.core.policy import Policy
from guard.core.review import review
from guard.core.rules.examples import EVIDENCE, HASH, NOW, SENDER, TOKEN, acts_subject, approval
from guard.core.rules.message_opaque_hash import RULE
from guard.core.signature_request import BareHash, PersonalMessage, SignatureRequest
from guard.core.verdict import Confidence, Decision, Finding, Severity
from tests.core.rules.asking import asked


@pytest.mark.parametrize("content", [HASH, PersonalMessage(data=bytes(32))])
def test_eth_sign_and_a_message_of_32_bytes_are_blocked(content: BareHash | PersonalMessage) -> None:
    """D11: eth_sign and a 32-byte personal_sign are refused."""
    request = SignatureRequest(sender=SENDER, content=content, chain_id=1)
    verdict = review(request, EVIDENCE, Policy(), NOW)
    assert verdict.decision is Decision.BLOCK
    assert [finding.rule for finding in verdict.findings] == ["message.opaque-hash"]


def test_a_hash_that_is_approved_on_the_chain_is_blocked_and_named() -> None:
    intent = OpaqueHash(hash="0x" + "5c" * 32, form="approveHash")
    assert asked(RULE, acts_subject(intent)) == (
        Finding(
            rule="message.opaque-hash",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=f"0x{'5c' * 32} (approveHash) may stand for anything, a transaction included",
            advice="do not sign; ask for what stands behind the hash",
            facts={"hash": "0x" + "5c" * 32, "form": "approveHash"},
            counterparty=TOKEN,
        ),
    )


def test_everything_else_is_quiet() -> None:
    assert list(RULE.check(acts_subject(approval()))) == []
