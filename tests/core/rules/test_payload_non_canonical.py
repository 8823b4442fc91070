from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.rules.examples import FRIEND, TOKEN, TRANSFER, token_transfer
from guard.core.rules.payload_non_canonical import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask

CALL = token_transfer(FRIEND)


def found(oddity: str, severity: Severity) -> Finding:
    return Finding(
        rule="payload.non-canonical",
        severity=severity,
        confidence=Confidence.HIGH,
        message=f"the payload is read as transfer, and it is not written in the usual form: {oddity}",
        advice="ask whoever made it why it is written so",
        facts={"oddity": oddity, "selector": "0xa9059cbb", "kind": "transfer"},
        counterparty=TOKEN,
    )


@pytest.mark.parametrize(
    ("data", "value", "expected"),
    [
        (CALL.data + b"\x00", 0, [found("1 bytes follow the arguments", Severity.INFO)]),
        (CALL.data + bytes(32), 0, [found("32 bytes follow the arguments", Severity.INFO)]),
        (CALL.data[:-1], 0, [found("the arguments end 1 bytes early", Severity.WARN)]),
        (
            CALL.data[:4] + b"\x01" + CALL.data[5:],
            0,
            [found("unused bits are set", Severity.WARN)],
        ),
        (CALL.data, 1, [found("it carries ether that the function does not take", Severity.WARN)]),
        (CALL.data, 0, []),
    ],
)
def test_bytes_that_follow_are_noted_and_every_other_form_is_asked_about(
    data: bytes, value: int, expected: list[Finding]
) -> None:
    assert list(ask(RULE, replace(CALL, data=data, value=value))) == expected


def test_what_cannot_be_read_and_plain_ether_have_no_form() -> None:
    assert ask(RULE, replace(TRANSFER, data=b"\xde\xad\xbe\xef" + bytes(5))) == ask(RULE) == ()
