"""Questions of doors where nobody sits, and a person's answers to them, as small files of one folder.

What belongs here: keeping them, and using an answer up once among all processes. What must not: what an
answer covers; `guard.core.consent` says it.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guard.adapters.files import folder_lock, make_folder, modes_problem, sync_folder, write_private
from guard.core.consent import Consent, approval_from, consent_to
from guard.core.strict_json import parse_object
from guard.core.subject import Request
from guard.core.verdict import Approval, Confirmation, Verdict
from guard.errors import CallerError, ConfigurationError, GuardError
from guard.ports import Clock
from guard.report.objects import result
from guard.report.screen import plain_screen

LIFETIME_S = 600
"""Seconds for which a question waits for its answer, and an answer for the request to come again."""
MOST_QUESTIONS = 200
"""Questions that wait at one time; beyond it the oldest is forgotten."""

_VERSION = 1
_MAX_BYTES = 4 * 1024 * 1024
_ASKED, _GRANTED = ".asked.json", ".granted.json"
_DIGEST = re.compile(r"0x[0-9a-f]{64}")
_PREFIX = re.compile(r"(?:0x)?([0-9a-f]{8,64})")
_WIDTH = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One verdict that waits for a person."""

    consent: Consent
    """What a yes would cover, and until when it can be said."""
    asked_at: int
    """Unix seconds."""
    screen: str
    """The verdict as a person is shown it, 80 columns wide, without colours."""
    verdict: dict[str, Any]
    """The verdict as `--json` tells it."""

    @property
    def digest(self) -> str:
        """The digest of the request that is asked about."""
        return self.consent.digest


class ApprovalFolder:
    """Implements the Approvals port in one folder, for all processes of its owner."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def ask(self, request: Request, verdict: Verdict) -> None:
        """Put a verdict before whoever looks; raises ConfigurationError where the folder is of no use."""
        now = self._clock.now()
        document = {
            **_consent_object(consent_to(verdict, expires_at=now + LIFETIME_S)),
            "asked_at": now,
            "screen": plain_screen(request, verdict, width=_WIDTH),
            "verdict": result(verdict, ok=False),
        }
        self._write(verdict.digest + _ASKED, document)
        self._forget(now)

    def take(self, verdict: Verdict, now: int) -> Approval | None:
        """Use up the yes to exactly this request; None where there is none that covers it."""
        path = self._folder / (verdict.digest + _GRANTED)
        if not path.exists():
            return None
        try:
            # The lock, and not the removal alone: of two that read it one alone may act on it.
            with folder_lock(self._folder):
                approval = approval_from(_read_consent(_read(path)), verdict, now)
                path.unlink()
                sync_folder(self._folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from error
        if approval is not None:
            (self._folder / (verdict.digest + _ASKED)).unlink(missing_ok=True)
        return approval

    def questions(self) -> list[Question]:
        """Return what still waits for an answer, the oldest first; raises ConfigurationError."""
        now = self._clock.now()
        found = []
        for path in self._paths(_ASKED):
            # What a door forgets, or uses up, while this looks is no question any more.
            with suppress(FileNotFoundError):
                found.append(_read_question(_read(path)))
        return sorted((one for one in found if one.consent.expires_at >= now), key=lambda one: one.asked_at)

    def question(self, digest: str) -> Question:
        """Return the one question whose digest is, or begins with, these hex digits (eight at least).

        Raises CallerError where none does, or more than one.
        """
        match = _PREFIX.fullmatch(digest.lower())
        fitting = [one for one in self.questions() if match and one.digest[2:].startswith(match[1])]
        if len(fitting) == 1:
            return fitting[0]
        if match is None:
            raise CallerError(
                "that is no digest, nor the beginning of one", hint="give at least its first 8 hex digits"
            )
        raise CallerError(
            # Not all of it: what was given by a slip may be a key.
            f"{'several questions begin' if fitting else 'no question waits'} with 0x{match[1][:8]}",
            hint="`guard approve` alone lists those that wait; each waits ten minutes",
        )

    def grant(self, question: Question) -> None:
        """Keep the yes to one question, for the next request of this digest; raises ConfigurationError."""
        expires_at = self._clock.now() + LIFETIME_S
        self._write(
            question.digest + _GRANTED, {**_consent_object(question.consent), "expires_at": expires_at}
        )

    def decline(self, question: Question) -> None:
        """Forget one question."""
        (self._folder / (question.digest + _ASKED)).unlink(missing_ok=True)

    def _write(self, name: str, document: dict[str, Any]) -> None:
        content = json.dumps({"version": _VERSION, **document}, allow_nan=False).encode()
        try:
            make_folder(self._folder)
            write_private(self._folder / name, content, replace=True)
        except OSError as error:
            raise self._unusable(error) from error

    def _forget(self, now: int) -> None:
        """Remove what nobody can answer any more, and the oldest beyond the bound."""
        ages = []
        for path in self._paths(_ASKED, _GRANTED):
            try:
                expires_at = _read_consent(_read(path)).expires_at
            except FileNotFoundError:
                # Another door was faster.
                continue
            except GuardError:
                # Kept where a person can look at it; it approves nothing.
                continue
            if expires_at < now:
                path.unlink(missing_ok=True)
            elif path.name.endswith(_ASKED):
                ages.append((expires_at, path))
        for _, path in sorted(ages)[:-MOST_QUESTIONS]:
            path.unlink(missing_ok=True)

    def _paths(self, *endings: str) -> list[Path]:
        try:
            return [
                path
                for path in sorted(self._folder.iterdir())
                for ending in endings
                if path.name.endswith(ending) and _DIGEST.fullmatch(path.name.removesuffix(ending))
            ]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> ConfigurationError:
        return ConfigurationError(
            f"the folder of approvals cannot be used: {error.strerror or type(error).__name__}",
            hint=f"check {self._folder}",
        )


def _read(path: Path) -> dict[str, Any]:
    """Return one file's document; raises ConfigurationError for one that others could have written."""
    try:
        problem = modes_problem(path, forbidden=0o077)
        if problem is not None:
            raise ConfigurationError(f"{path.name} cannot be used: {problem}")
        document = parse_object(path.read_bytes(), max_bytes=_MAX_BYTES)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error.strerror}") from error
    if document.get("version") != _VERSION or document.get("digest") != path.name.partition(".")[0]:
        raise ConfigurationError(
            f"{path.name} is no approval of version {_VERSION}", hint="remove it, and ask again"
        )
    return document


def _consent_object(consent: Consent) -> dict[str, Any]:
    return {
        "digest": consent.digest,
        "confirmation": consent.confirmation.name,
        "warnings": sorted(consent.warnings),
        "has_verdict": consent.has_verdict,
        "expires_at": consent.expires_at,
    }


def _read_consent(document: dict[str, Any]) -> Consent:
    try:
        return Consent(
            digest=document["digest"],
            confirmation=Confirmation[document["confirmation"]],
            warnings=frozenset(document["warnings"]),
            has_verdict=document["has_verdict"] is True,
            expires_at=int(document["expires_at"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(document) from error


def _read_question(document: dict[str, Any]) -> Question:
    try:
        return Question(
            consent=_read_consent(document),
            asked_at=int(document["asked_at"]),
            screen=str(document["screen"]),
            verdict=dict(document["verdict"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(document) from error


def _damaged(document: dict[str, Any]) -> ConfigurationError:
    return ConfigurationError(
        f"the approval of {document.get('digest')} is damaged", hint="remove it, and ask again"
    )
