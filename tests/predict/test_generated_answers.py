"""B1 to B7 and B13 over 20,000 generated answers, from the service's bytes to screen, object and log.

Each goes through the reading, the route's code, the wallet's client and the line on the screen; one in 16
goes the whole way, through the served route with its log, the rules, the screen and the object. The expected
class comes from an oracle of the table that shares no code with the reader.
"""

from __future__ import annotations

import io
import json
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from guard.core.address import Address
from guard.core.features import contract_vector
from guard.core.policy import Policy
from guard.core.prediction import Prediction, PredictionClass, PredictionQuery
from guard.core.review import review
from guard.core.rules.examples import EVIDENCE, TRANSFER
from guard.deadline import Deadline
from guard.errors import OutsideError
from guard.http import create_app
from guard.http.logs import configure_logs
from guard.http.problems import problem_of
from guard.http.settings import RouteSettings
from guard.predict import client as client_module
from guard.predict import upstream as upstream_module
from guard.predict.client import RoutePredictor, route_request
from guard.predict.contract import RouteRequest
from guard.predict.exchange import Answer
from guard.predict.reading import read_upstream
from guard.predict.service import PredictService
from guard.predict.settings import ServiceSettings
from guard.report.objects import result
from guard.report.screen import prediction_text, screen
from tests.predict.answers import class_by_the_table, generated

COUNT, SHARDS = 20_000, 4
WHOLE_WAY = 16
"""One in so many answers goes through HTTP, log, rules and the whole screen."""

PAYER = "0x52908400098527886E0F7030069857D2E4169EE7"
PAYEE = Address.parse("0xde709f2102306220921060314715629080e2fb77")
QUESTION = RouteRequest.model_validate(
    {"from_address": PAYER, "to_address": PAYEE, "transaction_value": 1, "gas_price": 1}
)

_RAW = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Chain:
    """The service's bytes at one end, the wallet's prediction at the other; no socket between them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.body = b""
        # A Fraud is kept for a day, and each question here is another one.
        service = PredictService(ServiceSettings(upstream_url="http://127.0.0.1:1/predict", cache_ttl_s=0))
        self._service_code = service
        self._route = create_app(service, settings=RouteSettings(rate=None)).test_client()
        self._predictor = RoutePredictor("http://127.0.0.1:1/api/predict")
        self._count = 0
        monkeypatch.setattr(upstream_module, "exchange", self._service)
        monkeypatch.setattr(client_module, "exchange", self._served)
        monkeypatch.setattr(client_module, "route_request", self._question)

    def ask(self, body: bytes) -> Prediction:
        self.body = body
        self._count += 1
        query = PredictionQuery(
            sender=TRANSFER.sender,
            recipient=PAYEE,
            beneficiary=None,
            value_wei=self._count,
            gas_price_wei=1,
            is_contract_interaction=False,
        )
        return self._predictor.predict(query, Deadline.after(60))

    def _service(self, method: str, url: str, **given: Any) -> Answer:
        return Answer(status=200, headers={}, body=self.body)

    def _served(
        self, method: str, url: str, *, body: bytes, headers: Mapping[str, str], **given: Any
    ) -> Answer:
        if self._count % WHOLE_WAY:
            return self._told()
        answer = self._route.post(
            "/api/predict", data=body, content_type="application/json", headers=dict(headers)
        )
        told = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(status=answer.status_code, headers=told, body=answer.data)

    def _question(self, query: PredictionQuery | None) -> RouteRequest:
        """Return another question each time; but for those that go the whole way, checked only once."""
        if query is not None and self._count % WHOLE_WAY == 0:
            return route_request(query)
        value = float(self._count)
        vector = contract_vector(value, QUESTION.gas_price)
        return QUESTION.model_copy(update={"transaction_value": value, "features": vector})

    def _told(self) -> Answer:
        """Return what the route's code answers, without HTTP around it."""
        question = self._question(None)
        try:
            answer = self._service_code.answer(question, request_id="1", deadline=Deadline.after(60))
        except OutsideError as error:
            problem = problem_of(error)
            return Answer(status=problem.status, headers={}, body=problem.body("1"))
        return Answer(status=200, headers={}, body=answer.model_dump_json().encode())


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    logger = logging.getLogger("txguard")
    before = logger.handlers, logger.level, logger.propagate
    stream = io.StringIO()
    configure_logs(stream)
    yield stream
    logger.handlers, logger.level, logger.propagate = before


def raw_characters(text: str, allowed: str = "") -> set[str]:
    """Return what must not be in an output: controls, bidi, zero width, line separators."""
    if text.isascii() and text.isprintable():
        return set()
    return {letter for letter in set(text) - set(allowed) if unicodedata.category(letter) in _RAW}


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for item in value.items() for text in strings(item))
    elif isinstance(value, list | tuple):
        yield from (text for item in value for text in strings(item))


@pytest.mark.parametrize("shard", range(SHARDS))
def test_generated_answers_are_read_by_the_table_and_leave_nothing_raw(
    shard: int, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    """B1 B2 B3 B4 B5 B6 B7 B13: never SAFE unless the table says so, nothing raised, nothing unescaped."""
    chain = Chain(monkeypatch)
    classes: Counter[str] = Counter()
    served: Counter[str] = Counter()
    for number, body in enumerate(generated(COUNT // SHARDS, seed=shard), start=1):
        expected = class_by_the_table(body)
        reading = read_upstream(body)
        prediction = chain.ask(body)
        told = (reading.prediction_class.value, prediction.prediction_class.value)
        assert told == (expected, expected), body[:300]
        line = prediction_text(prediction)
        assert line.startswith(f"external: {expected}")
        check_words([line, reading.text, reading.reason, prediction.text, prediction.reason])
        classes[expected] += 1
        if number % WHOLE_WAY == 0:
            served[expected] += 1
            check_sinks(prediction)
    assert min(classes[word] for word in ("SAFE", "SUSPICIOUS", "FRAUD", "UNKNOWN")) > 300, classes
    check_log(log.getvalue(), served)


def check_words(words: Iterable[str | None]) -> None:
    for text in filter(None, words):
        assert raw_characters(text) == set(), text
        assert len(text) <= 1024


def check_sinks(prediction: Prediction) -> None:
    """Check the screen and the object of a payment about which this was said."""
    verdict = review(TRANSFER, replace(EVIDENCE, prediction=prediction), Policy(), 0)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", screen(TRANSFER, verdict, verbose=True))
    assert raw_characters(shown, "\n") == set()
    assert (prediction.prediction_class is PredictionClass.SAFE) == ("external: SAFE" in shown)
    check_words(strings(result(verdict, ok=False)))


def check_log(text: str, classes: Counter[str]) -> None:
    assert text.isascii()
    assert raw_characters(text, "\n") == set()
    events = [json.loads(line) for line in text.splitlines()]
    words = Counter(event["prediction"] for event in events if event["event"] == "request")
    assert words == {
        "Safe": classes["SAFE"],
        "Suspicious": classes["SUSPICIOUS"],
        "Fraud": classes["FRAUD"],
        None: classes["UNKNOWN"],
    }
    for event in events:
        check_words(strings(event))
