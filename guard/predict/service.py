"""What the route does, without HTTP: one question to the configured witness, one answer in our own words.

What belongs here: the choice of the witness and the wording of its answer. What must not: Flask, statuses.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from guard.core.features import FeatureVector
from guard.core.prediction import PredictionClass, PredictionSource
from guard.core.text import escape_untrusted
from guard.deadline import Deadline
from guard.predict.contract import ROUTE_WORDS, SAFE_TEXT, UNSAFE_TEXT, RouteAnswer, RouteRequest
from guard.predict.exchange import Waiting
from guard.predict.settings import EMBEDDED, URL_SETTING, ServiceSettings
from guard.predict.upstream import UpstreamClient
from guard.predict.waking import Known
from guard.predict.witness import SharedUpstream

if TYPE_CHECKING:
    from guard.predict.embedded import Assessment


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
        ping_first: bool = False,
    ) -> None:
        """Take the settings, or the defaults; raises ConfigurationError for an address that may not be asked.

        `embedded` replaces the shipped model, which is otherwise loaded when it is asked for the first time.
        `ping_first` asks a service that may sleep for a sign of life before it is asked anything: right for
        a route, which cannot hold a question through a cold start; a wallet, with its longer patience, can.
        """
        self.settings = settings or ServiceSettings()
        self._upstream = None
        if self.settings.upstream_url != EMBEDDED:
            client = UpstreamClient(self.settings.upstream_url, setting=URL_SETTING)
            self._upstream = SharedUpstream(
                client, cache_ttl_s=self.settings.cache_ttl_s, ping_first=ping_first
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
        scope: str = "",
    ) -> RouteAnswer:
        """Ask the witness, unless its answer is known, and return it; there is never one made up here.

        Answers are shared between questions of the same `scope` alone, such as one chain.

        Raises DeadlineExceeded, ServiceUnavailable and ServiceInvalid, as the witness gives cause.
        """
        if self._upstream is None:
            return self._ask_embedded(request, request_id)
        reading, source = self._upstream.ask(request.upstream(), deadline, waiting, scope=scope)
        return _worded(
            request,
            request_id,
            source,
            prediction_class=reading.prediction_class,
            probability=reading.probability,
            text=reading.text,
        )

    def look(self) -> Known:
        """Return whether the service can be reached, without asking it to predict; never raises."""
        return Known() if self._upstream is None else self._upstream.look()

    @property
    def model_name(self) -> str | None:
        """Name and version of the shipped model where it answers; the service does not tell its own."""
        return None if self._upstream is not None else self._model().model_name

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
