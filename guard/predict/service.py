"""What the route does, without HTTP: one question to the configured witness, one answer in our own words.

What belongs here: the choice of the witness and the wording of its answer. What must not: Flask, statuses.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from guard.core.features import FeatureVector
from guard.core.prediction import PredictionClass, PredictionSource
from guard.core.text import escape_untrusted
from guard.deadline import Deadline
from guard.errors import ConfigurationError
from guard.predict.contract import ROUTE_WORDS, SAFE_TEXT, UNSAFE_TEXT, RouteAnswer, RouteRequest
from guard.predict.exchange import Waiting
from guard.predict.upstream import DEFAULT_UPSTREAM_URL, UpstreamClient

if TYPE_CHECKING:
    from guard.predict.embedded import Assessment

EMBEDDED = "embedded"
"""The word that stands for the shipped model where an address is expected."""
DEFAULT_UPSTREAM_TIMEOUT_S = 25.0
MAX_UPSTREAM_TIMEOUT_S = 300.0

_URL_SETTING = "TXGUARD_UPSTREAM_URL"
_TIMEOUT_SETTING = "TXGUARD_UPSTREAM_TIMEOUT_S"
_SECONDS = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """What the environment may set."""

    upstream_url: str = DEFAULT_UPSTREAM_URL
    """The service's address, or `embedded`."""
    upstream_timeout_s: float = DEFAULT_UPSTREAM_TIMEOUT_S
    """Total time for one exchange with the service, seconds."""


def read_settings(environ: Mapping[str, str]) -> ServiceSettings:
    """Read `TXGUARD_UPSTREAM_URL` and `TXGUARD_UPSTREAM_TIMEOUT_S`.

    Raises ConfigurationError for a value that is set and cannot be used, an empty one included.
    """
    timeout = environ.get(_TIMEOUT_SETTING, str(DEFAULT_UPSTREAM_TIMEOUT_S))
    if not _SECONDS.fullmatch(timeout) or not 0 < float(timeout) <= MAX_UPSTREAM_TIMEOUT_S:
        raise ConfigurationError(
            f"{_TIMEOUT_SETTING}: '{escape_untrusted(timeout, limit=40)}' is not a number of seconds",
            hint=f"give a plain number above 0 and up to {MAX_UPSTREAM_TIMEOUT_S:g}",
        )
    return ServiceSettings(
        upstream_url=environ.get(_URL_SETTING, DEFAULT_UPSTREAM_URL),
        upstream_timeout_s=float(timeout),
    )


class Embedded(Protocol):
    """The shipped model, as far as it is used here."""

    @property
    def model_name(self) -> str:
        """Its name and version."""
        ...

    def assess(self, features: FeatureVector) -> Assessment:
        """Return its class, probability and reason; it abstains where the features say nothing."""
        ...


class PredictService:
    """One witness, the external service or the shipped model, asked in the route's terms."""

    def __init__(
        self,
        settings: ServiceSettings | None = None,
        *,
        embedded: Embedded | None = None,
    ) -> None:
        """Take the settings, or the defaults; raises ConfigurationError for an address that may not be asked.

        `embedded` replaces the shipped model, which is otherwise loaded when it is asked for the first time.
        """
        self.settings = settings or ServiceSettings()
        self._upstream = (
            None
            if self.settings.upstream_url == EMBEDDED
            else UpstreamClient(self.settings.upstream_url, setting=_URL_SETTING)
        )
        self._embedded = embedded
        self._loading = threading.Lock()

    @property
    def source(self) -> PredictionSource:
        """Which witness this service asks."""
        return PredictionSource.EMBEDDED if self._upstream is None else PredictionSource.EXTERNAL

    def answer(
        self,
        request: RouteRequest,
        *,
        request_id: str,
        deadline: Deadline,
        waiting: Waiting | None = None,
    ) -> RouteAnswer:
        """Ask the witness once and return its answer; there is never one made up here.

        Raises DeadlineExceeded, ServiceUnavailable and ServiceInvalid, as the witness gives cause.
        """
        if self._upstream is None:
            return self._ask_embedded(request, request_id)
        reading = self._upstream.ask(request.upstream(), deadline, waiting)
        return _worded(
            request,
            request_id,
            PredictionSource.EXTERNAL,
            prediction_class=reading.prediction_class,
            probability=reading.probability,
            text=reading.text,
        )

    def _ask_embedded(self, request: RouteRequest, request_id: str) -> RouteAnswer:
        model = self._model()
        assessment = model.assess(request.features)
        abstained = assessment.prediction_class is PredictionClass.ABSTAINED
        return _worded(
            request,
            request_id,
            PredictionSource.EMBEDDED,
            prediction_class=assessment.prediction_class,
            probability=assessment.probability,
            text=escape_untrusted(assessment.reason or "") if abstained else None,
            model=model.model_name,
        )

    def _model(self) -> Embedded:
        with self._loading:
            if self._embedded is None:
                from guard.predict.embedded import EmbeddedPredictor

                self._embedded = EmbeddedPredictor()
            return self._embedded


def _worded(
    request: RouteRequest,
    request_id: str,
    source: PredictionSource,
    *,
    prediction_class: PredictionClass,
    probability: float | None,
    text: str | None,
    model: str | None = None,
) -> RouteAnswer:
    documented = SAFE_TEXT if prediction_class is PredictionClass.SAFE else UNSAFE_TEXT
    return RouteAnswer(
        prediction=ROUTE_WORDS[prediction_class],
        Type=documented if text is None else text,
        probability=probability,
        source=source.value,
        model=model,
        features=request.features_kind.value,
        request_id=request_id,
    )
