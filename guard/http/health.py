"""`GET /api/health`: whether the route can do its work.

What belongs here: the answer's shape and how it comes about. What must not: the service's predict.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

import guard
from guard.predict.service import PredictService


class UpstreamHealth(BaseModel):
    """What is known of the service."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reachable: bool | None
    """Whether it gave its last answer; null where no service is asked."""
    last_ms: int | None = Field(ge=0)
    """How long its last answer took, milliseconds; null before the first."""


class HealthAnswer(BaseModel):
    """The state of the route."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Literal["ok", "degraded"]
    """`degraded`: the service cannot be reached, so that questions are answered with a problem."""
    upstream: UpstreamHealth
    """The service behind the route."""
    model: str | None
    """Name and version of the shipped model, where it answers."""
    version: str
    """The version of txguard."""


def health_of(service: PredictService) -> HealthAnswer:
    """Return the state; a service of which nothing was heard for a minute is pinged, for at most 2 s."""
    known = service.look()
    return HealthAnswer(
        status="degraded" if known.reachable is False else "ok",
        upstream=UpstreamHealth(reachable=known.reachable, last_ms=known.last_ms),
        model=service.model_name,
        version=guard.__version__,
    )
