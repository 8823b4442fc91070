"""What an account has committed itself to, over time, counted so that nothing is counted twice.

What belongs here: commitments and their sums. What must not: where the sends are kept, or what a limit does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from guard.core.act import flatten
from guard.core.address import Address
from guard.core.decode import read
from guard.core.journal import SendRecord, SendState
from guard.core.outflow import token_outflow
from guard.core.request import TransactionRequest
from guard.core.signature_request import SignatureRequest, signature_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """What one nonce, or one signature that is no transaction, can cost its account."""

    at: int
    """When it was signed last, Unix seconds."""
    wei: int = 0
    """The most value and fee together."""
    tokens: Mapping[Address, int] = field(default_factory=dict)
    """The most of each token that leaves or may be taken, in its smallest unit."""
    payloads: frozenset[str] = frozenset()
    """What was signed, as `payload_of` names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What the journal knows of one account on one chain."""

    commitments: tuple[Commitment, ...] = ()
    """What was signed since the time that was asked about."""
    next_nonce: int | None
    """One above the highest nonce that was signed; None where nothing was."""

    def wei_since(self, since: int) -> int:
        """Return the most wei that what was signed after `since` (Unix seconds) can cost."""
        return sum(one.wei for one in self.commitments if one.at > since)

    def tokens_since(self, token: Address, since: int) -> int:
        """Return the most of a token that leaves, or may be taken, by what was signed after `since`."""
        return sum(one.tokens.get(token, 0) for one in self.commitments if one.at > since)

    def repeats_since(self, payload: str, since: int) -> int:
        """Return how often the same was signed after `since`."""
        return sum(payload in one.payloads for one in self.commitments if one.at > since)


NOTHING_SPENT = Spending(next_nonce=None)
"""Of an account that this journal has never signed for."""


def payload_of(request: TransactionRequest | SignatureRequest) -> str:
    """Return a name that two requests share exactly when they do the same: whom, how much, which data.

    Nonce, fees and gas are left out: a burst of payments has another nonce each.
    """
    if isinstance(request, SignatureRequest):
        return signature_digest(request)
    to = b"" if request.to is None else bytes.fromhex(request.to[2:])
    fields = bytes([len(to)]) + to + request.value.to_bytes(32, "big") + request.data
    return hashlib.sha256(fields).hexdigest()


def commitments(records: Iterable[SendRecord]) -> tuple[Commitment, ...]:
    """Return what these signed sends of one account on one chain commit it to, the oldest first.

    Rivals for one nonce count once, as the dearest of them, for at most one can happen. Only what is final
    lowers that: then the one that was mined counts, or none where the nonce went to somebody else's.
    What a wallet elsewhere has is nobody's rival: it may choose another nonce, and each of them can happen.
    """
    slots: dict[tuple[int | None, str], list[SendRecord]] = {}
    latest: dict[int | None, int] = {}
    for record in records:
        nonce, alone = record.request.nonce, record.id if record.state is SendState.HANDED else ""
        slots.setdefault((nonce, alone), []).append(record)
        latest[nonce] = max(record.signed_at or 0, latest.get(nonce, 0))
    found = (_slot(rivals, latest[nonce]) for (nonce, _), rivals in slots.items())
    return tuple(sorted((one for one in found if one.payloads), key=lambda one: one.at))


def signature_commitment(request: SignatureRequest, at: int) -> Commitment:
    """Return what a signature made at `at`, Unix seconds, lets others take: it counts as a payment does."""
    return Commitment(at=at, tokens=_outflow(request), payloads=frozenset({payload_of(request)}))


def _slot(rivals: list[SendRecord], at: int) -> Commitment:
    possible = [record for record in rivals if not (record.is_final and record.state is SendState.REPLACED)]
    tokens: dict[Address, int] = {}
    for record in possible:
        for token, amount in _outflow(record.request).items():
            tokens[token] = max(amount, tokens.get(token, 0))
    return Commitment(
        at=at,
        wei=max((_cost_wei(record) for record in possible), default=0),
        tokens=tokens,
        payloads=frozenset(payload_of(record.request) for record in possible),
    )


def _cost_wei(record: SendRecord) -> int:
    return record.request.value + (record.request.max_fee_wei or 0)


def _outflow(request: TransactionRequest | SignatureRequest) -> Mapping[Address, int]:
    return token_outflow(flatten(read(request)), request.sender)
