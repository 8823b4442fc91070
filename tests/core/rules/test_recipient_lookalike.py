from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.address import Address
from guard.core.evidence import Acquaintance, Counterparty, Observed
from guard.core.intent import Batch
from guard.core.policy import Policy
from guard.core.rules.examples import (
    EVIDENCE,
    FRIEND,
    SENDER,
    STRANGER,
    TRANSFER,
    acts_subject,
    approval,
    call_doing,
    knowing,
    token_transfer,
)
from guard.core.rules.recipient_lookalike import RULE
from guard.core.verdict import Confidence, Finding, Severity
from guard.errors import ConfigurationError
from tests.core.rules.asking import ask, asked


def like(known: Address, prefix: int, suffix: int) -> Address:
    """Return an address that shares exactly so many first and last digits with `known`."""
    digits = known[2:].lower()
    middle = "".join("1" if digit == "0" else "0" for digit in digits[prefix : 40 - suffix])
    return Address.parse("0x" + digits[:prefix] + middle + digits[40 - suffix :])


def found(
    address: Address, prefix: int, suffix: int, known: Address = FRIEND, name: str = "friend"
) -> Finding:
    return Finding(
        rule="recipient.lookalike",
        severity=Severity.BLOCK,
        confidence=Confidence.HIGH,
        message=f"{address} imitates {known} ({name}): same first {prefix} and last {suffix} digits",
        advice="take the address from your contacts; if it is someone else, add it there under its own name",
        facts={"recipient": address, "known": known, "name": name, "prefix": prefix, "suffix": suffix},
        counterparty=address,
    )


@pytest.mark.parametrize(("prefix", "suffix"), [(3, 4), (6, 4), (3, 36), (35, 4), (20, 19)])
def test_an_address_that_shares_enough_digits_at_both_ends_is_blocked(prefix: int, suffix: int) -> None:
    address = like(FRIEND, prefix, suffix)
    assert ask(RULE, replace(TRANSFER, to=address)) == (found(address, prefix, suffix),)
    assert ask(RULE, token_transfer(address)) == (found(address, prefix, suffix),)


@pytest.mark.parametrize(("prefix", "suffix"), [(2, 4), (3, 3), (7, 0), (0, 7), (2, 7), (7, 3)])
def test_one_digit_too_few_at_either_end_is_quiet(prefix: int, suffix: int) -> None:
    assert ask(RULE, replace(TRANSFER, to=like(FRIEND, prefix, suffix))) == ()


@pytest.mark.parametrize(("prefix", "suffix"), [(8, 0), (39, 0), (0, 8), (0, 39), (2, 37), (36, 3)])
def test_more_digits_than_chance_gives_at_one_end_alone_are_asked_about(prefix: int, suffix: int) -> None:
    address = like(FRIEND, prefix, suffix)
    assert ask(RULE, replace(TRANSFER, to=address)) == (found(address, prefix, suffix).at(Severity.WARN),)


def test_zeros_in_front_do_not_count_where_one_end_agrees_alone() -> None:
    permit2 = Address.parse("0x000000000022D473030F116dDEE9F6B43aC78BA3")
    seaport = Address.parse("0x00000000000000ADc04C56Bf30aC9d3c0aAF14dC")
    assert ask(RULE, replace(TRANSFER, to=seaport), knowing(permit2)) == ()


def test_the_policy_says_how_many_digits_count_at_one_end_alone() -> None:
    request = replace(TRANSFER, to=like(FRIEND, 6, 0))
    levels = [ask(RULE, request, policy=Policy(lookalike_alone=count)) for count in (6, 7)]
    assert [len(level) for level in levels] == [1, 0]
    with pytest.raises(ConfigurationError, match="alone cannot be 0"):
        Policy(lookalike_alone=0)


def test_spenders_and_those_who_are_called_inside_are_looked_at_too() -> None:
    twin = like(FRIEND, 5, 5)
    inner = (call_doing(approval(twin)), call_doing(approval(), to=like(FRIEND, 4, 4)))
    findings = asked(RULE, acts_subject(Batch(form="multicall", calls=inner)))
    assert sorted((finding.counterparty, finding.path) for finding in findings) == sorted(
        [(twin, (1,)), (like(FRIEND, 4, 4), (2,))]
    )


def test_the_policy_says_how_many_digits_count() -> None:
    request = replace(TRANSFER, to=like(FRIEND, 2, 2))
    loose, strict = (Policy(lookalike_prefix=count, lookalike_suffix=count) for count in (2, 3))
    assert (len(ask(RULE, request, policy=loose)), ask(RULE, request, policy=strict)) == (1, ())


def test_the_case_of_the_digits_does_not_matter() -> None:
    known = Address.parse("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")
    party = Observed((Counterparty(address=known, acquaintance=Acquaintance.PAID_BEFORE),), "book")
    address = like(known, 5, 5)
    assert ask(RULE, replace(TRANSFER, to=address), replace(EVIDENCE, counterparties=party)) == (
        found(address, 5, 5, known, "paid before"),
    )


def test_the_senders_own_address_can_be_imitated_too() -> None:
    address = like(SENDER, 4, 4)
    assert ask(RULE, replace(TRANSFER, to=address)) == (found(address, 4, 4, SENDER, "own account"),)


def test_an_address_that_is_itself_known_is_no_imitation() -> None:
    twin = like(FRIEND, 5, 5)
    parties = (
        Counterparty(address=FRIEND, acquaintance=Acquaintance.CONTACT),
        Counterparty(address=twin, acquaintance=Acquaintance.CONTACT),
    )
    evidence = replace(EVIDENCE, counterparties=Observed(parties, "book"))
    assert ask(RULE, replace(TRANSFER, to=twin), evidence) == ask(RULE, TRANSFER, evidence) == ()


def test_an_imitation_of_two_known_addresses_is_told_for_each() -> None:
    twin = like(FRIEND, 6, 6)
    parties = tuple(
        Counterparty(address=address, acquaintance=Acquaintance.CONTACT, name=name)
        for address, name in ((FRIEND, "a"), (twin, "b"))
    )
    evidence = replace(EVIDENCE, counterparties=Observed(parties, "book"))
    address = like(FRIEND, 4, 4)
    names = [finding.facts["name"] for finding in ask(RULE, replace(TRANSFER, to=address), evidence)]
    assert sorted(map(str, names)) == ["a", "b"]


def test_a_token_contract_that_imitates_a_known_address_is_blocked() -> None:
    contract = like(FRIEND, 4, 4)
    request = replace(token_transfer(FRIEND), to=contract)
    assert ask(RULE, request) == (found(contract, 4, 4),)


def test_strangers_and_creations_are_quiet() -> None:
    assert ask(RULE, replace(TRANSFER, to=STRANGER)) == ask(RULE, replace(TRANSFER, to=None)) == ()
