"""Scenarios are asked one after the other, and each answer is held against the contract alone."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from guard.deadline import Deadline
from guard.doctor.scenarios import SCENARIOS, Expectation, Scenario
from guard.doctor.trial import Outcome, OwnRoute, Refusal, RemoteRoute, Route, judge, run
from guard.errors import (
    ConfigurationError,
    DeadlineExceeded,
    OutsideError,
    ServiceInvalid,
    ServiceUnavailable,
)
from guard.http import create_app
from guard.http.serving import Serving
from guard.predict.contract import RouteAnswer, RouteRequest
from guard.predict.service import PredictService
from guard.predict.settings import ServiceSettings
from tests import hostile_service as hostile
from tests.documented_service import FRAUD, MILDLY_UNSAFE, SAFE, DocumentedService
from tests.hostile_service import Fault, HostileService

ANSWERED, REFUSED = (
    next(one for one in SCENARIOS if one.expects is expects)
    for expects in (Expectation.ANSWERED, Expectation.REFUSED)
)
ANSWER = RouteAnswer(
    prediction="Fraud",
    Type="x",
    probability=None,
    source="external",
    model=None,
    features="contract",
    request_id="1",
)


class ScriptedRoute:
    """A route that gives or raises these in turn, and remembers what it was asked."""

    def __init__(self, *given: RouteAnswer | Refusal | OutsideError) -> None:
        self.bodies: list[bytes] = []
        self._given = list(given)

    def ask(self, body: bytes, deadline: Deadline) -> RouteAnswer | Refusal:
        self.bodies.append(body)
        given = self._given.pop(0)
        if isinstance(given, OutsideError):
            raise given
        return given


def tried(route: Route, *scenarios: Scenario, waits: list[float] | None = None) -> list[Outcome]:
    outcomes = run(
        scenarios or SCENARIOS,
        route,
        timeout_s=5,
        notify=lambda line: None,
        wait=(waits if waits is not None else []).append,
    )
    return [replace(outcome, elapsed_s=0.0) for outcome in outcomes]


@contextlib.contextmanager
def serving(upstream_url: str) -> Iterator[str]:
    """Serve the route over a real socket and give its address."""
    service = PredictService(ServiceSettings(upstream_url=upstream_url, upstream_timeout_s=5.0))
    server = Serving(create_app(service), host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"{server.urls[0]}/api/predict"
    finally:
        server.stop()
        thread.join(10)


def test_the_scenarios_have_names_of_their_own_and_are_no_load() -> None:
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS) == 16
    assert all(len(scenario.name) < 30 for scenario in SCENARIOS)
    assert sum(scenario.expects is Expectation.REFUSED for scenario in SCENARIOS) == 3


@pytest.mark.parametrize(
    "scenario",
    [one for one in SCENARIOS if one.expects is Expectation.ANSWERED],
    ids=lambda scenario: scenario.name,
)
def test_what_must_be_answered_is_a_question_of_the_contract(scenario: Scenario) -> None:
    fields = json.loads(scenario.body)
    assert list(fields) == list(RouteRequest.model_fields)
    RouteRequest.model_validate(fields)


@pytest.mark.parametrize("remote", [True, False])
def test_a_route_of_the_embedded_model_tells_ordinary_from_phishing_like_and_abstains_elsewhere(
    remote: bool,
) -> None:
    with serving("embedded") as url:
        own = OwnRoute(PredictService(ServiceSettings(upstream_url="embedded")))
        outcomes = tried(RemoteRoute(url) if remote else own)
    assert [outcome.is_held for outcome in outcomes] == [True] * 16
    words = {
        outcome.scenario.name: outcome.answer.prediction if outcome.answer else outcome.refused
        for outcome in outcomes
    }
    assert words.pop("account, ordinary past") == "Safe"
    assert words.pop("account, phishing-like past") == "Fraud"
    assert words.pop("contract creation") is None
    assert [words.pop(name) for name in ("wrong checksum", "17 features", "NaN for an amount")] == [
        422,
        422,
        400,
    ]
    assert set(words.values()) == {"Abstained"}


@pytest.mark.parametrize("remote", [True, False])
@pytest.mark.parametrize("said", [SAFE, FRAUD, MILDLY_UNSAFE])
def test_whatever_class_the_service_names_holds_and_what_is_malformed_never_reaches_it(
    said: dict[str, str], remote: bool
) -> None:
    with DocumentedService(said) as service, serving(service.url) as url:
        own = OwnRoute(PredictService(ServiceSettings(upstream_url=service.url)))
        outcomes = tried(RemoteRoute(url) if remote else own)
        asked = len(service.requests)
    assert [outcome.is_held for outcome in outcomes] == [True] * 16
    assert asked <= 12
    assert {outcome.answer.prediction for outcome in outcomes if outcome.answer} == {
        {"Safe": "Safe", "Fraud": "Fraud", "Non-Fraud": "Suspicious"}[said["prediction"]]
    }


@pytest.mark.parametrize(
    "fault",
    [hostile.HTML, hostile.NAN, hostile.TRACEBACK, hostile.DUPLICATE_SAFE_LAST, hostile.answering(b"{}")],
)
def test_a_route_whose_answers_cannot_be_read_does_not_hold(fault: Fault) -> None:
    with HostileService(fault) as service:
        outcomes = tried(RemoteRoute(service.url))
    asked = [outcome for outcome in outcomes if outcome.scenario.expects is not Expectation.NOT_ASKED]
    assert [outcome.is_held for outcome in asked] == [False] * 15
    assert all(outcome.said.isprintable() and outcome.said for outcome in asked)
    assert "secret-of-the-service" not in str(outcomes)


def test_a_malformed_question_that_is_answered_is_broken_and_so_is_a_good_one_refused() -> None:
    assert judge(REFUSED, ANSWER) == Outcome(
        scenario=REFUSED, answer=ANSWER, is_held=False, said="a malformed question was answered"
    )
    assert judge(ANSWERED, Refusal(status=422)) == Outcome(
        scenario=ANSWERED, refused=422, is_held=False, said="a well-formed question was refused with 422"
    )
    assert judge(ANSWERED, ANSWER) == Outcome(scenario=ANSWERED, answer=ANSWER, is_held=True)
    assert judge(REFUSED, Refusal(status=400)) == Outcome(scenario=REFUSED, refused=400, is_held=True)


@pytest.mark.parametrize("silence", [DeadlineExceeded("late"), ServiceUnavailable("down")])
def test_a_route_that_falls_silent_is_asked_no_more(silence: OutsideError) -> None:
    route = ScriptedRoute(ANSWER, silence)
    outcomes = tried(route, ANSWERED, ANSWERED, ANSWERED, REFUSED)
    assert [(outcome.is_held, outcome.said) for outcome in outcomes] == [
        (True, ""),
        (False, silence.message),
        (False, "not asked after the silence"),
        (False, "not asked after the silence"),
    ]
    assert len(route.bodies) == 2


def test_one_broken_answer_does_not_end_the_trial() -> None:
    route = ScriptedRoute(ServiceInvalid("nonsense"), ANSWER)
    assert [outcome.is_held for outcome in tried(route, ANSWERED, ANSWERED)] == [False, True]


def test_a_sleeping_route_is_asked_again_when_it_says_and_not_in_a_loop() -> None:
    waits: list[float] = []
    asleep = (ServiceUnavailable("asleep", retry_after_s=seconds) for seconds in (3.0, 0.0))
    route = ScriptedRoute(*asleep, ANSWER)
    assert tried(route, ANSWERED, waits=waits)[0].is_held
    assert waits == [3.0, 1.0]


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    waits: list[float] = []
    route = ScriptedRoute(ServiceUnavailable("asleep", retry_after_s=6.0))
    assert not tried(route, ANSWERED, waits=waits)[0].is_held
    assert waits == []


def test_an_address_that_may_not_be_asked_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError):
        RemoteRoute("http://route.example/api/predict")
