"""Somebody may move everything in a collection.

What it finds: `setApprovalForAll`, or an operator of an ERC-777 token, at any depth.

Why it matters: an operator may take every piece that you have in the collection and every one that you will
ever have. Markets need it to sell for you; thieves ask for it under another name.

What to do: look the operator up where the market publishes its contracts. Take the right back when you have
sold.

Limits: of an operator that you know it is only noted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.intent import ApproveAll
from guard.core.rules import examples
from guard.core.rules.given import approvals_in
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import acquaintance_of
from guard.core.rules.spenders import hit_of
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_GRANT = ApproveAll(
    collection=examples.COLLECTION, owner=examples.SENDER, operator=examples.ROUTER, approved=True
)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each operator that is let in; a known one is a note."""
    for right in approvals_in(subject):
        if right.amount is None:
            known = acquaintance_of(subject, right.spender)
            yield hit_of(subject, right, None if known is None else Severity.INFO)


RULE = Rule(
    id="approval.operator",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.HIGH,
    needs=(),
    helped_by=("counterparties", "tokens"),
    about=(ApproveAll,),
    message="{spender} may move {what}, now and later",
    advice="look the operator up where the market publishes its contracts; after a sale, "
    "`wallet revoke {token} {spender}` takes the right back",
    check=check,
    fires=(
        examples.doing("a collection to an operator never used", _GRANT),
        examples.doing("the same to a contact, a note", _GRANT, examples.knowing(examples.ROUTER)),
    ),
    quiet=(
        examples.doing("taking the right back", replace(_GRANT, approved=False)),
        examples.doing("an approval of 100", examples.approval()),
    ),
)
