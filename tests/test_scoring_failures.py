"""Whatever fails while a payment is scored, at whichever call: nothing is signed.

What belongs here: every source and every rule, each raising everything. What must not: what is said about it;
`test_interceptor.py` and `core/test_review.py` have that.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

import guard.engine
from guard.core.access_list import AccessEntry
from guard.core.journal import SendState
from guard.core.request import TransactionRequest
from guard.core.review import review
from guard.core.rpc_transaction import parse_transaction, transaction_object
from guard.core.rules import ALL_RULES
from guard.core.rules.examples import FRIEND, STRANGER
from guard.core.rules.rule import Hit, Rule
from guard.core.signed import decode_signed
from guard.core.spending import NOTHING_SPENT
from guard.core.subject import Subject
from guard.core.verdict import Approval, Decision, Verdict
from guard.engine import Guard
from guard.errors import DigestMismatch
from guard.testing import FakeChainFacts, FakeReputation, FakeSimulator, ScriptedConfirmer
from tests.test_interceptor import PAYER, REQUEST, Bench, Raising, each_failure


class World:
    """Every source that a guard can have, one of which may raise."""

    def __init__(self, bench: Bench, source: str = "", method: str = "", failure: Any = None) -> None:
        self._parts: dict[str, Any] = {
            "predictor": bench.predictor,
            "other_predictors": bench.predictor,
            "chain": bench.chain,
            "address_book": bench.book,
            "ledger": self,
            "chain_facts": FakeChainFacts(chain=bench.chain),
            "simulator": FakeSimulator(),
            "reputation": FakeReputation(),
        }
        if source:
            self._parts[source] = Raising(self._parts[source], method, failure)

    def spending(self, *_: object, **__: object) -> object:
        return NOTHING_SPENT

    def guard(self, bench: Bench) -> Guard:
        others = (self._parts.pop("other_predictors"),)
        return Guard(policy=bench.policy, clock=bench.clock, other_predictors=others, **self._parts)


CALLS = (
    ("predictor", "predict"),
    ("other_predictors", "predict"),
    ("chain", "chain_id"),
    ("address_book", "counterparties"),
    ("ledger", "spending"),
    ("chain_facts", "accounts"),
    ("chain_facts", "tokens"),
    ("chain_facts", "fee_market"),
    ("simulator", "simulate"),
    ("reputation", "listings"),
)
"""Every call that a review makes of its sources. Balance and code are asked of the node's facts."""


def send_with(bench: Bench, guard: Guard, request: TransactionRequest) -> SendState:
    bench.guard = lambda: guard  # type: ignore[method-assign]
    return bench.send(request).state


# A transfer of a token to somebody known, from a contract that runs: every source is asked something.
CALL = replace(
    REQUEST,
    to=FRIEND,
    value=0,
    data=bytes.fromhex("a9059cbb") + bytes(12) + FRIEND.to_bytes() + (1).to_bytes(32, "big"),
)


@pytest.mark.parametrize(("source", "method"), CALLS)
@each_failure
def test_whatever_any_source_raises_nothing_is_signed_unattended(
    source: str, method: str, failure: BaseException
) -> None:
    """C2: timeout, ssl, json, memory, recursion, keyboard and generic, at each call of a source."""
    bench = Bench(confirmer=ScriptedConfirmer())
    bench.chain.codes[FRIEND] = b"\x60\x80"
    state = send_with(bench, World(bench, source, method, failure).guard(bench), CALL)
    assert state in (SendState.UNDECIDED, SendState.BLOCKED, SendState.DECLINED)
    bench.assert_nothing_signed()


def test_with_every_source_answering_the_same_payment_is_signed() -> None:
    """C2: it is the failure that stops it."""
    bench = Bench()
    assert send_with(bench, World(bench).guard(bench), REQUEST) is SendState.MINED


def failing(rule: Rule, failure: BaseException, *, after: bool) -> Rule:
    def check(subject: Subject) -> Iterable[Hit]:
        return _raise(failure, rule, subject, after=after)

    # It looks at every request and needs nothing, so that it is always asked.
    return replace(rule, check=check, needs=(), about=())


