"""Who may ask, by Flask's test client on the whole application."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from guard.http import create_app
from guard.http.settings import Rate, RouteSettings
from guard.predict.service import PredictService
from guard.predict.upstream import DEFAULT_UPSTREAM_URL

KEY, OTHER_KEY = "0123456789abcdef", "fedcba9876543210"
PATH = "/api/predict"
MINIMAL = {
    "from_address": "0x52908400098527886E0F7030069857D2E4169EE7",
    "to_address": "0xde709f2102306220921060314715629080e2fb77",
    "transaction_value": 1.5,
    "gas_price": 20,
}


def client(**settings: Any) -> FlaskClient:
    app = create_app(PredictService(), settings=RouteSettings(**settings), observers=())
    return app.test_client()


def post(caller: FlaskClient, *, address: str = "192.0.2.1", **headers: str) -> TestResponse:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as service:
        service.post(DEFAULT_UPSTREAM_URL, json={"prediction": "Safe", "Type": "Safe Transaction"})
        return caller.post(
            PATH,
            json=MINIMAL,
            headers={name.replace("_", "-"): text for name, text in headers.items()},
            environ_overrides={"REMOTE_ADDR": address},
        )


def problem(response: TestResponse) -> tuple[int, str]:
    told = json.loads(response.data)
    assert response.content_type == "application/problem+json"
    return response.status_code, told["code"]


@pytest.mark.parametrize("key", [KEY, OTHER_KEY])
def test_a_key_is_taken_in_either_header(key: str) -> None:
    caller = client(api_keys=(KEY, OTHER_KEY))
    assert post(caller, X_API_Key=key).status_code == 200
    assert post(caller, Authorization=f"Bearer {key}").status_code == 200
    assert post(caller, Authorization=f"bearer  {key}").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X_API_Key": ""},
        {"X_API_Key": KEY[:-1]},
        {"X_API_Key": KEY + "x"},
        {"X_API_Key": f"{KEY},{OTHER_KEY}"},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": KEY},
        {"X_API_Key": "wrong-key-wrong-key", "Authorization": f"Bearer {KEY}"},
        {"X_API_Key": "schlüssel-schlüssel"},
    ],
)
def test_without_a_right_key_the_answer_is_401_and_the_service_is_not_asked(headers: dict[str, str]) -> None:
    response = post(client(api_keys=(KEY, OTHER_KEY)), **headers)
    assert problem(response) == (401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert KEY.encode() not in response.data


def test_where_no_key_is_asked_for_one_that_is_shown_changes_nothing() -> None:
    caller = client(rate=Rate(count=1, seconds=60.0))
    assert post(caller, X_API_Key="made-up-by-the-caller-1").status_code == 200
    assert problem(post(caller, X_API_Key="made-up-by-the-caller-2")) == (429, "rate_limited")


def test_too_many_questions_are_429_and_say_when_to_ask_again() -> None:
    caller = client(rate=Rate(count=2, seconds=60.0))
    assert [post(caller).status_code for _ in range(2)] == [200, 200]
    response = post(caller)
    assert problem(response) == (429, "rate_limited")
    assert response.headers["Retry-After"] == "30"
    assert post(caller, address="192.0.2.2").status_code == 200


def test_bad_questions_and_wrong_keys_count_too() -> None:
    caller = client(api_keys=(KEY,), rate=Rate(count=2, seconds=60.0))
    assert problem(post(caller)) == (401, "unauthorized")
    assert problem(post(caller, X_API_Key="guess-guess-guess")) == (401, "unauthorized")
    assert problem(post(caller, X_API_Key="guess-guess-guess-2")) == (429, "rate_limited")
    assert post(caller, X_API_Key=KEY).status_code == 200


def test_each_key_has_a_limit_of_its_own_from_wherever_it_comes() -> None:
    caller = client(api_keys=(KEY, OTHER_KEY), rate=Rate(count=1, seconds=60.0))
    assert post(caller, X_API_Key=KEY, address="192.0.2.1").status_code == 200
    assert problem(post(caller, X_API_Key=KEY, address="192.0.2.2")) == (429, "rate_limited")
    assert post(caller, X_API_Key=OTHER_KEY).status_code == 200


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("not an address", "nor this", True),
    ],
)
def test_a_caller_is_an_address_or_a_network_of_one_household(first: str, second: str, same: bool) -> None:
    caller = client(rate=Rate(count=1, seconds=60.0))
    post(caller, address=first)
    assert post(caller, address=second).status_code == (429 if same else 200)


def test_a_header_is_believed_only_where_the_settings_name_it() -> None:
    direct = client(rate=Rate(count=1, seconds=60.0))
    post(direct, X_Forwarded_For="198.51.100.1")
    assert post(direct, X_Forwarded_For="198.51.100.2").status_code == 429
    behind = client(rate=Rate(count=1, seconds=60.0), client_address_header="X-Forwarded-For")
    post(behind, X_Forwarded_For="203.0.113.9, 198.51.100.1")
    assert post(behind, X_Forwarded_For="203.0.113.9, 198.51.100.2").status_code == 200
    assert post(behind, X_Forwarded_For="203.0.113.8, 198.51.100.1").status_code == 429
    assert post(behind, X_Forwarded_For="garbage").status_code == 200  # then the connection tells it
    assert post(behind).status_code == 429


ALLOWED = frozenset({"https://wallet.example"})


def test_a_page_that_is_allowed_may_ask_and_read_the_answer() -> None:
    response = post(client(allowed_origins=ALLOWED), Origin="https://wallet.example")
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "https://wallet.example"
    assert response.headers["Access-Control-Expose-Headers"] == "Retry-After, X-Request-Id"
    assert response.headers["Vary"] == "Origin"


def test_a_preflight_tells_an_allowed_page_how_it_may_ask_and_another_nothing() -> None:
    def asked(origin: str) -> dict[str, str]:
        response = client(allowed_origins=ALLOWED).options(PATH, headers={"Origin": origin})
        assert (response.status_code, response.headers["Allow"]) == (204, "OPTIONS, POST")
        return {name: text for name, text in response.headers if name.startswith("Access-Control")}

    assert asked("https://evil.example") == {}
    assert asked("https://wallet.example") == {
        "Access-Control-Allow-Origin": "https://wallet.example",
        "Access-Control-Expose-Headers": "Retry-After, X-Request-Id",
        "Access-Control-Allow-Methods": "OPTIONS, POST",
        "Access-Control-Allow-Headers": "Content-Type, Authorization, X-API-Key",
        "Access-Control-Max-Age": "600",
    }


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "https://wallet.example.evil.example", "http://wallet.example", ""],
)
def test_a_page_that_is_not_allowed_is_403_and_the_service_is_not_asked(origin: str) -> None:
    with responses.RequestsMock():
        response = client(allowed_origins=ALLOWED).post(PATH, json=MINIMAL, headers={"Origin": origin})
    assert problem(response) == (403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in response.headers


def test_the_routes_own_pages_may_ask_without_being_named() -> None:
    caller = client()
    assert post(caller, Origin="http://localhost", Host="localhost").status_code == 200
    assert post(caller, Origin="https://route.example:8443", Host="Route.example:8443").status_code == 200
    assert post(caller, Origin="https://route.example:8444", Host="route.example:8443").status_code == 403


def test_every_page_may_ask_where_the_settings_say_so() -> None:
    response = post(client(allowed_origins=frozenset({"*"})), Origin="null")
    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (200, "*")


def test_a_refused_page_may_read_why_where_it_is_allowed() -> None:
    caller = client(allowed_origins=ALLOWED, rate=Rate(count=1, seconds=60.0))
    post(caller)
    response = post(caller, Origin="https://wallet.example")
    assert problem(response) == (429, "rate_limited")
    assert response.headers["Access-Control-Allow-Origin"] == "https://wallet.example"


def test_a_key_that_could_be_guessed_is_warned_about_and_not_repeated(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client(api_keys=(KEY, "k3y"))
    client(api_keys=(KEY,))
    assert caplog.messages == ["an API key is shorter than 16 characters and might be guessed"]
