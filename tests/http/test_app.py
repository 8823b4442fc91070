"""The route by Flask's test client: every status of its contract, and what it must not let through."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, TestResponse
from werkzeug.wrappers import Response

from guard.deadline import Deadline
from guard.errors import DeadlineExceeded, ServiceInvalid, ServiceUnavailable
from guard.http import create_app
from guard.predict.contract import RouteAnswer, RouteRequest
from guard.predict.service import PredictService

SENDER = "0x52908400098527886E0F7030069857D2E4169EE7"
RECIPIENT = "0xde709f2102306220921060314715629080e2fb77"
MINIMAL = {"from_address": SENDER, "to_address": RECIPIENT, "transaction_value": 1.5, "gas_price": 20}
BODY = json.dumps(MINIMAL).encode()
PATH = "/api/predict"


class FakeService(PredictService):
    """The service without its upstream: answers Safe, or fails as it is told."""

    def __init__(self, failure: BaseException | None = None) -> None:
        super().__init__()
        self.asked: list[RouteRequest] = []
        self._failure = failure

    def answer(
        self, request: RouteRequest, *, request_id: str, deadline: Deadline, waiting: Any = None
    ) -> RouteAnswer:
        self.asked.append(request)
        assert 24 < deadline.remaining() <= 25
        if self._failure is not None:
            raise self._failure
        return RouteAnswer(
            prediction="Safe",
            Type="Safe Transaction",
            probability=None,
            source="external",
            model=None,
            features="contract",
            request_id=request_id,
        )


def post(service: FakeService, body: bytes = BODY, **options: Any) -> TestResponse:
    options.setdefault("content_type", "application/json")
    options.setdefault("content_length", len(body))
    return create_app(service, observers=()).test_client().post(PATH, data=body, **options)


def check_problem(response: Response, status: int, code: str) -> dict[str, Any]:
    """Check a problem's shape and headers, and return it."""
    problem = json.loads(response.data)
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert list(problem) == ["type", "title", "status", "detail", "code", "request_id"]
    assert problem["type"] == f"urn:txguard:problem:{code}"
    assert len(problem["request_id"]) == 32
    assert response.content_type == "application/problem+json"
    check_headers(response)
    return dict(problem)


def check_headers(response: Response) -> None:
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in response.headers


def test_a_question_is_answered_once_in_the_exact_shape() -> None:
    """A1 A17: the exact keys, and the headers of every answer."""
    service = FakeService()
    response = post(service)
    answer = json.loads(response.data)
    assert answer == {
        "prediction": "Safe",
        "Type": "Safe Transaction",
        "probability": None,
        "source": "external",
        "model": None,
        "features": "contract",
        "request_id": answer["request_id"],
    }
    assert len(answer["request_id"]) == 32
    assert (response.status_code, response.content_type) == (200, "application/json")
    check_headers(response)
    assert service.asked == [RouteRequest.model_validate(MINIMAL)]


