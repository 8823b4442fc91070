from __future__ import annotations

from dataclasses import replace

from guard.core.rules.examples import FRIEND, SENDER, TOKEN, TRANSFER, token_transfer
from guard.core.rules.recipient_token_itself import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask

FOUND = (
    Finding(
        rule="recipient.token-itself",
        severity=Severity.BLOCK,
        confidence=Confidence.HIGH,
        message=f"the recipient is the token's own contract, {TOKEN}: it cannot give the tokens back",
        advice="give the address of who shall hold the token",
        facts={"token": TOKEN},
        counterparty=TOKEN,
    ),
)


def test_a_token_sent_to_its_own_contract_is_blocked() -> None:
    assert ask(RULE, token_transfer(TOKEN)) == FOUND


def test_transfer_from_is_seen_as_well() -> None:
    words = (bytes(12) + SENDER.to_bytes(), bytes(12) + TOKEN.to_bytes(), bytes(31) + b"\x01")
    request = replace(TRANSFER, to=TOKEN, value=0, data=bytes.fromhex("23b872dd") + b"".join(words))
    assert ask(RULE, request) == FOUND


def test_a_token_to_a_person_ether_to_a_token_and_a_creation_are_quiet() -> None:
    others = (token_transfer(FRIEND), replace(TRANSFER, to=TOKEN), replace(TRANSFER, to=None))
    assert [ask(RULE, request) for request in others] == [(), (), ()]
