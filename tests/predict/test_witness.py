"""The service as all callers of one process share it, against a real loopback service."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from guard.core.prediction import PredictionClass, PredictionSource
from guard.deadline import Deadline
from guard.errors import ServiceBusy, ServiceInvalid, ServiceUnavailable
from guard.predict.contract import RouteRequest, UpstreamRequest
from guard.predict.flights import Flights
from guard.predict.reading import Reading
from guard.predict.upstream import UpstreamClient
from guard.predict.waking import Known
from guard.predict.witness import SharedUpstream
from tests import documented_service as documented
from tests import hostile_service as hostile
from tests.documented_service import DocumentedService
from tests.hostile_service import HostileService


def question(**changes: object) -> UpstreamRequest:
    fields: dict[str, object] = {
        "from_address": "0x52908400098527886E0F7030069857D2E4169EE7",
        "to_address": "0xde709f2102306220921060314715629080e2fb77",
        "transaction_value": 1.5,
        "gas_price": 20,
    }
    return RouteRequest.model_validate(fields | changes).upstream()


def shared(url: str, *, ttl_s: float = 300.0, ping_first: bool = False) -> SharedUpstream:
    return SharedUpstream(UpstreamClient(url), cache_ttl_s=ttl_s, ping_first=ping_first)


def ask(
    upstream: SharedUpstream, asked: UpstreamRequest | None = None, *, scope: str = ""
) -> tuple[Reading, PredictionSource]:
    return upstream.ask(asked or question(), Deadline.after(10), None, scope=scope)


def test_a_question_that_was_answered_is_answered_from_the_cache_in_every_spelling() -> None:
    """B14: the same transaction is asked about once."""
    with DocumentedService(documented.MILDLY_UNSAFE) as service:
        upstream = shared(service.url)
        first, source = ask(upstream)
        again = question(
            from_address="0x52908400098527886e0f7030069857d2e4169ee7",
            gas_price=20.0,
            features=[0] * 13 + [1.5, 20, 0, "", ""],
        )
        assert (source, ask(upstream), len(service.raw_bodies)) == (
            PredictionSource.EXTERNAL,
            (first, PredictionSource.CACHE),
            1,
        )
        assert ask(upstream, again)[0].prediction_class is PredictionClass.SUSPICIOUS


def test_a_fraud_is_asked_about_once_in_every_spelling_of_its_zeros() -> None:
    """B14: the service stores each question, so one spelled differently would teach it the label again."""
    spellings = [[0, 0], ["", ""], [0.0, ""], ["", -0.0]]
    with DocumentedService(documented.FRAUD) as service:
        upstream = shared(service.url)
        for tokens in spellings:
            for zero in (0, -0.0):
                features = [zero] * 13 + [zero, 20, zero, *tokens]
                ask(upstream, question(transaction_value=zero, features=features))
        assert len(service.raw_bodies) == 1
        assert b"-0.0" not in service.raw_bodies[0]
        assert b'""' not in service.raw_bodies[0]


def test_an_answer_that_lands_between_the_look_and_the_start_is_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    join = Flights.join
    with DocumentedService(documented.FRAUD) as service:
        upstream = shared(service.url)

        def overtaken(*arguments: Any) -> Any:
            monkeypatch.undo()
            ask(upstream)
            return join(*arguments)

        monkeypatch.setattr(Flights, "join", overtaken)
        reading, source = ask(upstream)
        assert (reading.prediction_class, source) == (PredictionClass.FRAUD, PredictionSource.CACHE)
        assert len(service.raw_bodies) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"from_address": "0xde709f2102306220921060314715629080e2fb77"},
        {"to_address": "0x52908400098527886E0F7030069857D2E4169EE7"},
        {"transaction_value": 1.5000000000000002},
        {"gas_price": 20.000000000000004},
        {"is_contract_interaction": True},
        {"acc_holder": "0xde709f2102306220921060314715629080e2fb77"},
    ],
)
def test_a_question_that_differs_in_one_field_is_asked(change: dict[str, object]) -> None:
    """B14: another sender, fee or amount is another question."""
    with DocumentedService() as service:
        upstream = shared(service.url)
        ask(upstream)
        assert ask(upstream, question(**change))[1] is PredictionSource.EXTERNAL
        assert len(service.raw_bodies) == 2


def test_an_answer_about_one_chain_is_not_reused_for_another() -> None:
    """B14: and so is another chain."""
    with DocumentedService() as service:
        upstream = shared(service.url)
        sources = [ask(upstream, scope=scope)[1].value for scope in ("1", "10", "1")]
        assert (sources, len(service.raw_bodies)) == (["external", "external", "cache"], 2)


@pytest.mark.parametrize("answer", [documented.GARBAGE, {"prediction": "Maybe"}, {}])
def test_an_answer_that_cannot_be_read_is_never_kept(answer: bytes | dict[str, str]) -> None:
    """B14: an error is never kept as anything."""
    with DocumentedService(answer) as service:
        upstream = shared(service.url)
        for _ in range(2):
            with pytest.raises(ServiceInvalid):
                ask(upstream)
        service.answer = documented.SAFE
        assert ask(upstream)[1] is PredictionSource.EXTERNAL
        assert len(service.raw_bodies) == 3


def test_a_fraud_stays_a_fraud_though_the_service_changes_its_mind() -> None:
    with DocumentedService(documented.FRAUD) as service:
        upstream = shared(service.url, ttl_s=0.0)
        ask(upstream)
        service.answer = documented.SAFE
        reading, source = ask(upstream)
        assert (reading.prediction_class, source) == (PredictionClass.FRAUD, PredictionSource.CACHE)


class _Held:
    """Answers Safe, but not before it is let go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def __call__(self, service: HostileService, client: socket.socket) -> None:
        self.go_on.wait(10)
        hostile.answering(b'{"prediction": "Safe", "Type": "Safe Transaction"}')(service, client)