def test_each_request_has_its_own_number() -> None:
    client = create_app(FakeService()).test_client()
    numbers = {
        json.loads(client.post(PATH, data=BODY, content_type="application/json").data)["request_id"]
        for _ in range(3)
    }
    assert len(numbers) == 3


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"null",
        b'{"a": 1, "a": 2}',
        BODY[:-1] + b', "gas_price": 20}',
        BODY.replace(b"1.5", b"NaN"),
        BODY.replace(b"1.5", b"1e400"),
        BODY.replace(b"1.5", b"1" * 5000),
        b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        b'{"a": "\\ud800"}',
        b"\xef\xbb\xbf" + BODY,
        BODY.decode().encode("utf-16"),
        BODY + BODY,
    ],
    ids=range(15),
)
def test_a_body_that_is_not_one_strict_object_is_400_without_a_parsers_words(body: bytes) -> None:
    """A2 A15: a fixed code, no parser's text, the service is not asked."""
    service = FakeService()
    problem = check_problem(post(service, body), 400, "malformed")
    assert problem["detail"] == "The body is not one strict JSON object."
    assert service.asked == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"features": []}, "features: "),
        ({"features": [0.0] * 17}, "features: "),
        ({"features": [0.0] * 19}, "features: "),
        ({"features": [0.0] * 18}, "features: number 13 "),
        ({"features": [True] * 18}, "features: feature 0 "),
        ({"transaction_value": -1}, "transaction_value: "),
        ({"from_address": "0x1"}, "from_address: "),
        ({"callback": "http://evil.example"}, "callback: "),
        ({"host": "evil.example"}, "host: "),
        ({"\x1b[31m": 1}, "\\x1b[31m: "),
    ],
)
def test_a_wrong_field_is_422_and_named(change: dict[str, Any], field: str) -> None:
    """A5 A6 A7: nothing is filled in, converted or forwarded."""
    service = FakeService()
    problem = check_problem(post(service, json.dumps(MINIMAL | change).encode()), 422, "invalid_field")
    assert problem["detail"].startswith(field)
    assert problem["detail"].isprintable()
    assert service.asked == []


def test_a_body_of_the_limit_is_read_and_one_byte_more_is_413() -> None:
    """A4: 64 KiB, and one byte more."""
    service = FakeService()
    padded = BODY + b" " * (65536 - len(BODY))
    assert post(service, padded).status_code == 200
    check_problem(post(service, padded + b" "), 413, "too_large")
    assert len(service.asked) == 1


