"""Somebody else's permit.

What it finds: a permit over tokens of an account that is not the one which acts: handed in on the chain at
any depth, or named as the owner in what you would sign. Where the same request also takes that owner's
tokens, it is refused.

Why it matters: this is the second half of a theft, made from your account: the one who sends it stands on the
chain as the thief. Relayers do the same for those who ask them to.

What to do: do not send it, unless you are the relayer of the one who signed. To sign for a wallet contract of
yours, sign with that contract.

Limits: it cannot know whether the owner asked for it. An account of your own is quiet.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.act import Act
from guard.core.address import Address
from guard.core.intent import Batch, NftTransfer, Permit, Transfer
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import is_own
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_THEIRS = examples.permit(examples.SENDER, owner=examples.STRANGER)
_PULL = Transfer(
    token=examples.TOKEN, owner=examples.STRANGER, recipient=examples.SENDER, amount=100 * examples.UNIT
)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each permit of an owner who neither acts nor is an own account of the user."""
    for act in subject.acts:
        permit = act.intent
        if not isinstance(permit, Permit) or permit.owner == act.call.actor or is_own(subject, permit.owner):
            continue
        pulled = any(_takes_from(other, permit.owner) for other in subject.acts)
        yield Hit(
            facts={
                "owner": permit.owner,
                "spender": permit.spender,
                "also": ", and the request takes them" if pulled else "",
            },
            severity=Severity.BLOCK if pulled else None,
            counterparty=permit.owner,
            act=act,
        )


def _takes_from(act: Act, owner: Address) -> bool:
    intent = act.intent
    return isinstance(intent, Transfer | NftTransfer) and intent.owner == owner != act.call.actor


RULE = Rule(
    id="permit.handed-in",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=(),
    helped_by=("counterparties",),
    about=(Permit,),
    message="the permit is over the tokens of {owner}, who is not the one who acts{also}",
    advice="do not send it, unless you relay for the one who signed",
    check=check,
    fires=(
        examples.doing("a stranger's permit is handed in", _THEIRS),
        examples.doing(
            "a stranger's permit is handed in, and the tokens are taken",
            Batch(form="multicall", calls=(examples.call_doing(_THEIRS), examples.call_doing(_PULL))),
        ),
        examples.signing("a permit that names another owner than the signer", _THEIRS),
    ),
    quiet=(
        examples.doing("one's own permit is handed in", examples.permit()),
        examples.signing("one's own permit is signed", examples.permit()),
    ),
)
