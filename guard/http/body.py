"""The body of a question, read strictly and never beyond its limit.

What belongs here: media types, lengths, and the one reading of the bytes. What must not: who asks.
"""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError

from guard.core.strict_json import parse_object
from guard.errors import InvalidJson
from guard.http.problems import Problem, ProblemRaised
from guard.predict.contract import RouteRequest, first_problem

Model = TypeVar("Model", bound=BaseModel)

MAX_BODY_BYTES = 64 * 1024


def read_question(incoming: Request) -> RouteRequest:
    """Return the question in a request's body; raises ProblemRaised for everything that is not one."""
    return read_model(incoming, RouteRequest)


def read_model(incoming: Request, model: type[Model]) -> Model:
    """Return the body as a `model`; raises ProblemRaised for everything that is not one."""
    try:
        return model.model_validate(read_fields(incoming))
    except ValidationError as error:
        raise _problem(422, "invalid_field", first_problem(error)) from error


def read_fields(incoming: Request) -> dict[str, Any]:
    """Return the one JSON object of a request's body; raises ProblemRaised for everything else."""
    charset = incoming.mimetype_params.get("charset", "utf-8").lower()
    if incoming.mimetype != "application/json" or charset != "utf-8":
        raise _problem(415, "unsupported_media_type", "The body must be application/json in UTF-8.")
    if incoming.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise _problem(415, "unsupported_media_type", "The body must not be encoded.")
    body = _read_body(incoming)
    try:
        return parse_object(body, max_bytes=MAX_BODY_BYTES)
    except InvalidJson as error:
        raise _problem(400, "malformed", "The body is not one strict JSON object.") from error


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