def test_identical_questions_in_flight_are_one_exchange_and_all_get_its_answer() -> None:
    held = _Held()
    with HostileService(held) as service:
        upstream = shared(service.url)
        answers: list[PredictionClass] = []
        callers = [
            threading.Thread(target=lambda: answers.append(ask(upstream)[0].prediction_class))
            for _ in range(20)
        ]
        for caller in callers:
            caller.start()
        assert service.asked.wait(10)
        held.go_on.set()
        for caller in callers:
            caller.join(10)
        assert (answers, service.connections) == ([PredictionClass.SAFE] * 20, 1)


def test_more_questions_than_the_gate_lets_through_are_turned_away() -> None:
    held = _Held()
    with HostileService(held) as service:
        upstream = shared(service.url)
        ends: list[str] = []

        def call(value: int) -> None:
            try:
                ask(upstream, question(transaction_value=value))
                ends.append("answered")
            except ServiceBusy:
                ends.append("busy")
                if ends.count("busy") == 32:
                    held.go_on.set()

        callers = [threading.Thread(target=call, args=(value,)) for value in range(40)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join(20)
        assert sorted(ends) == ["answered"] * 8 + ["busy"] * 32
        assert service.connections == 8


def test_a_sleeping_service_is_not_asked_to_predict_and_a_waking_one_is() -> None:
    with HostileService(hostile.answering(b"", status="503 Asleep")) as service:
        with pytest.raises(ServiceUnavailable):
            ask(shared(service.url, ping_first=True))
        assert [request.partition(b" HTTP")[0] for request in service.requests] == [b"GET /ping"]
    with DocumentedService() as awake:
        upstream = shared(awake.url, ping_first=True)
        for value in range(3):
            ask(upstream, question(transaction_value=value))
        assert (awake.pings, len(awake.raw_bodies)) == (1, 3)


def test_after_a_failed_exchange_a_sign_of_life_is_asked_for_again() -> None:
    with DocumentedService() as service:
        upstream = shared(service.url, ttl_s=0.0, ping_first=True)
        ask(upstream)
        service.answer = documented.GARBAGE
        with pytest.raises(ServiceInvalid):
            ask(upstream)
        assert upstream.look() == Known(reachable=False, last_ms=upstream.look().last_ms)
        service.answer = documented.SAFE
        ask(upstream)
        assert service.pings == 2
