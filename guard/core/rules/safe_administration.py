"""Who controls a wallet contract changes.

What it finds: a call that changes a wallet contract's owners, the number of signatures it asks for, its
modules, guard, fallback handler or implementation, at any depth.

Why it matters: each of them can hand over everything that the wallet holds: an owner signs, a module needs no
signature, a guard or a handler runs inside of it, and an implementation is the wallet.

What to do: sign only what you set up yourself, and compare the whole address of whom it lets in. A
contact, or an account of yours, is asked about with a typed answer; anybody else is refused.

Limits: what the wallet's own contract calls these functions is known; a wallet of another make may use other
names.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import Administer
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import is_trusted
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Confirmation, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each change of a wallet's control; a warning where it lets in nobody unknown."""
    for act in subject.acts:
        intent = act.intent
        if not isinstance(intent, Administer) or not intent.is_wallet:
            continue
        let_in = None if intent.takes_away else intent.subject
        lets_in = let_in is not None and not is_trusted(subject, let_in)
        yield Hit(
            facts={
                "wallet": intent.contract,
                "action": intent.action,
                "subject": "" if intent.subject is None else f": {intent.subject}",
            },
            severity=Severity.BLOCK if lets_in else Severity.WARN,
            counterparty=intent.subject or intent.contract,
            act=act,
        )


RULE = Rule(
    id="safe.administration",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("counterparties",),
    message="the control of the wallet {wallet} changes: {action}{subject}",
    advice="sign only what you set up yourself, and compare the whole address",
    check=check,
    fires=(
        examples.example(
            "a stranger becomes an owner",
            examples.call(examples.FRIEND, "addOwnerWithThreshold(address,uint256)", examples.STRANGER, 1),
        ),
        examples.example(
            "a contact becomes an owner, a warning",
            examples.call(examples.STRANGER, "addOwnerWithThreshold(address,uint256)", examples.FRIEND, 2),
        ),
        examples.example(
            "a module, inside of the wallet's own call",
            examples.safe_execution(
                examples.WALLET, examples.calldata("enableModule(address)", examples.STRANGER)
            ),
        ),
    ),
    quiet=(
        examples.example(
            "a token transfer by the wallet",
            examples.safe_execution(
                examples.TOKEN, examples.calldata("transfer(address,uint256)", examples.FRIEND, 1)
            ),
        ),
    ),
    about=(Administer,),
    confirmation=Confirmation.TYPED,
)
