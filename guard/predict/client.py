"""Predictors behind the `Predictor` port: one asks a route over HTTP, the other runs its code in process.

What belongs here: turning a query into the route's question, waiting for a sleeping service, and turning what
comes back, failures included, into a prediction. What must not: any opinion about a prediction.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TypeAlias, TypeVar

from guard.core.evidence import Fact, Missing, Observed
from guard.core.features import (
    GAS_PRICE_INDEX,
    VALUE_INDEX,
    FeatureKind,
    FeatureVector,
    contract_vector_from_wei,
    feature_kind,
)
from guard.core.history import AccountHistory, account_vector
from guard.core.prediction import Prediction, PredictionClass, PredictionQuery, PredictionSource
from guard.core.text import MAX_TEXT, escape_untrusted
from guard.deadline import Deadline
from guard.errors import (
    DeadlineExceeded,
    GuardError,
    InvalidRequest,
    ServiceBusy,
    ServiceInvalid,
    ServiceUnavailable,
)
from guard.ports import HistorySource, Notify
from guard.predict.contract import RouteAnswer, RouteRequest, read_problem, read_route
from guard.predict.destination import check_destination
from guard.predict.exchange import Answer, Waiting, exchange
from guard.predict.service import PredictService

T = TypeVar("T")

SHORTEST_WAIT_S = 1.0
"""A service that asks to be asked again in 0 s is not asked in a loop."""

_NO_PAST = "the account has no past, and the service is asked about nothing else"

Wait: TypeAlias = Callable[[float], None]
"""Waits so many seconds; an interruption leaves it as an exception."""
_Ask: TypeAlias = Callable[[RouteRequest, Deadline], RouteAnswer]
_MAY_BE_ASKED_AGAIN = {429: ServiceBusy, 503: ServiceUnavailable}


def _silent(line: str) -> None:
    """Say nothing."""


class RoutePredictor:
    """The witness behind a `POST /api/predict` route."""

    def __init__(
        self,
        url: str,
        notify: Notify | None = None,
        *,
        api_key: str | None = None,
        history: HistorySource | None = None,
        wait: Wait = time.sleep,
    ) -> None:
        """Take the route's full address, and the key where the route asks for one.

        With `history` the question holds the account vector of the beneficiary's past instead of the contract
        vector. Raises ConfigurationError for an address that may not be asked.
        """
        self._headers = {} if api_key is None else {"X-API-Key": api_key}
        self._url = check_destination(url, setting="the address of the predict route")
        self._notify = notify or _silent
        self._history = history
        self._wait = wait

    @property
    def source(self) -> PredictionSource:
        """Which witness a route is taken for until it tells."""
        return PredictionSource.EXTERNAL

    @property
    def features_kind(self) -> FeatureKind:
        """Which vector is asked about: the one that the service documents, unless there are histories."""
        return _kind(self._history)

    def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
        """Ask the route about `query`; never raises: without an answer the class is UNKNOWN."""
        patient = _Patient(self._ask, self.source, self._history, self._notify, self._wait)
        return patient.predict(query, deadline)

    def _ask(self, request: RouteRequest, deadline: Deadline) -> RouteAnswer:
        waiting = _progress(self._notify)
        answer = exchange(
            "POST",
            self._url,
            body=request.body(),
            headers=self._headers,
            deadline=deadline,
            waiting=waiting,
        )
        if answer.status == 200:
            return read_route(answer.body, asked=request.features_kind)
        raise failure_of(answer)


class InProcessPredictor:
    """The route's own code, run in this process, with the caller's deadline in place of the route's."""

    def __init__(
        self,
        service: PredictService,
        notify: Notify | None = None,
        *,
        history: HistorySource | None = None,
        wait: Wait = time.sleep,
    ) -> None:
        """Take the service, which with `history` is asked about the beneficiary's past."""
        self._service = service
        self._notify = notify or _silent
        self._history = history
        self._wait = wait

    @property
    def source(self) -> PredictionSource:
        """Which witness the service asks."""
        return self._service.source

    @property
    def features_kind(self) -> FeatureKind:
        """Which vector is asked about: the one that the service documents, unless there are histories."""
        return _kind(self._history)

    def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
        """Ask the service about `query`; never raises: without an answer the class is UNKNOWN."""
        scope = "" if query.chain_id is None else str(query.chain_id)

        def ask(request: RouteRequest, deadline: Deadline) -> RouteAnswer:
            return self._service.answer(
                request,
                request_id="in-process",
                deadline=deadline,
                waiting=_progress(self._notify),
                scope=scope,
            )

        return _Patient(ask, self.source, self._history, self._notify, self._wait).predict(query, deadline)


