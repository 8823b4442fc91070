"""Recipient is an address that nobody can spend from.

What it finds: a payment, at any depth, to a well-known burn address, or to one of the low addresses that the
protocol keeps for precompiled contracts.

Why it matters: what arrives there is gone.

What to do: give the address that was meant. To burn on purpose, lower this rule in the policy.

Limits: only addresses in common use for burning are known; the zero address has a rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.address import Address
from guard.core.rules import examples
from guard.core.rules.moves import moved_to
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

BURN_ADDRESSES = frozenset(
    Address.parse(text)
    for text in (
        "0x000000000000000000000000000000000000dead",
        "0xdead000000000000000042069420694206942069",
        "0xdeaddeaddeaddeaddeaddeaddeaddeaddeaddead",
        "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
        "0xffffffffffffffffffffffffffffffffffffffff",
    )
)
_LAST_RESERVED = 0x1FF
"""Precompiled contracts live below: 0x01 to 0x11, and 0x100 (EIP-7951); the rest is kept for more."""


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each act that moves something, or sends value, to an address without an owner."""
    for act in subject.acts:
        for address in {moved_to(act.intent), act.call.to if act.call.value else None}:
            if address is not None and _is_burn(address):
                yield Hit(facts={"recipient": address}, counterparty=address, act=act)


def _is_burn(address: Address) -> bool:
    return address in BURN_ADDRESSES or 0 < int(address, 16) <= _LAST_RESERVED


RULE = Rule(
    id="recipient.burn-address",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=(),
    message="nobody can spend from {recipient}: what is sent there is gone",
    advice="give the address that was meant; to burn on purpose, lower this rule in the policy",
    check=check,
    fires=(
        examples.example(
            "ether to 0x…dEaD",
            replace(examples.TRANSFER, to=Address.parse("0x000000000000000000000000000000000000dead")),
        ),
        examples.example(
            "ether to a precompiled contract",
            replace(examples.TRANSFER, to=Address.from_bytes(bytes(19) + b"\x04")),
        ),
        examples.example(
            "a token to 0x…dEaD",
            examples.token_transfer(Address.parse("0x000000000000000000000000000000000000dead")),
        ),
    ),
    quiet=(
        examples.example("ether to a contact"),
        examples.example("a creation", replace(examples.TRANSFER, to=None)),
    ),
)
