"""An account would be handed over to code.

What it finds: an authorization by which an account runs the code of a contract from then on (EIP-7702), in a
transaction or signed by itself.

Why it matters: the code can move everything the account holds, now and whatever comes later, and stays until
it is replaced. Of the delegations seen in May 2025 more than 97 % went to one family of sweepers.

What to do: do not sign. If your wallet's maker offers smart accounts and you want one, check the address of
its code with them, and add an allow entry for this rule and that address to the policy.
`wallet revoke --delegation` takes a delegation back.

Limits: what the code does is not looked at. Taking a delegation back (to the zero address) is quiet. An
authorization of chain 0, which holds on every chain, has a rule of its own besides.
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
    """Fire for each authorization that names code."""
    for act in subject.acts:
        if not isinstance(act.intent, Delegate):
            continue
        for authorization in act.intent.authorizations:
            if authorization.delegate != NOBODY:
                yield Hit(
                    facts={
                        "delegate": authorization.delegate,
                        "account": authorization.authority or "the account that signed it",
                        "chain": authorization.chain_id,
                    },
                    counterparty=authorization.delegate,
                    act=act,
                )


RULE = Rule(
    id="delegate.account",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=(),
    message="{account} would run the code of {delegate} from now on, which can move all that it holds",
    advice="do not sign; `wallet revoke --delegation` takes a delegation back",
    check=check,
    fires=(
        examples.example(
            "an account is delegated to a stranger", examples.delegating(examples.STRANGER, chain_id=1)
        ),
    ),
    quiet=(
        examples.example("a delegation is taken back", examples.delegating(NOBODY, chain_id=1)),
        examples.example("plain ether"),
    ),
    about=(Delegate,),
)
