"""Recipient imitates an address that you know.

What it finds: a recipient that is not known, and whose first and last digits are those of a contact, an
account of yours, or someone paid before. Both ends must agree; how many digits count is in the policy.

Why it matters: address poisoning. Somebody makes an address that looks alike when shortened, lets it appear
in your history, and waits for it to be copied: 270 million attempts, 17 million victims and 83.8 million
dollars lost in two years (Tsuchiya et al., USENIX Security 2025).

What to do: take the address from your contacts, not from a list of past transactions. If it really is
someone else, add it to the contacts under its own name; it is then known.

Limits: only addresses that you know can be imitated; who you know is taken from what you did, never from
what was sent to you.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.address import Address
from guard.core.evidence import Acquaintance, Counterparty
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity

_IMITATION = Address.parse("0x7e50000000000000000000000000000000005bdf")


def check(subject: Subject) -> Iterable[Hit]:
    """Fire once for each known address that an unknown one of this transaction imitates."""
    sender = Counterparty(address=subject.sender, acquaintance=Acquaintance.OWN_ACCOUNT)
    known = {party.address: party for party in (sender, *observed(subject.evidence.counterparties))}
    unknown = {subject.beneficiary, subject.called} - {None, *known}
    least_prefix, least_suffix = subject.policy.lookalike_prefix, subject.policy.lookalike_suffix
    for address in sorted(address for address in unknown if address is not None):
        front, back = address[2 : 2 + least_prefix].lower(), address[-least_suffix:].lower()
        for party in known.values():
            # Nearly every address is told apart here; what is left is measured.
            lowered = party.address.lower()
            if lowered.startswith(front, 2) and lowered.endswith(back):
                yield _hit(address, party)


def _hit(address: Address, party: Counterparty) -> Hit:
    one, other = address[2:].lower(), party.address[2:].lower()
    return Hit(
        facts={
            "recipient": address,
            "known": party.address,
            "name": party.name or party.acquaintance.value,
            "prefix": _agreeing(one, other),
            "suffix": _agreeing(one[::-1], other[::-1]),
        }
    )


def _agreeing(one: str, other: str) -> int:
    """Return how many characters agree from the start; the two differ somewhere."""
    return next(index for index, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)


RULE = Rule(
    id="recipient.lookalike",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("counterparties",),
    message="{recipient} imitates {known} ({name}): same first {prefix} and last {suffix} digits",
    advice="take the address from your contacts; if it is someone else, add it there under its own name",
    check=check,
    fires=(
        examples.example(
            "same first 3 and last 4 digits as a contact", replace(examples.TRANSFER, to=_IMITATION)
        ),
        examples.example("the same, as the recipient of a token", examples.token_transfer(_IMITATION)),
    ),
    quiet=(
        examples.example("the contact itself"),
        examples.example("an address that shares nothing", replace(examples.TRANSFER, to=examples.STRANGER)),
        examples.example(
            "only the front agrees",
            replace(examples.TRANSFER, to=Address.parse("0x7e5f000000000000000000000000000000000001")),
        ),
    ),
)
