"""What stands beside the predict route: health, the OpenAPI document and its page."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

import guard
from guard.http import create_app
from guard.http.problems import COMMON_HEADERS
from guard.http.settings import RouteSettings
from guard.predict.contract import RouteAnswer, RouteRequest
from guard.predict.service import PredictService
from guard.predict.settings import ServiceSettings
from tests.documented_service import DocumentedService

PAGES = ("/api/health", "/api/openapi.json", "/docs")


def client(url: str = "embedded", **settings: Any) -> FlaskClient:
    service = PredictService(ServiceSettings(upstream_url=url))
    return create_app(service, settings=RouteSettings(**settings), observers=()).test_client()


def document(**settings: Any) -> dict[str, Any]:
    response = client(**settings).get("/api/openapi.json")
    assert (response.status_code, response.content_type) == (200, "application/json")
    return dict(json.loads(response.data))


def test_a_route_that_reaches_its_service_is_well_and_never_asks_it_to_predict() -> None:
    with DocumentedService() as service:
        caller = client(service.url)
        told = json.loads(caller.get("/api/health").data)
        assert told == {
            "status": "ok",
            "upstream": {"reachable": True, "last_ms": told["upstream"]["last_ms"]},
            "model": None,
            "version": guard.__version__,
        }
        assert 0 <= told["upstream"]["last_ms"] < 2000
        caller.get("/api/health")
        assert (service.pings, service.raw_bodies) == (1, [])


def test_a_route_whose_service_is_down_is_degraded() -> None:
    with DocumentedService() as service:
        service.close()
        response = client(service.url).get("/api/health")
    assert response.status_code == 200
    assert json.loads(response.data) == {
        "status": "degraded",
        "upstream": {"reachable": False, "last_ms": None},
        "model": None,
        "version": guard.__version__,
    }


def test_a_route_with_the_shipped_model_names_it_and_has_nobody_to_reach() -> None:
    told = json.loads(client().get("/api/health").data)
    assert told["model"].startswith("txguard")
    assert (told["status"], told["upstream"]) == ("ok", {"reachable": None, "last_ms": None})


@pytest.mark.parametrize("path", PAGES)
def test_a_page_takes_get_and_head_and_tells_so(path: str) -> None:
    caller = client()
    allowed = "GET, HEAD, OPTIONS"
    assert caller.get(path).status_code == 200
    assert (caller.head(path).status_code, caller.head(path).data) == (200, b"")
    assert (caller.options(path).status_code, caller.options(path).headers["Allow"]) == (204, allowed)
    refused = caller.post(path, json={})
    assert (refused.status_code, refused.headers["Allow"]) == (405, allowed)
    assert json.loads(refused.data)["code"] == "method_not_allowed"
    for name, text in COMMON_HEADERS.items():
        assert caller.get(path).headers[name] == text


def test_paths_and_methods_of_the_document_are_exactly_those_that_are_handled() -> None:
    app = create_app(PredictService(), settings=RouteSettings(), observers=())
    handled = {
        (rule.rule, method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    told = {(path, method) for path, methods in document()["paths"].items() for method in methods}
    assert told == handled


def test_every_status_that_the_route_can_answer_is_in_the_document() -> None:
    answers = document()["paths"]["/api/predict"]["post"]["responses"]
    assert sorted(map(int, answers)) == [200, 400, 401, 403, 411, 413, 415, 422, 429, 502, 503, 504]
    assert {status for status in answers if "Retry-After" in answers[status].get("headers", {})} == {
        "429",
        "503",
    }


def test_the_shapes_are_those_of_the_models_and_each_field_is_told() -> None:
    schemas = document()["components"]["schemas"]
    asked, answered = schemas["RouteRequest"], schemas["RouteAnswer"]
    assert list(asked["properties"]) == list(RouteRequest.model_fields)
    assert asked["required"] == ["from_address", "to_address", "transaction_value", "gas_price"]
    assert list(answered["properties"]) == answered["required"] == list(RouteAnswer.model_fields)
    for schema in schemas.values():
        assert schema["additionalProperties"] is False
        for name, field in schema["properties"].items():
            assert field.get("description"), f"{schema['title']}.{name} says nothing"
    features = asked["properties"]["features"]
    assert (features["minItems"], features["maxItems"], len(features["prefixItems"])) == (18, 18, 18)
    assert features["prefixItems"][15:] == [{"type": "number"}, *[{"type": ["number", "string"]}] * 2]


def test_the_example_of_the_document_is_a_question_that_can_be_asked() -> None:
    content = document()["paths"]["/api/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert client().post("/api/predict", json=content["example"]).status_code == 200


def test_keys_are_in_the_document_where_they_are_asked_for() -> None:
    assert "securitySchemes" not in document()["components"]
    told = document(api_keys=("0123456789abcdef",))
    assert sorted(told["components"]["securitySchemes"]) == ["bearer", "key"]
    assert told["paths"]["/api/predict"]["post"]["security"] == [{"key": []}, {"bearer": []}]
    assert "0123456789abcdef" not in json.dumps(told)


def test_the_page_tells_every_path_status_and_field_and_loads_nothing_from_anywhere() -> None:
    response = client().get("/docs")
    page = response.get_data(as_text=True)
    assert response.content_type == "text/html; charset=utf-8"
    told = document()
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            assert f"<code>{method.upper()} {path}</code>" in page
            for status in operation["responses"]:
                assert f"<td>{status}</td>" in page
    for schema in told["components"]["schemas"].values():
        for name in schema["properties"]:
            assert f"<td><code>{name}</code></td>" in page
    assert re.findall(r'(?:src|href)="([^"#][^"]*)"', page) == ["/api/openapi.json"]
    assert "<script" not in page
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
