"""Everything that is not a 200, as `application/problem+json`.

What belongs here: the shape of a problem and which error becomes which. What must not: any text that a
service sent, and any detail of what went wrong inside.

Source: https://www.rfc-editor.org/rfc/rfc9457
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, Field

from guard.errors import DeadlineExceeded, OutsideError, ServiceBusy, ServiceUnavailable
from guard.predict.waking import ASLEEP_RETRY_S

PROBLEM_TYPE = "application/problem+json"
COMMON_HEADERS: Mapping[str, str] = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
"""Headers of every answer, problems included."""

LONGEST_RETRY_S = 120.0


class ProblemBody(BaseModel):
    """The body of every answer that is not a 200."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    """`urn:txguard:problem:` and the code."""
    title: str
    """The phrase of the HTTP status."""
    status: int = Field(ge=400, le=599)
    """The HTTP status."""
    detail: str
    """What was wrong, in one sentence."""
    code: str
    """A stable word for programs."""
    request_id: str
    """The route's own number of this request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One answer that is not a 200."""

    status: int
    """The HTTP status."""
    code: str
    """A stable word for programs."""
    detail: str
    """What was wrong, in one sentence that holds nothing a service sent."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers, such as `Allow` and `Retry-After`."""

    def body(self, request_id: str) -> bytes:
        """Return the JSON body."""
        told = ProblemBody(
            type=f"urn:txguard:problem:{self.code}",
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            detail=self.detail,
            code=self.code,
            request_id=request_id,
        )
        return told.model_dump_json().encode()


class ProblemRaised(OutsideError):
    """A request that is answered with a problem; the caller of the route is outside."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail, hint="see the contract of POST /api/predict")
        self.problem = problem


def problem_of(error: OutsideError) -> Problem:
    """Return the problem that a failed exchange with the service is answered with."""
    if isinstance(error, DeadlineExceeded):
        return Problem(
            status=504,
            code="upstream_timeout",
            detail="The service did not answer in the time that this route gives it.",
        )
    if isinstance(error, ServiceUnavailable):
        asked = ASLEEP_RETRY_S if error.retry_after_s is None else error.retry_after_s
        seconds = math.ceil(min(max(asked, 1.0), LONGEST_RETRY_S))
        busy = isinstance(error, ServiceBusy)
        return Problem(
            status=503,
            code="busy" if busy else "upstream_unavailable",
            detail="Too many are asking the service." if busy else "The service is down or asleep.",
            headers={"Retry-After": str(seconds)},
        )
    return Problem(
        status=502,
        code="upstream_invalid",
        detail="The service answered, but not in the words of its contract.",
    )


def new_request_id() -> str:
    """Return the number of one request: 128 random bits, which tell nothing about it."""
    return secrets.token_hex(16)
