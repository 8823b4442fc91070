from __future__ import annotations

import pytest

from guard.core.address import Address
from guard.core.known_contracts import DELEGATECALL_TARGETS
from guard.core.rules.examples import FRIEND, ROUTER, STRANGER, TOKEN, WALLET, call, calldata, safe_execution
from guard.core.rules.safe_delegatecall import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask

DECOY = calldata("transfer(address,uint256)", FRIEND, 0)


def found(code: Address, path: tuple[int, ...]) -> Finding:
    return Finding(
        rule="safe.delegatecall",
        severity=Severity.BLOCK,
        confidence=Confidence.HIGH,
        message=f"{WALLET} would run the code of {code} as itself, which can take over all that it holds",
        advice="do not sign; a wallet needs this for its own batch contracts alone",
        facts={"wallet": WALLET, "code": code},
        counterparty=code,
        path=path,
    )


def test_foreign_code_run_as_the_wallet_is_refused_whatever_it_is_dressed_up_as() -> None:
    assert ask(RULE, safe_execution(STRANGER, DECOY, operation=1)) == (found(STRANGER, (1,)),)


def test_it_is_found_inside_of_a_batch() -> None:
    hidden = safe_execution(STRANGER, DECOY, operation=1)
    harmless = (TOKEN, calldata("transfer(address,uint256)", FRIEND, 1))
    request = call(ROUTER, "aggregate((address,bytes)[])", (harmless, (WALLET, hidden.data)))
    assert ask(RULE, request) == (found(STRANGER, (2, 1)),)


@pytest.mark.parametrize("target", sorted(DELEGATECALL_TARGETS))
def test_the_wallets_own_batch_contracts_are_quiet(target: Address) -> None:
    assert ask(RULE, safe_execution(target, calldata("multiSend(bytes)", b""), operation=1)) == ()


def test_an_ordinary_call_is_quiet() -> None:
    assert ask(RULE, safe_execution(STRANGER, DECOY)) == ()
