"""What the lists say of those who are involved.

What belongs here: the measure that the rules on listings share. What must not: what is thought of a standing.
"""

from __future__ import annotations

from collections.abc import Iterator

from guard.core.reputation import Listing, Standing
from guard.core.rules.lifetimes import DAY_S
from guard.core.rules.rule import Hit
from guard.core.subject import Subject, observed


def listed(subject: Subject, standing: Standing) -> Iterator[Hit]:
    """Yield a hit for each line of a list that says this of somebody involved; it reads `listings`.

    Who is involved was settled when the lists were asked; the sender, who cannot be avoided, is left out, and
    so is who only loses a right: nothing may keep anybody from taking one back from a thief.
    """
    listings = observed(subject.evidence.listings)
    if not listings:
        return
    acts = {address: act for act, address in reversed(subject.parties)}
    for address in sorted(listings):
        if address == subject.sender or address in subject.deprived:
            continue
        for line in sorted(listings[address], key=lambda line: (line.list_name, line.label)):
            if line.standing is standing:
                yield Hit(
                    facts={
                        "address": address,
                        "list": line.list_name,
                        "label": line.label or "without a label",
                        "source": line.source,
                        "days": _days(subject, line),
                    },
                    counterparty=address,
                    act=acts.get(address),
                )


def _days(subject: Subject, line: Listing) -> int:
    return max(subject.now - line.as_of, 0) // DAY_S
