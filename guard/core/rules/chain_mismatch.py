"""Transaction is for another chain than the node's.

What it finds: the chain id in the transaction is not the one that the node reports.

Why it matters: everything else was read on the node's chain: balance, code, nonce. On another chain the same
address may be somebody else, and a transaction signed for it can be sent there by whoever sees it.

What to do: point --rpc-url to a node of the chain that is meant, or correct --chain.

Limits: a node can lie about its chain; the signature is bound to the chain id in the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.evidence import Observed
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when a chain id is told and differs from the node's."""
    reported = observed(subject.evidence.chain_id)
    if subject.request.chain_id is not None and subject.request.chain_id != reported:
        yield Hit(facts={"requested": subject.request.chain_id, "reported": reported})


RULE = Rule(
    id="chain.mismatch",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("chain_id",),
    message="the transaction is for chain {requested}, and the node is on chain {reported}",
    advice="use a node of the chain that is meant, or correct the chain id",
    check=check,
    fires=(
        examples.example(
            "for chain 1 on a node of chain 137",
            evidence=replace(examples.EVIDENCE, chain_id=Observed(137, "node")),
        ),
    ),
    quiet=(
        examples.example("for chain 1 on a node of chain 1"),
        examples.example("no chain is told", replace(examples.TRANSFER, chain_id=None)),
    ),
)
