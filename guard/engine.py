"""The engine behind every surface: it gathers evidence about a request, all at once, and reviews it.

What belongs here: asking the ports and turning each failure into Missing. What must not: any judgement.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from guard.core.act import beneficiary, flatten
from guard.core.address import Address
from guard.core.decode import read
from guard.core.evidence import Evidence, Fact, Missing, Observed
from guard.core.policy import Policy
from guard.core.prediction import Prediction, PredictionClass, PredictionQuery
from guard.core.request import TransactionRequest
from guard.core.review import review
from guard.core.spending import NOTHING_SPENT, Spending
from guard.core.text import escape_untrusted
from guard.core.verdict import Verdict
from guard.deadline import Deadline
from guard.errors import GuardError
from guard.gather import Failed, Late, gather
from guard.ports import AddressBook, Chain, Clock, Ledger, Notify, Predictor

DEFAULT_TIMEOUT_S = 90.0
"""Seconds that all evidence together may take: a sleeping service needs 30 to 60 to wake."""

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
    ) -> None:
        self.policy = policy or Policy()
        self._predictors = (predictor, *other_predictors)
        self._chain = chain
        self._address_book = address_book
        self._ledger = ledger
        self._clock = clock or SystemClock()
        self._timeout_s = timeout_s
        self._notify = notify

    @classmethod
    def from_config(cls) -> Guard:
        """Return a guard on the parts that environment and configuration file name.

        Raises ConfigurationError or MissingExtra for what cannot be used.
        """
        from guard.wiring import build_chain, build_guard, read_settings

        settings = read_settings()
        chain = build_chain(settings.rpc_url) if settings.rpc_url else None
        return build_guard(settings, chain=chain)

    def review(self, request: TransactionRequest) -> Verdict:
        """Return the verdict on `request`; what cannot be learned within the timeout is a finding."""
        deadline = Deadline.after(self._timeout_s)
        questions = self._questions(request, deadline)
        if self._notify is not None:
            self._notify(f"asking {self._sources()}, for at most {self._timeout_s:g} s")
        answers = gather(questions, Deadline(deadline.expires_at + _GRACE_S))
        predictions = [
            _prediction(predictor, answers[_PREDICTION.format(number)])
            for number, predictor in enumerate(self._predictors)
        ]
        evidence = Evidence(
            chain_id=_fact(answers, "chain_id", "node"),
            balance=_fact(answers, "balance", "node"),
            recipient_code=_fact(answers, "recipient_code", "node"),
            counterparties=_fact(answers, "counterparties", "address book"),
            spending=self._spending(request, answers),
            accounts=_fact(answers, "accounts", "node"),
            tokens=_fact(answers, "tokens", "node"),
            fee_market=_fact(answers, "fee_market", "node"),
            simulation=_fact(answers, "simulation", "node"),
            listings=_fact(answers, "listings", "lists"),
            prediction=predictions[0],
            other_predictions=tuple(predictions[1:]),
        )
        return review(request, evidence, self.policy, self._clock.now())

    def _questions(self, request: TransactionRequest, deadline: Deadline) -> dict[str, Callable[[], object]]:
        chain, book = self._chain, self._address_book
        query = prediction_query(request)
        questions: dict[str, Callable[[], object]] = {
            _PREDICTION.format(number): partial(predictor.predict, query, deadline)
            for number, predictor in enumerate(self._predictors)
        }
        if chain is not None:
            questions["chain_id"] = chain.chain_id
            questions["balance"] = lambda: chain.balance(request.sender)
            questions["recipient_code"] = lambda: _code(chain, request.to)
        if book is not None:
            questions["counterparties"] = lambda: book.counterparties(request.chain_id, request.sender)
        ledger, chain_id = self._ledger, request.chain_id
        if ledger is not None and chain_id is not None:
            since = self._clock.now() - self.policy.longest_window_s
            questions["spending"] = lambda: ledger.spending(
                chain_id, request.sender, since=since, besides=request.nonce
            )
        return questions

    def _spending(self, request: TransactionRequest, answers: dict[str, object]) -> Fact[Spending]:
        # Without a journal nothing was sent from here, or it is not known on which chain; that matters to
        # nobody who has set no limit.
        policy = self.policy.for_request(request.chain_id, request.sender)
        if "spending" not in answers and not policy.has_limits_over_time:
            return Observed(NOTHING_SPENT, "no journal")
        return _fact(answers, "spending", "journal")

    def _sources(self) -> str:
        *sources, last = [
            *(f"the {predictor.source.value} model" for predictor in self._predictors),
            *(["the node"] if self._chain is not None else []),
        ]
        return " and ".join(filter(None, [", ".join(sources), last]))


def prediction_query(request: TransactionRequest) -> PredictionQuery:
    """Return what a predictor is asked about `request`."""
    return PredictionQuery(
        sender=request.sender,
        recipient=request.to,
        beneficiary=beneficiary(flatten(read(request))),
        value_wei=request.value,
        gas_price_wei=None if request.fee is None else request.fee.ceiling,
        is_contract_interaction=bool(request.data),
        chain_id=request.chain_id,
    )


def _prediction(predictor: Predictor, answer: object) -> Prediction:
    if isinstance(answer, Prediction):
        return answer
    return Prediction(
        prediction_class=PredictionClass.UNKNOWN,
        source=predictor.source,
        features_kind=predictor.features_kind,
        reason=_reason(answer),
    )


def _code(chain: Chain, account: Address | None) -> bytes:
    return b"" if account is None else chain.code(account)


def _fact(answers: dict[str, object], name: str, source: str) -> Fact[Any]:
    if name not in answers:
        return Missing(f"no {source} was given to ask")
    answer = answers[name]
    if isinstance(answer, Failed | Late):
        return Missing(_reason(answer), is_failure=True)
    return Observed(answer, source)


def _reason(answer: object) -> str:
    if isinstance(answer, Failed) and isinstance(answer.error, GuardError):
        return escape_untrusted(answer.error.message)
    if isinstance(answer, Failed):
        return f"asking failed ({type(answer.error).__name__})"
    if isinstance(answer, Late):
        return "no answer came in time"
    return f"the answer is no prediction ({type(answer).__name__})"
