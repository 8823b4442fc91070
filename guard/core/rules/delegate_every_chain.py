"""An account would be handed over on every chain.

What it finds: an authorization (EIP-7702) with chain id 0, that names code.

Why it matters: it can be handed in on every chain on which the account's nonce fits, by anybody, at any time;
what the account holds elsewhere goes with it.

What to do: do not sign. A wallet that means one chain names it.

Limits: none are known; an authorization to the zero address takes a delegation back and is quiet.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.address import NOBODY
from guard.core.intent import Delegate
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each authorization of chain 0 that names code."""
    for act in subject.acts:
        if not isinstance(act.intent, Delegate):
            continue
        for authorization in act.intent.authorizations:
            if authorization.chain_id == 0 and authorization.delegate != NOBODY:
                yield Hit(
                    facts={"delegate": authorization.delegate}, counterparty=authorization.delegate, act=act
                )


RULE = Rule(
    id="delegate.every-chain",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=(),
    message="the authorization for {delegate} names chain 0: it holds on every chain",
    advice="do not sign; a wallet that means one chain names it",
    check=check,
    fires=(
        examples.example("an authorization of chain 0", examples.delegating(examples.STRANGER, chain_id=0)),
    ),
    quiet=(
        examples.example("an authorization of chain 1", examples.delegating(examples.STRANGER, chain_id=1)),
        examples.example("a delegation is taken back everywhere", examples.delegating(NOBODY, chain_id=0)),
    ),
    about=(Delegate,),
)
