"""The route against its own document: generated requests, right and wrong, and every answer checked.

The document is the one that the route serves. The generator and the checks are schemathesis's, used as a
library: its plugin for pytest is off, for it would cost every run its start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from guard.http import create_app
from guard.http.settings import RouteSettings
from guard.predict.service import PredictService
from guard.predict.settings import ServiceSettings
from tests import documented_service as documented
from tests.documented_service import DocumentedService

EXAMPLES = 50
KEY = "a-key-that-only-this-test-knows"
# Not the document itself: it is read to begin with, and schemathesis leaves it out.
PAGES = ("/api/health", "/docs")


@pytest.fixture(params=["embedded", "documented"])
def upstream_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The shipped model, or a service that keeps its contract: neither gives cause for a status above 499."""
    if request.param == "embedded":
        yield "embedded"
        return
    with DocumentedService(documented.MILDLY_UNSAFE) as service:
        yield service.url


def application(upstream_url: str, **settings: object) -> Flask:
    service = PredictService(ServiceSettings(upstream_url=upstream_url))
    return create_app(service, settings=RouteSettings(rate=None, **settings), observers=())  # type: ignore[arg-type]


def statuses(
    app: Flask,
    path: str,
    mode: GenerationMode,
    *,
    mend: Callable[[Any], Any] = lambda body: body,
    excluded: Sequence[Any] = (),
) -> set[int]:
    """Put generated requests to one operation, check each answer, and return the statuses that came.

    `mend` changes a body before it is sent; `excluded` are checks that cannot hold.
    """
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    schema.config.generation.update(modes=[mode])
    operations = [found.ok() for found in schema.get_all_operations()]
    [operation] = [operation for operation in operations if operation.path == path]
    seen: set[int] = set()

    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def put(case: schemathesis.Case) -> None:
        case.body = mend(case.body)
        seen.add(case.call_and_validate(excluded_checks=list(excluded)).status_code)

    put()
    return seen


def without_what_no_schema_can_say(body: dict[str, Any]) -> dict[str, Any]:
    """Return a question without checksums, and without a vector, which must repeat the amounts."""
    kept = {name: value for name, value in body.items() if name != "features"}
    return {name: value.lower() if isinstance(value, str) else value for name, value in kept.items()}


def test_right_questions_are_answered_in_the_documented_shape(upstream_url: str) -> None:
    """A1 A17: every one of them is a 200."""
    app = application(upstream_url)
    mend = without_what_no_schema_can_say
    assert statuses(app, "/api/predict", GenerationMode.POSITIVE, mend=mend) == {200}


def test_questions_that_only_the_schema_calls_right_are_documented_all_the_same(upstream_url: str) -> None:
    """A5 A6: a wrong checksum, or a vector that does not repeat the amounts, is 422 and nothing above it."""
    load_all_checks()
    rejection = CHECKS.get_one("positive_data_acceptance")
    app = application(upstream_url)
    assert statuses(app, "/api/predict", GenerationMode.POSITIVE, excluded=[rejection]) <= {200, 422}


def test_wrong_questions_are_refused_with_a_documented_problem(upstream_url: str) -> None:
    """A2 A5 A6 A7: no status above 499, and nothing that breaks the schema is answered."""
    seen = statuses(application(upstream_url), "/api/predict", GenerationMode.NEGATIVE)
    assert 200 not in seen
    assert seen & {400, 422}


@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_as_the_document_says(path: str) -> None:
    assert statuses(application("embedded"), path, GenerationMode.POSITIVE) == {200}


def test_without_the_key_that_the_document_asks_for_nothing_is_answered() -> None:
    app = application("embedded", api_keys=(KEY,))
    assert statuses(app, "/api/predict", GenerationMode.POSITIVE) == {401}
