from __future__ import annotations

from guard.core.address import Address
from guard.core.intent import Batch, Grant, Permit
from guard.core.rules.examples import ROUTER, acts_subject, call_doing, permit, signed_subject
from guard.core.rules.permit_many_tokens import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels


def tokens(count: int) -> tuple[Address, ...]:
    return tuple(Address.from_bytes(bytes([number]) * 20) for number in range(1, count + 1))


def over(*addresses: Address, amount: int = 1) -> Permit:
    grants = tuple(Grant(token=token, amount=amount, expires_at=None) for token in addresses)
    return permit(grants=grants, form="permit2")


def test_one_is_quiet_a_pair_is_noted_and_more_is_asked_about() -> None:
    found = [levels(RULE, signed_subject(over(*tokens(count)))) for count in (1, 2, 3)]
    assert found == [[], [Severity.INFO], [Severity.WARN]]


def test_the_same_token_twice_and_tokens_of_which_nothing_is_given_do_not_count() -> None:
    (token,) = tokens(1)
    assert levels(RULE, signed_subject(over(token, token))) == []
    assert levels(RULE, signed_subject(over(*tokens(5), amount=0))) == []


def test_the_tokens_are_named_and_the_permit_is_found_inside_of_a_batch() -> None:
    inner = call_doing(over(*reversed(tokens(3))))
    (finding,) = asked(RULE, acts_subject(Batch(form="multicall", calls=(inner,))))
    assert finding.facts == {"spender": ROUTER, "count": 3, "tokens": tuple(sorted(tokens(3)))}
    assert (finding.path, finding.counterparty) == ((1,), ROUTER)
