"""Your account runs somebody's code.

What it finds: a sender whose account is delegated to a contract (EIP-7702) that is not among the known
addresses.

Why it matters: the code can move whatever arrives, in the same moment. An account that was handed over to a
sweeper looks like any other until something is paid into it.

What to do: if you did not set it up, take it back with `wallet revoke --delegation`, and move what is left;
if you did, add the code's address to the contacts under its name.

Limits: what the code does is not looked at. Taking the delegation back is quiet.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.address import NOBODY, Address
from guard.core.intent import Delegate
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity
from guard.core.world import AccountState

_DESIGNATOR = bytes.fromhex("ef0100")
"""What the code of a delegated account begins with, https://eips.ethereum.org/EIPS/eip-7702"""


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when the sender's code delegates to an address that is not known."""
    state = observed(subject.evidence.accounts).get(subject.sender)
    if state is None or len(state.code) != 23 or not state.code.startswith(_DESIGNATOR):
        return
    delegate = Address.from_bytes(state.code[3:])
    if delegate not in subject.known() and not _is_taken_back(subject):
        yield Hit(facts={"account": subject.sender, "delegate": delegate}, counterparty=delegate)


def _is_taken_back(subject: Subject) -> bool:
    return any(
        one.delegate == NOBODY and one.authority == subject.sender
        for act in subject.acts_of(Delegate)
        if isinstance(act.intent, Delegate)
        for one in act.intent.authorizations
    )


def _delegated(to: Address) -> AccountState:
    return AccountState(code=_DESIGNATOR + to.to_bytes(), nonce=7, balance=examples.ETHER)


RULE = Rule(
    id="account.delegated",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.HIGH,
    needs=("accounts", "counterparties"),
    message="{account} runs the code of {delegate}, which you do not know: it can move all that it holds",
    advice="if you did not set it up, take it back with `wallet revoke --delegation`; if you did, add it to "
    "the contacts",
    check=check,
    fires=(
        examples.example(
            "a sender that is delegated to a stranger",
            evidence=examples.with_accounts({examples.SENDER: _delegated(examples.STRANGER)}),
        ),
    ),
    quiet=(
        examples.example(
            "a sender that is delegated to a contact",
            evidence=examples.with_accounts({examples.SENDER: _delegated(examples.FRIEND)}),
        ),
        examples.example(
            "taking it back",
            examples.delegating(NOBODY, chain_id=1, authority=examples.SENDER),
            examples.with_accounts({examples.SENDER: _delegated(examples.STRANGER)}),
        ),
        examples.example(
            "a sender without code",
            evidence=examples.with_accounts(
                {examples.SENDER: AccountState(code=b"", nonce=7, balance=examples.ETHER)}
            ),
        ),
        examples.example("a sender of which nothing was asked"),
    ),
)
