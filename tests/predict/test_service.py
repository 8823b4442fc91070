from __future__ import annotations

from dataclasses import dataclass

import pytest
import responses

from guard.core.features import FeatureVector
from guard.core.prediction import PredictionClass, PredictionSource
from guard.deadline import Deadline
from guard.errors import ConfigurationError, ServiceInvalid, ServiceUnavailable
from guard.predict.contract import RouteAnswer, RouteRequest
from guard.predict.service import PredictService
from guard.predict.settings import ServiceSettings, read_settings
from guard.predict.upstream import DEFAULT_UPSTREAM_URL
from guard.predict.waking import Known

REQUEST = RouteRequest(
    from_address="0x52908400098527886E0F7030069857D2E4169EE7",
    to_address="0xde709f2102306220921060314715629080e2fb77",
    transaction_value=1.5,
    gas_price=20.0,
)


@dataclass(frozen=True)
class FakeAssessment:
    prediction_class: PredictionClass
    probability: float | None = None
    reason: str | None = None


class FakeEmbedded:
    model_name = "fake 1"

    def __init__(self, assessment: FakeAssessment) -> None:
        self.asked: list[FeatureVector] = []
        self._assessment = assessment

    def assess(self, features: FeatureVector) -> FakeAssessment:
        self.asked.append(features)
        return self._assessment


def ask(service: PredictService) -> RouteAnswer:
    return service.answer(REQUEST, request_id="7", deadline=Deadline.after(5))


def ask_embedded(assessment: FakeAssessment) -> RouteAnswer:
    model = FakeEmbedded(assessment)
    answer = ask(PredictService(ServiceSettings(upstream_url="embedded"), embedded=model))
    assert model.asked == [REQUEST.features]
    return answer


@responses.activate
@pytest.mark.parametrize(
    ("said", "prediction", "text", "probability"),
    [
        ({"prediction": "Fraud", "type": "Bad \x1b[1m"}, "Fraud", "Bad \\x1b[1m", None),
        ({"prediction": "Fraud"}, "Fraud", "Unsafe Transaction", None),
        ({"prediction": "Non-Fraud"}, "Suspicious", "Unsafe Transaction", None),
        ({"prediction": "Safe", "Type": "Safe Transaction"}, "Safe", "Safe Transaction", None),
        (
            {"prediction": "Non-Fraud", "type": "Mildly Unsafe - x", "confidence": "80.00%"},
            "Suspicious",
            "Mildly Unsafe - x",
            0.8,
        ),
    ],
)
def test_the_services_answer_comes_out_in_the_routes_words(
    said: dict[str, str], prediction: str, text: str, probability: float | None
) -> None:
    responses.post(DEFAULT_UPSTREAM_URL, json=said)
    assert ask(PredictService()).model_dump() == {
        "prediction": prediction,
        "Type": text,
        "probability": probability,
        "source": "external",
        "model": None,
        "features": "contract",
        "request_id": "7",
    }
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize("status", [201, 400, 404, 422, 500, 502, 504])
def test_every_status_but_200_is_no_answer(status: int) -> None:
    responses.post(
        DEFAULT_UPSTREAM_URL, json={"prediction": "Safe", "Type": "Safe Transaction"}, status=status
    )
    with pytest.raises(ServiceInvalid, match=f"the service answered {status}, "):
        ask(PredictService())
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize("status", [429, 503])
def test_a_service_that_says_it_is_not_ready_is_unavailable(status: int) -> None:
    responses.post(DEFAULT_UPSTREAM_URL, status=status, headers={"Retry-After": "12"})
    with pytest.raises(ServiceUnavailable) as caught:
        ask(PredictService())
    assert (caught.value.retry_after_s, len(responses.calls)) == (12.0, 1)


