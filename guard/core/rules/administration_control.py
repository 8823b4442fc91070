"""Control over a contract is given away.

What it finds: a call that hands a contract to somebody: its ownership, a role, an administrator, or new code
behind a proxy, at any depth. Wallet contracts have a rule of their own.

Why it matters: a proxy of yours that is given other code moves what you approved for it; an owner can do what
the contract lets its owner do. Phishers ask for one such call where they would otherwise need a hundred
approvals.

What to do: compare the whole address of the one who gets it. A contact is noted, anybody else is refused; to
give it up on purpose (renounce, or take a role from yourself) is asked about.

Limits: that the contract is yours is not looked up: a call to a contract which is not would only fail.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import Administer
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import is_own, is_trusted
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each change of control of a contract that is no wallet; refuse it for a stranger."""
    for act in subject.acts:
        intent = act.intent
        if not isinstance(intent, Administer) or intent.is_wallet:
            continue
        yield Hit(
            facts={
                "contract": intent.contract,
                "action": intent.action,
                "subject": "" if intent.subject is None else f": {intent.subject}",
            },
            severity=_severity(subject, intent),
            counterparty=intent.subject or intent.contract,
            act=act,
        )


def _severity(subject: Subject, intent: Administer) -> Severity:
    if intent.subject is None or (intent.takes_away and is_own(subject, intent.subject)):
        return Severity.WARN
    is_noted = intent.takes_away or is_trusted(subject, intent.subject)
    return Severity.INFO if is_noted else Severity.BLOCK


_GIVE = "transferOwnership(address)"

RULE = Rule(
    id="administration.control",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("counterparties",),
    message="control over {contract} changes: {action}{subject}",
    advice="compare the whole address of the one who gets it",
    check=check,
    fires=(
        examples.example(
            "the ownership goes to a stranger", examples.call(examples.TOKEN, _GIVE, examples.STRANGER)
        ),
        examples.example(
            "a proxy gets new code",
            examples.call(examples.TOKEN, "upgradeTo(address)", examples.STRANGER),
        ),
        examples.example(
            "the ownership goes to a contact, a note", examples.call(examples.TOKEN, _GIVE, examples.FRIEND)
        ),
        examples.example(
            "the ownership is given up, a warning", examples.call(examples.TOKEN, "renounceOwnership()")
        ),
    ),
    quiet=(
        examples.example("a token transfer", examples.token_transfer(examples.FRIEND)),
        examples.example(
            "the owner of a wallet changes, which another rule says",
            examples.call(examples.TOKEN, "addOwnerWithThreshold(address,uint256)", examples.STRANGER, 1),
        ),
    ),
    about=(Administer,),
)
