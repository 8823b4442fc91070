from __future__ import annotations

from dataclasses import replace

from guard.core.evidence import Observed
from guard.core.rules.examples import EVIDENCE, FRIEND, TOKEN, TRANSFER, token_transfer
from guard.core.rules.recipient_no_code import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask


def test_calldata_to_an_account_without_code_is_blocked() -> None:
    assert ask(RULE, token_transfer(FRIEND)) == (
        Finding(
            rule="recipient.no-code",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message=f"there is no contract at {TOKEN} on this chain to read the 68 bytes of calldata",
            advice="check on which chain the contract lives",
            facts={"recipient": TOKEN, "data_bytes": 68},
            counterparty=TOKEN,
        ),
    )


def test_calldata_to_a_contract_is_quiet() -> None:
    assert (
        ask(RULE, token_transfer(FRIEND), replace(EVIDENCE, recipient_code=Observed(b"\x60", "node"))) == ()
    )


def test_plain_ether_and_a_creation_are_quiet() -> None:
    assert ask(RULE) == ask(RULE, replace(TRANSFER, to=None, data=b"\x60")) == ()
