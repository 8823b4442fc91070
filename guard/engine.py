"""The engine behind every surface: it gathers evidence about a request, all at once, and reviews it.

What belongs here: asking the ports and turning each failure into Missing. What must not: any judgement.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from guard.core.act import beneficiaries, beneficiary, flatten
from guard.core.bundle import CallBundle
from guard.core.decode import read
from guard.core.evidence import Evidence, Fact, Missing, Observed
from guard.core.features import FeatureKind
from guard.core.policy import Policy
from guard.core.prediction import (
    MOST_PAYEES,
    Prediction,
    PredictionClass,
    PredictionQuery,
    worst,
)
from guard.core.request import TransactionRequest
from guard.core.review import review
from guard.core.spending import NOTHING_SPENT, Spending
from guard.core.subject import Request
from guard.core.text import escape_untrusted
from guard.core.verdict import Verdict
from guard.deadline import Deadline
from guard.defaults import DEFAULT_TIMEOUT_S
from guard.errors import GuardError
from guard.gather import Failed, Late, gather
from guard.ports import (
    AddressBook,
    Chain,
    ChainFacts,
    Clock,
    Ledger,
    Node,
    Notify,
    Predictor,
    Reputation,
    Simulator,
)
from guard.surroundings import Sources, Surroundings

_GRACE_S = 0.5
"""Seconds beyond it in which a predictor may say, in its own words, that its time is over."""


_PREDICTION = "prediction {}"
"""How the questions to the witnesses are told apart."""


class SystemClock:
    """The machine's wall clock."""

    def now(self) -> int:
        """Return Unix seconds."""
        return int(time.time())


class Guard:
    """Reviews requests. Without a chain or an address book, what they would tell is Missing.

    A chain that is a Node, as Web3Chain is, tells of accounts, tokens and fees too, and runs requests, unless
    `chain_facts` or `simulator` are given to be asked in its place.

    Several predictors are all asked at once, and the worse answer decides; the policy's `required` says whose
    silence leaves no verdict.
    """

    def __init__(
        self,
        *,
        predictor: Predictor,
        other_predictors: Sequence[Predictor] = (),
        policy: Policy | None = None,
        chain: Chain | None = None,
        address_book: AddressBook | None = None,
        ledger: Ledger | None = None,
        clock: Clock | None = None,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        notify: Notify | None = None,
        chain_facts: ChainFacts | None = None,
        simulator: Simulator | None = None,
        reputation: Reputation | None = None,
    ) -> None:
        self.policy = policy or Policy()
        self._predictors = (predictor, *other_predictors)
        self._world = _sources(chain, chain_facts, simulator, reputation)
        self._address_book = address_book
        self._ledger = ledger
        self._clock = clock or SystemClock()
        self._timeout_s = timeout_s
        self._notify = notify

    @classmethod
    def from_config(cls, *, rpc_url: str | None = None) -> Guard:
        """Return a guard on the parts that environment and configuration file name.

        `rpc_url` names the node in place of theirs. Raises ConfigurationError or MissingExtra for what cannot
        be used.
        """
        from guard.wiring import build_chain, build_guard, read_settings

        settings = read_settings()
        url = rpc_url or settings.rpc_url
        return build_guard(settings, chain=build_chain(url) if url else None)

    @property
    def chain(self) -> Chain | None:
        """The node that is asked, where there is one."""
        return self._world.chain

    def supplied(self, *, chain: Chain, ledger: Ledger) -> Guard:
        """Return the same guard, with these where it has no node to ask, or no journal to count by."""
        guard, own = copy.copy(self), self._world
        if own.chain is None:
            guard._world = _sources(chain, own.facts, own.simulator, own.reputation)
        if self._ledger is None:
            guard._ledger = ledger
        return guard

    def unattended(self) -> Guard:
        """Return the same guard for a program that nobody watches: what would be a question is a refusal."""
        guard = copy.copy(self)
        guard.policy = self.policy.for_nobody()
        return guard

    def review(self, request: Request) -> Verdict:
        """Return the verdict on `request`; what cannot be learned within the timeout is a finding."""
        deadline = Deadline.after(self._timeout_s)
        policy = self.policy.for_request(request.chain_id, request.sender)
        around = Surroundings(
            request,
            flatten(read(request)),
            self._world,
            young_days=policy.young_contract_days,
            deadline=deadline,
        )
        questions = {**self._questions(request, deadline), **around.questions()}
        if self._notify is not None:
            self._notify(f"asking {self._sources()}, for at most {self._timeout_s:g} s")
        answers = around.merged(gather(questions, Deadline(deadline.expires_at + _GRACE_S)))
        return review(request, self._evidence(answers, policy), policy, self._clock.now())

    def _evidence(self, answers: dict[str, object], policy: Policy) -> Evidence:
        predictions = [
            _prediction(predictor, answers[_PREDICTION.format(number)])
            for number, predictor in enumerate(self._predictors)
        ]
        return Evidence(
            chain_id=_fact(answers, "chain_id", "node"),
            balance=_fact(answers, "balance", "node"),
            recipient_code=_fact(answers, "recipient_code", "node"),
            counterparties=_fact(answers, "counterparties", "address book"),
            spending=_spending(answers, policy),
            accounts=_fact(answers, "accounts", "node"),
            tokens=_fact(answers, "tokens", "node"),
            fee_market=_fact(answers, "fee_market", "node"),
            simulation=_fact(answers, "simulation", "node"),
            listings=_fact(answers, "listings", "lists"),
            prediction=predictions[0],
            other_predictions=tuple(predictions[1:]),
        )

    def _questions(self, request: Request, deadline: Deadline) -> dict[str, Callable[[], object]]:
        book, queries = self._address_book, prediction_queries(request)
        questions: dict[str, Callable[[], object]] = {
            _PREDICTION.format(number): partial(_asked, predictor, queries, deadline)
            for number, predictor in enumerate(self._predictors)
        }
        if book is not None:
            questions["counterparties"] = lambda: book.counterparties(request.chain_id, request.sender)
        ledger, chain_id = self._ledger, request.chain_id
        if ledger is not None and chain_id is not None:
            nonce = request.nonce if isinstance(request, TransactionRequest) else None
            since = self._clock.now() - self.policy.longest_window_s
            questions["spending"] = lambda: ledger.spending(
                chain_id, request.sender, since=since, besides=nonce
            )
        return questions

    def _sources(self) -> str:
        *sources, last = [
            *(f"the {predictor.source.value} model" for predictor in self._predictors),
            *(["the node"] if self._world.chain is not None else []),
        ]
        return " and ".join(filter(None, [", ".join(sources), last]))