class _Patient:
    """One question, asked again as long as the service says when to and the deadline allows."""

    def __init__(
        self,
        ask: _Ask,
        source: PredictionSource,
        history: HistorySource | None,
        notify: Notify,
        wait: Wait,
    ) -> None:
        self._ask = ask
        self._source = source
        self._history = history
        self._notify = notify
        self._wait = wait

    def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
        total = deadline.remaining()
        features: FeatureVector = ()
        try:
            request = route_request(query)
            if self._history is not None:
                past = _past(query, self._history, deadline)
                if isinstance(past, Missing):
                    return self._unanswered(f"there is no history to ask it about: {past.reason}")
                vector = account_vector(past.value)
                if feature_kind(vector) is FeatureKind.CONTRACT:
                    return self._unanswered(_NO_PAST, PredictionClass.ABSTAINED)
                request = route_request(query, vector)
            features = request.features
            answer = until_answered(
                lambda: self._ask(request, deadline), deadline, notify=self._notify, wait=self._wait
            )
        except DeadlineExceeded:
            return self._unanswered(f"the service did not answer within {total:.3g} s", features=features)
        except GuardError as error:
            return self._unanswered(error.message, features=features)
        except Exception as error:  # noqa: BLE001  a witness that breaks has said nothing, and the port never raises
            reason = f"asking failed in an unexpected way: {type(error).__name__}"
            return self._unanswered(reason, features=features)
        return _prediction(answer, features)

    def _unanswered(
        self,
        reason: str,
        prediction_class: PredictionClass = PredictionClass.UNKNOWN,
        *,
        features: FeatureVector = (),
    ) -> Prediction:
        return Prediction(
            prediction_class=prediction_class,
            source=self._source,
            reason=escape_once(reason),
            features_kind=_kind(self._history),
            features=features,
        )


def until_answered(ask: Callable[[], T], deadline: Deadline, *, notify: Notify, wait: Wait) -> T:
    """Ask, and ask again as long as the service says when to and `deadline` allows.

    Raises what `ask` raises; a wait that would outlast the deadline is not begun.
    """
    while True:
        try:
            return ask()
        except ServiceUnavailable as error:
            if error.retry_after_s is None:
                raise
            pause = max(SHORTEST_WAIT_S, error.retry_after_s)
            remaining = deadline.remaining()
            if pause >= remaining:
                raise ServiceUnavailable(
                    f"{error.message}; it asks to wait {pause:g} s, {math.floor(remaining)} s are left"
                ) from error
            state = "busy" if isinstance(error, ServiceBusy) else "asleep"
        notify(f"the service is {state}; asking again in {pause:g} s")
        wait(pause)


def failure_of(answer: Answer) -> ServiceUnavailable | ServiceInvalid:
    """Return what a route's answer other than 200 means to whoever asked it."""
    told = read_problem(answer.status, answer.body)
    if answer.status in _MAY_BE_ASKED_AGAIN:
        return _MAY_BE_ASKED_AGAIN[answer.status](told, retry_after_s=answer.retry_after_s())
    return ServiceInvalid(told)


def _kind(history: HistorySource | None) -> FeatureKind:
    return FeatureKind.CONTRACT if history is None else FeatureKind.ACCOUNT


def _past(query: PredictionQuery, source: HistorySource, deadline: Deadline) -> Fact[AccountHistory]:
    """Return the beneficiary's past; what was guessed is none, and is sent to nobody."""
    if query.beneficiary is None:
        return Missing("nobody is known to get the payment")
    fact = source.history(query.beneficiary, deadline)
    if isinstance(fact, Observed) and fact.value.is_estimate:
        return Missing("the history is an estimate, and an estimate says nothing")
    return fact


def route_request(query: PredictionQuery, features: FeatureVector | None = None) -> RouteRequest:
    """Return the documented question about `query`, its amounts rounded once to the nearest double.

    `features` takes the place of the contract vector.

    Raises InvalidRequest, saying what to give, for a query without a recipient or without a gas price.
    """
    if query.recipient is None:
        raise InvalidRequest(
            "nobody is named who is paid or trusted, and the service can only be asked about one"
        )
    if query.gas_price_wei is None:
        raise InvalidRequest("no gas price is known; give --gas-price, or a node that tells it")
    documented = contract_vector_from_wei(query.value_wei, query.gas_price_wei)
    return RouteRequest(
        from_address=query.sender,
        to_address=query.recipient,
        transaction_value=documented[VALUE_INDEX],
        gas_price=documented[GAS_PRICE_INDEX],
        is_contract_interaction=query.is_contract_interaction,
        acc_holder=query.sender,
        features=documented if features is None else features,
    )


def _prediction(answer: RouteAnswer, features: FeatureVector) -> Prediction:
    text = escape_once(answer.Type)
    return Prediction(
        prediction_class=answer.prediction_class,
        probability=answer.probability,
        source=answer.prediction_source,
        reason=text if answer.prediction_class is PredictionClass.ABSTAINED else None,
        model=None if answer.model is None else escape_once(answer.model, limit=80),
        features_kind=FeatureKind(answer.features),
        features=features,
        text=text,
    )


def escape_once(text: str, *, limit: int = MAX_TEXT) -> str:
    """Return `text` escaped, without escaping the backslashes of a text that our route escaped already."""
    bare = text.replace("\\", "")
    already = len(text) <= limit and escape_untrusted(bare, limit=limit) == bare
    return text if already else escape_untrusted(text, limit=limit)


def _progress(notify: Notify) -> Waiting:
    """Return what tells a person, now and then, that the answer is still being waited for."""
    return lambda left: notify(f"waiting for the service's answer; {math.ceil(left)} s left")
