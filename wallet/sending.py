"""One guarded send from a terminal: from parsed flags to an exit code.

What belongs here: the order of a send's steps as its user sees them. What must not: the guard's own order,
which is the interceptor's.
"""

from __future__ import annotations

from typing import Any

import click

from guard import exit_codes
from guard.adapters.keystore import KeyFile
from guard.command_line import print_json
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
    KeystoreError,
    NoVerdict,
    TransactionBlocked,
    TransactionReverted,
)
from guard.interceptor import SendOutcome, intercept_send
from guard.ports import SendRecord
from wallet.drafts import Payment, draft
from wallet.options import Output
from wallet.passwords import read_password_file
from wallet.render import earlier_result, result, screen
from wallet.resuming import resume_one
from wallet.wiring import (
    Payer,
    Session,
    find_payer,
    keystore_signer,
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
    payer, key_file = _signing_payer(options, session)
    guard = session.guard()
    request = draft(Payment.from_options(options), payer.address, session.contacts, chain)
    can_ask = output.can_ask(no_input=options["no_input"])
    receipt_timeout_s = None if options["no_wait"] else options["receipt_timeout"]
    with open_journal(session.settings) as journal:
        key = options["idempotency_key"]
        earlier = None if key is None else journal.find_by_key(key)
        if earlier is not None:
            _check_same_payment(earlier, request, key)
            state = resume_one(earlier, session, chain, journal, receipt_timeout_s)
            return _report_earlier(journal.find(earlier.id) or earlier, state, output)
        completion = complete(request, chain, legacy=options["legacy"])
        if completion.problem is not None:
            return _report_incomplete(guard, completion.request, completion.problem, output)
        signer = keystore_signer(key_file, options["password_file"], can_ask=can_ask)
        confirmer = terminal_confirmer(output, can_ask=can_ask, assume_yes=options["yes"])
        outcome = intercept_send(
            guard,
            completion.request,
            send_ports(session, chain, journal, signer, confirmer),
            idempotency_key=key,
            receipt_timeout_s=receipt_timeout_s,
        )
    return _report(outcome, output)


def _signing_payer(options: dict[str, Any], session: Session) -> tuple[Payer, KeyFile]:
    """Return who pays, with a key file and a password file that are fit to be used after the verdict."""
    payer = find_payer(options, session.settings)
    if payer.key_file is None:
        raise KeystoreError(
            f"there is no key file of {payer.address}",
            hint="give --account or --keystore; with --from alone, `wallet check` gives a verdict",
        )
    if options["password_file"] is not None:
        read_password_file(options["password_file"])
    return payer, payer.key_file


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


def _report_earlier(record: SendRecord, state: SendState, output: Output) -> int:
    code = exit_codes.of_state(state)
    output.notify(f"this idempotency key was used before: the send {record.id} is {state.value}")
    if output.as_json:
        print_json(earlier_result(record, ok=code == exit_codes.DONE))
    else:
        click.echo(record.hash or record.id)
    return code


def _report_incomplete(guard: Guard, request: TransactionRequest, problem: GuardError, output: Output) -> int:
    """Show the verdict on a transaction whose gas cannot be told; it is never signed."""
    verdict = guard.review(request)
    error = _REFUSALS[SendState.BLOCKED] if verdict.decision is Decision.BLOCK else problem
    if output.as_json:
        print_json(result(verdict, ok=False, error=error.as_mapping()))
    else:
        click.echo(screen(request, verdict, verbose=output.verbose), err=True)
        click.echo(f"\nnot sent: {problem.message}", err=True)
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
            )
        )
        return code
    if outcome.state is SendState.BLOCKED:
        click.echo(screen(outcome.request, outcome.verdict, verbose=output.verbose), err=True)
    if error is not None:
        click.echo(f"\n{'not sent' if outcome.hash is None else 'error'}: {error.message}", err=True)
        if error.hint:
            click.echo(f"  {error.hint}", err=True)
    _print_end(outcome, output)
    return code


def _print_end(outcome: SendOutcome, output: Output) -> None:
    if outcome.hash is None:
        return
    receipt = outcome.receipt
    if receipt is not None and not output.quiet:
        fee = format_ether(receipt.gas_used * receipt.effective_gas_price)
        word = "mined" if receipt.status == 1 else "mined, but reverted,"
        click.echo(f"{word} in block {receipt.block_number}, fee {fee}", err=True)
    click.echo(outcome.hash)
