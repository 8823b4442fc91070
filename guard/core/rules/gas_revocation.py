"""Taking a right back would cost far too much gas.

What it finds: a call that only takes a right back (an approval of 0, an operator's end), with a gas limit
above 1,000,000.

Why it matters: taking a right back costs a token some 50,000 units of gas. Fake tokens are dropped into
accounts and "approved" there, so that the owner's attempt to revoke them burns gas for whoever mints gas
tokens from it.

What to do: leave a token that you never bought alone; for one of your own, let the node estimate the gas.

Limits: the limit is compared, not what the call would use. Several rights taken back at once may need more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.intent import AllowanceChange, Approve, ApproveAll
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_LIMIT = 1_000_000
"""Units of gas: twenty times what an approval costs in the dearest common tokens. The threshold of Rabby's
rule 1118, https://github.com/RabbyHub/rabby-security-engine"""


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each transaction that takes one right back with more gas than that."""
    intent = subject.intent
    match intent:
        case Approve(amount=amount, change=change):
            is_revocation = amount == 0 or change is AllowanceChange.DECREASE
        case ApproveAll(approved=approved):
            is_revocation = not approved
        case _:
            return
    for transaction in subject.transactions:
        gas = transaction.gas_limit
        if is_revocation and gas is not None and gas > _LIMIT:
            yield Hit(facts={"gas": gas, "limit": _LIMIT}, counterparty=transaction.to)


_REVOKE = examples.call(examples.TOKEN, "approve(address,uint256)", examples.STRANGER, 0)

RULE = Rule(
    id="gas.revocation",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=(),
    message="taking a right back would be given {gas} units of gas; it needs a small part of {limit}",
    advice="leave a token that you never bought alone",
    check=check,
    fires=(
        examples.example("an approval of 0 with 1,000,001 gas", replace(_REVOKE, gas_limit=_LIMIT + 1)),
        examples.example(
            "an operator's end with 3,000,000 gas",
            replace(
                examples.call(examples.TOKEN, "setApprovalForAll(address,bool)", examples.STRANGER, False),
                gas_limit=3 * _LIMIT,
            ),
        ),
    ),
    quiet=(
        examples.example("an approval of 0 with 1,000,000 gas", replace(_REVOKE, gas_limit=_LIMIT)),
        examples.example(
            "an approval with much gas",
            replace(
                examples.call(examples.TOKEN, "approve(address,uint256)", examples.FRIEND, 5),
                gas_limit=3 * _LIMIT,
            ),
        ),
        examples.example("plain ether"),
    ),
    about=(Approve, ApproveAll),
)
