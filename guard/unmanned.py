"""A door at which nobody sits, behind the Confirmer port: what needs a yes has it beforehand, or not.

What belongs here: which verdicts pass by themselves, and the use of a yes that was given elsewhere. What must
not: where those are kept.
"""

from __future__ import annotations

from typing import Protocol

from guard.core.subject import Request
from guard.core.verdict import Approval, Confirmation, Declined, Verdict
from guard.ports import Clock, Journal, SignatureJournal


class DoorJournal(Journal, SignatureJournal, Protocol):
    """A journal of payments and of signatures, as the home's is."""


class Approvals(Protocol):
    """Questions of doors where nobody sits, and the answers that a person gives to them elsewhere."""

    def ask(self, request: Request, verdict: Verdict) -> None:
        """Put a verdict before whoever looks, under its digest; raises GuardError where it cannot be kept."""
        ...

    def take(self, verdict: Verdict, now: int) -> Approval | None:
        """Use up the yes to exactly this request, and return it; None where there is none that covers it.

        One yes lets one request through, whoever asks at the same time. Raises GuardError where the answers
        cannot be read.
        """
        ...


class UnmannedDoor:
    """Lets through what nobody needs to be asked about, and what somebody accepted before, once."""

    def __init__(self, approvals: Approvals, clock: Clock) -> None:
        self._approvals = approvals
        self._clock = clock

    def waits(self, verdict: Verdict) -> bool:
        """Say that it never waits: nobody is here."""
        return False

    def confirm(self, request: Request, verdict: Verdict) -> Approval | Declined | None:
        """Return the answer that was given beforehand; without one put the question, and return None.

        Whoever asked the door has asked for the payment, which answers the ordinary question.
        """
        if verdict.confirmation is Confirmation.ORDINARY:
            return Approval(digest=verdict.digest, confirmation=Confirmation.ORDINARY)
        approval = self._approvals.take(verdict, self._clock.now())
        if approval is None:
            self._approvals.ask(request, verdict)
        return approval
