"""The desk over HTTP: who gets in, what is asked and told, and that a deployed route has none of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from guard.adapters.approvals import ApprovalFolder
from guard.core.policy import Policy
from guard.core.prediction import PredictionClass
from guard.core.review import review
from guard.core.rpc_transaction import parse_transaction, transaction_object
from guard.core.rules.examples import NOW, TRANSFER, said
from guard.core.verdict import Severity
from guard.engine import Guard
from guard.handover import Handover, HandoverPorts
from guard.http import create_app
from guard.http.desk import TOKEN_HEADER, Desk, add_desk, new_token
from guard.http.desk_contract import (
    ApprovalAnswer,
    DeskAnswer,
    ReviewAnswer,
    StepAnswer,
    WaitingAnswer,
)
from guard.http.hosts import allowed_hosts, check_hosts
from guard.http.settings import RouteSettings
from guard.predict.service import PredictService
from guard.testing import (
    FakeAddressBook,
    FakeChain,
    FakePredictor,
    FixedClock,
    FreeTurns,
    MemoryJournal,
)
from tests.core.values import SIGNER

TOKEN = new_token()
HOST = "127.0.0.1:8080"
ASKED = {"from": str(SIGNER.address), "to": str(TRANSFER.to), "value": "0x1", "chainId": "0x1"}


class NoBytes:
    def sent(self, transaction_hash: str, deadline: object) -> None:
        return None


def handover(journal: MemoryJournal, clock: FixedClock) -> Handover:
    @contextmanager
    def open_journal() -> Iterator[MemoryJournal]:
        yield journal

    chain = FakeChain()
    ports = HandoverPorts(
        read=parse_transaction,
        chain=chain,
        broadcaster=chain,
        sent_bytes=NoBytes(),
        recover=lambda signed: SIGNER.address,
        has_journal=lambda: True,
        open_journal=open_journal,
        turns=FreeTurns(),
        clock=clock,
    )
    guard = Guard(
        predictor=FakePredictor(), chain=chain, address_book=FakeAddressBook(()), clock=clock, timeout_s=5.0
    )
    return Handover(guard, ports)


@pytest.fixture
def journal() -> MemoryJournal:
    return MemoryJournal()


@pytest.fixture
def questions(tmp_path: Path) -> ApprovalFolder:
    return ApprovalFolder(tmp_path / "approvals", FixedClock(NOW))


@pytest.fixture
def client(journal: MemoryJournal, questions: ApprovalFolder) -> FlaskClient:
    return app_with(handover(journal, FixedClock(NOW)), questions)


def app_with(door: Handover | None, questions: ApprovalFolder) -> FlaskClient:
    app = create_app(PredictService(), settings=RouteSettings(), observers=(), has_desk=True)
    names = allowed_hosts("127.0.0.1", 8080)
    assert names is not None
    check_hosts(app, names)
    reason = None if door is not None else "no node"
    add_desk(app, Desk(token=TOKEN, questions=questions, handover=door, reason=reason, chain_id=lambda: 1))
    return app.test_client()


def call(
    client: FlaskClient, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    given = {TOKEN_HEADER: TOKEN, "Host": HOST, **(headers or {})}
    ask: Callable[..., Any] = client.get if body is None else client.post
    response = ask(path, headers=given, **({} if body is None else {"json": body}))
    return response.status_code, json.loads(response.data)


PATHS = (
    ("/api/desk", None),
    ("/api/review", ASKED),
    ("/api/review/0", {"step": "begin"}),
    ("/api/approvals", None),
    ("/api/approvals/0x12345678", {"answer": "accept"}),
)
each_path = pytest.mark.parametrize(("path", "body"), PATHS)


@each_path
def test_without_the_token_nothing_is_told_or_changed(client: FlaskClient, path: str, body: object) -> None:
    for shown in ("", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "é"):
        status, told = call(client, path, body, headers={TOKEN_HEADER: shown.encode().decode("latin-1")})
        assert (status, told["code"]) == (401, "unauthorized")
        assert TOKEN not in json.dumps(told)


@each_path
def test_a_page_elsewhere_is_refused_though_it_knew_the_token(
    client: FlaskClient, path: str, body: object
) -> None:
    for origin in (
        "https://evil.example",
        "null",
        "http://127.0.0.1",
        "https://" + HOST,
        "http://127.0.0.1:1",
    ):
        status, told = call(client, path, body, headers={"Origin": origin})
        assert (status, told["code"]) == (403, "origin_not_allowed")


@each_path
def test_no_other_page_may_read_the_desk(client: FlaskClient, path: str, body: object) -> None:
    response = client.options(path, headers={"Host": HOST, "Origin": "https://evil.example"})
    assert response.status_code == 405
    assert [name for name in response.headers if name[0].startswith("Access-Control")] == []


@pytest.mark.parametrize("path", [*(path for path, _ in PATHS), "/api/health", "/api/predict", "/docs", "/x"])
def test_a_server_on_this_machine_is_not_asked_under_another_name(client: FlaskClient, path: str) -> None:
    """I2: a name that is made to point here (DNS rebinding) gets nothing of any path."""
    for host in (
        "evil.example",
        "evil.example:8080",
        "127.0.0.1",
        "127.0.0.1:8081",
        "localhost.evil:8080",
        "",
    ):
        status, told = call(client, path, headers={"Host": host})
        assert (status, told["code"]) == (403, "host_not_allowed")
    for host in (HOST, "localhost:8080", "LOCALHOST:8080", "[::1]:8080"):
        assert client.get(path, headers={"Host": host}).status_code != 403


def test_the_names_of_a_server() -> None:
    assert allowed_hosts("0.0.0.0", 8080) is None
    assert allowed_hosts("::", 8080) is None
    assert allowed_hosts("0.0.0.0", 80, ["guard.example"]) == {
        "127.0.0.1:80",
        "localhost:80",
        "[::1]:80",
        "0.0.0.0:80",
        "127.0.0.1",
        "localhost",
        "[::1]",
        "0.0.0.0",
        "guard.example",
    }
    assert allowed_hosts("::1", 8080, ["Guard.Example:443"]) == {
        "127.0.0.1:8080",
        "localhost:8080",
        "[::1]:8080",
        "guard.example:443",
    }


def test_a_review_tells_the_verdict_and_what_may_be_done_with_it(
    client: FlaskClient, journal: MemoryJournal
) -> None:
    status, told = call(client, "/api/review", ASKED)
    assert status == 200
    assert ReviewAnswer.model_validate(told)
    assert told["transaction"] == transaction_object(parse_transaction(told["transaction"]))
    assert {name: told[name] for name in ("reviewed_at", "expires_at", "problem")} == {
        "reviewed_at": NOW,
        "expires_at": NOW + 600,
        "problem": None,
    }
    assert (told["decision"] is None, told["confirmation"]) == (True, "WARNING")
    assert journal.events == []


def test_a_payment_goes_from_review_to_the_wallet_step_by_step(
    client: FlaskClient, journal: MemoryJournal
) -> None:
    made = call(client, "/api/review", ASKED)[1]
    path = f"/api/review/{made['review']}"
    assert call(client, path, {"step": "accept"})[0] == 422
    assert call(client, path, {"step": "begin"})[1]["state"] == "reviewed"
    status, handed = call(client, path, {"step": "accept"})
    assert (status, handed["state"], handed["transaction"]) == (200, "handed", made["transaction"])
    status, told = call(client, path, {"step": "accept"})
    assert (status, told["code"]) == (409, "journal_conflict")
    told = call(client, path, {"step": "sent", "hash": "0x" + "ab" * 32})[1]
    assert StepAnswer.model_validate(told)
    assert (told["state"], told["hash"]) == ("handed", None)
    assert told["note"].endswith("the node has not heard of it")
    assert journal.events == ["reviewed:send-1", "handed:send-1", "note:send-1", "note:send-1"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/api/review", {"from": "0x1"}, 422, "invalid_address"),
        ("/api/review", {**ASKED, "gasprice": "0x1"}, 422, "invalid_request"),
        ("/api/review/" + "0" * 32, {"step": "begin"}, 404, "unknown_review"),
        ("/api/review/" + "0" * 32, {"step": "sign"}, 422, "invalid_field"),
        ("/api/review/" + "0" * 32, {"step": "begin", "extra": 1}, 422, "invalid_field"),
        ("/api/approvals/0x12345678", {"answer": "accept"}, 422, "usage"),
        ("/api/approvals/0x12345678", {"answer": "maybe"}, 422, "invalid_field"),
    ],
)
def test_what_cannot_be_read_or_done_is_a_problem(
    client: FlaskClient, path: str, body: object, status: int, code: str
) -> None:
    answered, told = call(client, path, body)
    assert (answered, told["code"]) == (status, code)


def test_bodies_have_the_routes_limits(client: FlaskClient) -> None:
    headers = {TOKEN_HEADER: TOKEN, "Host": HOST}
    for data, content_type, status in (
        (b"{", "application/json", 400),
        (b'{"from": 1, "from": 2}', "application/json", 400),
        (b"{}", "text/plain", 415),
        (b" " * 70_000, "application/json", 413),
    ):
        response = client.post("/api/review", data=data, content_type=content_type, headers=headers)
        assert response.status_code == status


def test_a_desk_without_a_node_answers_questions_and_makes_no_reviews(questions: ApprovalFolder) -> None:
    client = app_with(None, questions)
    told = DeskAnswer.model_validate(call(client, "/api/desk")[1])
    assert told == DeskAnswer(review=False, reason="no node", chain_id=1)
    status, problem = call(client, "/api/review", ASKED)
    assert (status, problem["code"]) == (409, "no_review")
    assert call(client, "/api/approvals") == (200, {"waiting": []})


def test_a_question_is_listed_and_its_answer_kept_once(
    client: FlaskClient, questions: ApprovalFolder
) -> None:
    request = replace(TRANSFER, value=1)
    verdict = review(request, said(PredictionClass.FRAUD), Policy(fraud=Severity.WARN), NOW)
    questions.ask(request, verdict)
    [waiting] = WaitingAnswer.model_validate(call(client, "/api/approvals")[1]).waiting
    assert (waiting.digest, waiting.confirmation, waiting.expires_at) == (verdict.digest, "TYPED", NOW + 600)
    assert str(request.to) in waiting.screen
    path = f"/api/approvals/{verdict.digest}"
    accept = {"answer": "accept", "scope": waiting.scope}
    status, told = call(client, path, accept | {"typed": "00000000"})
    assert (status, told["code"]) == (409, "not_accepted")
    assert questions.take(verdict, NOW) is None
    status, told = call(client, path, accept | {"typed": verdict.digest[2:10]})
    assert ApprovalAnswer.model_validate(told).answer == "accepted"
    assert questions.take(verdict, NOW) is not None
    assert questions.take(verdict, NOW) is None


def test_a_yes_covers_what_was_shown_and_not_what_the_same_request_is_asked_about_by_now(
    client: FlaskClient, questions: ApprovalFolder
) -> None:
    shown = review(TRANSFER, said(PredictionClass.UNKNOWN), Policy(), NOW)
    questions.ask(TRANSFER, shown)
    [waiting] = call(client, "/api/approvals")[1]["waiting"]
    grown = review(TRANSFER, said(PredictionClass.FRAUD), Policy(fraud=Severity.WARN), NOW)
    questions.ask(TRANSFER, grown)
    path, typed = f"/api/approvals/{shown.digest}", grown.digest[2:10]
    for scope in (waiting["scope"], "", "0" * 64):
        status, told = call(client, path, {"answer": "accept", "scope": scope, "typed": typed})
        assert (status, told["code"]) == (409, "not_accepted")
    assert (questions.take(grown, NOW), questions.take(shown, NOW)) == (None, None)
    # Asked again with the same words, it is the same question.
    questions.ask(TRANSFER, shown)
    assert call(client, path, {"answer": "accept", "scope": waiting["scope"]})[0] == 200


def test_a_declined_question_is_gone(client: FlaskClient, questions: ApprovalFolder) -> None:
    verdict = review(TRANSFER, said(PredictionClass.FRAUD), Policy(fraud=Severity.WARN), NOW)
    questions.ask(TRANSFER, verdict)
    status, told = call(client, f"/api/approvals/{verdict.digest[:10]}", {"answer": "decline"})
    assert (status, told) == (200, {"digest": verdict.digest, "answer": "declined"})
    assert (questions.questions(), questions.take(verdict, NOW)) == ([], None)


def test_the_route_that_is_deployed_has_no_desk_and_no_page() -> None:
    client = create_app(PredictService(), settings=RouteSettings(), observers=()).test_client()
    for path, _ in (*PATHS, ("/", None), ("/app/main.js", None)):
        assert client.get(path).status_code == 404


def test_the_document_tells_exactly_the_paths_that_are_handled(client: FlaskClient) -> None:
    handled = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in client.application.url_map.iter_rules()
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    document = call(client, "/api/openapi.json")[1]
    assert {(path, method) for path, methods in document["paths"].items() for method in methods} == handled
    for schema in document["components"]["schemas"].values():
        for name, field in schema["properties"].items():
            assert field.get("description") or "$ref" in field, f"{schema['title']}.{name} says nothing"
    page = client.get("/docs", headers={"Host": HOST}).get_data(as_text=True)
    assert "<code>POST /api/review/{review}</code>" in page
