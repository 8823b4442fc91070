from __future__ import annotations

import pytest

from guard.core.policy import Policy
from guard.core.review import review
from guard.core.rules.examples import EVIDENCE, NOW, SENDER, acts_subject, approval
from guard.core.rules.message_not_text import RULE
from guard.core.signature_request import PersonalMessage, SignatureRequest
from guard.core.verdict import Severity


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"\xff\xfe", [("message.not-text", Severity.WARN)]),
        (b"a" * 8193, [("message.not-text", Severity.WARN)]),
        (b"\x00" * 2049, [("message.not-text", Severity.WARN)]),
        (b"a" * 8192, []),
        (b"\x00" * 2048, []),
        (b"hello", []),
        ("grüße".encode(), []),
    ],
)
def test_bytes_that_are_no_text_are_asked_about(data: bytes, found: list[tuple[str, Severity]]) -> None:
    request = SignatureRequest(sender=SENDER, content=PersonalMessage(data=data), chain_id=1)
    verdict = review(request, EVIDENCE, Policy(), NOW)
    assert [(finding.rule, finding.severity) for finding in verdict.findings] == found


def test_everything_else_is_quiet() -> None:
    assert list(RULE.check(acts_subject(approval()))) == []
