"""Asking a route about every scenario, one after the other, and judging each answer.

What belongs here: the asking, and whether an answer holds the contract. What must not: what is asked
(`scenarios.py`), and any opinion about a class: nothing is expected of the external service but an answer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from pydantic import ValidationError

from guard.core.features import FeatureKind
from guard.core.strict_json import parse_object
from guard.deadline import Deadline
from guard.doctor.scenarios import Expectation, Scenario
from guard.errors import InvalidJson, OutsideError, ServiceInvalid
from guard.ports import Notify
from guard.predict.client import Wait, escape_once, failure_of, until_answered
from guard.predict.contract import RouteAnswer, RouteRequest, read_route
from guard.predict.destination import check_destination
from guard.predict.exchange import exchange
from guard.predict.service import PredictService

_REFUSALS = (400, 422)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A question that a route refused."""

    status: int
    """400 for what is not one JSON object, 422 for a field that cannot be used."""


class Route(Protocol):
    """A predict route, wherever its code runs."""

    def ask(self, body: bytes, deadline: Deadline) -> RouteAnswer | Refusal:
        """Put one question; raises OutsideError where there is neither an answer nor a refusal."""
        ...


class RemoteRoute:
    """A route behind an address."""

    def __init__(self, url: str, *, api_key: str | None = None) -> None:
        """Take the full address, and the key where the route asks for one.

        Raises ConfigurationError for an address that may not be asked.
        """
        self._headers = {} if api_key is None else {"X-API-Key": api_key}
        self._url = check_destination(url, setting="the address of the predict route")

    def ask(self, body: bytes, deadline: Deadline) -> RouteAnswer | Refusal:
        """Post the question."""
        answer = exchange("POST", self._url, body=body, headers=self._headers, deadline=deadline)
        if answer.status == 200:
            return read_route(answer.body, asked=_kind_asked(body))
        if answer.status in _REFUSALS:
            return Refusal(status=answer.status)
        raise failure_of(answer)


class OwnRoute:
    """The route's own code, run in this process."""

    def __init__(self, service: PredictService) -> None:
        self._service = service

    def ask(self, body: bytes, deadline: Deadline) -> RouteAnswer | Refusal:
        """Read the question as the route does, and ask the witness."""
        try:
            request = RouteRequest.model_validate(parse_object(body))
        except InvalidJson:
            return Refusal(status=400)
        except ValidationError:
            return Refusal(status=422)
        return self._service.answer(request, request_id="doctor", deadline=deadline)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one scenario came to."""

    scenario: Scenario
    answer: RouteAnswer | None = None
    """What the route answered; None where it did not."""
    refused: int | None = None
    """The status with which it refused; None where it did not."""
    is_held: bool
    """Whether this is what the contract requires."""
    said: str = ""
    """Why not, or why it was not asked; escaped, one line."""
    elapsed_s: float = 0.0
    """How long it took, waits included, seconds."""


def run(
    scenarios: Sequence[Scenario],
    route: Route,
    *,
    timeout_s: float,
    notify: Notify,
    wait: Wait = time.sleep,
) -> tuple[Outcome, ...]:
    """Ask about each in turn, `timeout_s` seconds each; once the route falls silent, no more are asked."""
    outcomes: list[Outcome] = []
    is_silent = False
    for scenario in scenarios:
        if scenario.expects is Expectation.NOT_ASKED:
            outcomes.append(Outcome(scenario=scenario, is_held=True, said=scenario.note))
            continue
        if is_silent:
            outcomes.append(Outcome(scenario=scenario, is_held=False, said="not asked after the silence"))
            continue
        started = time.monotonic()
        try:
            deadline = Deadline.after(timeout_s)
            given = until_answered(
                partial(route.ask, scenario.body, deadline), deadline, notify=notify, wait=wait
            )
        except OutsideError as error:
            is_silent = not isinstance(error, ServiceInvalid)
            outcome = Outcome(scenario=scenario, is_held=False, said=escape_once(error.message))
        else:
            outcome = judge(scenario, given)
        outcomes.append(replace(outcome, elapsed_s=time.monotonic() - started))
    return tuple(outcomes)


def judge(scenario: Scenario, given: RouteAnswer | Refusal) -> Outcome:
    """Say whether this is what the contract requires of the scenario."""
    if isinstance(given, Refusal):
        is_held = scenario.expects is Expectation.REFUSED
        said = "" if is_held else f"a well-formed question was refused with {given.status}"
        return Outcome(scenario=scenario, refused=given.status, is_held=is_held, said=said)
    is_held = scenario.expects is Expectation.ANSWERED
    said = "" if is_held else "a malformed question was answered"
    return Outcome(scenario=scenario, answer=given, is_held=is_held, said=said)


def _kind_asked(body: bytes) -> FeatureKind:
    """Return the vector that a question is about; a malformed one that is answered is about anything."""
    try:
        return RouteRequest.model_validate(parse_object(body)).features_kind
    except (InvalidJson, ValidationError):
        return FeatureKind.CONTRACT
