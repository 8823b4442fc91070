"""The only orchestrator of a signature that is no transaction: it calls ports in order and judges nothing.

Rule 1: the verdict is written down before the signature, the signature before anybody is told it.
Rule 2: only a verdict, and an answer that belongs to it, open the door to the signer; what the signer returns
is recovered and compared with the account before it is kept.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from guard.core.journal import SendState, refused_state
from guard.core.signature_request import SignatureRequest, hash_to_sign, signature_digest
from guard.core.text import escape_untrusted
from guard.core.verdict import Approval, Decision, Declined, Verdict, check_approval
from guard.engine import Guard
from guard.errors import DigestMismatch, GuardError
from guard.ports import Clock, Confirmer, ContentSigner, Notify, RecoverContent, SignatureJournal, Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningPorts:
    """Everything that a signature touches."""

    signer: ContentSigner
    recover: RecoverContent
    journal: SignatureJournal
    confirmer: Confirmer
    clock: Clock
    notify: Notify
    turns: Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningOutcome:
    """What a signature came to."""

    signature_id: str
    """Its name in the journal."""
    state: SendState
    """Where it stands."""
    request: SignatureRequest
    """What was scored."""
    verdict: Verdict
    """What the guard said."""
    signature: bytes | None = None
    """The 65 bytes, once there are some."""
    error: GuardError | None = None
    """What went wrong after the verdict, where something did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored:
    outcome: SigningOutcome
    signatures: int
    """How many signatures the account had made then."""


def intercept_signature(guard: Guard, request: SignatureRequest, ports: SigningPorts) -> SigningOutcome:
    """Review `request` and, only where the verdict and its answer allow it, sign it once.

    What is signed counts against the same limits as payments do, so the account's turn is kept from the
    review to the signature; but not while a person thinks: where the account signed something else
    meanwhile, the request is reviewed again. Whatever is refused or fails after the verdict is told in the
    outcome; an interruption is journaled and raised again. Raises InvalidRequest, before anything is
    reviewed, for what is never signed.
    """
    hash_to_sign(request)
    while True:
        outcome = _attempt(guard, request, ports)
        if outcome is not None:
            return outcome
        ports.notify("the account signed something else meanwhile: this is reviewed again")


def _attempt(guard: Guard, request: SignatureRequest, ports: SigningPorts) -> SigningOutcome | None:
    with _turn(request, ports):
        scored = _score(guard, request, ports)
        if not ports.confirmer.waits(scored.outcome.verdict):
            return _settle(scored, ports, nullcontext())
    return _settle(scored, ports, _turn(request, ports))


def _turn(request: SignatureRequest, ports: SigningPorts) -> AbstractContextManager[None]:
    if request.chain_id is None:
        return nullcontext()
    return ports.turns.account(request.chain_id, request.sender)


def _signatures(request: SignatureRequest, ports: SigningPorts) -> int:
    return 0 if request.chain_id is None else ports.journal.signatures(request.chain_id, request.sender)


def _score(guard: Guard, request: SignatureRequest, ports: SigningPorts) -> _Scored:
    signatures = _signatures(request, ports)
    verdict = guard.review(request)
    signature_id = ports.journal.open_signature(request, verdict, now=ports.clock.now())
    outcome = SigningOutcome(
        signature_id=signature_id, state=SendState.REVIEWED, request=request, verdict=verdict
    )
    return _Scored(outcome=outcome, signatures=signatures)


def _settle(
    scored: _Scored, ports: SigningPorts, turn: AbstractContextManager[None]
) -> SigningOutcome | None:
    """Ask, and sign for a yes within the turn; None where what was scored no longer holds then."""
    outcome = scored.outcome
    try:
        answer = _answer(outcome, ports.confirmer)
        if not isinstance(answer, Approval):
            return _ended(outcome, refused_state(outcome.verdict, answer), ports)
        with turn:
            if _signatures(outcome.request, ports) != scored.signatures:
                note = "something else was signed while this was being decided"
                _ended(outcome, SendState.ABANDONED, ports, note)
                return None
            return _sign(outcome, answer, ports)
    except BaseException as error:  # noqa: BLE001  an interruption too is journaled, then raised again
        return _failed(outcome, error, ports)


def _answer(outcome: SigningOutcome, confirmer: Confirmer) -> Approval | Declined | None:
    """Return the answer to the verdict; a BLOCK is never put to anyone."""
    if outcome.verdict.decision is Decision.BLOCK:
        return None
    return confirmer.confirm(outcome.request, outcome.verdict)


def _sign(outcome: SigningOutcome, approval: Approval, ports: SigningPorts) -> SigningOutcome:
    request, verdict = outcome.request, outcome.verdict
    check_approval(verdict, approval, signature_digest(request), ports.clock.now())
    ports.notify("signing")
    signature = ports.signer.sign_content(request)
    recovered = ports.recover(request, signature)
    if recovered != request.sender:
        raise DigestMismatch(
            f"the signature is not one of {request.sender} under what was scored, but of {recovered}",
            hint="it is not told to anybody: check which account the signer holds",
        )
    # A signer may wait for a person, and the verdict may have expired meanwhile.
    check_approval(verdict, approval, signature_digest(request), ports.clock.now())
    ports.journal.record_signature(outcome.signature_id, signature, now=ports.clock.now())
    return replace(outcome, state=SendState.SIGNED, signature=signature)


def _ended(outcome: SigningOutcome, state: SendState, ports: SigningPorts, note: str = "") -> SigningOutcome:
    ports.journal.end_signature(outcome.signature_id, state, now=ports.clock.now(), note=note)
    return replace(outcome, state=state)


def _failed(outcome: SigningOutcome, error: BaseException, ports: SigningPorts) -> SigningOutcome:
    """Return how it ended without a signature; raise again what is no error of ours."""
    # Only our own errors' texts are known to hold no secret; of others the kind is kept.
    note = escape_untrusted(error.message) if isinstance(error, GuardError) else type(error).__name__
    try:
        _ended(outcome, SendState.ABANDONED, ports, note)
    except GuardError as journal_error:
        error.add_note(f"and the journal could not note that: {journal_error.message}")
    if isinstance(error, GuardError):
        return replace(outcome, state=SendState.ABANDONED, error=error)
    raise error
