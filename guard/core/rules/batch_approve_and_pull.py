"""A right is given and used in one request.

What it finds: one request that gives somebody the right to take a token or a collection of yours, by approval
or by a permit that is handed in, and that takes some of it away to an address you do not know.

Why it matters: an approval alone can still be taken back; with the taking beside it, it is gone in the same
moment. Drainers put both into one multicall.

What to do: do not sign. Exchanges use a permit and a pull too; they pay the proceeds to you and are contacts
of yours.

Limits: that the one who takes is the one who was approved is not asked; the pair is enough.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.address import Address
from guard.core.intent import AllowanceChange, Approve, ApproveAll, Intent, NftTransfer, Permit, Transfer
from guard.core.request import TransactionRequest
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each pull to a stranger of a token for which the same request gives a right."""
    granted = {pair for act in subject.acts for pair in _granted(act.intent)}
    known = subject.known()
    for act in subject.acts:
        match act.intent:
            case Transfer(token=Address() as token, owner=owner, recipient=recipient):
                pass
            case NftTransfer(collection=token, owner=owner, recipient=recipient):
                pass
            case _:
                continue
        if (token, owner) in granted and recipient not in known and recipient not in (owner, token):
            yield Hit(
                facts={"token": token, "owner": owner, "recipient": recipient},
                counterparty=recipient,
                act=act,
            )


def _granted(intent: Intent) -> tuple[tuple[Address, Address], ...]:
    """Return the pairs of token and owner over which the intent gives a right."""
    match intent:
        case Approve(token=token, owner=owner) if intent.change is not AllowanceChange.DECREASE:
            return ((token, owner),)
        case ApproveAll(collection=token, owner=owner, approved=True):
            return ((token, owner),)
        case Permit(owner=owner, grants=grants):
            return tuple((grant.token, owner) for grant in grants)
        case _:
            return ()


def _pair(recipient: Address) -> TransactionRequest:
    permit = examples.calldata(
        "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
        *(examples.SENDER, examples.STRANGER, 10**9, examples.NOW, 27, bytes(32), bytes(32)),
    )
    pull = examples.calldata("transferFrom(address,address,uint256)", examples.SENDER, recipient, 10**9)
    return examples.call(examples.TOKEN, "multicall(bytes[])", (permit, pull))


RULE = Rule(
    id="batch.approve-and-pull",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("counterparties",),
    message="a right over {token} of {owner} is given, and some of it taken to {recipient}, in one request",
    advice="do not sign",
    check=check,
    fires=(examples.example("a permit and a pull in one multicall", _pair(examples.STRANGER)),),
    quiet=(
        examples.example("the same to a contact", _pair(examples.FRIEND)),
        examples.example("a token transfer", examples.token_transfer(examples.STRANGER)),
        examples.example("plain ether"),
    ),
)
