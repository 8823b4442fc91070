"""Asking an explorer: its address, its key, its patience, and what never shows."""

from __future__ import annotations

import logging
import traceback

import pytest

from guard.adapters.explorer_api import ExplorerApi, PageQuestion
from guard.adapters.explorer_pages import MAX_PAGE_BYTES
from guard.adapters.rate_limit import RateLimit
from guard.deadline import Deadline
from guard.errors import (
    ConfigurationError,
    DeadlineExceeded,
    GuardError,
    RateLimited,
    ServiceInvalid,
    ServiceUnavailable,
)
from guard.predict.exchange import TOO_LARGE
from tests import hostile_service as hostile
from tests.adapters.explorer_rows import ME, Told, api, payment
from tests.explorer import KEY, Explorer, refusing
from tests.hostile_service import Fault, HostileService
from tests.loopback import http_answer

QUESTION = PageQuestion(
    chain_id=10, action="txlist", account=ME, first_block=5, last_block=99, page=2, size=3
)
ASKED = {
    "module": "account",
    "action": "txlist",
    "address": str(ME),
    "startblock": "5",
    "endblock": "99",
    "page": "2",
    "offset": "3",
    "sort": "asc",
}


def ask(client: ExplorerApi, seconds: float = 20) -> list[object]:
    return client.rows(QUESTION, Deadline.after(seconds))


def test_etherscan_is_told_the_chain_and_the_key() -> None:
    rows = [payment(number) for number in range(5, 12)]
    with Explorer(Told(rows), key=KEY) as explorer:
        assert ask(api(explorer, KEY)) == rows[3:6]
    assert explorer.questions == [{"chainid": "10", "apikey": KEY} | ASKED]
    assert explorer.requests[0].startswith(b"GET /v2/api?")


def test_an_explorer_of_one_chain_is_told_neither_when_there_is_no_key() -> None:
    with Explorer(Told([payment(7)]), shape="blockscout") as explorer:
        assert ask(api(explorer)) == []
    assert explorer.questions == [ASKED]


@pytest.mark.parametrize(
    ("url", "many"),
    [
        ("https://api.etherscan.io/v2/api", True),
        ("https://eth.blockscout.com/api", False),
        ("https://explorer.example/eth/v2/api", False),
        ("http://127.0.0.1:4000/v2/api/", True),
    ],
)
def test_the_address_tells_whether_it_serves_many_chains(url: str, many: bool) -> None:
    assert ExplorerApi(url, limit=RateLimit(1)).serves_many_chains is many


