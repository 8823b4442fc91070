"""Asking the external service one documented question.

What belongs here: which answers of the service are readable at all. What must not: what they mean
(`reading.py`), and how bytes travel (`exchange.py`).
"""

from __future__ import annotations

from guard.core.prediction import PredictionClass
from guard.deadline import Deadline
from guard.errors import ServiceInvalid, ServiceUnavailable
from guard.predict.contract import UpstreamRequest
from guard.predict.destination import check_destination
from guard.predict.exchange import Waiting, exchange
from guard.predict.reading import Reading, read_upstream

DEFAULT_UPSTREAM_URL = "https://ml-fraud-transaction-detection.onrender.com/predict"

_NOT_READY = (429, 503)


class UpstreamClient:
    """The external service behind one fixed address."""

    def __init__(self, url: str = DEFAULT_UPSTREAM_URL, *, setting: str = "the service's address") -> None:
        """Take the service's address; raises ConfigurationError, naming `setting`, if it may not be asked."""
        self._url = check_destination(url, setting=setting)

    @property
    def url(self) -> str:
        """The checked address."""
        return self._url

    def ask(self, question: UpstreamRequest, deadline: Deadline, waiting: Waiting | None = None) -> Reading:
        """Ask once, with exactly the documented fields, and return a reading that is never UNKNOWN.

        A question about a fraud is stored by the service: once a byte of it has left it is not repeated here.

        Raises DeadlineExceeded; ServiceUnavailable when it cannot be reached or says that it is not ready;
        ServiceInvalid when it answers anything that its contract does not name.
        """
        answer = exchange("POST", self._url, body=question.body(), deadline=deadline, waiting=waiting)
        if answer.status in _NOT_READY:
            raise ServiceUnavailable(
                f"the service says that it is not ready ({answer.status})",
                retry_after_s=answer.retry_after_s(),
            )
        if answer.status != 200:
            raise ServiceInvalid(
                f"the service answered {answer.status}, which says nothing about the payment"
            )
        reading = read_upstream(answer.body)
        if reading.prediction_class is PredictionClass.UNKNOWN:
            raise ServiceInvalid(
                f"the service answered 200 with something that is not its contract: {reading.reason}"
            )
        return reading
