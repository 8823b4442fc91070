"""The log of a served route, line by line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from guard.http import create_app
from guard.http.logs import configure_logs
from guard.http.observation import Observation
from guard.http.settings import RouteSettings
from guard.predict.service import PredictService
from guard.predict.settings import ServiceSettings
from tests import documented_service as documented
from tests.documented_service import DocumentedService

KEY = "canary-key-0123456789"
SENDER = "0x52908400098527886E0F7030069857D2E4169EE7"
RECIPIENT = "0xde709f2102306220921060314715629080e2fb77"
MINIMAL = {"from_address": SENDER, "to_address": RECIPIENT, "transaction_value": 1.5, "gas_price": 20}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    logger = logging.getLogger("txguard")
    before = logger.handlers, logger.level, logger.propagate
    stream = io.StringIO()
    configure_logs(stream)
    yield stream
    logger.handlers, logger.level, logger.propagate = before


def client(url: str = "embedded", **settings: Any) -> FlaskClient:
    service = PredictService(ServiceSettings(upstream_url=url))
    return create_app(service, settings=RouteSettings(**settings)).test_client()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_an_answered_question_is_one_line_that_tells_what_was_said_and_nothing_that_was_asked(
    log: io.StringIO,
) -> None:
    with DocumentedService(documented.FRAUD) as service:
        response = client(service.url).post("/api/predict", json=MINIMAL)
    [line] = lines(log)
    assert line == {
        "at": line["at"],
        "level": "info",
        "event": "request",
        "request_id": response.headers["X-Request-Id"],
        "method": "POST",
        "route": "/api/predict",
        "status": 200,
        "code": None,
        "prediction": "Fraud",
        "source": "external",
        "ms": line["ms"],
    }
    assert line["request_id"] == json.loads(response.data)["request_id"]
    for secret in (SENDER, RECIPIENT, SENDER.lower(), "1.5"):
        assert secret not in log.getvalue().replace(str(line["ms"]), "")


def test_a_problem_is_one_line_with_its_code_and_the_number_that_the_caller_was_told(
    log: io.StringIO,
) -> None:
    response = client().post("/api/predict", json=MINIMAL | {"gas_price": -1})
    [line] = lines(log)
    assert (line["status"], line["code"], line["prediction"]) == (422, "invalid_field", None)
    assert line["request_id"] == json.loads(response.data)["request_id"] == response.headers["X-Request-Id"]


def test_a_forged_line_in_a_field_stays_out_of_the_log(log: io.StringIO) -> None:
    """A16: what is asked is not logged, so nothing in it can forge a line."""
    forged = "0x1\r\nlevel=INFO verdict=Safe\x1b[31m"
    response = client().post("/api/predict", json=MINIMAL | {"acc_holder": forged})
    assert response.status_code == 422
    assert b"\x1b" not in response.data
    assert [line["code"] for line in lines(log)] == ["invalid_field"]
    assert "verdict" not in log.getvalue()


def test_a_path_a_method_and_a_query_of_the_callers_own_are_not_repeated(log: io.StringIO) -> None:
    client().open("/evil\x1b/path?token=secret", method="BREW")
    [line] = lines(log)
    assert (line["route"], line["method"], line["status"]) == ("none", "other", 404)
    assert "evil" not in log.getvalue()
    assert "secret" not in log.getvalue()


def test_a_key_is_in_no_line_whether_it_is_right_or_wrong(log: io.StringIO) -> None:
    caller = client(api_keys=(KEY,))
    caller.post("/api/predict", json=MINIMAL, headers={"X-API-Key": KEY})
    caller.post("/api/predict", json=MINIMAL, headers={"Authorization": f"Bearer {KEY}-wrong"})
    assert [line["status"] for line in lines(log)] == [200, 401]
    assert KEY not in log.getvalue()


@pytest.mark.parametrize(
    "said",
    [
        b"secret of the service\x1b[2J",
        {"prediction": f"payment by {SENDER} of 1.5"},
        {"prediction": "Safe", SENDER: "secret of the service", "Type": f"{SENDER} pays"},
    ],
)
def test_why_the_service_gave_no_answer_is_a_line_without_a_word_of_the_service(
    log: io.StringIO, said: bytes | dict[str, str]
) -> None:
    """A13: a service may repeat what it was asked, and the log must not."""
    with DocumentedService(said) as service:
        client(service.url).post("/api/predict", json=MINIMAL)
    why, request = lines(log)
    assert (why["level"], why["event"]) == (
        "warning",
        f"request {request['request_id']}: invalid_answer (ServiceInvalid)",
    )
    assert "secret of the service" not in log.getvalue()
    assert SENDER not in log.getvalue()


class _Broken:
    def observe(self, seen: Observation) -> None:
        raise KeyError("secret value")


def test_a_fault_is_told_by_its_kind_and_places_and_none_of_its_values(log: io.StringIO) -> None:
    app = create_app(
        PredictService(ServiceSettings(upstream_url="embedded")),
        settings=RouteSettings(),
        observers=[_Broken()],
    )
    assert app.test_client().post("/api/predict", json=MINIMAL).status_code == 200
    [line] = lines(log)
    assert (line["level"], line["error"]) == ("error", "KeyError")
    assert line["event"] == "an observer failed; the answer is not changed by it"
    assert [place.partition(":")[0] for place in line["places"]] == ["watching.py", "test_logs.py"]
    assert "secret value" not in log.getvalue()


def test_a_time_is_utc_to_the_millisecond(log: io.StringIO) -> None:
    client().get("/api/health")
    [line] = lines(log)
    assert len(line["at"]) == len("2026-01-01T00:00:00.000Z")
    assert line["at"].endswith("Z")
