"""One guarded send from a terminal: from parsed flags to an exit code.

What belongs here: the order of a send's steps as its user sees them. What must not: the guard's own order,
which is the interceptor's.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from guard import exit_codes
from guard.command_line import emit, print_json, say
from guard.completion import complete
from guard.core.amounts import format_ether
from guard.core.journal import SendRecord, SendState
from guard.core.request import TransactionRequest
from guard.core.verdict import Decision
from guard.delivery import fulfilled_by
from guard.engine import Guard
from guard.errors import (
    ConfirmationRequired,
    GuardError,
    NoVerdict,
    TransactionBlocked,
    TransactionReverted,
)
from guard.idempotency import earlier_send
from guard.interceptor import SendOutcome, SendPorts, intercept_send, wait_for_block
from guard.report.objects import earlier_result, result
from guard.report.screen import screen
from wallet.drafts import Payment, draft
from wallet.options import Output, Put
from wallet.resuming import resume_one, resumed_exit_code
from wallet.wiring import (
    Session,
    find_signer,
    open_journal,
    require_chain,
    send_ports,
    terminal_confirmer,
)

if TYPE_CHECKING:
    from guard.adapters.sqlite_journal import SqliteJournal
    from guard.ports import Signer

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
        hint="nothing was signed; answer at a terminal, or by --yes, which takes no WARN",
    ),
    SendState.REVERTED: TransactionReverted(
        "the payment was mined, and the contract refused it",
        hint="the fee is spent and nothing else happened; find out why before you try again",
    ),
}
"""How a send ended that did not do what was asked, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What one command sends with."""

    session: Session
    options: Mapping[str, Any]
    output: Output
    guard: Guard
    signer: Signer
    journal: SqliteJournal
    put: Put = print_json
    """Where the object of `--json` goes."""

    def send(self, request: TransactionRequest, idempotency_key: str | None) -> int:
        """Bring one request through the guard to its end, tell of it, and return the exit code."""
        session, ports, key = self.session, self.ports, idempotency_key
        # Whoever else has the key decides first; who died while deciding has given it back.
        with nullcontext() if key is None else session.turns.key(key):
            earlier = None if key is None else earlier_send(key, request, self.journal, session.clock)
            if earlier is None:
                if not request.is_complete:
                    session.notify("asking the node to complete the transaction")
                completion = complete(
                    request,
                    require_chain(session, "a send"),
                    legacy=self.options["legacy"],
                    leave_nonce=True,
                )
                if completion.problem is not None:
                    return self._report_incomplete(completion.request, completion.problem)
                outcome = intercept_send(
                    self.guard, completion.request, ports, idempotency_key=key, receipt_timeout_s=None
                )
        if earlier is not None:
            return self._resume_earlier(earlier)
        return report(wait_for_block(outcome, ports, self.receipt_timeout_s), self.output, put=self.put)

    @property
    def ports(self) -> SendPorts:
        """Everything that a send with this signer touches."""
        return signing_ports(self.session, self.journal, self.signer, self.options, self.output)

    @property
    def receipt_timeout_s(self) -> float | None:
        """Seconds to wait for a block; None does not wait."""
        return None if self.options["no_wait"] else self.options["receipt_timeout"]

    def _resume_earlier(self, earlier: SendRecord) -> int:
        """Bring the payment under a used key to its end; tell of it, or of what was mined in its place."""
        resume_one(earlier, self.session, self.journal, self.receipt_timeout_s)
        record = fulfilled_by(earlier, self.journal.rivals(earlier))
        code = resumed_exit_code(record.state, waited=self.receipt_timeout_s is not None)
        told = f"this idempotency key was used before: the send {record.id} is {record.state.value}"
        self.output.notify(told)
        if self.output.as_json:
            self.put(earlier_result(record, ok=code == exit_codes.DONE), instead=_told_instead(record.hash))
        else:
            emit(record.hash or record.id, instead=_told_instead(record.hash))
        return code

    def _report_incomplete(self, request: TransactionRequest, problem: GuardError) -> int:
        """Show the verdict on a transaction whose gas cannot be told; it is never signed."""
        verdict = self.guard.review(request)
        error = _REFUSALS[SendState.BLOCKED] if verdict.decision is Decision.BLOCK else problem
        if self.output.as_json:
            self.put(result(verdict, ok=False, error=error.as_mapping()))
        else:
            say(screen(request, verdict, verbose=self.output.verbose))
            say(f"\nnot sent: {problem.message}")
        return exit_codes.of_error(error)


def send(session: Session, options: dict[str, Any], output: Output) -> int:
    """Send one payment through the guard and return the exit code."""
    chain = require_chain(session, "a send")
    can_ask = output.can_ask(no_input=options["no_input"])
    payer, signer = find_signer(options, session, can_ask=can_ask)
    guard = session.guard()
    request = draft(Payment.from_options(options), payer, session.contacts, chain)
    with open_journal(session.settings) as journal:
        sending = Sending(
            session=session, options=options, output=output, guard=guard, signer=signer, journal=journal
        )
        return sending.send(request, options["idempotency_key"])


def signing_ports(
    session: Session, journal: SqliteJournal, signer: Signer, options: Mapping[str, Any], output: Output
) -> SendPorts:
    """Return everything that a send with this signer touches."""
    can_ask = output.can_ask(no_input=options["no_input"])
    confirmer = terminal_confirmer(output, can_ask=can_ask, assume_yes=options["yes"])
    return send_ports(session, require_chain(session, "a send"), journal, signer, confirmer)


def report(outcome: SendOutcome, output: Output, *, put: Put = print_json) -> int:
    """Tell what a send came to and return its exit code."""
    state = outcome.state
    if outcome.receipt is not None:
        # Its own, or that of the rival that pays the same: the payment was made, or reverted, once.
        state = SendState.MINED if outcome.receipt.status == 1 else SendState.REVERTED
    error = outcome.error or _REFUSALS.get(state)
    code = exit_codes.of_state(state) if error is None else exit_codes.of_error(error)
    if output.as_json:
        ok = code == exit_codes.DONE
        put(
            result(
                outcome.verdict,
                ok=ok,
                transaction_hash=_hash(outcome),
                receipt=outcome.receipt,
                error=None if error is None else error.as_mapping(),
            ),
            instead=_told_instead(_hash(outcome)),
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
    emit(_hash(outcome) or "", instead=_told_instead(_hash(outcome)))


def _hash(outcome: SendOutcome) -> str | None:
    """Return the hash that a payer looks for: of what was mined, or else of what was signed."""
    return outcome.hash if outcome.receipt is None else outcome.receipt.hash


def _told_instead(transaction_hash: str | None) -> str:
    """Return what must be told of a payment even where standard output cannot be written."""
    return "" if transaction_hash is None else f"the payment has the hash {transaction_hash}"
