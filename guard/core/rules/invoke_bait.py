"""Payable function with the name of a bait.

What it finds: a call with ether, at any depth, of a function under whose name drainers take it, such as
`claim()`, `securityUpdate()` or `connect()`.

Why it matters: an airdrop or an update that one pays for is nearly always a contract that keeps what it is
sent and does nothing. "Payable function" is one of the four families of phishing transactions found on the
chain (PTXPhish, NDSS 2025).

What to do: do not send ether to receive something free. To mint a piece that costs something, look the
contract up where its makers publish it.

Limits: honest contracts use some of these names too: of a contact it is only noted, and a new one is refused.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.amounts import format_ether
from guard.core.intent import Invoke
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import account_of, is_trusted
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_CLAIM = Invoke(function="claim()", is_bait=True)
_PAID = examples.call_doing(_CLAIM, to=examples.ROUTER, value=examples.ETHER // 2)
_NEW = examples.told(accounts={examples.ROUTER: examples.YOUNG})


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each bait that is paid; a contact's is a note, and a new one's is refused."""
    for act in subject.acts:
        to, value = act.call.to, act.call.value
        if not isinstance(act.intent, Invoke) or not act.intent.is_bait or to is None or not value:
            continue
        account = account_of(subject, to)
        is_new = account is not None and bool(account.is_young)
        severity = Severity.BLOCK if is_new else None
        if is_trusted(subject, to):
            severity = Severity.INFO
        yield Hit(
            facts={
                "function": act.intent.function,
                "contract": to,
                "value": format_ether(value),
                "value_wei": value,
                "new": " new" if is_new else "",
            },
            severity=severity,
            counterparty=to,
            act=act,
        )


RULE = Rule(
    id="invoke.bait",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.MEDIUM,
    needs=(),
    helped_by=("accounts", "counterparties"),
    about=(Invoke,),
    message="{function} of the{new} contract {contract} takes {value}: drainers use this name",
    advice="do not send ether to receive something free",
    check=check,
    fires=(
        examples.doing("claim() with half an ether", _PAID),
        examples.doing("the same, to a contract of today", _PAID, _NEW),
        examples.doing("the same, to a contact", _PAID, examples.knowing(examples.ROUTER)),
    ),
    quiet=(
        examples.doing("claim() without ether", _CLAIM),
        examples.doing(
            "another function with ether",
            examples.call_doing(Invoke(function="deposit()"), to=examples.ROUTER, value=1),
        ),
    ),
)
