"""The calls that sign or send: each through the interceptor, as the wallet's own.

What belongs here: which ports stand behind which method, and what its outcome is for whoever called. What
must not: the order of a send or a signature, which is the interceptor's; threads; JSON.

Rule: the bytes that reach the node are those that were scored, in their one canonical form.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from guard.completion import complete
from guard.core.bundle import CallBundle
from guard.core.journal import SendState, refused_state
from guard.core.request import TransactionRequest, digest
from guard.core.rivals import is_same_payment
from guard.core.rpc_request import Reviewable, parse_request
from guard.core.signature_request import SignatureRequest
from guard.core.signed import SignedTransaction
from guard.core.subject import Request
from guard.core.verdict import Approval, Decision, Verdict
from guard.engine import Guard
from guard.errors import CallerError, GuardError, NodeError
from guard.idempotency import earlier_send
from guard.interceptor import SendOutcome, SendPorts, intercept_send
from guard.nonces import replaced_by
from guard.ports import (
    Broadcaster,
    Chain,
    Clock,
    Confirmer,
    ContentSigner,
    Recover,
    RecoverContent,
    Signer,
    Turns,
)
from guard.proxy.answers import NOT_MADE_HERE, Fault, Result, fault_of
from guard.proxy.calls import Call
from guard.proxy.completions import Completions
from guard.recovery import resume_send
from guard.refusal import refusal
from guard.signing import SigningPorts, intercept_signature
from guard.unmanned import DoorJournal

IsGone = Callable[[], bool]
"""Says whether nobody waits for the answer any more."""

_TURN_DIGITS = 5
"""Characters of a hash, 0x included, by which the same bytes take turns. A turn is a file that stays, and
4096 are enough that different bytes seldom wait for one another."""
_REFUSED_STATES = frozenset({SendState.BLOCKED, SendState.UNDECIDED, SendState.DECLINED})


class NodeKeys(Signer, ContentSigner, Protocol):
    """The keys that the node holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that a guarded call touches."""

    guard: Guard
    chain: Chain
    broadcaster: Broadcaster
    keys: NodeKeys
    attributed: Callable[[Reviewable], Request]
    recover: Recover
    recover_content: RecoverContent
    confirmer: Confirmer
    clock: Clock
    turns: Turns
    open_journal: Callable[[], AbstractContextManager[DoorJournal]]


class GuardedCalls:
    """Answers one call at a time, and waits where waiting is needed: it is called in threads."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._completions = Completions(parts.clock)

    def answer(self, call: Call, is_gone: IsGone) -> Result | Fault:
        """Review what is asked for and, only where that lets it through, carry it out."""
        try:
            asked = parse_request(call.document)
            request = self._parts.attributed(asked)
            if isinstance(asked, SignedTransaction):
                assert isinstance(request, TransactionRequest)
                return self._hand_over(asked, request)
            if isinstance(request, TransactionRequest):
                if call.method == "eth_signTransaction":
                    return self._sign(request, is_gone)
                return self._send(request, is_gone)
            if isinstance(request, SignatureRequest):
                return self._sign_content(request, is_gone)
            return self._make_no_bundle(request)
        except GuardError as error:
            return fault_of(error)

    def _hand_over(self, signed: SignedTransaction, request: TransactionRequest) -> Result | Fault:
        """Score signed bytes once, whoever brings them how often, and bring them to the node."""
        parts, key = self._parts, f"raw:{signed.hash}"
        with parts.turns.key(signed.hash[:_TURN_DIGITS]), parts.open_journal() as journal:
            earlier = journal.find_by_hash(signed.hash) or earlier_send(key, request, journal, parts.clock)
            ports = self._ports(journal, _GivenBytes(signed.raw), parts.broadcaster)
            if earlier is not None:
                resume_send(earlier, ports, receipt_timeout_s=None)
                return Result(value=earlier.hash)
            outcome = intercept_send(
                parts.guard,
                request,
                ports,
                idempotency_key=key,
                replaces=replaced_by(request, journal),
                receipt_timeout_s=None,
            )
        return _told(outcome)

    def _send(self, request: TransactionRequest, is_gone: IsGone) -> Result | Fault:
        parts = self._parts
        completed = self._completed(request)
        with parts.open_journal() as journal:
            signer = _AttendedSigner(parts.keys, is_gone)
            outcome = intercept_send(
                parts.guard,
                completed,
                self._ports(journal, signer, parts.broadcaster),
                replaces=_own_rival(completed, journal),
                receipt_timeout_s=None,
            )
        self._remember(request, completed, outcome)
        return _told(outcome)

    def _sign(self, request: TransactionRequest, is_gone: IsGone) -> Result | Fault:
        """Sign what is let through and hand the bytes back: they can be sent, and the journal says so."""
        parts = self._parts
        completed, held = self._completed(request), _HeldBack()
        with parts.open_journal() as journal:
            signer = _AttendedSigner(parts.keys, is_gone)
            ports = self._ports(journal, signer, held)
            replaced = _own_rival(completed, journal)
            outcome = intercept_send(parts.guard, completed, ports, replaces=replaced, receipt_timeout_s=None)
            record = journal.find(outcome.send_id)
        self._remember(request, completed, outcome)
        if record is None or record.raw is None or outcome.error is not held.notice:
            return _told(outcome)
        return Result(value="0x" + record.raw.hex())

    def _completed(self, request: TransactionRequest) -> TransactionRequest:
        """Return the request as the node completes it; the same one for as long as a question about it waits.

        What cannot be completed is reviewed all the same, so that "blocked" is said instead of the node's
        wording. Raises HumanError for that, or else NodeError: it is never signed.
        """
        chain = self._parts.chain
        kept = self._completions.find(digest(request))
        if kept is not None:
            return kept
        completion = complete(request, chain, leave_nonce=True)
        if completion.problem is None:
            return completion.request
        verdict = self._parts.guard.review(completion.request)
        if verdict.decision is Decision.BLOCK:
            raise refusal(completion.request, verdict)
        raise completion.problem

    def _remember(
        self, request: TransactionRequest, completed: TransactionRequest, outcome: SendOutcome
    ) -> None:
        """Keep how a request was completed while a person may say yes to it, and no longer."""
        if outcome.state in (SendState.DECLINED, SendState.UNDECIDED):
            self._completions.keep(digest(request), completed)
        else:
            self._completions.forget(digest(request))

    def _sign_content(self, request: SignatureRequest, is_gone: IsGone) -> Result | Fault:
        parts = self._parts
        with_chain = SignatureRequest(
            sender=request.sender, content=request.content, chain_id=parts.chain.chain_id()
        )
        with parts.open_journal() as journal:
            ports = SigningPorts(
                signer=_AttendedSigner(parts.keys, is_gone),
                recover=parts.recover_content,
                journal=journal,
                confirmer=parts.confirmer,
                clock=parts.clock,
                notify=_say_nothing,
                turns=parts.turns,
            )
            outcome = intercept_signature(parts.guard, with_chain, ports)
        if outcome.error is not None:
            return fault_of(outcome.error)
        if outcome.signature is None:
            return fault_of(refusal(with_chain, outcome.verdict))
        return Result(value="0x" + outcome.signature.hex())

    def _make_no_bundle(self, bundle: Request) -> Fault:
        """Refuse what the verdict refuses, and hand the rest back: whoever asked makes the calls one by one.

        A node that knew the method would sign and send by itself, and nothing could be compared first.
        """
        parts = self._parts
        assert isinstance(bundle, CallBundle)
        verdict = parts.guard.review(bundle)
        answer = None if verdict.decision is Decision.BLOCK else parts.confirmer.confirm(bundle, verdict)
        if not isinstance(answer, Approval):
            self._write_down(bundle, verdict, refused_state(verdict, answer))
            return fault_of(refusal(bundle, verdict))
        error = CallerError(
            "wallet_sendCalls is reviewed here and not carried out",
            hint="nothing speaks against this bundle: send its calls one by one, by eth_sendTransaction",
            code=NOT_MADE_HERE,
        )
        self._write_down(bundle, verdict, SendState.ABANDONED, error.message)
        return fault_of(error)

    def _write_down(self, bundle: CallBundle, verdict: Verdict, state: SendState, note: str = "") -> None:
        """Write down each call of a bundle under the verdict on all of them, with its end."""
        now = self._parts.clock.now()
        with self._parts.open_journal() as journal:
            for call in bundle.calls:
                journal.record_state(journal.open_send(call, verdict, now=now), state, now=now, note=note)

    def _ports(self, journal: DoorJournal, signer: Signer, broadcaster: Broadcaster) -> SendPorts:
        parts = self._parts
        return SendPorts(
            chain=parts.chain,
            broadcaster=broadcaster,
            recover=parts.recover,
            journal=journal,
            clock=parts.clock,
            signer=signer,
            confirmer=parts.confirmer,
            turns=parts.turns,
            notify=_say_nothing,
        )


