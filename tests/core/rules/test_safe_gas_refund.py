from __future__ import annotations

from guard.core.address import Address
from guard.core.rules.examples import FRIEND, STRANGER, TOKEN, WALLET, call, calldata, safe_execution
from guard.core.rules.safe_gas_refund import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask

HARMLESS = calldata("transfer(address,uint256)", FRIEND, 1)
ZERO = Address.from_bytes(bytes(20))
SIGNATURE = "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)"


def found(token: str, receiver: str, counterparty: Address | None) -> Finding:
    return Finding(
        rule="safe.gas-refund",
        severity=Severity.WARN,
        confidence=Confidence.HIGH,
        message=f"{WALLET} would pay {receiver} back for the gas: 9 of {token} for each unit",
        advice="ask for it with a gas price of 0, which is what wallets make",
        facts={"wallet": WALLET, "price": 9, "token": token, "receiver": receiver},
        counterparty=counterparty,
    )


def test_a_price_of_its_own_is_asked_about() -> None:
    request = safe_execution(TOKEN, HARMLESS, gas_price=9)
    assert ask(RULE, request) == (found("ether, in wei", "whoever submits it", None),)


def test_the_token_and_the_receiver_are_named() -> None:
    request = call(WALLET, SIGNATURE, TOKEN, 0, HARMLESS, 0, 0, 0, 9, TOKEN, STRANGER, bytes(65))
    assert ask(RULE, request) == (found(TOKEN, STRANGER, STRANGER),)


def test_a_receiver_without_a_price_gets_nothing() -> None:
    request = call(WALLET, SIGNATURE, TOKEN, 0, HARMLESS, 0, 0, 0, 0, ZERO, STRANGER, bytes(65))
    assert ask(RULE, request) == ()
