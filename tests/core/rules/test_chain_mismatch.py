from __future__ import annotations

from dataclasses import replace

from guard.core.evidence import Observed
from guard.core.rules.chain_mismatch import RULE
from guard.core.rules.examples import EVIDENCE, TRANSFER
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask


def test_a_transaction_for_another_chain_than_the_nodes_is_blocked() -> None:
    assert ask(RULE, evidence=replace(EVIDENCE, chain_id=Observed(137, "node"))) == (
        Finding(
            rule="chain.mismatch",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message="the transaction is for chain 1, and the node is on chain 137",
            advice="use a node of the chain that is meant, or correct the chain id",
            facts={"requested": 1, "reported": 137},
        ),
    )


def test_the_same_chain_or_none_told_is_no_finding() -> None:
    assert ask(RULE) == ask(RULE, replace(TRANSFER, chain_id=None)) == ()
