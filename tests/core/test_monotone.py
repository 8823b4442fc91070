"""More at stake, or less known, never makes a decision milder: thousands of random transactions show it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from guard.core.address import Address
from guard.core.bundle import CallBundle
from guard.core.evidence import Acquaintance, Counterparty, Evidence, Observed
from guard.core.intent import Asset, AssetKind
from guard.core.policy import Policy
from guard.core.reputation import Listing, Standing
from guard.core.request import TransactionRequest
from guard.core.review import review
from guard.core.rules import ALL_RULES
from guard.core.rules.examples import (
    ETHER,
    EVIDENCE,
    NOW,
    SENDER,
    TRANSFER,
    WALLET,
    call,
    calldata,
    safe_execution,
)
from guard.core.subject import Request
from guard.core.verdict import Decision
from guard.core.world import AccountState, AssetChange, Simulation, SimulationMethod, TokenState

COUNT = 3000
RANK = {Decision.ALLOW: 0, Decision.WARN: 1, None: 2, Decision.BLOCK: 3}
PEOPLE = tuple(Address.from_bytes(bytes([0x41 + number]) * 20) for number in range(8))
TOKENS = tuple(Address.from_bytes(bytes([0x71 + number]) * 20) for number in range(3))
AMOUNTS = (
    0,
    1,
    5,
    10**6,
    10**8,
    10**9,
    10**10,
    10**12,
    10**16,
    10**17,
    10**18,
    10**21,
    2**64 - 1,
    2**160 - 1,
)
AMOUNTS += (2**160 - 1, 2**255, 2**256 - 1)
POLICIES = (
    Policy(),
    Policy(per_transaction_limit_wei=ETHER, token_limits={TOKENS[0]: 10**9}),
    Policy(unattended=True),
)
Build = Callable[[int], Request]
"""Makes the request with this amount at stake."""


@dataclass(frozen=True)
class Case:
    """One kind of transaction, and what is known when it is made."""

    build: Build
    evidence: Evidence
    policy: Policy
    somebody: Address


def _call_of(chance: random.Random, somebody: Address) -> Callable[[int], TransactionRequest]:
    token, deadline = chance.choice(TOKENS), NOW + chance.choice((60, 10**6, 10**9))
    signature = (27, bytes(32), bytes(32))
    forms: tuple[Callable[[int], TransactionRequest], ...] = (
        lambda amount: replace(TRANSFER, to=somebody, value=min(amount, 2**90)),
        lambda amount: call(somebody, "claim()", value=min(amount, 2**90)),
        lambda amount: replace(TRANSFER, to=somebody, value=min(amount, 2**90), data=b"\xde\xad\xbe\xef"),
        lambda amount: call(token, "transfer(address,uint256)", somebody, amount),
        lambda amount: call(token, "transferFrom(address,address,uint256)", SENDER, somebody, amount),
        lambda amount: call(token, "transferFrom(address,address,uint256)", somebody, SENDER, amount),
        lambda amount: call(token, "approve(address,uint256)", somebody, amount),
        lambda amount: call(token, "increaseAllowance(address,uint256)", somebody, amount),
        lambda amount: call(
            token,
            "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
            *(SENDER, somebody, amount, deadline, *signature),
        ),
        lambda amount: call(
            somebody,
            "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
            *(amount, 5, (token, TOKENS[0]), chance_recipient, deadline),
        ),
    )
    chance_recipient = chance.choice((SENDER, somebody))
    return chance.choice(forms)


def _wrapped(chance: random.Random, inner: Callable[[int], TransactionRequest]) -> Build:
    def in_a_batch(amount: int) -> Request:
        one = inner(amount)
        assert one.to is not None
        return call(PEOPLE[7], "aggregate((address,bytes)[])", ((one.to, one.data),))

    def by_a_wallet(amount: int) -> Request:
        one = inner(amount)
        assert one.to is not None
        return safe_execution(one.to, one.data, value=one.value)

    def in_a_multicall(amount: int) -> Request:
        one = inner(amount)
        assert one.to is not None
        return call(one.to, "multicall(bytes[])", (one.data, calldata("claim()")))

    def in_a_bundle(amount: int) -> Request:
        return CallBundle(sender=SENDER, calls=(TRANSFER, inner(amount)), chain_id=1)

    return chance.choice((inner, inner, inner, in_a_batch, by_a_wallet, in_a_multicall, in_a_bundle))


def _evidence(chance: random.Random) -> Evidence:
    known = [*TOKENS, WALLET, *chance.sample(PEOPLE, chance.randrange(3, len(PEOPLE) + 1))]
    parties = tuple(Counterparty(address=one, acquaintance=Acquaintance.CONTACT) for one in known)
    person = AccountState(code=b"", nonce=1, balance=0)
    contract = AccountState(code=b"\x60", nonce=1, balance=0, is_young=chance.choice((True, False, None)))
    accounts = {one: chance.choice((person, *[contract] * 9)) for one in (*PEOPLE, WALLET)}
    tokens = {
        token: TokenState(
            kind=chance.choice((AssetKind.ERC20, AssetKind.ERC20, AssetKind.ERC721, None)),
            decimals=chance.choice((6, 18, None)),
            total_supply=chance.choice((10**15, 10**27, None)),
            balances=chance.choice(({}, {SENDER: 10**9}, {SENDER: 0})),
        )
        for token in TOKENS
    }
    bad = Listing(list_name="x", standing=chance.choice(tuple(Standing)), label="", source="x", as_of=0)
    change = AssetChange(
        party=SENDER,
        asset=Asset(kind=AssetKind.ERC20, token=chance.choice(TOKENS), amount=5),
        is_gain=chance.random() < 0.5,
    )
    simulation = Simulation(
        method=SimulationMethod.SIMULATE,
        succeeded=chance.random() < 0.97,
        changes=chance.choice((*[()] * 9, (change,))),
        variants_agree=chance.random() < 0.99,
    )
    return replace(
        EVIDENCE,
        balance=Observed(chance.choice((ETHER, 10**30, 10**30)), "node"),
        recipient_code=Observed(chance.choice((b"", *[b"\x60"] * 19)), "node"),
        counterparties=Observed(parties, "contacts"),
        accounts=Observed({**accounts, **dict.fromkeys(TOKENS, contract)}, "node"),
        tokens=Observed(chance.choice((tokens, {})), "node"),
        simulation=Observed(simulation, "node"),
        listings=Observed(chance.choice((*[{}] * 19, {chance.choice(PEOPLE): (bad,)})), "lists"),
    )


def _case(seed: str) -> tuple[Case, random.Random]:
    chance = random.Random(seed)
    somebody = chance.choice(PEOPLE)
    build = _wrapped(chance, _call_of(chance, somebody))
    return Case(build, _evidence(chance), chance.choice(POLICIES), somebody), chance


def _rank(case: Case, amount: int, evidence: Evidence) -> int:
    # Where a run takes what the payload does not name, it takes the more of it the larger the payload is.
    assert isinstance(evidence.simulation, Observed)
    run = evidence.simulation.value
    changes = tuple(
        replace(one, asset=replace(one.asset, amount=2 * amount + one.asset.amount))
        for one in run.changes or ()
    )
    evidence = replace(evidence, simulation=Observed(replace(run, changes=changes), "node"))
    return RANK[review(case.build(amount), evidence, case.policy, NOW).decision]


def _without(address: Address, evidence: Evidence) -> Evidence:
    assert isinstance(evidence.counterparties, Observed)
    left = tuple(one for one in evidence.counterparties.value if one.address != address)
    return replace(evidence, counterparties=Observed(left, "contacts"))


@pytest.mark.parametrize("block", range(10))
def test_a_larger_amount_never_lowers_the_decision(block: int) -> None:
    for number in range(COUNT // 10):
        case, chance = _case(f"amount/{block}/{number}")
        less, more = sorted(chance.sample(AMOUNTS, 2))
        before, after = (_rank(case, amount, case.evidence) for amount in (less, more))
        assert after >= before, (case, less, more)


@pytest.mark.parametrize("block", range(10))
def test_a_recipient_that_is_no_contact_any_more_never_lowers_the_decision(block: int) -> None:
    for number in range(COUNT // 10):
        case, chance = _case(f"contact/{block}/{number}")
        amount = chance.choice(AMOUNTS)
        before = _rank(case, amount, case.evidence)
        assert _rank(case, amount, _without(case.somebody, case.evidence)) >= before, (case, amount)


def test_no_order_of_the_rules_changes_a_verdict() -> None:
    for number in range(COUNT // 10):
        case, chance = _case(f"order/{number}")
        rules, request = list(ALL_RULES), case.build(chance.choice(AMOUNTS))
        chance.shuffle(rules)
        shuffled = review(request, case.evidence, case.policy, NOW, rules=rules)
        assert shuffled == review(request, case.evidence, case.policy, NOW)


def test_the_random_transactions_are_of_every_decision() -> None:
    cases = [_case(f"amount/0/{number}")[0] for number in range(COUNT // 10)]
    decisions = {review(case.build(5), case.evidence, case.policy, NOW).decision for case in cases}
    assert decisions >= {Decision.ALLOW, Decision.WARN, Decision.BLOCK}
