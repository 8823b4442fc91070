"""`GET /api/openapi.json`: the contract of every path, made from the models that read and write it.

What belongs here: the document. What must not: handlers (`app.py`); a test keeps the two in step.

Source: https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import guard
from guard.http.health import HealthAnswer, UpstreamHealth
from guard.http.paths import DOCS_PATH, HEALTH_PATH, OPENAPI_PATH, PREDICT_PATH
from guard.http.problems import PROBLEM_TYPE, ProblemBody
from guard.http.settings import RouteSettings
from guard.predict.contract import RouteAnswer, RouteRequest

_REFUSALS: Mapping[int, str] = {
    400: "The body is not one strict JSON object, or it was cut off.",
    401: "A key is needed and none, or a wrong one, was shown.",
    403: "Pages of this origin may not ask.",
    411: "The body has no length.",
    413: "The body is larger than 64 KiB.",
    415: "The body is not application/json in UTF-8, or it is encoded.",
    422: "A field is not what its place asks for; the detail names it.",
    429: "This caller asked too often.",
    502: "The service answered, but not in the words of its contract.",
    503: "The service is down or asleep, or too many are asking it.",
    504: "The service did not answer in the time that the route gives it.",
}
_MAY_RETRY = (429, 503)
_EXAMPLE = {
    "from_address": "0x52908400098527886E0F7030069857D2E4169EE7",
    "to_address": "0xde709f2102306220921060314715629080e2fb77",
    "transaction_value": 1.5,
    "gas_price": 20.0,
}


def openapi_document(settings: RouteSettings) -> dict[str, Any]:
    """Return the document of a route with these settings."""
    components: dict[str, Any] = {
        "schemas": schemas_of(
            (RouteRequest,), (RouteAnswer, HealthAnswer, ProblemBody), inner=(UpstreamHealth,)
        )
    }
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "txguard predict route",
            "version": guard.__version__,
            "description": "Asks one configured witness whether a payment looks like fraud. Whatever is not "
            "a score is a problem: there is never a 200 with a made-up answer.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {
            PREDICT_PATH: {"post": _predict()},
            HEALTH_PATH: {"get": _health()},
            OPENAPI_PATH: {"get": _plain("openapi", "This document.", "application/json")},
            DOCS_PATH: {"get": _plain("docs", "This document as a page for people.", "text/html")},
        },
        "components": components,
    }
    if settings.api_keys:
        components["securitySchemes"] = {
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            "bearer": {"type": "http", "scheme": "bearer"},
        }
        document["paths"][PREDICT_PATH]["post"]["security"] = [{"key": []}, {"bearer": []}]
    return document


def schemas_of(
    asked: Sequence[type[BaseModel]],
    answered: Sequence[type[BaseModel]],
    *,
    inner: Sequence[type[BaseModel]] = (),
) -> dict[str, Any]:
    """Return the shapes of these bodies, each field with its docstring; `inner` are models within them."""
    _, definitions = models_json_schema(
        [*((model, "validation") for model in asked), *((model, "serialization") for model in answered)],
        ref_template="#/components/schemas/{model}",
    )
    schemas: dict[str, Any] = definitions["$defs"]
    for model in (*asked, *answered, *inner):
        _describe(model, schemas[model.__name__])
    return schemas


def _predict() -> dict[str, Any]:
    return {
        "operationId": "predict",
        "summary": "Ask the witness about one payment.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": reference_to(RouteRequest), "example": _EXAMPLE}},
        },
        "responses": {
            "200": content_of("What the witness said.", "application/json", reference_to(RouteAnswer)),
            **{str(status): problem_told(status, text) for status, text in _REFUSALS.items()},
        },
    }


def _health() -> dict[str, Any]:
    answer = content_of(
        "The state of the route and its service.", "application/json", reference_to(HealthAnswer)
    )
    return {
        "operationId": "health",
        "summary": "Tell whether the service can be reached; its predict is never called for this.",
        "responses": {"200": answer},
    }


def _plain(name: str, summary: str, media_type: str) -> dict[str, Any]:
    schema = {"type": "object"} if media_type == "application/json" else {"type": "string"}
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": content_of(summary, media_type, schema)},
    }


def problem_told(status: int, text: str) -> dict[str, Any]:
    """Return how a status other than 200 is answered."""
    problem = content_of(text, PROBLEM_TYPE, reference_to(ProblemBody))
    if status in _MAY_RETRY:
        seconds = {"type": "integer", "minimum": 1}
        problem["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": seconds}}
    return problem


def content_of(text: str, media_type: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer of one media type and shape."""
    return {"description": text, "content": {media_type: {"schema": schema}}}


def reference_to(model: type[BaseModel]) -> dict[str, str]:
    """Return the place of a shape in the document."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _describe(model: type[BaseModel], schema: dict[str, Any]) -> None:
    """Put each field's docstring into its schema.

    pydantic can do this too, but when the class is made: 50 ms at each cold start, for a page few ask for.
    """
    for ancestor in reversed(model.__mro__):
        if issubclass(ancestor, BaseModel) and ancestor is not BaseModel:
            for name, text in _docstrings(ancestor):
                schema["properties"][name]["description"] = text


def _docstrings(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(body, ast.ClassDef)
    for field, text in zip(body.body, body.body[1:], strict=False):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                yield name, inspect.cleandoc(words)
