"""One guarded send from a terminal: from parsed flags to an exit code.

What belongs here: the order of a send's steps as its user sees them. What must not: the guard's own order,
which is the interceptor's.
"""

from __future__ import annotations

from typing import Any

from guard import exit_codes
from guard.command_line import emit, print_json, say
from guard.completion import complete
from guard.core.amounts import format_ether
from guard.core.journal import SendState
from guard.core.request import TransactionRequest
from guard.core.verdict import Decision
from guard.engine import Guard
from guard.errors import (
    ConfirmationRequired,
    GuardError,
    JournalConflict,
    NoVerdict,
    TransactionBlocked,
    TransactionReverted,
)
from guard.interceptor import SendOutcome, intercept_send
from guard.ports import SendRecord
from wallet.drafts import Payment, draft
from wallet.options import Output
from wallet.render import earlier_result, result, screen
from wallet.resuming import resume_one, resumed_exit_code
from wallet.wiring import (
    Session,
    find_signer,
    open_journal,
    require_chain,
    send_ports,
    terminal_confirmer,
)

_REFUSALS: dict[SendState, GuardError] = {
    SendState.BLOCKED: TransactionBlocked(
        "the guard refuses this payment", hint="nothing was signed; the findings say why"
    ),
    SendState.UNDECIDED: NoVerdict(
        "no verdict could be had, and nobody accepted that",
        hint="nothing was signed; the findings say what is missing",
    ),
    SendState.DECLINED: ConfirmationRequired(
        "nobody accepted this payment",
        hint="nothing was signed; answer at a terminal (--yes does not accept a warning)",
    ),
    SendState.REVERTED: TransactionReverted(
        "the payment was mined, and the contract refused it",
        hint="the fee is spent and nothing else happened; find out why before you try again",
    ),
}
"""How a send ended that did not do what was asked, in words."""


def send(session: Session, options: dict[str, Any], output: Output) -> int:
    """Send one payment through the guard and return the exit code."""
    chain = require_chain(session, "a send")
    can_ask = output.can_ask(no_input=options["no_input"])
    payer, signer = find_signer(options, session, can_ask=can_ask)
    guard = session.guard()
    request = draft(Payment.from_options(options), payer, session.contacts, chain)
    receipt_timeout_s = None if options["no_wait"] else options["receipt_timeout"]
    with open_journal(session.settings) as journal:
        key = options["idempotency_key"]
        earlier = None if key is None else journal.find_by_key(key)
        if earlier is not None:
            _check_same_payment(earlier, request, key)
            state = resume_one(earlier, session, chain, journal, receipt_timeout_s)
            code = resumed_exit_code(state, waited=receipt_timeout_s is not None)
            return _report_earlier(journal.find(earlier.id) or earlier, code, output)
        if not request.is_complete:
            session.notify("asking the node to complete the transaction")
        completion = complete(request, chain, legacy=options["legacy"])
        if completion.problem is not None:
            return _report_incomplete(guard, completion.request, completion.problem, output)
        confirmer = terminal_confirmer(output, can_ask=can_ask, assume_yes=options["yes"])
        outcome = intercept_send(
            guard,
            completion.request,
            send_ports(session, chain, journal, signer, confirmer),
            idempotency_key=key,
            receipt_timeout_s=receipt_timeout_s,
        )
    return _report(outcome, output)


def _check_same_payment(earlier: SendRecord, request: TransactionRequest, key: str) -> None:
    """Raise JournalConflict when a used key comes with another payment, or while its own is being decided."""
    if earlier.state is SendState.REVIEWED:
        raise JournalConflict(
            f"the send {earlier.id} under this idempotency key is being decided, or was interrupted",
            hint=f"answer it, or end it with `wallet resume {earlier.id}`; it is not signed",
        )

    def payment(of: TransactionRequest) -> tuple[object, ...]:
        return of.sender, of.to, of.value, of.data

    same_chain = request.chain_id in (None, earlier.request.chain_id)
    if payment(earlier.request) != payment(request) or not same_chain:
        raise JournalConflict(
            f"the idempotency key {key!r} belongs to another payment, {earlier.id}",
            hint=f"`wallet show {earlier.id}` tells which; use a key of its own for each payment",
        )


def _report_earlier(record: SendRecord, code: int, output: Output) -> int:
    output.notify(f"this idempotency key was used before: the send {record.id} is {record.state.value}")
    if output.as_json:
        print_json(earlier_result(record, ok=code == exit_codes.DONE), instead=_told_instead(record.hash))
    else:
        emit(record.hash or record.id, instead=_told_instead(record.hash))
    return code


def _report_incomplete(guard: Guard, request: TransactionRequest, problem: GuardError, output: Output) -> int:
    """Show the verdict on a transaction whose gas cannot be told; it is never signed."""
    verdict = guard.review(request)
    error = _REFUSALS[SendState.BLOCKED] if verdict.decision is Decision.BLOCK else problem
    if output.as_json:
        print_json(result(verdict, ok=False, error=error.as_mapping()))
    else:
        say(screen(request, verdict, verbose=output.verbose))
        say(f"\nnot sent: {problem.message}")
    return exit_codes.of_error(error)


def _report(outcome: SendOutcome, output: Output) -> int:
    error = outcome.error or _REFUSALS.get(outcome.state)
    code = exit_codes.of_state(outcome.state) if error is None else exit_codes.of_error(error)
    if output.as_json:
        ok = code == exit_codes.DONE
        print_json(
            result(
                outcome.verdict,
                ok=ok,
                transaction_hash=outcome.hash,
                receipt=outcome.receipt,
                error=None if error is None else error.as_mapping(),
            ),
            instead=_told_instead(outcome.hash),
        )
        return code
    if outcome.state is SendState.BLOCKED:
        say(screen(outcome.request, outcome.verdict, verbose=output.verbose))
    if error is not None:
        say(f"\n{'not sent' if outcome.hash is None else 'error'}: {error.message}")
        if error.hint:
            say(f"  {error.hint}")
    _print_end(outcome, output)
    return code


def _print_end(outcome: SendOutcome, output: Output) -> None:
    if outcome.hash is None:
        return
    receipt = outcome.receipt
    if receipt is not None and not output.quiet:
        fee = format_ether(receipt.gas_used * receipt.effective_gas_price)
        word = "mined" if receipt.status == 1 else "mined, but reverted,"
        say(f"{word} in block {receipt.block_number}, fee {fee}")
    emit(outcome.hash, instead=_told_instead(outcome.hash))


def _told_instead(transaction_hash: str | None) -> str:
    """Return what must be told of a payment even where standard output cannot be written."""
    return "" if transaction_hash is None else f"the payment has the hash {transaction_hash}"
