"""What a rule is: one measurement, and everything that a person needs to know about it.

What belongs here: the form of a rule. What must not: any rule.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from guard.core.act import Act
from guard.core.address import Address
from guard.core.evidence import Evidence
from guard.core.intent import Intent
from guard.core.signature_request import Content
from guard.core.subject import Request, Subject
from guard.core.text import escape_once
from guard.core.thresholds import OF_ONE_RULE
from guard.core.verdict import Confidence, Confirmation, FactValue, Finding, Severity
from guard.errors import ConfigurationError

HEADINGS = ("What it finds", "Why it matters", "What to do", "Limits")
"""The headings that every rule's docstring has, in this order."""

_RULE_ID = re.compile(r"[a-z]+\.[a-z]+(-[a-z]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What a rule measured when it fires."""

    facts: Mapping[str, FactValue]
    """What the message is made from."""
    severity: Severity | None = None
    """Another severity than the rule's own, where the measure calls for it."""
    counterparty: Address | None = None
    """Whom it is about: an allow entry of the policy for this one can silence it."""
    act: Act | None = None
    """Which call it is about; None where it is the request as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One transaction for which a rule fires, or stays quiet; printed in the catalogue and run by a test."""

    title: str
    """What it shows."""
    subject: Subject
    """The transaction and its circumstances."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. Raises ConfigurationError at import when a part of its description is missing."""

    id: str
    """Permanent id, `family.name`."""
    documentation: str
    """The module's docstring: a first line, then the four headings."""
    severity: Severity
    """How much its findings matter by default."""
    confidence: Confidence
    """How sure it is of them."""
    needs: tuple[str, ...]
    """Fields of Evidence it cannot do without; if one is missing, that is a finding instead."""
    message: str
    """What was seen: a format string over the facts."""
    advice: str
    """What to do: a format string over the facts."""
    check: Callable[[Subject], Iterable[Hit]]
    """The measurement: pure, and silent when there is nothing to say."""
    fires: tuple[Example, ...]
    """Transactions for which it fires."""
    quiet: tuple[Example, ...]
    """Transactions for which it stays quiet."""
    helped_by: tuple[str, ...] = ()
    """Fields of Evidence with which it sees more. Without one it still looks, and that it could not see all
    is a finding."""
    about: tuple[type[Intent | Request | Content], ...] = ()
    """Kinds of intent, at any depth, or of request, or of what is signed, without which there is nothing to
    look at, and so nothing to need; empty: it looks at every request."""
    thresholds: tuple[str, ...] = ()
    """Fields of the policy that it compares with, of those in `OF_ONE_RULE`: a policy can set them for it."""
    state: str = "stable"
    """preview, stable or deprecated."""
    is_unknown: bool = False
    """Whether its findings stand for something that could not be learned."""
    confirmation: Confirmation = Confirmation.WARNING
    """What a person must answer when it warns."""

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise ConfigurationError(
                f"the rule {self.id!r} {problem}", hint="complete it; see CONTRIBUTING.md"
            )

    @property
    def title(self) -> str:
        """The first line of its documentation, without the full stop."""
        return self.documentation.strip().splitlines()[0].rstrip(".")

    def sections(self) -> dict[str, str]:
        """Return the text under each of the four headings."""
        pieces = re.split(rf"^({'|'.join(HEADINGS)}):\s*", self.documentation, flags=re.MULTILINE)
        texts = (" ".join(text.split()) for text in pieces[2::2])
        return {
            heading: text[:1].upper() + text[1:] for heading, text in zip(pieces[1::2], texts, strict=True)
        }

    def finding(self, hit: Hit) -> Finding:
        """Return the finding that a hit comes to, every text in it escaped, whoever wrote it."""
        facts = {name: _escaped(value) for name, value in hit.facts.items()}
        return Finding(
            rule=self.id,
            severity=self.severity if hit.severity is None else hit.severity,
            confidence=self.confidence,
            message=string.Formatter().vformat(self.message, (), facts),
            advice=string.Formatter().vformat(self.advice, (), facts),
            facts=facts,
            counterparty=hit.counterparty,
            path=() if hit.act is None else hit.act.path,
            is_unknown=self.is_unknown,
            confirmation=self.confirmation,
        )

    @property
    def reads(self) -> tuple[str, ...]:
        """Every field of Evidence that it looks at."""
        return (*self.needs, *self.helped_by)

    def concerns(self, kinds: AbstractSet[type[object]]) -> bool:
        """Whether there is something to look at in a request in which these kinds are found."""
        return not self.about or not kinds.isdisjoint(self.about)

    def _problem(self) -> str | None:
        if not _RULE_ID.fullmatch(self.id):
            return "needs an id of the form family.name"
        if tuple(self.sections()) != HEADINGS or not all(self.sections().values()):
            return f"needs the headings {', '.join(HEADINGS)} in its docstring, each with a text"
        if unknown := set(self.reads) - set(Evidence.__dataclass_fields__):
            return f"needs evidence that does not exist: {', '.join(sorted(unknown))}"
        if unknown := set(self.thresholds) - OF_ONE_RULE:
            return f"names thresholds that do not exist: {', '.join(sorted(unknown))}"
        if not (self.message and self.advice and self.fires and self.quiet):
            return "needs a message, an advice, and examples that fire and stay quiet"
        return None


def _escaped(value: FactValue) -> FactValue:
    """Return a fact with its text made safe to show; what was escaped where it was read stays as it is."""
    if isinstance(value, tuple):
        return tuple(map(_escape_text, value))
    return _escape_text(value) if isinstance(value, str) else value


def _escape_text(text: str) -> str:
    # Nearly every fact is one of ours, and these are many.
    return text if text.isascii() and text.isprintable() else escape_once(text)
