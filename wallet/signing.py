"""One guarded signature from a terminal: from parsed flags to an exit code.

What belongs here: the order of its steps as its user sees them. What must not: the guard's own order, which
is `guard.signing`'s.
"""

from __future__ import annotations

import re
from typing import Any

from guard import exit_codes
from guard.command_line import emit, print_json, say
from guard.core.journal import SendState
from guard.core.signature_request import Content, PersonalMessage, SignatureRequest, hash_to_sign
from guard.core.strict_json import parse_object
from guard.core.typed_data import MAX_DOCUMENT_BYTES, parse_typed_data
from guard.errors import (
    CallerError,
    ConfirmationRequired,
    GuardError,
    InvalidRequest,
    NoVerdict,
    TransactionBlocked,
)
from guard.report.objects import result
from guard.report.screen import screen
from guard.signing import SigningOutcome, intercept_signature
from wallet.checking import tell
from wallet.drafts import read_file
from wallet.options import Output
from wallet.wiring import (
    Session,
    find_payer,
    find_signer,
    open_journal,
    signing_ports,
    terminal_confirmer,
)

_HEX = re.compile(r"0x((?:[0-9a-fA-F]{2})*)")
_REFUSALS: dict[SendState, GuardError] = {
    SendState.BLOCKED: TransactionBlocked(
        "the guard refuses this signature", hint="nothing was signed; the findings say why"
    ),
    SendState.UNDECIDED: NoVerdict(
        "no verdict could be had, and nobody accepted that",
        hint="nothing was signed; the findings say what is missing",
    ),
    SendState.DECLINED: ConfirmationRequired(
        "nobody accepted this signature",
        hint="nothing was signed; answer at a terminal, or by --yes, which takes no WARN",
    ),
}
"""How a signature ended that was not made, in words."""


def typed_data(name: str) -> Content:
    """Return the typed data in a JSON file, or on standard input for `-`; raises CallerError."""
    content = read_file(name)
    if content.lstrip().startswith(b"["):
        # The form of version 1, which is refused by its name.
        return parse_typed_data([])
    return parse_typed_data(parse_object(content, max_bytes=MAX_DOCUMENT_BYTES))


def message(text: str, *, is_hex: bool) -> Content:
    """Return the message that was typed, as text or as bytes in hex; raises CallerError.

    What looks like bytes in hex is signed as bytes by some wallets and as text by others: it has to be said.
    """
    match = _HEX.fullmatch(text)
    if is_hex and match is None:
        raise InvalidRequest(
            "the message is not 0x and an even number of hex digits", hint="leave --hex out to sign a text"
        )
    if match is not None and not is_hex:
        raise CallerError(
            "the message looks like bytes in hex, which wallets sign in two ways",
            hint="add --hex to sign these bytes; a text needs another first character",
        )
    try:
        return PersonalMessage(data=text.encode() if match is None else bytes.fromhex(match[1]))
    except UnicodeEncodeError as error:
        raise InvalidRequest(
            "the message is not text in UTF-8", hint="check the terminal's encoding"
        ) from error


def sign(content: Content, session: Session, options: dict[str, Any], output: Output) -> int:
    """Sign through the guard, or with --dry-run tell the verdict alone, and return the exit code."""
    guard = session.guard()
    if options["dry_run"]:
        payer = find_payer(options, session.settings)
        request = _request(content, payer.address, session, options, output)
        return tell(request, guard.review(request), output)
    can_ask = output.can_ask(no_input=options["no_input"])
    sender, signer = find_signer(options, session, can_ask=can_ask)
    request = _request(content, sender, session, options, output)
    hash_to_sign(request)
    with open_journal(session.settings) as journal:
        confirmer = terminal_confirmer(output, can_ask=can_ask, assume_yes=options["yes"])
        ports = signing_ports(session, journal, signer, confirmer)
        return _report(intercept_signature(guard, request, ports), output)


def _request(
    content: Content, sender: Any, session: Session, options: dict[str, Any], output: Output
) -> SignatureRequest:
    chain_id = options["chain"]
    if chain_id is None and session.chain is not None:
        try:
            chain_id = session.chain.chain_id()
        except GuardError as error:
            # The review will say that the node is missing.
            output.notify(error.message)
    return SignatureRequest(sender=sender, content=content, chain_id=chain_id)


def _report(outcome: SigningOutcome, output: Output) -> int:
    """Tell what a signature came to and return its exit code."""
    error = outcome.error or _REFUSALS.get(outcome.state)
    code = exit_codes.DONE if error is None else exit_codes.of_error(error)
    signature = None if outcome.signature is None else "0x" + outcome.signature.hex()
    instead = "" if signature is None else f"`wallet show {outcome.signature_id}` tells the signature"
    if output.as_json:
        told = result(outcome.verdict, ok=error is None, error=None if error is None else error.as_mapping())
        print_json({**told, "signature": signature}, instead=instead)
        return code
    if outcome.state is SendState.BLOCKED:
        say(screen(outcome.request, outcome.verdict, verbose=output.verbose))
    if error is not None:
        say(f"\nnot signed: {error.message}")
        if error.hint:
            say(f"  {error.hint}")
    if signature is not None:
        emit(signature, instead=instead)
    return code
