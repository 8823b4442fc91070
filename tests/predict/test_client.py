from __future__ import annotations

import json
import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import responses

from guard.core.address import Address
from guard.core.features import FeatureKind
from guard.core.history import AccountHistory, AccountTransaction, TokenMove, account_vector
from guard.core.prediction import Prediction, PredictionClass, PredictionQuery, PredictionSource
from guard.deadline import Deadline
from guard.errors import ConfigurationError
from guard.http import create_app
from guard.ports import HistorySource, Predictor
from guard.predict import exchange as exchange_module
from guard.predict.client import InProcessPredictor, RoutePredictor, escape_once, route_request
from guard.predict.service import PredictService
from guard.predict.settings import ServiceSettings
from guard.predict.upstream import DEFAULT_UPSTREAM_URL
from guard.testing import FakeHistory
from tests import hostile_service as hostile
from tests.documented_service import NEWER_SAFE, SAFE, DocumentedService
from tests.hostile_service import Fault, HostileService

ROUTE = "https://route.example/api/predict"
QUERY = PredictionQuery(
    sender=Address.parse("0x52908400098527886E0F7030069857D2E4169EE7"),
    recipient=Address.parse("0xde709f2102306220921060314715629080e2fb77"),
    beneficiary=None,
    value_wei=1_500_000_000_000_000_000,
    gas_price_wei=20_000_000_000,
    is_contract_interaction=False,
)
VECTOR = (0.0,) * 13 + (1.5, 20.0) + (0.0,) * 3
ROUTE_ANSWER = {
    "prediction": "Safe",
    "Type": "Safe Transaction",
    "probability": 0.069,
    "source": "external",
    "model": None,
    "features": "contract",
    "request_id": "1",
}
ASLEEP = {"status": 503, "code": "upstream_unavailable", "detail": "The service is down or asleep."}


