"""The desk of one person: full reviews for the page, and the questions of doors where nobody sits.

What belongs here: the paths, and the token without which nothing of them is told or changed. What must not:
what a review or an answer means (`guard.handover`, `guard.core.consent`). Only `guard serve` opens it, on
loopback addresses; the deployed route has no desk.
"""

from __future__ import annotations

import functools
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec, Protocol

from flask import Flask, Response, request
from pydantic import BaseModel

from guard.command_line import jsonable
from guard.core.consent import Consent, scope_of
from guard.core.request import TransactionRequest
from guard.core.rpc_transaction import transaction_object
from guard.core.verdict import Confirmation, Decision
from guard.errors import CallerError, ConfigurationError, GuardError, IntegrityError, OutsideError
from guard.handover import Handover, Review, Step
from guard.http.body import read_fields, read_model
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
from guard.http.problems import Problem, ProblemRaised
from guard.report.objects import result

TOKEN_HEADER = "X-Txguard-Token"  # noqa: S105  a header's name
_P = ParamSpec("_P")


class Question(Protocol):
    """One verdict that waits for a person."""

    consent: Consent
    asked_at: int
    screen: str
    verdict: dict[str, Any]

    @property
    def digest(self) -> str:
        """The digest of the request that is asked about."""
        ...


class Questions(Protocol):
    """What doors where nobody sits have asked; `guard approve` answers the same."""

    def questions(self) -> Sequence[Any]:
        """Return what still waits."""
        ...

    def question(self, digest: str) -> Any:
        """Return the one with this digest; raises CallerError where there is none."""
        ...

    def grant(self, question: Any) -> None:
        """Keep a yes."""
        ...

    def decline(self, question: Any) -> None:
        """Forget it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the paths work on."""

    token: str
    """What a caller must show."""
    questions: Questions
    """The questions of doors where nobody sits."""
    handover: Handover | None
    """The door in front of the browser's wallet; None where there are no full reviews."""
    reason: str | None
    """Why there are none."""
    chain_id: Callable[[], int | None]
    """The chain of the node, or None."""


def new_token() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def add_desk(app: Flask, desk: Desk) -> None:
    """Serve the paths of `desk`."""
    _add_reviews(app, desk)
    _add_questions(app, desk)


def _add_reviews(app: Flask, desk: Desk) -> None:
    @app.route(DESK_PATH, methods=["GET"], provide_automatic_options=False)
    @_guarded(desk)
    def desk_state() -> BaseModel:
        return DeskAnswer(review=desk.handover is not None, reason=desk.reason, chain_id=desk.chain_id())

    @app.route(REVIEW_PATH, methods=["POST"], provide_automatic_options=False)
    @_guarded(desk)
    def review() -> BaseModel:
        return _told(_handover(desk).review(read_fields(request)))

    @app.route(_flask(STEP_PATH), methods=["POST"], provide_automatic_options=False)
    @_guarded(desk)
    def step(review: str) -> BaseModel:
        return _taken(_handover(desk), review, read_model(request, StepRequest))


def _add_questions(app: Flask, desk: Desk) -> None:
    @app.route(APPROVALS_PATH, methods=["GET"], provide_automatic_options=False)
    @_guarded(desk)
    def waiting() -> BaseModel:
        return WaitingAnswer(waiting=[_waiting(question) for question in desk.questions.questions()])

    @app.route(_flask(APPROVAL_PATH), methods=["POST"], provide_automatic_options=False)
    @_guarded(desk)
    def answer(digest: str) -> BaseModel:
        told = read_model(request, ApprovalRequest)
        question = desk.questions.question(digest)
        if told.answer == "decline":
            desk.questions.decline(question)
            return ApprovalAnswer(digest=question.digest, answer="declined")
        if told.scope != scope_of(question.consent):
            # Asked again since, under the same digest: a yes covers what was shown, and no other warnings.
            raise _problem(409, "not_accepted", "It is asked otherwise now: look at it again.")
        typed = question.consent.confirmation is Confirmation.TYPED
        if typed and told.typed.strip().lower() != question.digest[2:10]:
            raise _problem(409, "not_accepted", f"To accept it, type {question.digest[2:10]}.")
        desk.questions.grant(question)
        return ApprovalAnswer(digest=question.digest, answer="accepted")


