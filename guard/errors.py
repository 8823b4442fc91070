"""Every exception the library raises on purpose, as one tree split by who must act.

    GuardError                       what was wrong, what was given, what to do (`hint`)
    |
    +-- CallerError                  the caller gave something that cannot be used
    |   +-- InvalidAddress           not an address, or its checksum is wrong
    |   +-- InvalidAmount            not an amount of wei
    |   +-- InvalidRequest           not a transaction that can be read
    |   +-- UnreadableArguments      calldata whose arguments cannot be read; decoding makes it Unknown
    |   +-- InvalidFeatures          not an 18-element feature vector
    |   +-- InvalidJson              not one JSON object that can be read in exactly one way
    |   +-- ConfigurationError       a setting, a policy or a contacts file cannot be used
    |   +-- MissingExtra             an optional part of the distribution is not installed
    |   +-- KeystoreError            a key file, its password or its modes
    |
    +-- OutsideError                 the network or a service did not do its part
    |   +-- DeadlineExceeded         the total time given for an exchange is over
    |   +-- ServiceUnavailable       it could not be reached, or says that it is not ready
    |   |   +-- ServiceBusy          too many are asking it from here already
    |   |   +-- RateLimited          it says that it was asked too often
    |   +-- ServiceInvalid           it answered, but not in the words of its contract
    |   +-- NodeError                the Ethereum node could not be asked, or refused
    |   +-- TransactionReverted      a block took the payment, and the contract refused it
    |
    +-- HumanError                   a person, or the policy in a person's name, said no
    |   +-- TransactionBlocked       the verdict is BLOCK
    |   +-- ConfirmationRequired     the verdict is WARN and nobody accepted it
    |   +-- NoVerdict                no verdict could be had
    |   +-- Interrupted              a person stopped it, after the signature
    |
    +-- IntegrityError               what must never differ differs: ours to explain, nothing is sent
        +-- DigestMismatch           what would be signed is not what was scored
        +-- JournalConflict          the journal already holds something else in this place
        +-- JournalDamaged           the journal cannot be trusted

What belongs here: exception classes. What must not: any judgement about what to do with one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guard.core.verdict import Verdict


class GuardError(Exception):
    """Base of every error that txguard raises on purpose.

    `message` says in one sentence what is wrong and with what; `hint` says what to do about it;
    `code` is a stable word for programs.
    """

    code = "error"

    def __init__(self, message: str, *, hint: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code

    def as_mapping(self) -> Mapping[str, str]:
        """The error as `{"code", "message", "hint"}`, the shape that `--json` prints."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class CallerError(GuardError):
    """The caller gave something that cannot be used."""

    code = "usage"


class InvalidAddress(CallerError):
    """Not 0x and 40 hex digits, or a mixed-case address whose EIP-55 checksum is wrong."""

    code = "invalid_address"


class InvalidAmount(CallerError):
    """Not an amount that can be turned into whole wei between 0 and 2^256-1."""

    code = "invalid_amount"


class InvalidRequest(CallerError):
    """Not a transaction that can be read in exactly one way."""

    code = "invalid_request"


class UnreadableArguments(CallerError):
    """Calldata, or a declaration of types, whose arguments cannot be read."""

    code = "unreadable_arguments"


class InvalidFeatures(CallerError):
    """Not 18 features, or one of them is not what its place asks for."""

    code = "invalid_features"


class InvalidJson(CallerError):
    """Not one JSON object that can be read in exactly one way."""

    code = "invalid_json"


class ConfigurationError(CallerError):
    """A setting, a policy file or a contacts file cannot be used as it is."""

    code = "configuration"


class MissingExtra(CallerError):
    """A command needs an optional part of the distribution that is not installed."""

    code = "missing_extra"


class KeystoreError(CallerError):
    """A key file, its password, its account or its file modes cannot be used."""

    code = "keystore"


class OutsideError(GuardError):
    """The network, a service or a node did not do its part."""

    code = "outside"


class DeadlineExceeded(OutsideError):
    """The total time given for an exchange is over."""

    code = "timeout"


class ServiceUnavailable(OutsideError):
    """A service could not be reached or says that it is not ready.

    `retry_after_s` is what it asked callers to wait, in seconds, where it said so.
    """

    code = "unavailable"

    def __init__(self, message: str, *, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class ServiceBusy(ServiceUnavailable):
    """As many questions as may be are being put to a service already; this one was not."""

    code = "busy"


class RateLimited(ServiceUnavailable):
    """A service says that it was asked too often, and may be asked again later."""

    code = "rate_limited"


class ServiceInvalid(OutsideError):
    """A service answered, but not in the words of its contract."""

    code = "invalid_answer"


class NodeError(OutsideError):
    """The Ethereum node could not be asked, or refused what it was asked.

    `words` is what the node itself said, escaped, where it said something.
    """

    code = "node"

    def __init__(self, message: str, *, hint: str = "", code: str | None = None, words: str = "") -> None:
        super().__init__(message, hint=hint, code=code)
        self.words = words


class TransactionReverted(OutsideError):
    """A block took the payment and the contract refused it: the fee is spent, nothing else happened."""

    code = "reverted"


class HumanError(GuardError):
    """A person, or the policy in a person's name, said no.

    `verdict` is what it rests on, where there was one.
    """

    code = "declined"

    def __init__(
        self, message: str, *, hint: str = "", code: str | None = None, verdict: Verdict | None = None
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.verdict = verdict


class TransactionBlocked(HumanError):
    """The verdict is BLOCK: nothing was signed."""

    code = "blocked"


class ConfirmationRequired(HumanError):
    """The verdict is WARN and nobody accepted it: nothing was signed."""

    code = "declined"


class NoVerdict(HumanError):
    """No verdict could be had and the policy does not let that pass: nothing was signed."""

    code = "no_verdict"


class Interrupted(HumanError):
    """A person stopped it when the payment was already signed: it may still happen."""

    code = "interrupted"


class IntegrityError(GuardError):
    """Two things that must be the same are not; nothing is sent."""

    code = "integrity"


class DigestMismatch(IntegrityError):
    """What would be signed, or was signed, is not what was scored."""

    code = "digest_mismatch"


class JournalConflict(IntegrityError):
    """The journal already holds another payment under this nonce or idempotency key."""

    code = "journal_conflict"


class JournalDamaged(IntegrityError):
    """The journal file is damaged, cut short, emptied, gone, an old copy, or of a newer version."""

    code = "journal_damaged"
