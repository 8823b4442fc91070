"""What a verdict means at a door where nobody sits: nothing, or the error that whoever asked is given.

What belongs here: the words of a refusal, with the first reason in front. What must not: how a door sends
them.
"""

from __future__ import annotations

from guard.core.signature_request import SignatureRequest
from guard.core.subject import Request
from guard.core.verdict import Decision, Severity, Verdict
from guard.errors import ConfirmationRequired, HumanError, NoVerdict, TransactionBlocked


def refusal(request: Request, verdict: Verdict) -> HumanError:
    """Return the error for a request that is not let through; it carries the whole verdict.

    The message begins with the decision and the first reason, because clients cut what is long.
    """
    noun = "signature" if isinstance(request, SignatureRequest) else "payment"
    if verdict.decision is Decision.BLOCK:
        return TransactionBlocked(
            f"BLOCK: {reason(verdict)}",
            hint=f"the guard refuses this {noun}: nothing was signed or sent; the findings say why",
            verdict=verdict,
        )
    accept = f"look at it and accept it with: guard approve {verdict.digest[:10]}, then ask again"
    if verdict.decision is None:
        return NoVerdict(
            f"NO VERDICT: {reason(verdict)}",
            hint=f"nothing was signed or sent: mend what is missing, or {accept}",
            verdict=verdict,
        )
    return ConfirmationRequired(
        f"WARN: {reason(verdict)}",
        hint=f"nothing was signed or sent: this {noun} needs a person's yes; {accept}",
        verdict=verdict,
    )


def reason(verdict: Verdict) -> str:
    """Return the message and the rule of the finding that weighs most."""
    worst = next((one for one in verdict.findings if one.severity > Severity.INFO or one.is_unknown), None)
    return "no finding was made" if worst is None else f"{worst.message} [{worst.rule}]"
