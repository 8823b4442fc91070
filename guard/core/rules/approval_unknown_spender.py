"""Approval to a spender that you do not know.

What it finds: an approval, at any depth and of any amount, to somebody who is no contact and no account of
yours. Having paid a contract once, for a mint or a claim, does not make it one that may take your tokens.

Why it matters: whoever may take your tokens can do so at any later time, without asking again. A false site
asks for an approval to the thief in place of the market it imitates.

What to do: look the spender up where the application publishes its contracts, not on the page that asks; then
add it to the contacts.

Limits: an application that you used with another wallet looks new here. Taking an approval back is quiet
where the token says that it is an ERC-20 token; elsewhere 0 may be the id of a piece.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import Approve
from guard.core.rules import examples
from guard.core.rules.given import approvals_in
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.spenders import strangers
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_TOLD = examples.told(tokens={examples.TOKEN: examples.STATE, examples.COLLECTION: examples.PIECES})


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each approval to somebody who is not known; operators have a rule of their own."""
    return strangers(subject, (right for right in approvals_in(subject) if right.amount is not None))


RULE = Rule(
    id="approval.unknown-spender",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=("counterparties",),
    helped_by=("tokens",),
    about=(Approve,),
    message="{spender}, whom you do not know, may take {what} from now on",
    advice="look the spender up where the application publishes its contracts, then add it to the contacts",
    check=check,
    fires=(
        examples.doing("100 of a token to a contract never used", examples.approval(), _TOLD),
        examples.doing(
            "piece 0 of a collection, which looks like taking an approval back",
            examples.approval(amount=0, token=examples.COLLECTION),
            _TOLD,
        ),
        examples.doing("0 of a token that does not say what it is", examples.approval(amount=0)),
    ),
    quiet=(
        examples.doing("100 of a token to a contact", examples.approval(), examples.knowing(examples.ROUTER)),
        examples.doing("0 of a token, which takes an approval back", examples.approval(amount=0), _TOLD),
    ),
)
