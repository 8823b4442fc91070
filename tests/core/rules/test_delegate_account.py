from __future__ import annotations

from dataclasses import replace

from guard.core.address import Address
from guard.core.rules.delegate_account import RULE
from guard.core.rules.examples import FRIEND, STRANGER, delegating
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask

ZERO = Address.from_bytes(bytes(20))


def found(delegate: Address, account: str) -> Finding:
    return Finding(
        rule="delegate.account",
        severity=Severity.BLOCK,
        confidence=Confidence.HIGH,
        message=f"{account} would run the code of {delegate} from now on, which can move all that it holds",
        advice="do not sign; `wallet revoke --delegation` takes a delegation back",
        facts={"delegate": delegate, "account": account, "chain": 1},
        counterparty=delegate,
    )


def test_every_account_that_is_handed_over_is_refused_a_known_delegates_too() -> None:
    to_stranger, to_friend = delegating(STRANGER, chain_id=1), delegating(FRIEND, chain_id=1)
    both = replace(to_stranger, authorizations=(*to_stranger.authorizations, *to_friend.authorizations))
    assert ask(RULE, both) == (
        found(STRANGER, "the account that signed it"),
        found(FRIEND, "the account that signed it"),
    )


def test_the_account_is_named_where_its_signature_was_recovered() -> None:
    request = delegating(STRANGER, chain_id=1)
    (authorization,) = request.authorizations
    told = replace(request, authorizations=(replace(authorization, authority=FRIEND),))
    assert ask(RULE, told) == (found(STRANGER, FRIEND),)


def test_a_delegation_that_is_taken_back_is_quiet() -> None:
    assert ask(RULE, delegating(ZERO, chain_id=1)) == ()
