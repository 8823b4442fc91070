from __future__ import annotations

import pytest

from guard.core.rules.examples import ETHER, NOW, ROUTER, SENDER, STRANGER, TOKEN, call
from guard.core.rules.swap_no_minimum import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask


@pytest.mark.parametrize(
    ("minimum", "fires"), [(0, True), (1, True), (10, True), (11, False), (2**256 - 1, False)]
)
def test_a_swap_that_is_content_with_next_to_nothing_is_asked_about(minimum: int, fires: bool) -> None:
    signature = "swapExactETHForTokens(uint256,address[],address,uint256)"
    request = call(ROUTER, signature, minimum, (STRANGER, TOKEN), SENDER, NOW, value=ETHER)
    found = Finding(
        rule="swap.no-minimum",
        severity=Severity.WARN,
        confidence=Confidence.HIGH,
        message=f"the swap is content with {minimum} units of {TOKEN}",
        advice="set a slippage limit where you made the swap, and make it again",
        facts={"minimum": minimum, "asset": TOKEN, "shown": ""},
        counterparty=ROUTER,
    )
    assert ask(RULE, request) == ((found,) if fires else ())