@responses.activate
def test_an_answer_that_the_table_does_not_name_is_invalid() -> None:
    responses.post(DEFAULT_UPSTREAM_URL, json={"prediction": "Maybe"})
    with pytest.raises(ServiceInvalid) as caught:
        ask(PredictService())
    assert caught.value.message == (
        "the service answered 200 with something that is not its contract: its prediction is 'Maybe'"
    )


def test_the_embedded_model_answers_behind_the_same_contract() -> None:
    assert ask_embedded(FakeAssessment(PredictionClass.FRAUD, 0.97)) == RouteAnswer(
        prediction="Fraud",
        Type="Unsafe Transaction",
        probability=0.97,
        source="embedded",
        model="fake 1",
        features="contract",
        request_id="7",
    )


def test_an_abstention_tells_its_reason_and_no_probability() -> None:
    answer = ask_embedded(FakeAssessment(PredictionClass.ABSTAINED, None, "nothing is known\n"))
    assert (answer.prediction, answer.Type, answer.probability) == (
        "Abstained",
        "nothing is known\\x0a",
        None,
    )


def test_the_source_is_told_before_anything_is_asked() -> None:
    embedded = PredictService(ServiceSettings(upstream_url="embedded"))
    assert (PredictService().source, embedded.source) == (
        PredictionSource.EXTERNAL,
        PredictionSource.EMBEDDED,
    )


def test_an_empty_environment_means_the_defaults() -> None:
    assert read_settings({}) == ServiceSettings(upstream_url=DEFAULT_UPSTREAM_URL, upstream_timeout_s=25.0)


def test_the_environment_sets_address_and_time() -> None:
    settings = read_settings(
        {
            "TXGUARD_UPSTREAM_URL": "embedded",
            "TXGUARD_UPSTREAM_TIMEOUT_S": "2.5",
            "TXGUARD_CACHE_TTL_S": "0",
        }
    )
    assert settings == ServiceSettings(upstream_url="embedded", upstream_timeout_s=2.5, cache_ttl_s=0.0)


@pytest.mark.parametrize("ttl", ["", "-1", "86401", "5m", "1e3", "inf"])
def test_a_time_to_keep_answers_that_cannot_be_used_is_a_configuration_error(ttl: str) -> None:
    with pytest.raises(ConfigurationError, match="TXGUARD_CACHE_TTL_S: "):
        read_settings({"TXGUARD_CACHE_TTL_S": ttl})


@responses.activate
def test_an_answer_that_is_known_is_told_as_such_and_the_rest_of_it_is_the_same() -> None:
    responses.post(DEFAULT_UPSTREAM_URL, json={"prediction": "Non-Fraud", "type": "Mildly Unsafe - x"})
    service = PredictService()
    first, second = ask(service), ask(service)
    assert (first.source, second.source, len(responses.calls)) == ("external", "cache", 1)
    assert second == first.model_copy(update={"source": "cache"})


def test_the_shipped_model_is_asked_each_time_and_names_itself() -> None:
    model = FakeEmbedded(FakeAssessment(PredictionClass.SAFE, 0.1))
    service = PredictService(ServiceSettings(upstream_url="embedded"), embedded=model)
    assert [ask(service).source for _ in range(2)] == ["embedded", "embedded"]
    assert (len(model.asked), service.model_name, service.look()) == (2, "fake 1", Known())
    assert PredictService().model_name is None


@pytest.mark.parametrize("timeout", ["", "0", "-1", "nan", "inf", "1e1", "301", "5s", "٣"])
def test_a_time_that_cannot_be_used_is_a_configuration_error(timeout: str) -> None:
    with pytest.raises(ConfigurationError, match="TXGUARD_UPSTREAM_TIMEOUT_S: "):
        read_settings({"TXGUARD_UPSTREAM_TIMEOUT_S": timeout})


@pytest.mark.parametrize("url", ["", "http://service.example/predict", "Embedded"])
def test_an_address_that_may_not_be_asked_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigurationError, match="TXGUARD_UPSTREAM_URL: "):
        PredictService(read_settings({"TXGUARD_UPSTREAM_URL": url}))
