"""The application: its paths, the order of the checks of a request, and what becomes of what goes wrong.

What belongs here: the routes. What must not: the witness and its words.
"""

from __future__ import annotations

import functools
import json
import logging
import os
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from guard.deadline import Deadline
from guard.errors import OutsideError
from guard.http.access import Access
from guard.http.body import read_question
from guard.http.docs_page import CONTENT_SECURITY_POLICY, docs_page
from guard.http.health import health_of
from guard.http.logs import LogObserver
from guard.http.observation import Observer
from guard.http.paths import DOCS_PATH, HEALTH_PATH, OPENAPI_PATH, PREDICT_PATH
from guard.http.problems import COMMON_HEADERS, PROBLEM_TYPE, Problem, ProblemRaised, problem_of
from guard.http.settings import SAFE_KEY_LENGTH, RouteSettings, read_route_settings
from guard.http.watching import note_answer, note_problem, request_id, watch
from guard.predict.service import PredictService
from guard.predict.settings import read_settings

_log = logging.getLogger("txguard.http")


def create_app(
    service: PredictService | None = None,
    *,
    settings: RouteSettings | None = None,
    observers: Sequence[Observer] = (LogObserver(),),
    has_desk: bool = False,
) -> Flask:
    """Return the application around `service`, by default the one that the environment asks for.

    `settings` say who may ask and how often, by default as the environment has it. `observers` are told of
    each request; by default each is logged. `has_desk` describes the desk's paths in the document too, for
    whoever adds them. Raises ConfigurationError for settings that cannot be used.
    """
    witness = service or PredictService(read_settings(os.environ), ping_first=True)
    rules = settings or read_route_settings(os.environ)
    if any(len(key) < SAFE_KEY_LENGTH for key in rules.api_keys):
        _log.warning("an API key is shorter than %d characters and might be guessed", SAFE_KEY_LENGTH)
    app = Flask("txguard", static_folder=None)
    # Two slashes are another address; a redirect would repeat the caller's Host header in its Location.
    app.url_map.merge_slashes = False
    watch(app, observers)
    _add_predict(app, witness, Access(rules))
    _add_pages(app, witness, functools.partial(_document, rules, has_desk=has_desk))
    app.register_error_handler(OutsideError, _outside)
    app.register_error_handler(HTTPException, _refused_by_flask)
    app.register_error_handler(Exception, _unforeseen)
    app.after_request(_with_common_headers)
    return app


def _add_predict(app: Flask, witness: PredictService, access: Access) -> None:
    methods = ("OPTIONS", "POST")

    @app.route(PREDICT_PATH, methods=methods, provide_automatic_options=False)
    def predict() -> Response:
        if request.method == "OPTIONS":
            return _options(methods)
        access.enter(request)
        asked = read_question(request)
        deadline = Deadline.after(witness.settings.upstream_timeout_s)
        answer = witness.answer(asked, request_id=request_id(), deadline=deadline)
        note_answer(answer)
        return Response(answer.model_dump_json(), mimetype="application/json")

    @app.after_request
    def with_origin(response: Response) -> Response:
        if request.path == PREDICT_PATH:
            response.headers.update(access.headers(request, ", ".join(methods)))
        return response


def _document(rules: RouteSettings, *, has_desk: bool) -> dict[str, Any]:
    # Imported and made when it is first asked for: a cold start is paid by the one who waits for a score.
    from guard.http.openapi import openapi_document

    document = openapi_document(rules)
    if has_desk:
        from guard.http.desk_document import add_desk_paths

        add_desk_paths(document)
    return document


def _add_pages(app: Flask, witness: PredictService, made: Callable[[], dict[str, Any]]) -> None:
    methods = ("GET", "HEAD", "OPTIONS")
    document = functools.cache(made)

    @app.route(HEALTH_PATH, methods=methods, provide_automatic_options=False)
    def health() -> Response:
        if request.method == "OPTIONS":
            return _options(methods)
        return Response(health_of(witness).model_dump_json(), mimetype="application/json")

    @app.route(OPENAPI_PATH, methods=methods, provide_automatic_options=False)
    def openapi() -> Response:
        if request.method == "OPTIONS":
            return _options(methods)
        return Response(json.dumps(document()), mimetype="application/json")

    @app.route(DOCS_PATH, methods=methods, provide_automatic_options=False)
    def docs() -> Response:
        if request.method == "OPTIONS":
            return _options(methods)
        headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
        return Response(docs_page(document()), mimetype="text/html", headers=headers)


def _options(methods: Sequence[str]) -> Response:
    return Response(status=204, headers={"Allow": ", ".join(methods)})


def _outside(error: OutsideError) -> Response:
    if isinstance(error, ProblemRaised):
        return _answer(error.problem)
    # Its kind and not its message, which may repeat what the service said, and with it what was asked.
    _log.warning("request %s: %s (%s)", request_id(), error.code, type(error).__name__)
    return _answer(problem_of(error))


def _refused_by_flask(error: HTTPException) -> Response:
    """Turn what Flask refuses on its own (no such path, no such method, a broken body) into a problem."""
    status = error.code or 500
    details = {
        404: ("not_found", "There is nothing at this address."),
        405: ("method_not_allowed", "This address does not take this method."),
    }
    code, detail = details.get(status, ("malformed", "The request cannot be read."))
    allowed = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    headers = {"Allow": ", ".join(sorted(allowed))} if allowed else {}
    return _answer(Problem(status=status, code=code, detail=detail, headers=headers))


def _unforeseen(error: Exception) -> Response:
    _log.error("request %s failed in a way nobody foresaw", request_id(), exc_info=error)
    return _answer(Problem(status=500, code="internal", detail="The route failed; no score was made up."))


def _answer(problem: Problem) -> Response:
    note_problem(problem.code)
    return Response(
        problem.body(request_id()),
        status=problem.status,
        headers=dict(problem.headers),
        content_type=PROBLEM_TYPE,
    )


def _with_common_headers(response: Response) -> Response:
    response.headers.update(COMMON_HEADERS)
    return response
