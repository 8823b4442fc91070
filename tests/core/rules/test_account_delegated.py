from __future__ import annotations

import pytest

from guard.core.address import NOBODY
from guard.core.rules.account_delegated import RULE
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, delegating, with_accounts
from guard.core.verdict import Confidence, Finding, Severity
from guard.core.world import AccountState
from tests.core.rules.asking import ask

DESIGNATOR = bytes.fromhex("ef0100")


def state(code: bytes) -> AccountState:
    return AccountState(code=code, nonce=1, balance=5)


def test_an_account_that_runs_a_strangers_code_is_asked_about() -> None:
    evidence = with_accounts({SENDER: state(DESIGNATOR + STRANGER.to_bytes())})
    assert ask(RULE, evidence=evidence) == (
        Finding(
            rule="account.delegated",
            severity=Severity.WARN,
            confidence=Confidence.HIGH,
            message=(
                f"{SENDER} runs the code of {STRANGER}, which you do not know: it can move all that it holds"
            ),
            advice=(
                "if you did not set it up, take it back with `wallet revoke --delegation`; if you did, add"
                " it to the contacts"
            ),
            facts={"account": SENDER, "delegate": STRANGER},
            counterparty=STRANGER,
        ),
    )


@pytest.mark.parametrize(
    "code",
    [
        b"",
        DESIGNATOR + FRIEND.to_bytes(),
        DESIGNATOR + STRANGER.to_bytes() + b"\x00",
        b"\xef\x01\x01" + STRANGER.to_bytes(),
    ],
)
def test_no_code_a_known_delegate_and_other_code_are_quiet(code: bytes) -> None:
    assert ask(RULE, evidence=with_accounts({SENDER: state(code)})) == ()


def test_somebody_elses_delegation_is_not_this_accounts() -> None:
    evidence = with_accounts({FRIEND: state(DESIGNATOR + STRANGER.to_bytes())})
    assert ask(RULE, evidence=evidence) == ()


@pytest.mark.parametrize("chain_id", [0, 1])
def test_taking_the_delegation_back_is_quiet_for_the_account_itself_alone(chain_id: int) -> None:
    evidence = with_accounts({SENDER: state(DESIGNATOR + STRANGER.to_bytes())})
    for delegate, authority, findings in (
        (NOBODY, SENDER, 0),
        (NOBODY, None, 1),
        (NOBODY, FRIEND, 1),
        (FRIEND, SENDER, 1),
    ):
        request = delegating(delegate, chain_id=chain_id, authority=authority)
        assert len(ask(RULE, request, evidence)) == findings
