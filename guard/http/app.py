"""The application: one route, read strictly, answered with a score or a problem.

What belongs here: the order of the checks of a request. What must not: the witness and its words.
"""

from __future__ import annotations

import logging
import os

from flask import Flask, Request, Response, g, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from guard.core.strict_json import parse_object
from guard.core.text import escape_untrusted
from guard.deadline import Deadline
from guard.errors import InvalidJson, OutsideError
from guard.http.problems import (
    COMMON_HEADERS,
    PROBLEM_TYPE,
    Problem,
    ProblemRaised,
    new_request_id,
    problem_of,
)
from guard.predict.contract import RouteRequest, first_problem
from guard.predict.service import PredictService, read_settings

PREDICT_PATH = "/api/predict"
MAX_BODY_BYTES = 64 * 1024

_PREDICT_METHODS = ("OPTIONS", "POST")
_log = logging.getLogger("txguard.http")


def create_app(service: PredictService | None = None) -> Flask:
    """Return the application around `service`, by default the one that the environment asks for.

    Raises ConfigurationError for settings that cannot be used.
    """
    witness = service or PredictService(read_settings(os.environ))
    app = Flask("txguard", static_folder=None)

    @app.route(PREDICT_PATH, methods=_PREDICT_METHODS, provide_automatic_options=False)
    def predict() -> Response:
        if request.method == "OPTIONS":
            return Response(status=204, headers={"Allow": ", ".join(_PREDICT_METHODS)})
        asked = _read_request(request)
        deadline = Deadline.after(witness.settings.upstream_timeout_s)
        answer = witness.answer(asked, request_id=_request_id(), deadline=deadline)
        return Response(answer.model_dump_json(), mimetype="application/json")

    app.register_error_handler(OutsideError, _outside)
    app.register_error_handler(HTTPException, _refused_by_flask)
    app.register_error_handler(Exception, _unforeseen)
    app.after_request(_with_common_headers)
    return app


def _read_request(incoming: Request) -> RouteRequest:
    """Return the question in a request's body; raises ProblemRaised for everything that is not one."""
    charset = incoming.mimetype_params.get("charset", "utf-8").lower()
    if incoming.mimetype != "application/json" or charset != "utf-8":
        raise _problem(415, "unsupported_media_type", "The body must be application/json in UTF-8.")
    if incoming.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise _problem(415, "unsupported_media_type", "The body must not be encoded.")
    body = _read_body(incoming)
    try:
        fields = parse_object(body, max_bytes=MAX_BODY_BYTES)
    except InvalidJson as error:
        raise _problem(400, "malformed", "The body is not one strict JSON object.") from error
    try:
        return RouteRequest.model_validate(fields)
    except ValidationError as error:
        raise _problem(422, "invalid_field", first_problem(error)) from error


def _read_body(incoming: Request) -> bytes:
    """Return the whole body, and never more of it than the limit and one byte."""
    length = incoming.content_length
    # A server that finds the end of a chunked body itself says so; otherwise a length must tell it.
    chunked = incoming.headers.get("Transfer-Encoding", "").strip().lower() == "chunked"
    if length is None and not (chunked and incoming.environ.get("wsgi.input_terminated")):
        raise _problem(411, "length_required", "A Content-Length is required.")
    if length is not None and length > MAX_BODY_BYTES:
        raise _too_large()
    body = incoming.stream.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise _too_large()
    if length is not None and len(body) != length:
        raise _problem(400, "malformed", "The body is shorter than its Content-Length.")
    return body


def _too_large() -> ProblemRaised:
    return _problem(413, "too_large", f"The body is larger than {MAX_BODY_BYTES} bytes.")


def _problem(status: int, code: str, detail: str) -> ProblemRaised:
    return ProblemRaised(Problem(status=status, code=code, detail=detail))


def _outside(error: OutsideError) -> Response:
    if isinstance(error, ProblemRaised):
        return _answer(error.problem)
    # Our own sentence, escaped; the place to see why, for the answer does not tell.
    _log.warning("request %s: %s", _request_id(), escape_untrusted(error.message))
    return _answer(problem_of(error))


def _refused_by_flask(error: HTTPException) -> Response:
    """Turn what Flask refuses on its own (no such path, no such method, a broken body) into a problem."""
    status = error.code or 500
    details = {
        404: ("not_found", "There is nothing at this address."),
        405: ("method_not_allowed", "This address takes POST."),
    }
    code, detail = details.get(status, ("malformed", "The request cannot be read."))
    headers = {"Allow": ", ".join(_PREDICT_METHODS)} if status == 405 else {}
    return _answer(Problem(status=status, code=code, detail=detail, headers=headers))


def _unforeseen(error: Exception) -> Response:
    _log.error("request %s failed in a way nobody foresaw", _request_id(), exc_info=error)
    return _answer(Problem(status=500, code="internal", detail="The route failed; no score was made up."))


def _answer(problem: Problem) -> Response:
    return Response(
        problem.body(_request_id()),
        status=problem.status,
        headers=dict(problem.headers),
        content_type=PROBLEM_TYPE,
    )


def _request_id() -> str:
    if "request_id" not in g:
        g.request_id = new_request_id()
    return str(g.request_id)


def _with_common_headers(response: Response) -> Response:
    response.headers.update(COMMON_HEADERS)
    return response
