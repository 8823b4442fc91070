"""What a request commits its sender to: what leaves, and what others may take from then on.

What belongs here: the sum over all that the request does. What must not: what was committed to before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from guard.core.act import Act
from guard.core.address import Address
from guard.core.intent import AllowanceChange, Approve, Asset, AssetKind, Order, Permit, Swap, Transfer


def token_outflow(acts: Iterable[Act], owner: Address) -> Mapping[Address, int]:
    """Return how much of each token `owner` gives away or lets others take, in its smallest unit.

    A transfer and a right to make one count alike: a permit or an order is a transfer in another form. A
    right that is taken away counts nothing. An approval and the swap that uses it are one outflow, the larger
    of the two.
    """
    moved: Counter[Address] = Counter()
    granted: Counter[Address] = Counter()
    for act in acts:
        match act.intent:
            case Transfer(token=Address() as token, amount=amount) if act.intent.owner == owner:
                moved[token] += amount
            case Swap(gives=Asset(token=Address() as token, amount=amount)) if act.call.actor == owner:
                moved[token] += amount
            case Order(gives=assets, offerer=offerer) if offerer == owner:
                for asset in assets:
                    if asset.kind is AssetKind.ERC20 and asset.token is not None:
                        moved[asset.token] += asset.amount
            case Approve(token=token, amount=amount) if act.intent.owner == owner:
                if act.intent.change is not AllowanceChange.DECREASE:
                    granted[token] += amount
            case Permit(grants=grants) if act.intent.owner == owner:
                for grant in grants:
                    granted[grant.token] += grant.amount
            case _:
                pass
    return {token: max(moved[token], granted[token]) for token in (moved | granted)}