class _GivenBytes:
    """A signer whose signature exists already."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def sign(self, request: TransactionRequest) -> bytes:
        """Return the bytes that were given; the interceptor compares them with what was scored."""
        return self._raw


class _AttendedSigner:
    """Signs only while somebody waits for it: a caller that has given up may have asked again elsewhere."""

    def __init__(self, keys: NodeKeys, is_gone: IsGone) -> None:
        self._keys = keys
        self._is_gone = is_gone

    def sign(self, request: TransactionRequest) -> bytes:
        """Return the node's signature, unless nobody waits any more; raises GuardError then."""
        self._check()
        return self._keys.sign(request)

    def sign_content(self, request: SignatureRequest) -> bytes:
        """Return the node's signature likewise."""
        self._check()
        return self._keys.sign_content(request)

    def _check(self) -> None:
        if self._is_gone():
            raise GuardError("whoever asked has hung up: nothing was signed", code="gone")


class _HeldBack:
    """A broadcaster that keeps the bytes back, because they were asked for and not their sending."""

    def __init__(self) -> None:
        self.notice = NodeError("signed for whoever asked, and not broadcast from here", code="held")

    def broadcast(self, raw: bytes) -> str:
        """Raise NodeError: the journal then has the bytes as signed, and not as sent."""
        raise self.notice


def _own_rival(request: TransactionRequest, journal: DoorJournal) -> str | None:
    """Return the open send whose place `request` takes, where it pays the same.

    Whoever has a key may replace what it signed; a caller who has none could put another's payment aside, so
    that a different one under its nonce is the journal's conflict.
    """
    name = replaced_by(request, journal)
    rival = None if name is None else journal.find(name)
    return name if rival is not None and is_same_payment(rival.request, request) else None


def _told(outcome: SendOutcome) -> Result | Fault:
    if outcome.state in _REFUSED_STATES:
        return fault_of(refusal(outcome.request, outcome.verdict))
    if outcome.error is not None:
        return fault_of(outcome.error, transaction_hash=outcome.hash)
    return Result(value=outcome.hash)


def _say_nothing(line: str) -> None:
    """Drop what the interceptor says while it works: its lines name accounts."""
