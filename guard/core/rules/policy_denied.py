"""Somebody whom the policy denies takes part.

What it finds: an address of a `[[deny]]` entry of the policy anywhere in the request: called, paid, given a
right to, or made use of at any depth; and in the simulation, whoever gains by it.

Why it matters: you wrote it down so that it never happens again.

What to do: nothing, or take the entry out of the policy. No allow entry, no level and no contact lifts it.

Limits: the address itself; who is behind another one is not known.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.entries import Deny
from guard.core.evidence import Observed
from guard.core.policy import DENIED_ID, Policy
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each denied address that takes part in any way."""
    denied = subject.policy.denied
    if not denied:
        return
    involved = set(subject.involved)
    simulation = subject.evidence.simulation
    if isinstance(simulation, Observed):
        involved.update(change.party for change in simulation.value.changes or ())
        involved.update(given.spender for given in simulation.value.allowances)
    for entry in denied:
        if entry.address in involved:
            note = f" ({entry.note})" if entry.note else ""
            yield Hit(facts={"address": entry.address, "note": note}, counterparty=entry.address)


_POLICY = Policy(denied=(Deny(address=examples.FRIEND, note="we fell out"),))

RULE = Rule(
    id=DENIED_ID,
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=(),
    message="the policy denies everything with {address}{note}",
    advice="leave it, or take the entry out of the policy",
    check=check,
    fires=(
        examples.example("ether to somebody denied, a contact all the same", policy=_POLICY),
        examples.example(
            "a token to somebody denied", examples.token_transfer(examples.FRIEND), policy=_POLICY
        ),
    ),
    quiet=(
        examples.example("nobody is denied"),
        examples.example("somebody else", examples.token_transfer(examples.STRANGER), policy=_POLICY),
    ),
)