def _guarded(desk: Desk) -> Callable[[Callable[_P, BaseModel]], Callable[_P, Response]]:
    """Let in who shows the token, from no other page; tell errors of the guard as problems."""

    def wrapped(handler: Callable[_P, BaseModel]) -> Callable[_P, Response]:
        @functools.wraps(handler)
        def answered(*given: _P.args, **named: _P.kwargs) -> Response:
            _enter(desk.token)
            try:
                told = handler(*given, **named)
            except ProblemRaised:
                raise
            except GuardError as error:
                raise ProblemRaised(_problem_of(error)) from error
            return Response(told.model_dump_json(), mimetype="application/json")

        return answered

    return wrapped


def _enter(token: str) -> None:
    origin = request.headers.get("Origin")
    # The Host was compared before with the names of this server.
    if origin is not None and origin.lower() != f"http://{request.headers.get('Host', '').lower()}":
        raise _problem(403, "origin_not_allowed", "Pages of this origin may not ask here.")
    shown = request.headers.get(TOKEN_HEADER, "")
    if not hmac.compare_digest(shown.encode(), token.encode()):
        detail = (
            f"Open the page by the address that `guard serve` printed: {TOKEN_HEADER} is missing or wrong."
        )
        raise _problem(401, "unauthorized", detail, {"WWW-Authenticate": "Token"})


def _handover(desk: Desk) -> Handover:
    if desk.handover is None:
        raise _problem(409, "no_review", f"There are no full reviews here: {desk.reason}.")
    return desk.handover


def _taken(handover: Handover, review: str, told: StepRequest) -> StepAnswer:
    steps: dict[str, Callable[[], Step]] = {
        "begin": lambda: handover.begin(review),
        "accept": lambda: handover.accept(review, told.typed),
        "decline": lambda: handover.decline(review),
        "leave": lambda: handover.leave(review),
        "sent": lambda: handover.sent(review, told.hash),
        "refused": lambda: handover.refused(review, told.code, told.message),
        "look": lambda: handover.look(review),
    }
    reached = steps[told.step]()
    return StepAnswer(
        send=reached.send_id,
        state=reached.state.value,
        note=reached.note,
        hash=reached.hash,
        transaction=None if reached.transaction is None else dict(reached.transaction),
    )


def _told(made: Review) -> ReviewAnswer:
    verdict, asked = made.verdict, made.request
    told: Any = jsonable(result(verdict, ok=verdict.decision is Decision.ALLOW))
    named: Any = verdict.confirmation.name
    return ReviewAnswer(
        **told,
        review=made.id,
        confirmation=named,
        reviewed_at=verdict.reviewed_at,
        expires_at=verdict.expires_at,
        transaction=transaction_object(asked) if isinstance(asked, TransactionRequest) else None,
        problem=made.problem,
    )


def _waiting(question: Question) -> WaitingQuestion:
    named: Any = question.consent.confirmation.name
    return WaitingQuestion(
        digest=question.digest,
        asked_at=question.asked_at,
        expires_at=question.consent.expires_at,
        confirmation=named,
        scope=scope_of(question.consent),
        screen=question.screen,
        verdict=question.verdict,
    )


def _flask(path: str) -> str:
    return path.replace("{", "<").replace("}", ">")


def _problem_of(error: GuardError) -> Problem:
    """Return the problem that an error of ours is told as; its text is ours, and its caller the owner."""
    detail = f"{error.message}; {error.hint}" if error.hint else error.message
    status = 500
    if isinstance(error, CallerError) and not isinstance(error, ConfigurationError):
        status = 404 if error.code == "unknown_review" else 422
    elif isinstance(error, IntegrityError):
        status = 409
    elif isinstance(error, OutsideError):
        status = 503
    return Problem(status=status, code=error.code, detail=detail)


def _problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> ProblemRaised:
    return ProblemRaised(Problem(status=status, code=code, detail=detail, headers=headers or {}))
