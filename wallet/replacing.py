"""Speeding up and cancelling: a second transaction of the same nonce, reviewed like any other.

What belongs here: the order of its steps as its user sees them. What must not: which fees outbid which; the
core says it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from guard.completion import complete
from guard.core.journal import UNSETTLED, SendRecord, SendState
from guard.core.replacement import cancellation, speed_up
from guard.core.request import Fee, LegacyFee, TransactionRequest
from guard.delivery import check_bytes, check_chain, settle
from guard.errors import CallerError, JournalConflict, KeystoreError
from guard.interceptor import intercept_send, wait_for_block
from guard.ports import Signer
from wallet.options import Output, is_typed
from wallet.resuming import find_record
from wallet.sending import report, signing_ports
from wallet.wiring import (
    Session,
    delivery_ports,
    find_signer,
    open_journal,
    require_chain,
)

MakeRequest = Callable[[TransactionRequest, Sequence[TransactionRequest], Fee], TransactionRequest]
MAKERS: dict[str, MakeRequest] = {"speed-up": speed_up, "cancel": cancellation}
"""Command to what it makes of the named payment, the rivals so far and the market's fee."""


def replace_send(
    make: MakeRequest, send_id: str, session: Session, options: dict[str, Any], output: Output
) -> int:
    """Put another transaction in the place of a signed one that no block has, and return the exit code."""
    chain = require_chain(session, "a replacement")
    guard = session.guard()
    with open_journal(session.settings) as journal:
        record = find_record(journal, send_id)
        signer = _signer(record, session, options, can_ask=output.can_ask(no_input=options["no_input"]))
        rivals = _open_rivals(record, session, journal)
        legacy = isinstance(record.request.fee, LegacyFee)
        made = make(record.request, [rival.request for rival in rivals], chain.suggest_fee(legacy=legacy))
        completion = complete(made, chain, legacy=legacy)
        if completion.problem is not None:
            raise completion.problem
        ports = signing_ports(session, journal, signer, options, output)
        outcome = intercept_send(
            guard, completion.request, ports, replaces=rivals[-1].id, receipt_timeout_s=None
        )
        timeout_s = None if options["no_wait"] else options["receipt_timeout"]
        return report(wait_for_block(outcome, ports, timeout_s), output)


def _signer(record: SendRecord, session: Session, options: dict[str, Any], *, can_ask: bool) -> Signer:
    """Return what signs for whoever paid; what environment or file name as payer is for other payments."""
    sender = record.request.sender
    typed = {name: options[name] if is_typed(name) else None for name in ("account", "keystore")}
    payer, signer = find_signer({**options, **typed, "sender": sender}, session, can_ask=can_ask)
    if payer != sender:
        raise KeystoreError(
            f"{record.id} was signed by {sender}, and the named account is {payer}",
            hint="leave --account and --keystore out, or name the account that signed",
        )
    return signer


def _open_rivals(record: SendRecord, session: Session, journal: Any) -> list[SendRecord]:
    """Return every signed send of the record's nonce as the chain has them; raises where one has ended."""
    if record.state is SendState.HANDED:
        raise CallerError(
            f"{record.id} was handed to a wallet that signs by itself, and its bytes are not here",
            hint="speed it up or cancel it in that wallet",
        )
    if record.hash is None:
        raise CallerError(
            f"{record.id} is {record.state.value}: it was never signed", hint="there is nothing to replace"
        )
    ports = delivery_ports(session, require_chain(session, "a replacement"), journal)
    check_chain(record, ports.chain)
    rivals = journal.rivals(record)
    for rival in rivals:
        check_bytes(rival, ports.recover)
    rivals = settle(rivals, ports)
    ended = next((rival for rival in rivals if rival.state not in UNSETTLED), None)
    if ended is not None:
        raise JournalConflict(
            f"the nonce of {record.id} is used: {ended.id} is {ended.state.value}",
            hint=f"there is nothing to replace; `wallet show {ended.id}` tells more",
        )
    return rivals