def _sources(
    chain: Chain | None,
    facts: ChainFacts | None,
    simulator: Simulator | None,
    reputation: Reputation | None,
) -> Sources:
    if isinstance(chain, Node):
        # Whoever gives a node and nothing else is not to be blind for all but its balances.
        facts, simulator = facts or chain.facts(), simulator or chain.simulator()
    return Sources(chain=chain, facts=facts, simulator=simulator, reputation=reputation)


def prediction_query(request: Request) -> PredictionQuery:
    """Return what a predictor is asked about `request`.

    Of a signature, and of several calls, it is asked as of a call to whom they pay or trust: a signature
    costs nothing itself.
    """
    party = beneficiary(flatten(read(request)))
    if not isinstance(request, TransactionRequest):
        calls = request.calls if isinstance(request, CallBundle) else ()
        return PredictionQuery(
            sender=request.sender,
            recipient=party,
            beneficiary=party,
            value_wei=sum(call.value for call in calls),
            gas_price_wei=max((call.fee.ceiling for call in calls if call.fee is not None), default=0),
            is_contract_interaction=True,
            chain_id=request.chain_id,
        )
    return PredictionQuery(
        sender=request.sender,
        recipient=request.to,
        beneficiary=party,
        value_wei=request.value,
        gas_price_wei=None if request.fee is None else request.fee.ceiling,
        is_contract_interaction=bool(request.data),
        chain_id=request.chain_id,
    )


def prediction_queries(request: Request) -> tuple[PredictionQuery, ...]:
    """Return what a predictor is asked that judges by pasts: one question for each account that is paid."""
    query = prediction_query(request)
    is_transaction = isinstance(request, TransactionRequest)
    return tuple(
        replace(query, beneficiary=party, recipient=query.recipient if is_transaction else party)
        for party in beneficiaries(flatten(read(request))) or (None,)
    )


def _asked(predictor: Predictor, queries: Sequence[PredictionQuery], deadline: Deadline) -> Prediction:
    """Return the predictor's answer: of several accounts, asked about all at once, the worst.

    The contract vector is the same whoever is paid, and is asked about once.
    """
    if len(queries) == 1 or predictor.features_kind is FeatureKind.CONTRACT:
        return predictor.predict(queries[0], deadline)
    questions = {
        str(query.beneficiary): partial(predictor.predict, query, deadline) for query in queries[:MOST_PAYEES]
    }
    # Within what the review waits: an accusation must not be lost because another answer is late.
    answers = gather(questions, Deadline(deadline.expires_at + _GRACE_S / 2))
    predictions = [_about(payee, _prediction(predictor, answer)) for payee, answer in answers.items()]
    if len(queries) > MOST_PAYEES:
        reason = f"{len(queries)} accounts are paid, and it is asked about {MOST_PAYEES} at the most"
        predictions.append(_silence(predictor, reason))
    return worst(predictions)


def _about(payee: str, prediction: Prediction) -> Prediction:
    """Return the answer with whom it is about, which only the reason can tell."""
    return replace(prediction, reason=": ".join(filter(None, [f"about {payee}", prediction.reason])))


def _spending(answers: dict[str, object], policy: Policy) -> Fact[Spending]:
    # Without a journal nothing was sent from here, or it is not known on which chain; that matters to nobody
    # who has set no limit.
    if "spending" not in answers and not policy.has_limits_over_time:
        return Observed(NOTHING_SPENT, "no journal")
    return _fact(answers, "spending", "journal")


def _prediction(predictor: Predictor, answer: object) -> Prediction:
    if isinstance(answer, Prediction):
        return answer
    return _silence(predictor, _reason(answer))


def _silence(predictor: Predictor, reason: str) -> Prediction:
    return Prediction(
        prediction_class=PredictionClass.UNKNOWN,
        source=predictor.source,
        features_kind=predictor.features_kind,
        reason=reason,
    )


def _fact(answers: dict[str, object], name: str, source: str) -> Fact[Any]:
    if name not in answers:
        return Missing(f"no {source} was given to ask")
    answer = answers[name]
    if isinstance(answer, Failed | Late):
        return Missing(_reason(answer), is_failure=True)
    if isinstance(answer, Observed | Missing):
        return answer
    return Observed(answer, source)


def _reason(answer: object) -> str:
    if isinstance(answer, Failed) and isinstance(answer.error, GuardError):
        return escape_untrusted(answer.error.message)
    if isinstance(answer, Failed):
        return f"asking failed ({type(answer.error).__name__})"
    if isinstance(answer, Late):
        return "no answer came in time"
    return f"the answer is no prediction ({type(answer).__name__})"
