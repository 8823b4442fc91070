"""Several assets go to one stranger at once.

What it finds: one request that moves, or gives the right to move, three or more different assets of yours to
one address that you do not know.

Why it matters: an honest payment is made in one asset. Who collects all that an account holds goes through a
list.

What to do: do not sign. To move house, add the new address to the contacts first.

Limits: assets are counted, not valued; two are not enough to tell a thief from a purchase with a fee.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from guard.core.address import Address
from guard.core.intent import AllowanceChange, Approve, ApproveAll, Intent, NftTransfer, Permit, Transfer
from guard.core.request import TransactionRequest
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_MANY = 3
"""Assets from which one receiver is a collector."""


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each unknown address that would get, or could take, three or more assets."""
    known = subject.known()
    collected: defaultdict[Address, set[Address | None]] = defaultdict(set)
    for act in subject.acts:
        for asset, receiver in _given(act.intent, subject.sender):
            if receiver not in known:
                collected[receiver].add(asset)
    for receiver, assets in collected.items():
        if len(assets) >= _MANY:
            yield Hit(facts={"receiver": receiver, "count": len(assets)}, counterparty=receiver)


def _given(intent: Intent, owner: Address) -> Iterator[tuple[Address | None, Address]]:
    """Yield each asset of `owner` that the intent gives, None for ether, and to whom."""
    match intent:
        case Transfer(token=token, recipient=receiver, amount=amount) if intent.owner == owner and amount:
            yield token, receiver
        case NftTransfer(collection=token, recipient=receiver) if intent.owner == owner:
            yield token, receiver
        case Approve(token=token, spender=receiver, amount=amount) if intent.owner == owner and amount:
            if intent.change is not AllowanceChange.DECREASE:
                yield token, receiver
        case ApproveAll(collection=token, operator=receiver, approved=True) if intent.owner == owner:
            yield token, receiver
        case Permit(spender=receiver, grants=grants) if intent.owner == owner:
            yield from ((grant.token, receiver) for grant in grants if grant.amount)
        case _:
            pass


def _paying(count: int, recipient: Address) -> TransactionRequest:
    pull = "transferFrom(address,address,uint256)"
    tokens = [Address.from_bytes(bytes(18) + b"\x70" + bytes([number])) for number in range(count)]
    calls = tuple((token, examples.calldata(pull, examples.SENDER, recipient, 5)) for token in tokens)
    return examples.call(examples.ROUTER, "aggregate((address,bytes)[])", calls)


RULE = Rule(
    id="batch.sweep",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.MEDIUM,
    needs=("counterparties",),
    message="{count} different assets of yours would go, or be open, to {receiver}, which you do not know",
    advice="do not sign; to move house, add the new address to the contacts first",
    check=check,
    fires=(examples.example("three tokens to one stranger", _paying(3, examples.STRANGER)),),
    quiet=(
        examples.example("two tokens to one stranger", _paying(2, examples.STRANGER)),
        examples.example("three tokens to a contact", _paying(3, examples.FRIEND)),
        examples.example("plain ether"),
    ),
)
