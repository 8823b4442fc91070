"""What a person's page and `guard serve` say to each other about reviews and questions, as shapes.

What belongs here: the wire. What must not: what any of it does; `desk.py` and `guard.handover` say it.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

DESK_PATH = "/api/desk"
REVIEW_PATH = "/api/review"
STEP_PATH = "/api/review/{review}"
APPROVALS_PATH = "/api/approvals"
APPROVAL_PATH = "/api/approvals/{digest}"


class _Told(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class DeskAnswer(_Told):
    """What this machine's guard can do for the page."""

    review: bool
    """Whether it makes full reviews."""
    reason: str | None
    """Why it makes none; null where it does."""
    chain_id: int | None
    """The chain of its node (EIP-155); null where it has none, or could not ask it."""


class ReviewAnswer(_Told):
    """One verdict, as `wallet check --json` tells it, and what can be done with it."""

    ok: bool
    """Whether the decision is ALLOW."""
    decision: Literal["ALLOW", "WARN", "BLOCK"] | None
    """null where no verdict could be had."""
    prediction: dict[str, Any]
    """What the deciding witness said."""
    findings: list[dict[str, Any]]
    """Everything that was seen, worst first."""
    intent: Any
    """What the request does."""
    features: list[Any]
    """The vector that the witness was asked about; empty where there was none."""
    digest: str
    """The name of what was reviewed."""
    hash: None
    """Nothing was signed yet."""
    receipt: None
    """Nothing was mined yet."""
    error: None
    """A failure is a problem, and no review."""
    review: str
    """The name under which its steps are told."""
    confirmation: Literal["NONE", "ORDINARY", "WARNING", "TYPED"]
    """What a person has to answer: nothing helps, the send itself, a question, the digest's first digits."""
    reviewed_at: int
    """Unix seconds."""
    expires_at: int
    """Unix seconds after which it may not be acted on."""
    transaction: dict[str, Any] | None
    """The transaction as it was reviewed, completed by the node; null for what is none."""
    problem: str | None
    """Why it cannot be handed to the wallet whatever anybody answers; null where it can."""


class StepRequest(_Told):
    """What happened to a review on the page."""

    step: Literal["begin", "accept", "decline", "leave", "sent", "refused", "look"]
    """begin: somebody acts on it. accept, decline: a person's answer. leave: given up before the
    wallet was asked. sent: the wallet named a hash. refused: it said an error. look: ask the chain."""
    typed: str = Field(default="", max_length=80)
    """With accept: the digits that a TYPED confirmation asks for."""
    hash: str = Field(default="", max_length=80)
    """With sent: the hash that the wallet named."""
    code: int = 0
    """With refused: the wallet's error code (EIP-1193)."""
    message: str = Field(default="", max_length=2000)
    """With refused: the wallet's words."""


class StepAnswer(_Told):
    """Where the send stands then."""

    send: str
    """Its name in the journal; `wallet show` tells the same."""
    state: str
    """Its state in the journal."""
    note: str
    """What there is to say about it."""
    hash: str | None
    """The hash of its signed bytes, once the node has shown them and they are what was reviewed."""
    transaction: dict[str, Any] | None
    """With accept: exactly what the wallet is to be given."""


class WaitingQuestion(_Told):
    """One verdict of a door where nobody sits, which waits for a person."""

    digest: str
    """The name of the request."""
    asked_at: int
    """Unix seconds."""
    expires_at: int
    """Unix seconds after which it cannot be answered."""
    confirmation: Literal["WARNING", "TYPED"]
    """What a yes asks for."""
    scope: str
    """The name of what a yes covers; whoever accepts gives it back."""
    screen: str
    """The verdict as a person is shown it at a terminal, 80 columns wide."""
    verdict: dict[str, Any]
    """The verdict as `--json` tells it."""


class WaitingAnswer(_Told):
    """Everything that waits."""

    waiting: list[WaitingQuestion]
    """The oldest first."""


class ApprovalRequest(_Told):
    """A person's answer to one question."""

    answer: Literal["accept", "decline"]
    """The answer."""
    scope: str = Field(default="", max_length=64)
    """With accept: the scope of the question as it was shown."""
    typed: str = Field(default="", max_length=80)
    """The digits that a TYPED confirmation asks for."""


class ApprovalAnswer(_Told):
    """What was kept."""

    digest: str
    """The name of the request."""
    answer: Literal["accepted", "declined"]
    """An accepted one passes once, within ten minutes."""
