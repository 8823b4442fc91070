"""What one checkpoint has let through and the other is still to see, under its digest, each once.

What belongs here: keeping passages for as long as their verdicts hold. What must not: any judgement.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, replace

from guard.core.consent import Consent, consent_to
from guard.core.request import TransactionRequest
from guard.core.subject import Request, digest_of
from guard.core.verdict import Approval, Confirmation, Verdict

MOST_PASSAGES = 4096
"""Passages that wait at one time; of the oldest beyond it the request is reviewed again when it comes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Passage:
    """One request that was reviewed and journaled, and the answer to its verdict once there is one."""

    request: Request
    """What was scored."""
    verdict: Verdict
    """What the guard said."""
    records: tuple[str, ...]
    """Its records in the journal: one, or one for each call of a bundle."""
    signatures: int
    """How much the account had signed when it was reviewed."""
    approval: Approval | None = None
    """What opens the door; None until it is answered."""

    @property
    def consent(self) -> Consent | None:
        """A person's yes to it, where one was needed and given."""
        if self.approval is None or self.approval.confirmation <= Confirmation.ORDINARY:
            return None
        return consent_to(self.verdict, expires_at=self.verdict.expires_at)


class Passages:
    """The store of verdicts that the two checkpoints share. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: OrderedDict[str, deque[Passage]] = OrderedDict()
        self._count = 0

    def put(self, passage: Passage) -> list[Passage]:
        """Let `passage` wait for its request to come; return those for which none came in time."""
        with self._lock:
            forgotten = self._forget(passage.verdict.reviewed_at)
            self._waiting.setdefault(passage.verdict.digest, deque()).append(passage)
            self._count += 1
            return forgotten

    def take(self, request: Request) -> Passage | None:
        """Use up the passage of this request, or of the same transaction with its nonce left open."""
        digests = [digest_of(request)]
        if isinstance(request, TransactionRequest) and request.nonce is not None:
            digests.append(digest_of(replace(request, nonce=None)))
        with self._lock:
            return next(filter(None, map(self._pop, digests)), None)

    def withdraw(self, passage: Passage) -> bool:
        """Use up exactly this passage; False where its request has come already."""
        with self._lock:
            waiting = self._waiting.get(passage.verdict.digest)
            if waiting is None or passage not in waiting:
                return False
            waiting.remove(passage)
            self._drop_if_empty(passage.verdict.digest)
            self._count -= 1
            return True

    def _pop(self, digest: str) -> Passage | None:
        waiting = self._waiting.get(digest)
        if waiting is None:
            return None
        passage = waiting.popleft()
        self._drop_if_empty(digest)
        self._count -= 1
        return passage

    def _drop_if_empty(self, digest: str) -> None:
        if not self._waiting[digest]:
            del self._waiting[digest]

    def _forget(self, now: int) -> list[Passage]:
        """Return, and keep no longer, the oldest that are expired or too many."""
        forgotten = []
        while self._waiting:
            digest, waiting = next(iter(self._waiting.items()))
            if waiting[0].verdict.expires_at >= now and self._count < MOST_PASSAGES:
                break
            forgotten.append(waiting[0])
            self._pop(digest)
        return forgotten