def _raise(failure: BaseException, rule: Rule, subject: Subject, *, after: bool) -> Iterator[Hit]:
    if after:
        yield from rule.check(subject)
    raise failure


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_whatever_any_rule_raises_nothing_is_signed(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    """C2 C7: each rule, each failure, before and after it has found something; the rule's id is told."""
    for failure in (
        TimeoutError("slow"),
        ValueError("json"),
        MemoryError(),
        RecursionError(),
        Exception("x"),
    ):
        for after in (False, True):
            rules = [failing(one, failure, after=after) if one is rule else one for one in ALL_RULES]
            monkeypatch.setattr(guard.engine, "review", partial(review, rules=rules))
            bench = Bench()
            outcome = bench.send()
            assert (outcome.state, outcome.verdict.decision) == (SendState.BLOCKED, Decision.BLOCK)
            told = [finding for finding in outcome.verdict.findings if finding.rule == "rule.failed"]
            assert [finding.facts["rule"] for finding in told] == [rule.id]
            assert rule.id in told[0].message
            bench.assert_nothing_signed()


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_an_interruption_in_any_rule_signs_nothing(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    """C2: keyboard."""
    rules = [failing(one, KeyboardInterrupt(), after=False) if one is rule else one for one in ALL_RULES]
    monkeypatch.setattr(guard.engine, "review", partial(review, rules=rules))
    bench = Bench()
    with pytest.raises(KeyboardInterrupt):
        bench.send()
    bench.assert_nothing_signed()


# C4: what was scored is what is signed, whatever happens to the values it was made of.


class Meddler:
    """A predictor or a confirmer that lets another thread change things while it is waited for."""

    def __init__(self, change: Any, real: Any) -> None:
        self._change, self._real = change, real

    def _meddle(self) -> None:
        thread = threading.Thread(target=self._change)
        thread.start()
        thread.join()

    def confirm(self, request: TransactionRequest, verdict: Verdict) -> object:
        self._meddle()
        return self._real.confirm(request, verdict)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def predict(self, *given: object) -> object:
        self._meddle()
        return self._real.predict(*given)


def described() -> dict[str, Any]:
    entry = AccessEntry(address=FRIEND, storage_keys=(bytes(32),))
    return dict(transaction_object(replace(REQUEST, access_list=(entry,), gas_limit=60_000)))


def meddle(document: dict[str, Any]) -> None:
    document["to"] = STRANGER
    document["value"] = hex(10**20)
    document["accessList"][0]["address"] = STRANGER
    document["accessList"][0]["storageKeys"].append("0x" + "ff" * 32)
    document["accessList"].append({"address": STRANGER, "storageKeys": []})


@pytest.mark.parametrize("moment", ["while it is scored", "while it is decided"])
def test_a_document_that_another_thread_changes_is_signed_as_it_was_scored(moment: str) -> None:
    """C4: the dict from which the request was read."""
    document = described()
    request = parse_transaction(document)
    bench = Bench()
    change = partial(meddle, document)
    if moment == "while it is scored":
        bench.predictor = Meddler(change, bench.predictor)
    else:
        bench.confirmer = Meddler(change, bench.confirmer)
    outcome = bench.send(request)
    assert document["to"] == STRANGER
    assert (outcome.state, outcome.request) == (SendState.MINED, parse_transaction(described()))
    assert [decode_signed(raw).request(PAYER.address) for raw in bench.chain.sent] == [outcome.request]


@pytest.mark.parametrize(
    ("name", "value"),
    [("to", STRANGER), ("value", 10**20), ("data", b"\1"), ("nonce", 8), ("gas_limit", 10**6)],
)
def test_a_request_that_is_changed_by_force_after_its_verdict_is_not_signed(name: str, value: object) -> None:
    """C4: past the protection of the frozen value; the send ends before the signer is asked."""
    request = replace(REQUEST)
    bench = Bench()
    bench.confirmer = Meddler(partial(object.__setattr__, request, name, value), bench.confirmer)
    outcome = bench.send(request)
    assert outcome.state is SendState.ABANDONED
    assert isinstance(outcome.error, DigestMismatch)
    bench.assert_nothing_signed()


def test_an_answer_is_bound_to_what_it_was_asked_about() -> None:
    """C4: an approval of another digest."""
    bench = Bench()

    class Swapping:
        def confirm(self, request: TransactionRequest, verdict: Verdict) -> Approval:
            other = replace(verdict, digest="0x" + "11" * 32)
            return Approval(digest=other.digest, confirmation=verdict.confirmation)

    bench.confirmer = Swapping()
    assert isinstance(bench.send().error, DigestMismatch)
    bench.assert_nothing_signed()
