"""A wallet would run foreign code as itself.

What it finds: a delegatecall of a wallet contract (a Safe's operation 1, or the delegatecall mode of another
smart account), at any depth, to a contract that is not one of the wallet's own known batch contracts.

Why it matters: code that is run so is the wallet while it runs: it can replace the owners, the
implementation, and move everything. The theft of 1.5 thousand million dollars in February 2025 was one such
signature, dressed up as a token transfer.

What to do: do not sign. Wallets need it for batches alone, and the batch contracts are known here.

Limits: the known contracts are those that the wallet's makers publish for every chain; one that you deployed
yourself is not known, and an allow entry in the policy can name it.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.known_contracts import DELEGATECALL_TARGETS
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each delegatecall to a contract that is not known for it."""
    for act in subject.acts:
        call = act.call
        if call.is_delegatecall and call.to is not None and call.to not in DELEGATECALL_TARGETS:
            yield Hit(facts={"wallet": call.actor, "code": call.to}, counterparty=call.to, act=act)


RULE = Rule(
    id="safe.delegatecall",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=(),
    message="{wallet} would run the code of {code} as itself, which can take over all that it holds",
    advice="do not sign; a wallet needs this for its own batch contracts alone",
    check=check,
    fires=(
        examples.example(
            "a token transfer as a decoy, by delegatecall",
            examples.safe_execution(
                examples.STRANGER,
                examples.calldata("transfer(address,uint256)", examples.FRIEND, 0),
                operation=1,
            ),
        ),
    ),
    quiet=(
        examples.example(
            "a token transfer by an ordinary call",
            examples.safe_execution(
                examples.TOKEN, examples.calldata("transfer(address,uint256)", examples.FRIEND, 1)
            ),
        ),
        examples.example(
            "a batch by the wallet's own batch contract",
            examples.safe_execution(
                min(DELEGATECALL_TARGETS), examples.calldata("multiSend(bytes)", b""), operation=1
            ),
        ),
        examples.example("plain ether"),
    ),
)
