"""Routes, the service and the model, each asked for a sign of life and never for a prediction."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from guard.config import find_home
from guard.core.prediction import PredictionSource
from guard.deadline import Deadline
from guard.doctor.check import Check, Result, examine
from guard.doctor.examination import _history_looks, _witness_looks
from guard.doctor.explorer import NOBODY
from guard.doctor.witness import judge_health, judge_ping, look_at_model
from guard.errors import ConfigurationError
from guard.history_wiring import HistorySettings
from guard.predict.embedded import predictor
from guard.predict.exchange import Answer
from guard.wiring import Settings
from tests import hostile_service as hostile
from tests.doctor.test_trial import serving
from tests.documented_service import DocumentedService
from tests.explorer import KEY, Explorer
from tests.hostile_service import Fault, HostileService

HEALTH = {
    "status": "ok",
    "upstream": {"reachable": True, "last_ms": 12},
    "model": None,
    "version": "0.1.0",
}


def look(predict_url: str | None, *, seconds: float = 5.0) -> Check:
    settings = Settings(home=find_home(), predict_url=predict_url)
    (check,) = examine(_witness_looks(settings), Deadline.after(seconds))
    assert check.said.isprintable()
    return check


@pytest.mark.parametrize(
    ("health", "result", "said"),
    [
        (HEALTH, Result.OK, "h answers; version 0.1.0; its service answers"),
        (
            HEALTH | {"upstream": {"reachable": None}},
            Result.OK,
            "h answers; version 0.1.0; it asks no service",
        ),
        (
            HEALTH | {"status": "degraded"},
            Result.WARN,
            "h answers; version 0.1.0; its service does not answer",
        ),
        (
            HEALTH | {"upstream": {"reachable": False}},
            Result.WARN,
            "h answers; version 0.1.0; its service does not answer",
        ),
        (HEALTH | {"version": "1\x1b[2J"}, Result.WARN, "h answers, and has no /api/health (status 200)"),
        (HEALTH | {"status": "fine"}, Result.WARN, "h answers, and has no /api/health (status 200)"),
        (HEALTH | {"upstream": {}}, Result.WARN, "h answers, and has no /api/health (status 200)"),
        (
            HEALTH | {"upstream": {"reachable": []}},
            Result.WARN,
            "h answers, and has no /api/health (status 200)",
        ),
        *(
            (
                HEALTH | {"upstream": {"reachable": reachable}},
                Result.WARN,
                "h answers, and has no /api/health (status 200)",
            )
            for reachable in (0, 1, "", [], "true")
        ),
        ({"ok": True}, Result.WARN, "h answers, and has no /api/health (status 200)"),
        ([], Result.WARN, "h answers, and has no /api/health (status 200)"),
    ],
)
def test_a_routes_health_is_read_strictly(health: Any, result: Result, said: str) -> None:
    check = judge_health("h", Answer(status=200, headers={}, body=json.dumps(health).encode()))
    assert (check.part, check.result, check.said) == ("route", result, said)


@pytest.mark.parametrize(
    ("status", "result"),
    [(401, Result.WARN), (403, Result.WARN), (404, Result.WARN), (429, Result.WARN), (500, Result.FAIL)],
)
def test_a_route_that_does_not_say_how_it_is_is_judged_by_its_status(status: int, result: Result) -> None:
    assert judge_health("h", Answer(status=status, headers={}, body=b"")).result is result


@pytest.mark.parametrize(
    ("status", "result"),
    [(200, Result.OK), (404, Result.WARN), (429, Result.WARN), (503, Result.WARN), (500, Result.FAIL)],
)
def test_a_service_is_judged_by_the_status_of_its_ping(status: int, result: Result) -> None:
    check = judge_ping("h", status)
    assert (check.part, check.result) == ("service", result)


def test_a_route_is_asked_for_its_health_on_its_own_host_and_for_nothing_else() -> None:
    with DocumentedService(HEALTH) as route:
        check = look(f"{route.url}/api/predict?x=1")
    assert [request.split(b"\r\n")[0] for request in route.requests] == [b"GET /api/health HTTP/1.1"]
    assert (check.result, check.advice) == (Result.OK, "")
    assert check.said == f"127.0.0.1:{route.port} answers; version 0.1.0; its service answers"


@pytest.mark.parametrize("upstream", ["up", "down", "embedded"])
def test_a_served_route_tells_how_its_service_is(upstream: str) -> None:
    with DocumentedService(b"pong") as service:
        if upstream == "down":
            service.close()
        with serving("embedded" if upstream == "embedded" else service.url) as url:
            check = look(url)
    assert (check.result, check.said.split("; ")[-1]) == {
        "up": (Result.OK, "its service answers"),
        "down": (Result.WARN, "its service does not answer"),
        "embedded": (Result.OK, "it asks no service"),
    }[upstream]
    assert not [request for request in service.requests if not request.startswith(b"GET /ping ")]


def test_in_process_the_service_is_asked_for_a_ping_and_for_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with DocumentedService(b"pong") as service:
        monkeypatch.setenv("TXGUARD_UPSTREAM_URL", service.url)
        check = look(None)
    assert [request.split(b"\r\n")[0] for request in service.requests] == [b"GET /ping HTTP/1.1"]
    assert (check.result, check.said) == (
        Result.OK,
        f"127.0.0.1:{service.port} is awake (asked /ping only)",
    )


def test_a_service_that_sleeps_is_a_warning_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with HostileService(hostile.silent) as service:
        monkeypatch.setenv("TXGUARD_UPSTREAM_URL", service.url)
        check = look(None, seconds=0.3)
    assert (check.part, check.result) == ("service", Result.WARN)
    assert check.said.startswith("the service did not answer within ")
    assert check.advice == "it may be asleep: a cold start takes 30 to 60 s; this question wakes it"


@pytest.mark.parametrize("in_process", [True, False])
@pytest.mark.parametrize(
    ("fault", "result"),
    [
        (hostile.TRACEBACK, Result.FAIL),
        (hostile.gzip_bomb, Result.FAIL),
        (hostile.flood_body, Result.FAIL),
        (hostile.cut_off, Result.FAIL),
        (hostile.not_http, Result.FAIL),
        (hostile.redirecting("http://127.0.0.1:1/"), Result.FAIL),
    ],
)
def test_a_route_or_service_that_breaks_its_contract_is_a_failure(
    fault: Fault, result: Result, in_process: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with HostileService(fault) as service:
        monkeypatch.setenv("TXGUARD_UPSTREAM_URL", service.url)
        check = look(None if in_process else service.url)
    assert check.result is result
    assert "secret-of-the-service" not in check.said


@pytest.mark.parametrize("url", ["http://route.example/api/predict", "https://user:key@route.example/"])
def test_an_address_that_may_not_be_asked_is_a_configuration_failure(url: str) -> None:
    check = look(url)
    assert (check.result, check.is_configuration) == (Result.FAIL, True)
    assert "key" not in check.said


def test_service_settings_that_cannot_be_used_are_a_configuration_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TXGUARD_UPSTREAM_URL", "ftp://x")
    check = look(None)
    assert (check.result, check.is_configuration) == (Result.FAIL, True)


def test_the_model_is_read_and_its_checksum_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    assert look_at_model(True) == (
        Check(part="model", result=Result.OK, said="txguard-embedded-2, and its checksum holds"),
    )
    assert look("embedded").result is Result.WARN
    monkeypatch.setenv("TXGUARD_UPSTREAM_URL", "embedded")
    assert look(None).result is Result.OK


def test_a_damaged_model_is_a_configuration_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    damaged = tmp_path / "model.bin"
    damaged.write_bytes(predictor.MODEL_FILE.read_bytes()[:-1])
    monkeypatch.setattr(predictor, "MODEL_FILE", damaged)
    predictor.shipped_model.cache_clear()
    try:
        with pytest.raises(ConfigurationError):
            look_at_model(True)
    finally:
        predictor.shipped_model.cache_clear()


BOTH = (PredictionSource.EXTERNAL, PredictionSource.EMBEDDED)


def test_each_of_two_witnesses_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    with DocumentedService(HEALTH) as route, DocumentedService(b"pong") as service:
        monkeypatch.setenv("TXGUARD_UPSTREAM_URL", service.url)
        settings = Settings(home=find_home(), predictors=BOTH)
        in_process = examine(_witness_looks(settings), Deadline.after(5))
        by_route = examine(
            _witness_looks(replace(settings, predict_url=f"{route.url}/api/predict")), Deadline.after(5)
        )
    assert [check.part for check in in_process] == ["service", "model"]
    assert [check.part for check in by_route] == ["route", "model"]
    assert [len(requests) for requests in (service.requests, route.requests)] == [1, 1]


def test_the_model_alone_asks_no_service(monkeypatch: pytest.MonkeyPatch) -> None:
    with DocumentedService(b"pong") as service:
        monkeypatch.setenv("TXGUARD_UPSTREAM_URL", service.url)
        settings = Settings(home=find_home(), predictors=(PredictionSource.EMBEDDED,))
        (check,) = examine(_witness_looks(settings), Deadline.after(5))
    assert (check.part, service.requests) == ("model", [])


def test_witnesses_that_contradict_each_other_are_a_configuration_failure() -> None:
    settings = Settings(home=find_home(), predict_url="embedded", predictors=BOTH)
    (check,) = examine(_witness_looks(settings), Deadline.after(5))
    assert (check.part, check.result, check.is_configuration) == ("witnesses", Result.FAIL, True)


def test_the_model_has_a_past_to_read_where_an_explorer_is_named() -> None:
    history = HistorySettings(url="http://127.0.0.1:1/api", chain_id=5)
    settings = Settings(home=find_home(), predict_url="embedded", history=history)
    (named,) = examine(_witness_looks(settings), Deadline.after(5))
    off = replace(settings, rpc_url="http://127.0.0.1:1", history=HistorySettings(source="none"))
    (turned_off,) = examine(_witness_looks(off), Deadline.after(5))
    assert (named.result, turned_off.result) == (Result.OK, Result.WARN)


def look_at_history(history: HistorySettings, **settings: Any) -> tuple[Check, ...]:
    looks = _history_looks(Settings(home=find_home(), history=history, **settings))
    return examine(looks, Deadline.after(5))


def test_without_an_explorer_there_is_none_to_look_at() -> None:
    assert look_at_history(HistorySettings()) == ()
    assert look_at_history(HistorySettings(source="scan", url="http://127.0.0.1:1/api")) == ()


@pytest.mark.parametrize("shape", ["etherscan", "blockscout"])
def test_an_explorer_is_asked_for_one_row_about_nobody(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALLET_HISTORY_API_KEY", KEY)
    with Explorer(lambda *_: [], shape=shape, key=KEY) as explorer:
        (check,) = look_at_history(HistorySettings(url=explorer.url, chain_id=10))
    assert (check.part, check.result) == ("explorer", Result.OK)
    assert check.said == f"127.0.0.1:{explorer.port} answers for chain 10"
    (asked,) = explorer.questions
    assert (asked["address"], asked["endblock"], asked["offset"]) == (str(NOBODY), "0", "1")
    assert not list(find_home().data_dir.glob("explorer-turns*"))


def test_an_explorer_that_refuses_the_key_fails_and_does_not_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALLET_HISTORY_API_KEY", KEY[::-1])
    with Explorer(lambda *_: [], key=KEY) as explorer:
        (check,) = look_at_history(HistorySettings(url=explorer.url, chain_id=10))
    assert check.result is Result.FAIL
    assert KEY[::-1] not in check.said + check.advice


def test_an_explorer_that_is_down_fails() -> None:
    with Explorer(lambda *_: []) as explorer:
        url = explorer.url
    (check,) = look_at_history(HistorySettings(url=url, chain_id=10))
    assert (check.part, check.result, check.is_configuration) == ("explorer", Result.FAIL, False)


def test_an_explorer_of_no_known_chain_is_a_configuration_failure() -> None:
    (check,) = look_at_history(HistorySettings(url="http://127.0.0.1:1/api"))
    assert (check.result, check.is_configuration) == (Result.FAIL, True)


def test_an_explorer_is_not_asked_where_the_node_does_not_say_which_chain() -> None:
    with Explorer(lambda *_: []) as explorer, HostileService(hostile.HTML) as node:
        (unknown,) = look_at_history(HistorySettings(url=explorer.url), rpc_url=node.url)
        assert explorer.questions == []
        (told,) = look_at_history(HistorySettings(url=explorer.url, chain_id=10), rpc_url=node.url)
    assert (unknown.result, told.result) == (Result.WARN, Result.OK)


def test_an_explorer_that_is_asked_too_often_is_a_warning() -> None:
    refusals = [b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n"]
    with Explorer(lambda *_: [], refusals=refusals) as explorer:
        (check,) = look_at_history(HistorySettings(url=explorer.url, chain_id=10))
    assert (check.result, check.advice) == (Result.WARN, "ask again in a minute")