class Waits(list[float]):
    """A waiter that remembers and does not wait."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def unknown(reason: str, features: tuple[float, ...] = VECTOR) -> Prediction:
    return Prediction(
        prediction_class=PredictionClass.UNKNOWN,
        source=PredictionSource.EXTERNAL,
        reason=reason,
        features_kind=FeatureKind.CONTRACT,
        features=features,
    )


def ask(predictor: Predictor, *, seconds: float = 90.0, query: PredictionQuery = QUERY) -> Prediction:
    return predictor.predict(query, Deadline.after(seconds))


@responses.activate
def test_the_route_is_asked_once_with_the_documented_body() -> None:
    responses.post(ROUTE, json=ROUTE_ANSWER)
    assert ask(RoutePredictor(ROUTE)) == Prediction(
        prediction_class=PredictionClass.SAFE,
        probability=0.069,
        source=PredictionSource.EXTERNAL,
        features_kind=FeatureKind.CONTRACT,
        features=VECTOR,
        text="Safe Transaction",
    )
    assert [json.loads(call.request.body or "") for call in responses.calls] == [
        {
            "from_address": QUERY.sender,
            "to_address": QUERY.recipient,
            "transaction_value": 1.5,
            "gas_price": 20.0,
            "is_contract_interaction": False,
            "acc_holder": QUERY.sender,
            "features": list(VECTOR),
        }
    ]


@responses.activate
@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Fraud", PredictionClass.FRAUD),
        ("Suspicious", PredictionClass.SUSPICIOUS),
        ("Safe", PredictionClass.SAFE),
        ("Abstained", PredictionClass.ABSTAINED),
    ],
)
@pytest.mark.parametrize("source", ["external", "embedded", "cache"])
def test_each_word_and_source_of_the_route_is_told(word: str, kind: PredictionClass, source: str) -> None:
    responses.post(ROUTE, json=ROUTE_ANSWER | {"prediction": word, "source": source, "model": "m 1"})
    prediction = ask(RoutePredictor(ROUTE))
    assert (prediction.prediction_class, prediction.source.value, prediction.model) == (kind, source, "m 1")


@responses.activate
def test_wei_become_the_nearest_double_and_stand_in_both_places() -> None:
    responses.post(ROUTE, json=ROUTE_ANSWER)
    query = PredictionQuery(
        sender=QUERY.sender,
        recipient=QUERY.recipient,
        beneficiary=None,
        value_wei=123_456_789_012_345_678_901,
        gas_price_wei=1_000_000_001,
        is_contract_interaction=True,
    )
    ask(RoutePredictor(ROUTE), query=query)
    body = json.loads(responses.calls[0].request.body or "")
    assert (body["transaction_value"], body["gas_price"]) == (123.45678901234568, 1.000000001)
    assert (body["features"][13], body["features"][14]) == (body["transaction_value"], body["gas_price"])
    assert body["is_contract_interaction"] is True


@responses.activate
@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ("recipient", "nobody is named who is paid or trusted, and the service can only be asked about one"),
        ("gas_price_wei", "no gas price is known; give --gas-price, or a node that tells it"),
    ],
)
def test_a_question_that_cannot_be_put_is_unknown_and_nobody_is_asked(missing: str, reason: str) -> None:
    fields = {name: getattr(QUERY, name) for name in PredictionQuery.__slots__}
    query = PredictionQuery(**(fields | {missing: None}))
    assert ask(RoutePredictor(ROUTE), query=query) == unknown(reason, ())
    assert len(responses.calls) == 0


@responses.activate
def test_a_sleeping_service_is_asked_again_when_it_says() -> None:
    waits, lines = Waits(), list[str]()
    responses.post(ROUTE, json=ASLEEP, status=503, headers={"Retry-After": "30"})
    responses.post(ROUTE, json=ASLEEP, status=503, headers={"Retry-After": "30"})
    responses.post(ROUTE, json=ROUTE_ANSWER)
    prediction = ask(RoutePredictor(ROUTE, lines.append, wait=waits))
    assert prediction.prediction_class is PredictionClass.SAFE
    assert (waits, lines) == ([30.0, 30.0], ["the service is asleep; asking again in 30 s"] * 2)


@responses.activate
def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    waits = Waits()
    responses.post(ROUTE, json=ASLEEP, status=503, headers={"Retry-After": "30"})
    prediction = ask(RoutePredictor(ROUTE, wait=waits), seconds=29.5)
    assert prediction == unknown(
        "the service answered 503 (upstream_unavailable): The service is down or asleep.; "
        "it asks to wait 30 s, 29 s are left"
    )
    assert (waits, len(responses.calls)) == ([], 1)


@responses.activate
def test_a_service_that_asks_for_no_wait_is_not_asked_in_a_loop() -> None:
    waits = Waits()
    responses.post(ROUTE, status=503, headers={"Retry-After": "0"})
    responses.post(ROUTE, json=ROUTE_ANSWER)
    ask(RoutePredictor(ROUTE, wait=waits))
    assert waits == [1.0]


@responses.activate
def test_a_503_that_does_not_say_when_is_not_asked_again() -> None:
    responses.post(ROUTE, status=503)
    assert ask(RoutePredictor(ROUTE)) == unknown("the service answered 503")
    assert len(responses.calls) == 1


@responses.activate
def test_a_429_is_waited_for_like_a_503() -> None:
    waits, told = Waits(), list[str]()
    responses.post(ROUTE, json={"code": "rate_limited"}, status=429, headers={"Retry-After": "7"})
    responses.post(ROUTE, json=ROUTE_ANSWER)
    prediction = ask(RoutePredictor(ROUTE, told.append, wait=waits))
    assert prediction.prediction_class is PredictionClass.SAFE
    assert (waits, told) == ([7.0], ["the service is busy; asking again in 7 s"])


@responses.activate
def test_a_key_goes_to_the_route_in_its_own_header_and_nowhere_else() -> None:
    responses.post(ROUTE, json=ROUTE_ANSWER)
    ask(RoutePredictor(ROUTE, api_key="0123456789abcdef"))
    sent = responses.calls[0].request
    assert sent.headers["X-API-Key"] == "0123456789abcdef"
    assert "0123456789abcdef" not in str(sent.url) + str(sent.body)
    assert "Authorization" not in sent.headers


@responses.activate
@pytest.mark.parametrize("status", [400, 404, 422, 500, 502, 504])
def test_every_other_status_is_unknown_and_not_asked_again(status: int) -> None:
    responses.post(ROUTE, json={"code": "some_code"}, status=status, headers={"Retry-After": "1"})
    assert ask(RoutePredictor(ROUTE)) == unknown(f"the service answered {status} (some_code)")
    assert len(responses.calls) == 1


@responses.activate
def test_an_interruption_of_the_wait_comes_through() -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    responses.post(ROUTE, status=503, headers={"Retry-After": "30"})
    with pytest.raises(KeyboardInterrupt):
        ask(RoutePredictor(ROUTE, wait=interrupted))


@responses.activate
@pytest.mark.parametrize("error", [MemoryError(), RecursionError(), ValueError("secret")])
def test_a_failure_that_nobody_foresaw_is_unknown_and_names_its_kind_only(error: Exception) -> None:
    responses.post(ROUTE, body=error)
    kind = type(error).__name__
    assert ask(RoutePredictor(ROUTE)) == unknown(f"asking failed in an unexpected way: {kind}")


def test_each_predictor_tells_its_source_and_vector_before_it_is_asked() -> None:
    embedded = PredictService(ServiceSettings(upstream_url="embedded"))
    predictors = (RoutePredictor(ROUTE), InProcessPredictor(PredictService()), InProcessPredictor(embedded))
    assert [(predictor.source, predictor.features_kind) for predictor in predictors] == [
        (PredictionSource.EXTERNAL, FeatureKind.CONTRACT),
        (PredictionSource.EXTERNAL, FeatureKind.CONTRACT),
        (PredictionSource.EMBEDDED, FeatureKind.CONTRACT),
    ]


@pytest.mark.parametrize("url", ["http://route.example/api/predict", "embedded", ""])
def test_an_address_that_may_not_be_asked_is_refused_at_once(url: str) -> None:
    with pytest.raises(ConfigurationError):
        RoutePredictor(url)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (hostile.silent, "the service did not answer within 0.4 s"),
        (hostile.drip_headers, "the service did not answer within 0.4 s"),
        (hostile.HTML, "not its contract: not JSON"),
        (hostile.EMPTY, "not its contract: not JSON"),
        (hostile.ARRAY, "not its contract: not a JSON object"),
        (hostile.NAN, "not its contract: NaN or an infinity"),
        (hostile.DUPLICATE_SAFE_LAST, "not its contract: a key given twice"),
        (hostile.DUPLICATE_FRAUD_LAST, "not its contract: a key given twice"),
        (hostile.TEN_MEGABYTES, "the service sent more than 65536 bytes"),
        (hostile.TRACEBACK, "the service answered 500"),
        (hostile.no_content, "the service answered 204"),
        (hostile.cut_off, "the service closed the connection before its answer was complete"),
        (hostile.reset_after_request, "the service closed the connection before its answer was complete"),
        (hostile.gzip_bomb, "the service sent a body encoded as 'gzip'"),
    ],
)
@pytest.mark.parametrize("in_process", [True, False])
def test_no_fault_of_a_service_makes_an_answer(fault: Fault, reason: str, in_process: bool) -> None:
    """B2 B7 B10: UNKNOWN with a reason, asked once."""
    with HostileService(fault) as service:
        predictor: Predictor = (
            InProcessPredictor(PredictService(ServiceSettings(upstream_url=service.url)))
            if in_process
            else RoutePredictor(service.url)
        )
        prediction = ask(predictor, seconds=0.4 if "0.4 s" in reason else 5)
        assert prediction.prediction_class is PredictionClass.UNKNOWN
        assert reason in (prediction.reason or "")
        assert "secret-of-the-service" not in (prediction.reason or "")
        assert len(service.requests) == 1


@responses.activate
def test_in_process_the_service_is_asked_by_the_routes_own_code() -> None:
    responses.post(DEFAULT_UPSTREAM_URL, json=NEWER_SAFE)
    assert ask(InProcessPredictor(PredictService())) == Prediction(
        prediction_class=PredictionClass.SAFE,
        probability=0.069,
        source=PredictionSource.EXTERNAL,
        features_kind=FeatureKind.CONTRACT,
        features=VECTOR,
        text="Safe transaction",
    )
    assert len(responses.calls) == 1


@responses.activate
def test_in_process_a_service_that_is_not_ready_is_asked_again_when_it_says() -> None:
    waits = Waits()
    responses.post(DEFAULT_UPSTREAM_URL, status=503, headers={"Retry-After": "5"})
    responses.post(DEFAULT_UPSTREAM_URL, json=SAFE)
    prediction = ask(InProcessPredictor(PredictService(), wait=waits))
    assert (prediction.prediction_class, waits) == (PredictionClass.SAFE, [5.0])


def test_in_process_the_deadline_is_the_callers_and_not_the_routes() -> None:
    def late(service: HostileService, client: Any) -> None:
        service.over.wait(0.3)
        hostile.answering(json.dumps(SAFE).encode())(service, client)

    with HostileService(late) as service:
        settings = ServiceSettings(upstream_url=service.url, upstream_timeout_s=0.05)
        prediction = ask(InProcessPredictor(PredictService(settings)), seconds=5)
    assert prediction.prediction_class is PredictionClass.SAFE


def test_a_long_silence_is_told_and_asked_through_with_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """B8: one POST, and the wait is told."""
    monkeypatch.setattr(exchange_module, "PATIENCE_S", 0.05)
    lines: list[str] = []

    def late(service: HostileService, client: Any) -> None:
        give_up = time.monotonic() + 5
        while len(lines) < 2 and time.monotonic() < give_up:
            service.over.wait(0.01)
        hostile.answering(json.dumps(SAFE).encode())(service, client)

    with HostileService(late) as service:
        predictor = InProcessPredictor(
            PredictService(ServiceSettings(upstream_url=service.url)), lines.append
        )
        assert ask(predictor).prediction_class is PredictionClass.SAFE
        assert len(service.requests) == 1
    assert lines[0] == "waiting for the service's answer; 90 s left"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[1m", "\\x1b[1m"),
        ("\\x1b[1m", "\\x1b[1m"),
        ("\\\x1b", "\\\\\\x1b"),
        ("x" * 600, "x" * 509 + "..."),
    ],
)
def test_a_text_that_is_escaped_already_is_not_escaped_twice(text: str, shown: str) -> None:
    assert escape_once(text) == shown


ME, ANNA = (Address.from_bytes(bytes(19) + bytes([number])) for number in (1, 2))
PAST = AccountHistory(
    account=ME,
    transactions=(
        AccountTransaction(timestamp=0, sender=ANNA, recipient=ME, value_wei=3 * 10**18),
        AccountTransaction(timestamp=600, sender=ME, recipient=ANNA, value_wei=10**18),
    ),
    token_moves=(TokenMove(sender=ANNA, recipient=ME, token=ANNA, token_name="Coin", amount=Decimal(5)),),
    source="test",
)
GUESSED = "the history is an estimate, and an estimate says nothing"
PAID = replace(QUERY, beneficiary=ME)


def on_account(url: str, history: HistorySource, *, in_process: bool) -> Predictor:
    if in_process:
        return InProcessPredictor(PredictService(ServiceSettings(upstream_url=url)), history=history)
    return RoutePredictor(url, history=history)


def unanswered(reason: str, word: PredictionClass = PredictionClass.UNKNOWN) -> Prediction:
    return Prediction(
        prediction_class=word,
        source=PredictionSource.EXTERNAL,
        reason=reason,
        features_kind=FeatureKind.ACCOUNT,
    )


@responses.activate
def test_with_histories_the_route_is_asked_about_the_beneficiarys_past() -> None:
    responses.post(ROUTE, json=ROUTE_ANSWER | {"features": "account"})
    history = FakeHistory({ME: PAST})
    predictor = RoutePredictor(ROUTE, history=history)
    prediction = ask(predictor, query=PAID)
    assert (prediction.prediction_class, prediction.features_kind) == (
        PredictionClass.SAFE,
        FeatureKind.ACCOUNT,
    )
    body = json.loads(responses.calls[0].request.body or "")
    assert tuple(body["features"]) == prediction.features == account_vector(PAST)
    assert body["features"][-2:] == ["", "Coin"]
    assert (body["transaction_value"], body["gas_price"], body["acc_holder"]) == (1.5, 20.0, QUERY.sender)
    assert history.asked == [ME]
    assert predictor.features_kind is FeatureKind.ACCOUNT


def test_the_account_vector_goes_through_the_route_to_the_service() -> None:
    with DocumentedService() as service, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TXGUARD_UPSTREAM_URL", service.url)
        app = create_app()
        body = json.loads(route_request(PAID, account_vector(PAST)).body())
        answer = app.test_client().post("/api/predict", json=body)
    assert (answer.status_code, answer.json["features"]) == (200, "account")
    assert service.bodies[0]["features"] == list(account_vector(PAST))
    assert service.bodies[0]["features"][-2:] == ["", "Coin"]


def test_in_process_the_service_gets_the_account_vector() -> None:
    with DocumentedService() as service:
        prediction = ask(on_account(service.url, FakeHistory({ME: PAST}), in_process=True), query=PAID)
    assert prediction.features_kind is FeatureKind.ACCOUNT
    assert service.bodies[0]["features"] == list(account_vector(PAST)) == list(prediction.features)


@pytest.mark.parametrize("in_process", [True, False])
@pytest.mark.parametrize(
    ("pasts", "query", "told"),
    [
        ({}, PAID, unanswered("there is no history to ask it about: this history is not known")),
        (
            {ME: replace(PAST, is_estimate=True)},
            PAID,
            unanswered(f"there is no history to ask it about: {GUESSED}"),
        ),
        (
            {ME: replace(PAST, transactions=(), token_moves=())},
            PAID,
            unanswered(
                "the account has no past, and the service is asked about nothing else",
                PredictionClass.ABSTAINED,
            ),
        ),
        (
            {},
            QUERY,
            unanswered("there is no history to ask it about: nobody is known to get the payment"),
        ),
        (
            {},
            replace(PAID, recipient=None, beneficiary=None),
            unanswered("nobody is named who is paid or trusted, and the service can only be asked about one"),
        ),
    ],
    ids=["missing", "estimate", "empty", "nobody", "creation"],
)
def test_without_a_history_nobody_is_asked_and_the_contract_vector_never_stands_in(
    in_process: bool, pasts: dict[Address, AccountHistory], query: PredictionQuery, told: Prediction
) -> None:
    with DocumentedService() as service:
        assert ask(on_account(service.url, FakeHistory(pasts), in_process=in_process), query=query) == told
    assert service.requests == []


@responses.activate
def test_an_answer_about_the_other_vector_is_no_answer() -> None:
    responses.post(ROUTE, json=ROUTE_ANSWER)
    prediction = ask(RoutePredictor(ROUTE, history=FakeHistory({ME: PAST})), query=PAID)
    assert prediction.prediction_class is PredictionClass.UNKNOWN
    assert (prediction.features, prediction.features_kind) == (account_vector(PAST), FeatureKind.ACCOUNT)
