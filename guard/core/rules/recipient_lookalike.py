"""Recipient imitates an address that you know.

What it finds: an address that is called, paid or given a right, at any depth, that is not known, and whose
first and last digits are those of a contact, an account of yours, or someone paid before. Each end is counted
by itself, and how many digits count is in the policy. Where only one end agrees, in more digits than chance
gives, a person is asked.

Why it matters: address poisoning. Somebody makes an address that looks alike when shortened, lets it appear
in your history, and waits for it to be copied: 270 million attempts, 17 million victims and 83.8 million
dollars lost in two years (Tsuchiya et al., USENIX Security 2025).

What to do: take the address from your contacts, not from a list of past transactions. If it really is someone
else, add it to the contacts under its own name; it is then known.

Limits: only addresses that you know can be imitated; who you know is taken from what you did, never from what
was sent to you. Zeros in front are not counted where one end agrees alone, for many well-known contracts
begin with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.act import Act
from guard.core.address import Address
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_IMITATION = Address.parse("0x7e50000000000000000000000000000000005bdf")


def check(subject: Subject) -> Iterable[Hit]:
    """Fire once for each known address that an unknown one of this request imitates."""
    known = subject.known()
    for act, address in subject.parties:
        if address not in known:
            yield from _imitated(subject, act, address)


def _imitated(subject: Subject, act: Act, address: Address) -> Iterable[Hit]:
    policy, digits = subject.policy, address[2:].lower()
    # Nearly every address is told apart by its first or last few digits; what is left is measured.
    front = digits[: min(policy.lookalike_prefix, policy.lookalike_alone)]
    back = digits[-min(policy.lookalike_suffix, policy.lookalike_alone) :]
    for party in subject.known().values():
        other = party.address[2:].lower()
        if other.startswith(front) or other.endswith(back):
            prefix, suffix = _agreeing(digits, other), _agreeing(digits[::-1], other[::-1])
            both = prefix >= policy.lookalike_prefix and suffix >= policy.lookalike_suffix
            counted = len(digits[:prefix].lstrip("0"))
            if both or max(counted, suffix) >= policy.lookalike_alone:
                yield Hit(
                    facts={
                        "recipient": address,
                        "known": party.address,
                        "name": party.name or party.acquaintance.value,
                        "prefix": prefix,
                        "suffix": suffix,
                    },
                    severity=None if both else Severity.WARN,
                    counterparty=address,
                    act=act,
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
        examples.doing("the same, as the spender of an approval", examples.approval(_IMITATION)),
        examples.example(
            "the first 8 digits of a contact, and nothing else",
            replace(examples.TRANSFER, to=Address.parse("0x7e5f455200000000000000000000000000000001")),
        ),
    ),
    quiet=(
        examples.example("the contact itself"),
        examples.example("an address that shares nothing", replace(examples.TRANSFER, to=examples.STRANGER)),
        examples.example(
            "a few digits in front agree, and none at the end",
            replace(examples.TRANSFER, to=Address.parse("0x7e5f000000000000000000000000000000000001")),
        ),
    ),
)
