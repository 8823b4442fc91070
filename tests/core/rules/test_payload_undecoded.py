from __future__ import annotations

from dataclasses import replace

from guard.core.intent import Unknown
from guard.core.rules.examples import FRIEND, TOKEN, TRANSFER, signed_subject, token_transfer, typed
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