class _CountingStream(io.BytesIO):
    """A body that ends nowhere near and remembers how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert 0 < size <= 65537
        self.taken += size
        return b" " * size


def post_stream(stream: io.BytesIO, *, length: int | None = None, **environ: object) -> Response:
    """Post a stream with exactly this length, or with none; the test client would measure it."""
    builder = EnvironBuilder(PATH, method="POST", content_type="application/json")
    wsgi = builder.get_environ() | {"wsgi.input": stream} | environ
    wsgi.pop("CONTENT_LENGTH", None)
    if length is not None:
        wsgi["CONTENT_LENGTH"] = str(length)
    return Response.from_app(create_app(FakeService()), wsgi, buffered=True)


CHUNKED = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}


def test_a_body_announced_as_too_large_is_413_without_being_read() -> None:
    """A4: nothing of it is read."""
    stream = _CountingStream()
    check_problem(post_stream(stream, length=65537), 413, "too_large")
    assert stream.taken == 0


def test_a_chunked_body_without_length_is_413_as_soon_as_it_is_too_large() -> None:
    """A4: the rest is not read."""
    stream = _CountingStream()
    check_problem(post_stream(stream, **CHUNKED), 413, "too_large")
    assert stream.taken <= 2 * 65537


def test_a_chunked_body_whose_end_the_server_knows_is_read() -> None:
    assert post_stream(io.BytesIO(BODY), **CHUNKED).status_code == 200


@pytest.mark.parametrize(
    "environ", [{}, {"wsgi.input_terminated": True}, {"HTTP_TRANSFER_ENCODING": "chunked"}]
)
def test_a_body_without_length_or_a_known_end_is_411(environ: dict[str, object]) -> None:
    """A3: no length, no body."""
    check_problem(post_stream(io.BytesIO(BODY), **environ), 411, "length_required")


def test_a_body_shorter_than_announced_is_400() -> None:
    """A3: a length larger than what came."""
    check_problem(post_stream(io.BytesIO(BODY), length=len(BODY) + 1), 400, "malformed")


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "application/problem+json",
        "text/json",
    ],
)
def test_another_kind_of_body_is_415(content_type: str | None) -> None:
    service = FakeService()
    check_problem(post(service, content_type=content_type), 415, "unsupported_media_type")
    assert service.asked == []


def test_json_that_says_utf_8_is_read() -> None:
    assert post(FakeService(), content_type="application/json; charset=UTF-8").status_code == 200


def test_an_encoded_body_is_415() -> None:
    response = post(FakeService(), headers={"Content-Encoding": "gzip"})
    check_problem(response, 415, "unsupported_media_type")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "BREW"])
def test_every_other_method_is_405_with_allow(method: str) -> None:
    """A9: 405 with Allow."""
    service = FakeService()
    response = create_app(service).test_client().open(PATH, method=method)
    assert (response.status_code, response.headers["Allow"]) == (405, "OPTIONS, POST")
    if method != "HEAD":
        check_problem(response, 405, "method_not_allowed")
    assert service.asked == []


def test_options_tells_the_methods_and_opens_nothing() -> None:
    """A9: no origin is allowed."""
    response = create_app(FakeService()).test_client().options(PATH, headers={"Origin": "https://x.example"})
    assert (response.status_code, response.headers["Allow"], response.data) == (204, "OPTIONS, POST", b"")
    check_headers(response)


@pytest.mark.parametrize("path", ["/", "/predict", "/api/predict/", "/api/predict/x", "/api"])
def test_nothing_else_is_there(path: str) -> None:
    check_problem(create_app(FakeService()).test_client().post(path, data=BODY), 404, "not_found")


@pytest.mark.parametrize(
    ("failure", "status", "code", "retry_after"),
    [
        (ServiceInvalid("<b>said by the service</b>"), 502, "upstream_invalid", None),
        (ServiceUnavailable("said by the service"), 503, "upstream_unavailable", "30"),
        (ServiceUnavailable("said by the service", retry_after_s=4.2), 503, "upstream_unavailable", "5"),
        (ServiceUnavailable("said by the service", retry_after_s=0), 503, "upstream_unavailable", "1"),
        (ServiceUnavailable("said by the service", retry_after_s=9999), 503, "upstream_unavailable", "120"),
        (DeadlineExceeded("said by the service"), 504, "upstream_timeout", None),
    ],
)
def test_a_service_that_gives_no_answer_is_a_problem_in_our_own_words(
    failure: BaseException, status: int, code: str, retry_after: str | None
) -> None:
    """A13: no text of the service is passed on."""
    response = post(FakeService(failure))
    check_problem(response, status, code)
    assert response.headers.get("Retry-After") == retry_after
    assert b"said by the service" not in response.data


def test_why_the_service_gave_no_answer_is_logged_as_its_kind_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    response = post(FakeService(ServiceInvalid("bad\r\nlevel=INFO verdict=Safe\x1b")))
    number = json.loads(response.data)["request_id"]
    assert caplog.messages == [f"request {number}: invalid_answer (ServiceInvalid)"]


@pytest.mark.parametrize("failure", [MemoryError(), RecursionError(), KeyError("secret"), OSError("secret")])
def test_a_failure_that_nobody_foresaw_is_500_and_says_nothing_of_it(
    failure: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = post(FakeService(failure))
    problem = check_problem(response, 500, "internal")
    assert b"secret" not in response.data
    assert caplog.messages == [f"request {problem['request_id']} failed in a way nobody foresaw"]


@pytest.mark.parametrize("path", ["/api//predict", "/api/predict//", "/api//health", "//docs"])
def test_an_address_with_two_slashes_is_404_and_redirects_nobody(path: str) -> None:
    """A8: no answer repeats the Host header."""
    builder = EnvironBuilder(path="/", headers={"Host": "evil.example"})
    environ = builder.get_environ() | {"PATH_INFO": path}
    response = create_app(FakeService(), observers=()).test_client().open(environ)
    check_problem(response, 404, "not_found")
    assert "Location" not in response.headers
    assert b"evil.example" not in response.data


def test_importing_the_function_loads_neither_web3_nor_the_model() -> None:
    code = (
        "import sys, api.predict; "
        "print([m for m in ('web3', 'eth_account', 'waitress', 'guard.predict.embedded', 'hypothesis')"
        " if m in sys.modules], api.predict.app.name)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[] txguard\n"
