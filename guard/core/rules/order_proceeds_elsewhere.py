"""Proceeds of an order go to somebody else.

What it finds: an order of yours, or one of somebody else's that you take, in which more than a fifth of what
is paid, of any one asset, goes to others than you; more than half is refused. Of an order that you take, the
same is asked about where it goes to others than the one who made it, as tips that a page adds do.

Why it matters: fees of markets and creators stay well below that. A false page can put its own address where
yours belongs.

What to do: compare who is paid with what the market showed you.

Limits: an order of which nothing comes to you has a rule of its own. Of contacts it is quiet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.intent import Asset, Order, Payout
from guard.core.rules import examples
from guard.core.rules.offers import FILLED, LISTING, bargains_of, ether, taken_by
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import is_trusted
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_FEES_PERCENT = 20
"""Above any usual sum of a market's and a creator's fees (2.5 and up to 10 percent)."""
_HALF_PERCENT = 50


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each asset of which too large a part is paid to people who are not known."""
    mine = tuple(bargains_of(subject))
    for act, order in (*mine, *taken_by(subject)):
        strange = [payout for payout in order.payouts if _is_strange(subject, order, payout)]
        worst = max((_percent(order, payout.asset, strange) for payout in strange), default=0)
        if worst > _FEES_PERCENT:
            recipients = tuple(sorted({payout.recipient for payout in strange}))
            yield Hit(
                facts={
                    "percent": worst,
                    "usual": _FEES_PERCENT,
                    "form": order.form,
                    "recipients": recipients,
                    "to": ", ".join(recipients),
                },
                severity=Severity.BLOCK if worst > _HALF_PERCENT and (act, order) in mine else None,
                counterparty=recipients[0] if len(recipients) == 1 else None,
                act=act,
            )


def _is_strange(subject: Subject, order: Order, payout: Payout) -> bool:
    return payout.recipient != order.offerer and not is_trusted(subject, payout.recipient)


def _percent(order: Order, asset: Asset, strange: list[Payout]) -> int:
    """Return which part of all that is paid in this asset goes to strangers, whole percents."""
    is_taken = order.form.endswith(FILLED)
    whole, part = (
        sum(one.amount for one in assets if (one.kind, one.token) == (asset.kind, asset.token))
        for assets in (
            # What is taken from a bid is paid out of it.
            [*(payout.asset for payout in order.payouts), *(order.gives if is_taken else ())],
            [payout.asset for payout in strange],
        )
    )
    return part * 100 // whole if whole else 0


RULE = Rule(
    id="order.proceeds-elsewhere",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=("counterparties",),
    about=(Order,),
    message="{percent} percent of what the order ({form}) brings goes to {to}; fees come to {usual} at most",
    advice="compare who is paid with what the market showed you",
    check=check,
    fires=(
        examples.signing("all goes to a stranger", replace(LISTING, payouts=LISTING.payouts[1:])),
        examples.signing(
            "a third goes to a stranger",
            replace(
                LISTING,
                payouts=(
                    replace(LISTING.payouts[0], asset=ether(2)),
                    replace(LISTING.payouts[1], asset=ether(1)),
                ),
            ),
        ),
    ),
    quiet=(
        examples.signing("a fee of 2.5 percent", LISTING),
        examples.signing(
            "all goes to a contact",
            replace(LISTING, payouts=LISTING.payouts[1:]),
            examples.knowing(examples.STRANGER),
        ),
    ),
)