@pytest.mark.parametrize(
    "url",
    [
        "http://api.etherscan.io/v2/api",
        "https://user:secret@explorer.example/api",
        "https://explorer.example/api?apikey=S3CRETK3Y",
        "https://explorer.example/api?",
        "https://explorer.example/api#x",
        "ftp://explorer.example/api",
        "explorer",
    ],
)
def test_an_address_that_may_not_be_asked_is_refused_without_repeating_a_secret(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ExplorerApi(url, limit=RateLimit(1))
    assert "explorer's address" in caught.value.message
    assert "S3CRETK3Y" not in str(caught.value.as_mapping())
    assert "secret" not in str(caught.value.as_mapping())


@pytest.mark.parametrize("key", ["", "short", "a b c d e f", "x" * 129, "key\nkey\nkey", "ключключ"])
def test_what_cannot_be_a_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ExplorerApi("https://explorer.example/api", key=key, limit=RateLimit(1))
    assert caught.value.message == "what was given as the explorer's key is none"


def test_an_explorer_that_is_asked_too_often_is_asked_again_with_growing_pauses() -> None:
    waits: list[float] = []
    refusals = [refusing("Max rate limit reached") for _ in range(5)]
    with Explorer(Told([payment(number) for number in range(5, 12)]), refusals=refusals) as explorer:
        assert len(ask(api(explorer, waits=waits), seconds=60)) == 3
    assert waits == [1.0, 2.0, 4.0, 8.0, 8.0]


def test_a_429_is_waited_for_as_long_as_it_asks() -> None:
    waits: list[float] = []
    refusals = [http_answer(b"", status="429 Too Many Requests", headers=("Retry-After: 7",))]
    with Explorer(Told([payment(9)]), refusals=refusals) as explorer:
        ask(api(explorer, waits=waits), seconds=60)
    assert waits == [7.0]


def test_a_pause_that_outlasts_the_deadline_is_not_begun() -> None:
    waits: list[float] = []
    refused = pytest.raises(RateLimited, match="asked too often: Max rate limit reached")
    with Explorer(Told(), refusals=[refusing("Max rate limit reached")] * 2) as explorer, refused:
        ask(api(explorer, waits=waits), seconds=0.9)
    assert (waits, len(explorer.questions)) == ([], 1)


def test_a_turn_after_the_deadline_is_not_waited_for() -> None:
    with Explorer(Told([payment(9)])) as explorer:
        limit = RateLimit(0.01)
        client = ExplorerApi(explorer.url, limit=limit)
        ask(client)
        with pytest.raises(DeadlineExceeded):
            ask(client)
    assert len(explorer.questions) == 1


def shown(error: BaseException) -> str:
    told = error.as_mapping() if isinstance(error, GuardError) else {}
    return "".join(traceback.format_exception(error)) + str(told) + repr(error)


@pytest.mark.parametrize(
    "answer",
    [
        refusing("Invalid API Key (#err2)|" + KEY),
        refusing(f"Max daily rate limit reached for {KEY}"),
        refusing(f"Max rate limit reached for {KEY}"),
        http_answer(KEY.encode(), status="500 " + KEY),
        http_answer(b'{"status": "1", "message": "' + KEY.encode() + b'"'),
        http_answer(b"", status="302 Found", headers=("Location: http://127.0.0.1:1/?apikey=" + KEY,)),
        http_answer(b"{}", headers=(f"Content-Encoding: {KEY}",)),
        b"SSH-2.0-" + KEY.encode() + b"\r\n",
        b"",
    ],
    ids=range(9),
)
def test_the_key_is_in_no_error_no_traceback_and_no_log(
    answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with Explorer(Told(), refusals=[answer]) as explorer, pytest.raises(GuardError) as caught:
        ask(api(explorer, KEY), seconds=0.9)
    assert explorer.questions[0]["apikey"] == KEY
    assert KEY not in shown(caught.value)
    assert KEY not in caplog.text
    assert KEY not in repr(caplog.records)


LONG_KEY = "Aq7-" + "xYz_9" * 24


@pytest.mark.parametrize("key", [KEY, LONG_KEY])
@pytest.mark.parametrize("before", range(100, 170, 7))
def test_no_part_of_a_key_is_left_where_a_refusal_is_cut_in_any_case(key: str, before: int) -> None:
    for told in (key, key.upper(), key.lower()):
        with (
            Explorer(Told(), refusals=[refusing("." * before + f"|{told} is no key")]) as explorer,
            pytest.raises(ServiceInvalid) as caught,
        ):
            ask(api(explorer, key))
        assert told[:4] not in shown(caught.value)


@pytest.mark.parametrize("told", [LONG_KEY, LONG_KEY.upper(), "gzip-" + LONG_KEY, KEY.lower()])
def test_no_part_of_a_key_is_left_where_a_header_is_cut(told: str) -> None:
    answer = http_answer(b"{}", headers=(f"Content-Encoding: {told}",))
    with (
        Explorer(Told(), refusals=[answer]) as explorer,
        pytest.raises(ServiceInvalid, match=r"encoded as '(gzip-)?\(key\)(\.\.\.)?'") as caught,
    ):
        ask(api(explorer, KEY if told == KEY.lower() else LONG_KEY))
    assert LONG_KEY[:8].lower() not in shown(caught.value).lower()


def test_an_answered_question_is_in_no_log_either(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Explorer(Told([payment(9)]), key=KEY) as explorer:
        ask(api(explorer, KEY))
    assert KEY not in caplog.text
    assert ME not in caplog.text


def test_the_explorer_that_is_not_there_is_told_without_its_address() -> None:
    client = ExplorerApi("http://127.0.0.1:1/v2/api", key=KEY, limit=RateLimit(1e6))
    with pytest.raises(ServiceUnavailable) as caught:
        ask(client)
    assert caught.value.message == "the service could not be reached: Connection refused"
    assert KEY not in shown(caught.value)


FAULTS: list[tuple[Fault, str]] = [
    (hostile.redirecting("http://127.0.0.1:1/"), "a redirect, and none is followed"),
    (hostile.gzip_bomb, "a body encoded as 'gzip'"),
    (hostile.cut_off, "closed the connection before its answer was complete"),
    (hostile.not_http, "closed the connection before its answer was complete"),
    (hostile.HTML, "what is no JSON object"),
    (hostile.ARRAY, "what is no JSON object"),
    (hostile.NAN, "what is no JSON object"),
    (hostile.TRACEBACK, "the explorer answered 500"),
    (hostile.no_content, "the explorer answered 204"),
]


@pytest.mark.parametrize(("fault", "told"), FAULTS, ids=range(len(FAULTS)))
def test_a_hostile_explorer_gives_an_error_that_says_how(fault: Fault, told: str) -> None:
    with HostileService(fault) as service, pytest.raises(ServiceInvalid) as caught:
        ExplorerApi(service.url, limit=RateLimit(1e6)).rows(QUESTION, Deadline.after(10))
    assert told in caught.value.message
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("fault", [hostile.flood_body, hostile.flood_chunks])
def test_a_page_without_end_is_cut_at_the_limit_and_named(fault: Fault) -> None:
    with HostileService(fault) as service, pytest.raises(ServiceInvalid) as caught:
        ExplorerApi(service.url, limit=RateLimit(1e6)).rows(QUESTION, Deadline.after(20))
    assert (caught.value.code, caught.value.message) == (
        TOO_LARGE,
        f"the service sent more than {MAX_PAGE_BYTES} bytes",
    )


@pytest.mark.parametrize("fault", [hostile.silent, hostile.drip_body, hostile.drip_headers])
def test_an_explorer_that_drips_ends_at_the_deadline(fault: Fault) -> None:
    with HostileService(fault) as service, pytest.raises(DeadlineExceeded):
        ExplorerApi(service.url, limit=RateLimit(1e6)).rows(QUESTION, Deadline.after(0.3))
