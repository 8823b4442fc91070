"""A verdict as JSON: the object that `--json`, the guarded doors and the page tell.

What belongs here: shapes. What must not: words or layout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from enum import Enum
from typing import get_args

from guard.core.decode import decode
from guard.core.intent import Intent
from guard.core.journal import SendRecord
from guard.core.prediction import Prediction
from guard.core.receipt import Receipt
from guard.core.verdict import Finding, Verdict


def result(
    verdict: Verdict,
    *,
    ok: bool,
    transaction_hash: str | None = None,
    receipt: Receipt | None = None,
    error: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Return the object that `--json` prints for a send or a check."""
    return {
        "ok": ok,
        "decision": None if verdict.decision is None else verdict.decision.name,
        "prediction": _prediction_object(verdict.prediction),
        "findings": [_finding_object(finding) for finding in verdict.findings],
        "intent": intent_object(verdict.intent),
        "features": list(verdict.prediction.features),
        "digest": verdict.digest,
        "hash": transaction_hash,
        "receipt": None if receipt is None else asdict(receipt),
        "error": error,
    }


def earlier_result(record: SendRecord, *, ok: bool) -> dict[str, object]:
    """Return the same object for a send that its idempotency key had already made; it is not judged again."""
    return {
        "ok": ok,
        "decision": record.decision,
        "prediction": None,
        "findings": [],
        "intent": intent_object(decode(record.request)),
        "features": [],
        "digest": record.digest,
        "hash": record.hash,
        "receipt": None if record.receipt is None else asdict(record.receipt),
        "error": None,
    }


def no_result(error: Mapping[str, str]) -> dict[str, object]:
    """Return the same object for a send or a check that did not come to a verdict."""
    return {
        "ok": False,
        "decision": None,
        "prediction": None,
        "findings": [],
        "intent": None,
        "features": [],
        "digest": None,
        "hash": None,
        "receipt": None,
        "error": error,
    }


def _prediction_object(prediction: Prediction) -> dict[str, object]:
    return {
        "class": prediction.prediction_class.value,
        "probability": prediction.probability,
        "source": prediction.source.value,
        "reason": prediction.reason,
        "model": prediction.model,
    }


def _finding_object(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.name.lower(),
        "confidence": finding.confidence.value,
        "message": finding.message,
        "advice": finding.advice,
        "facts": dict(finding.facts),
    }


def intent_object(intent: Intent) -> object:
    """Return an intent as an object, with the kind of every intent inside of it."""
    return _plain(intent)


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        kind = {"kind": value.kind} if isinstance(value, get_args(Intent)) else {}
        return kind | {member.name: _plain(getattr(value, member.name)) for member in fields(value)}
    return value
