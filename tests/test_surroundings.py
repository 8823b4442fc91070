"""What is asked about the world around a request, and how the answers come together."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from guard import engine
from guard.core.act import flatten
from guard.core.address import Address
from guard.core.bundle import CallBundle
from guard.core.changes import NOTHING_RUNS
from guard.core.decode import read
from guard.core.evidence import Evidence, Missing, Observed
from guard.core.intent import Asset, AssetKind
from guard.core.involved import MAX_ACCOUNTS, TokenQuestion
from guard.core.policy import Policy
from guard.core.reputation import Listing, Standing
from guard.core.request import TransactionRequest
from guard.core.review import review
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN, TRANSFER, token_transfer
from guard.core.signature_request import PersonalMessage, SignatureRequest
from guard.core.subject import Request
from guard.core.world import (
    AccountState,
    AllowanceGiven,
    AssetChange,
    Simulation,
    SimulationMethod,
    TokenState,
)
from guard.deadline import Deadline
from guard.engine import Guard
from guard.errors import NodeError
from guard.surroundings import Sources, Surroundings
from guard.testing import (
    FakeChain,
    FakeChainFacts,
    FakePredictor,
    FakeReputation,
    FakeSimulator,
    FixedClock,
)

CONTRACT = AccountState(code=b"\x60\x80", nonce=1, balance=0)
EMPTY = AccountState(code=b"", nonce=0, balance=10**20)
COIN = TokenState(kind=AssetKind.ERC20, symbol="COIN", decimals=6)
PAYOUT = Address.from_bytes(b"\x0d" * 20)
SIGNATURE = SignatureRequest(sender=SENDER, content=PersonalMessage(data=b"hello"), chain_id=1)
BAD = Listing(list_name="mine", standing=Standing.MALICIOUS, label="drainer", source="file", as_of=1)
RAN = Simulation(
    method=SimulationMethod.SIMULATE,
    succeeded=True,
    changes=(
        AssetChange(party=SENDER, asset=Asset(kind=AssetKind.ERC20, token=PAYOUT, amount=3), is_gain=False),
    ),
    allowances=(AllowanceGiven(token=TOKEN, owner=SENDER, spender=STRANGER, amount=None),),
)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Evidence]:
    """Every evidence that is reviewed, in order."""
    found: list[Evidence] = []

    def watched(request: Request, evidence: Evidence, *rest: Any) -> Any:
        found.append(evidence)
        return review(request, evidence, *rest)

    monkeypatch.setattr(engine, "review", watched)
    return found


def evidence(seen: list[Evidence], request: Request = TRANSFER, **parts: Any) -> Evidence:
    """Return the evidence that a guard on these parts gathers about a request."""
    fakes = {"chain": FakeChain(), "chain_facts": FakeChainFacts(), "simulator": FakeSimulator()}
    guard = Guard(predictor=FakePredictor(), clock=FixedClock(), **{**fakes, **parts})
    guard.review(request)
    return seen[-1]


def test_a_plain_payment_asks_for_two_accounts_and_the_fees_and_runs_nothing(seen: list[Evidence]) -> None:
    chain, facts, simulator = FakeChain(), FakeChainFacts(), FakeSimulator()
    chain.fails = {name: NodeError("must not be asked") for name in ("balance", "code")}
    found = evidence(seen, chain=chain, chain_facts=facts, simulator=simulator)
    assert facts.accounts_asked == [(SENDER, FRIEND)]
    assert (facts.tokens_asked, simulator.asked) == ([], [])
    assert found.accounts == Observed({SENDER: EMPTY, FRIEND: EMPTY}, "node")
    assert (found.balance, found.recipient_code) == (Observed(10**20, "node"), Observed(b"", "node"))
    assert (found.tokens, found.fee_market) == (Observed({}, "node"), Observed(facts.fees, "node"))
    assert isinstance(found.simulation, Observed)
    assert found.simulation.value.method is SimulationMethod.STATIC
    assert {change.party for change in found.simulation.value.changes or ()} == {SENDER, FRIEND}


def test_the_policy_says_for_how_long_a_contract_is_new(seen: list[Evidence]) -> None:
    facts = FakeChainFacts()
    evidence(seen, chain_facts=facts, policy=Policy(young_contract_days=11))
    assert facts.young_days == 11
    scoped = Policy(scopes={(TRANSFER.chain_id, None): Policy(young_contract_days=12)})
    evidence(seen, chain_facts=facts, policy=scoped)
    assert facts.young_days == 12


def test_ether_to_a_contract_and_calldata_are_run(seen: list[Evidence]) -> None:
    facts = FakeChainFacts(states={FRIEND: CONTRACT})
    for request in (TRANSFER, token_transfer(STRANGER)):
        simulator = FakeSimulator(Observed(RAN, "node"))
        found = evidence(seen, request, chain_facts=facts, simulator=simulator)
        assert simulator.asked == [(request,)]
        assert found.simulation == Observed(RAN, "node")


def test_a_signature_runs_nothing_and_says_so_with_or_without_a_node(seen: list[Evidence]) -> None:
    simulator = FakeSimulator()
    assert evidence(seen, SIGNATURE, simulator=simulator).simulation == Observed(NOTHING_RUNS, "nothing runs")
    assert evidence(seen, SIGNATURE, chain=None, chain_facts=None).simulation == Observed(
        NOTHING_RUNS, "nothing runs"
    )
    assert simulator.asked == []


def test_a_bundle_is_run_as_a_whole_unless_all_of_it_is_plain_ether(seen: list[Evidence]) -> None:
    simulator = FakeSimulator(Observed(RAN, "node"))
    plain = CallBundle(sender=SENDER, calls=(TRANSFER, TRANSFER), chain_id=1)
    found = evidence(seen, plain, simulator=simulator)
    assert simulator.asked == []
    assert isinstance(found.simulation, Observed)
    assert [change.asset.amount for change in found.simulation.value.changes or ()] == [
        2 * TRANSFER.value,
        2 * TRANSFER.value,
    ]
    mixed = CallBundle(sender=SENDER, calls=(TRANSFER, token_transfer(FRIEND)), chain_id=1)
    assert evidence(seen, mixed, simulator=simulator).simulation == Observed(RAN, "node")
    assert simulator.asked == [mixed.calls]


def test_without_a_node_all_of_it_is_missing_and_no_lists_is_no_missing_evidence(
    seen: list[Evidence],
) -> None:
    found = evidence(seen, chain=None, chain_facts=None, simulator=None)
    missing = Missing("no node was given to ask")
    assert [found.accounts, found.tokens, found.fee_market, found.simulation] == [missing] * 4
    assert found.listings == Observed({}, "no lists")


def test_a_node_without_a_simulator_still_tells_what_a_plain_payment_does(seen: list[Evidence]) -> None:
    found = evidence(seen, chain_facts=None, simulator=None)
    assert isinstance(found.simulation, Observed)
    called = evidence(seen, token_transfer(FRIEND), chain_facts=None, simulator=None)
    assert called.simulation == Missing("no node was given to ask")


def test_one_accounts_code_is_asked_for_once(seen: list[Evidence]) -> None:
    asked: list[Address] = []

    class Counting(FakeChain):
        def code(self, account: Address) -> bytes:
            asked.append(account)
            return super().code(account)

    evidence(seen, chain=Counting(), chain_facts=None)
    assert asked == [FRIEND]


def test_a_node_that_fails_is_missing_where_it_failed_and_nowhere_else(seen: list[Evidence]) -> None:
    down = NodeError("the node said \x1b[31mno")
    reason = Missing("the node said \\x1b[31mno", is_failure=True)
    found = evidence(seen, token_transfer(FRIEND), chain_facts=FakeChainFacts(fails={"tokens": down}))
    assert (found.tokens, isinstance(found.accounts, Observed)) == (reason, True)
    found = evidence(seen, chain_facts=FakeChainFacts(fails={"fee_market": down}))
    assert (found.fee_market, isinstance(found.accounts, Observed)) == (reason, True)
    found = evidence(seen, chain_facts=FakeChainFacts(fails={"accounts": down}))
    told = (found.accounts, found.balance, found.recipient_code, found.simulation, found.tokens)
    assert told == (reason,) * 5
    assert isinstance(found.fee_market, Observed)


def test_a_simulator_that_fails_or_raises_takes_nothing_else_with_it(seen: list[Evidence]) -> None:
    request = token_transfer(FRIEND)
    facts = FakeChainFacts(token_states={TOKEN: COIN})
    lists = FakeReputation({TOKEN: (BAD,)})
    for answer, reason in (
        (Missing("no", is_failure=True), "no"),
        (NodeError("it\nbroke"), "it\\x0abroke"),
    ):
        found = evidence(seen, request, chain_facts=facts, simulator=FakeSimulator(answer), reputation=lists)
        assert found.simulation == Missing(reason, is_failure=True)
        assert found.tokens == Observed({TOKEN: COIN}, "node")
        assert found.listings == Observed({TOKEN: (BAD,)}, "lists")


def test_contracts_that_are_paid_and_tokens_that_a_run_moves_are_asked_about_too(
    seen: list[Evidence],
) -> None:
    facts = FakeChainFacts(states={FRIEND: CONTRACT}, token_states={TOKEN: COIN, FRIEND: COIN, PAYOUT: COIN})
    found = evidence(
        seen, token_transfer(FRIEND), chain_facts=facts, simulator=FakeSimulator(Observed(RAN, "node"))
    )
    assert found.tokens == Observed({TOKEN: COIN, FRIEND: COIN, PAYOUT: COIN}, "node")
    assert sorted(facts.tokens_asked, key=str) == sorted(
        [
            (TokenQuestion(token=TOKEN, owners=(SENDER,)),),
            (TokenQuestion(token=FRIEND),),
            (TokenQuestion(token=PAYOUT, owners=(SENDER,)),),
        ],
        key=str,
    )


def test_tokens_of_a_run_that_cannot_be_learned_hide_nothing_but_a_paid_contract_does(
    seen: list[Evidence],
) -> None:
    class Picky(FakeChainFacts):
        refused: Address = PAYOUT

        def tokens(self, questions: Any, deadline: Deadline) -> Any:
            if any(question.token == self.refused for question in questions):
                raise NodeError("busy")
            return super().tokens(questions, deadline)

    parts = {"simulator": FakeSimulator(Observed(RAN, "node"))}
    facts = Picky(states={FRIEND: CONTRACT}, token_states={TOKEN: COIN, FRIEND: COIN})
    found = evidence(seen, token_transfer(FRIEND), chain_facts=facts, **parts)
    assert found.tokens == Observed({TOKEN: COIN, FRIEND: COIN}, "node")
    facts.refused = FRIEND
    found = evidence(seen, token_transfer(FRIEND), chain_facts=facts, **parts)
    assert found.tokens == Missing("busy", is_failure=True)


def many(count: int) -> CallBundle:
    """Return a bundle of payments that involves so many accounts, the sender among them."""
    calls = tuple(
        replace(TRANSFER, to=Address.from_bytes(number.to_bytes(20, "big"))) for number in range(1, count)
    )
    return CallBundle(sender=SENDER, calls=calls, chain_id=1)


def test_more_accounts_than_are_looked_at_are_missing_and_not_cut(seen: list[Evidence]) -> None:
    facts = FakeChainFacts()
    assert isinstance(evidence(seen, many(MAX_ACCOUNTS), chain_facts=facts).accounts, Observed)
    found = evidence(seen, many(MAX_ACCOUNTS + 1), chain_facts=facts)
    assert found.accounts == Missing("there are 65 accounts, and 64 at most are looked at")
    assert found.balance == Observed(10**20, "node")
    assert len(facts.accounts_asked) == 1


def token_bundle(tokens: int, recipient: Address = FRIEND) -> CallBundle:
    calls: list[TransactionRequest] = [
        replace(token_transfer(recipient), to=Address.from_bytes(number.to_bytes(20, "big")))
        for number in range(1, tokens + 1)
    ]
    return CallBundle(sender=SENDER, calls=tuple(calls), chain_id=1)


def test_more_tokens_than_are_looked_at_are_missing_the_paid_contracts_counted(
    seen: list[Evidence],
) -> None:
    reason = Missing("there are 33 tokens, and 32 at most are looked at")
    assert isinstance(evidence(seen, token_bundle(32)).tokens, Observed)
    assert evidence(seen, token_bundle(33)).tokens == reason
    facts = FakeChainFacts(states={FRIEND: CONTRACT})
    assert evidence(seen, token_bundle(32), chain_facts=facts).tokens == reason


def test_everyone_in_the_payload_and_everyone_in_the_run_is_looked_up_in_the_lists(
    seen: list[Evidence],
) -> None:
    lists = FakeReputation({STRANGER: (BAD,), FRIEND: (BAD, BAD)})
    simulator = FakeSimulator(Observed(RAN, "node"))
    found = evidence(seen, token_transfer(FRIEND), reputation=lists, simulator=simulator)
    assert found.listings == Observed({STRANGER: (BAD,), FRIEND: (BAD, BAD)}, "lists")
    assert {address for asked in lists.asked for address in asked} == {
        SENDER,
        TOKEN,
        FRIEND,
        PAYOUT,
        STRANGER,
    }


def test_lists_that_cannot_be_read_are_a_failure_and_no_empty_lists(seen: list[Evidence]) -> None:
    found = evidence(seen, reputation=FakeReputation(error=NodeError("the list is damaged")))
    assert found.listings == Missing("the list is damaged", is_failure=True)


def test_lists_that_fail_for_the_parties_of_a_run_alone_are_a_failure(seen: list[Evidence]) -> None:
    class Half(FakeReputation):
        def listings(self, addresses: Any) -> Any:
            if PAYOUT in addresses:
                raise NodeError("damaged")
            return super().listings(addresses)

    simulator = FakeSimulator(Observed(RAN, "node"))
    found = evidence(seen, token_transfer(FRIEND), reputation=Half(), simulator=simulator)
    assert found.listings == Missing("damaged", is_failure=True)


def test_a_simulator_that_never_returns_costs_the_simulation_alone(
    seen: list[Evidence], monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    class Hanging(FakeSimulator):
        def simulate(self, *given: Any) -> Any:
            over.wait(30)
            return super().simulate(*given)

    monkeypatch.setattr(engine, "_GRACE_S", 0.05)
    lists = FakeReputation({FRIEND: (BAD,)})
    facts = FakeChainFacts(token_states={TOKEN: COIN})
    found = evidence(
        seen,
        token_transfer(FRIEND),
        simulator=Hanging(),
        reputation=lists,
        chain_facts=facts,
        timeout_s=0.2,
    )
    over.set()
    assert found.simulation == Missing("no answer came in time", is_failure=True)
    assert found.tokens == Observed({TOKEN: COIN}, "node")
    assert found.listings == Observed({FRIEND: (BAD,)}, "lists")


def test_lists_that_answer_on_a_run_too_late_are_a_failure_and_no_empty_lists(
    seen: list[Evidence], monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    class Slow(FakeReputation):
        def listings(self, addresses: Any) -> Any:
            if PAYOUT in addresses:
                over.wait(30)
            return super().listings(addresses)

    monkeypatch.setattr(engine, "_GRACE_S", 0.05)
    simulator = FakeSimulator(Observed(RAN, "node"))
    found = evidence(
        seen,
        token_transfer(FRIEND),
        simulator=simulator,
        reputation=Slow({PAYOUT: (BAD,)}),
        timeout_s=0.2,
    )
    over.set()
    assert found.simulation == Observed(RAN, "node")
    assert found.listings == Missing("no answer came in time", is_failure=True)


def test_nobody_is_asked_for_code_after_the_deadline(seen: list[Evidence]) -> None:
    asked: list[Address] = []

    class Dripping(FakeChain):
        def code(self, account: Address) -> bytes:
            asked.append(account)
            while deadlines[0].remaining():
                threading.Event().wait(0.01)
            return b""

    deadlines = [Deadline.after(0.2)]
    request = many(MAX_ACCOUNTS + 1)
    around = Surroundings(
        request,
        flatten(read(request)),
        Sources(chain=Dripping(), facts=FakeChainFacts()),
        young_days=7,
        deadline=deadlines[0],
    )
    answer = around.questions()["simulation"]()
    assert answer == Missing("no time was left while asking the node for code", is_failure=True)
    assert len(asked) == 1
