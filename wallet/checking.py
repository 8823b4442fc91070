"""One verdict and nothing else: `wallet check`, and `wallet send --dry-run`.

What belongs here: the order of a check's steps. What must not: a key, a journal entry, or a question.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from guard import exit_codes
from guard.command_line import emit, print_json
from guard.completion import complete
from guard.core.request import TransactionRequest
from guard.core.signature_request import SignatureRequest
from guard.core.subject import Request
from guard.core.verdict import Verdict
from guard.errors import ConfirmationRequired, GuardError, NoVerdict, OutsideError, TransactionBlocked
from guard.report.objects import result
from guard.report.screen import screen
from wallet.drafts import Payment, draft, from_file, from_raw
from wallet.options import Output, Put
from wallet.wiring import Session, find_payer

_ERRORS: dict[int, GuardError] = {
    exit_codes.BLOCKED: TransactionBlocked(
        "the guard refuses this payment", hint="nothing was signed; the findings say why"
    ),
    exit_codes.NO_VERDICT: NoVerdict(
        "no verdict could be had", hint="nothing was signed; the findings say what is missing"
    ),
    exit_codes.DECLINED: ConfirmationRequired(
        "this payment needs a person's yes",
        hint="nothing was signed; `wallet send` asks at a terminal (--yes does not accept a warning)",
    ),
}
_OF_SIGNATURES: dict[int, GuardError] = {
    **_ERRORS,
    exit_codes.BLOCKED: TransactionBlocked(
        "the guard refuses this signature", hint="nothing was signed; the findings say why"
    ),
    exit_codes.DECLINED: ConfirmationRequired(
        "this signature needs a person's yes",
        hint="nothing was signed; answer at a terminal (--yes does not accept a warning)",
    ),
}


def check(session: Session, options: dict[str, Any], output: Output) -> int:
    """Print the verdict on what the flags describe, and return its exit code."""
    guard = session.guard()
    request = completed(session, _request(session, options, output), options, output)
    return tell(request, guard.review(request), output)


def tell(request: Request, verdict: Verdict, output: Output, *, put: Put = print_json) -> int:
    """Print a verdict and return the exit code of a check."""
    code = exit_codes.of_decision(verdict.decision)
    if output.as_json:
        error = _error(code, request)
        ok = error is None
        put(result(verdict, ok=ok, error=None if error is None else error.as_mapping()))
    elif output.quiet:
        emit("NO VERDICT" if verdict.decision is None else verdict.decision.name)
    else:
        emit(screen(request, verdict, verbose=output.verbose))
    return code


def _error(code: int, request: Request) -> GuardError | None:
    return (_OF_SIGNATURES if isinstance(request, SignatureRequest) else _ERRORS).get(code)


def _request(session: Session, options: dict[str, Any], output: Output) -> Request:
    if options.get("raw") is not None:
        return from_raw(options["raw"])
    if options.get("tx") is not None:
        return from_file(options["tx"])
    payer = find_payer(options, session.settings)
    payment = Payment.from_options(options)
    try:
        return draft(payment, payer.address, session.contacts, session.chain)
    except OutsideError as error:
        # The node was asked for the rest of the fee; a check goes on with what was given.
        output.notify(error.message)
        return draft(payment, payer.address, session.contacts, None)


def completed(session: Session, request: Request, options: dict[str, Any], output: Output) -> Request:
    """Return the request with what the node can tell; without a node it stays as it was given."""
    if session.chain is None:
        return request
    if isinstance(request, SignatureRequest):
        try:
            return replace(request, chain_id=session.chain.chain_id())
        except GuardError as error:
            output.notify(error.message)
    if not isinstance(request, TransactionRequest) or request.is_complete:
        return request
    output.notify("asking the node to complete the transaction")
    try:
        completion = complete(request, session.chain, legacy=options["legacy"])
    except GuardError as error:
        # The review will say that the node is missing; a check goes on with what was given.
        output.notify(error.message)
        return request
    if completion.problem is not None:
        output.notify(completion.problem.message)
    return completion.request
