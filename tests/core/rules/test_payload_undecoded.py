from __future__ import annotations

from dataclasses import replace

from guard.core.intent import Unknown
from guard.core.rules.examples import (
    FRIEND,
    STRANGER,
    TOKEN,
    TRANSFER,
    call,
    calldata,
    signed_subject,
    token_transfer,
    typed,
)
from guard.core.rules.payload_undecoded import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask, asked

JUNK = replace(TRANSFER, to=TOKEN, value=0, data=bytes.fromhex("deadbeef") + bytes(64))


def test_a_call_that_cannot_be_read_is_a_warning_that_names_its_selector() -> None:
    reason = "the function called is not one that this version can read"
    assert ask(RULE, JUNK) == (
        Finding(
            rule="payload.undecoded",
            severity=Severity.WARN,
            confidence=Confidence.MEDIUM,
            message=f"the payload cannot be read: {reason} (selector 0xdeadbeef, 68 bytes)",
            advice="find out what it does before accepting",
            facts={
                "reason": reason,
                "selector": "0xdeadbeef",
                "data_bytes": 68,
                "extent": " (selector 0xdeadbeef, 68 bytes)",
            },
            counterparty=TOKEN,
        ),
    )


def nested(depth: int) -> bytes:
    data = calldata("approve(address,uint256)", STRANGER, 1)
    for _ in range(depth):
        data = calldata("multicall(bytes[])", (data,))
    return data


def test_what_is_nested_deeper_than_is_looked_at_is_refused() -> None:
    """D7: depth above 8."""
    (finding,) = ask(RULE, replace(TRANSFER, to=TOKEN, value=0, data=nested(9)))
    assert (finding.severity, finding.path) == (Severity.BLOCK, (1,) * 9)
    assert finding.facts["reason"] == "calls are nested more than 8 deep"
    assert ask(RULE, replace(TRANSFER, to=TOKEN, value=0, data=nested(8))) == ()


def test_more_calls_than_are_looked_at_are_refused() -> None:
    """D7: more than 256 calls."""

    def many(count: int) -> tuple[Finding, ...]:
        calls = (calldata("approve(address,uint256)", STRANGER, 1),) * count
        return ask(RULE, call(TOKEN, "multicall(bytes[])", calls))

    assert many(255) == ()
    (finding,) = many(256)
    assert (finding.severity, finding.path) == (Severity.BLOCK, (256,))
    assert finding.facts["reason"] == "there are more than 256 calls"


def test_a_payload_shorter_than_a_selector_has_none() -> None:
    (finding,) = ask(RULE, replace(TRANSFER, data=b"abc"))
    assert finding.facts["selector"] == "none"


def test_what_can_be_read_is_quiet() -> None:
    creation = replace(TRANSFER, to=None, data=b"\x60")
    assert [ask(RULE, request) for request in (TRANSFER, creation, token_transfer(FRIEND))] == [(), (), ()]


def test_a_structure_that_is_signed_has_neither_selector_nor_size() -> None:
    unknown = Unknown(reason="the structure Login is not known by its declaration", selector=None)
    (finding,) = asked(RULE, signed_subject(unknown, content=typed()))
    assert finding.message == f"the payload cannot be read: {unknown.reason}"
