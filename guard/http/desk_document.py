"""The desk's paths in the OpenAPI document.

What belongs here: their description. What must not: handlers (`desk.py`); a test keeps the two in step.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from guard.http.desk import TOKEN_HEADER
from guard.http.desk_contract import (
    APPROVAL_PATH,
    APPROVALS_PATH,
    DESK_PATH,
    REVIEW_PATH,
    STEP_PATH,
    ApprovalAnswer,
    ApprovalRequest,
    DeskAnswer,
    ReviewAnswer,
    StepAnswer,
    StepRequest,
    WaitingAnswer,
    WaitingQuestion,
)
from guard.http.openapi import content_of, problem_told, reference_to, schemas_of

_JSON = "application/json"
_TRANSACTION = {
    "from": "0x52908400098527886E0F7030069857D2E4169EE7",
    "to": "0xde709f2102306220921060314715629080e2fb77",
    "value": "0x16345785d8a0000",
    "chainId": "0x1",
}
_READ = (401, 403, 500)
_WRITTEN = (400, 401, 403, 409, 411, 413, 415, 422, 500, 503)
_WHEN = {
    400: "The body is not one strict JSON object, or it was cut off.",
    401: "The token that `guard serve` printed is missing or wrong.",
    403: "The server is asked under another name than its own, or by another page.",
    404: "There is no such review here any more.",
    409: "The journal, or the verdict, does not let this follow.",
    411: "The body has no length.",
    413: "The body is larger than 64 KiB.",
    415: "The body is not application/json in UTF-8, or it is encoded.",
    422: "Something in it cannot be read, or not be done; the detail names it.",
    500: "A file of this machine cannot be used; the detail names it.",
    503: "The node cannot be asked, or too many reviews are being made.",
}


def add_desk_paths(document: dict[str, Any]) -> None:
    """Describe the desk's paths in `document`."""
    document["components"]["schemas"] |= schemas_of(
        (StepRequest, ApprovalRequest),
        (DeskAnswer, ReviewAnswer, StepAnswer, WaitingAnswer, ApprovalAnswer),
        inner=(WaitingQuestion,),
    )
    document["components"].setdefault("securitySchemes", {})["token"] = {
        "type": "apiKey",
        "in": "header",
        "name": TOKEN_HEADER,
    }
    document["paths"] |= {
        DESK_PATH: {"get": _read("desk", "Tell what this machine's guard can do for the page.", DeskAnswer)},
        REVIEW_PATH: {"post": _review()},
        STEP_PATH: {"post": _step()},
        APPROVALS_PATH: {
            "get": _read("approvals", "List the verdicts that wait for a person.", WaitingAnswer)
        },
        APPROVAL_PATH: {"post": _approval()},
    }


def _review() -> dict[str, Any]:
    shape = {
        "type": "object",
        "description": "A transaction object of JSON-RPC, or a whole request with `method` and `params`.",
    }
    return {
        "operationId": "review",
        "summary": "Review a transaction, or any JSON-RPC request that signs or sends, in full.",
        "security": [{"token": []}],
        "requestBody": {"required": True, "content": {_JSON: {"schema": shape, "example": _TRANSACTION}}},
        "responses": _responses("The verdict.", ReviewAnswer, _WRITTEN),
    }


def _step() -> dict[str, Any]:
    return {
        "operationId": "step",
        "summary": "Tell what became of a review; each step is in the journal when it is answered.",
        "security": [{"token": []}],
        "parameters": [_place("review", "The name that the review was given.")],
        "requestBody": _body(StepRequest, {"step": "begin"}),
        "responses": _responses("Where the send stands.", StepAnswer, (*_WRITTEN, 404)),
    }


def _approval() -> dict[str, Any]:
    return {
        "operationId": "approval",
        "summary": "Answer a verdict that waits; a yes lets the same request through once.",
        "security": [{"token": []}],
        "parameters": [_place("digest", "The request's digest, or its first 8 hex digits or more.")],
        "requestBody": _body(ApprovalRequest, {"answer": "decline"}),
        "responses": _responses("What was kept.", ApprovalAnswer, _WRITTEN),
    }


def _read(name: str, summary: str, model: type[BaseModel]) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "security": [{"token": []}],
        "responses": _responses(summary, model, _READ),
    }


def _place(name: str, text: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": text,
        "schema": {"type": "string"},
    }


def _body(model: type[BaseModel], example: dict[str, str]) -> dict[str, Any]:
    return {"required": True, "content": {_JSON: {"schema": reference_to(model), "example": example}}}


def _responses(text: str, model: type[BaseModel], statuses: tuple[int, ...]) -> dict[str, Any]:
    refusals = {str(status): problem_told(status, _WHEN[status]) for status in sorted(statuses)}
    return {"200": content_of(text, _JSON, reference_to(model)), **refusals}
