"""Public fakes of the ports, for tests of the guard and of programs that use it.

What belongs here: parts that remember what they were asked and answer what they were told to. What must not:
anything that shipped code imports.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

from guard.core.address import Address
from guard.core.evidence import Counterparty, Fact, Missing, Observed
from guard.core.features import FeatureKind, contract_vector_from_wei
from guard.core.history import AccountHistory
from guard.core.journal import NEVER_SIGNED, UNSETTLED, SendRecord, SendState, check_transition
from guard.core.prediction import Prediction, PredictionClass, PredictionQuery, PredictionSource
from guard.core.receipt import Receipt
from guard.core.request import Fee, LegacyFee, MarketFee, TransactionRequest
from guard.core.rivals import Step
from guard.core.signed import SignedTransaction, decode_signed
from guard.core.spending import Spending, commitments
from guard.core.subject import Request
from guard.core.verdict import Approval, Decision, Declined, Verdict
from guard.deadline import Deadline
from guard.errors import GuardError, JournalConflict
from guard.testing_world import FakeChainFacts as FakeChainFacts
from guard.testing_world import FakeReputation as FakeReputation
from guard.testing_world import FakeSimulator as FakeSimulator
from guard.testing_world import FakeViews as FakeViews


@dataclass
class FixedClock:
    """A clock that stands still until it is moved."""

    time: int = 1_700_000_000

    def now(self) -> int:
        """Return the time it was set to, Unix seconds."""
        return self.time


@dataclass
class FakePredictor:
    """Answers one class, or raises; remembers every question."""

    answer: PredictionClass | BaseException = PredictionClass.SAFE
    probability: float | None = None
    source: PredictionSource = PredictionSource.EXTERNAL
    features_kind: FeatureKind = FeatureKind.CONTRACT
    queries: list[PredictionQuery] = field(default_factory=list)

    def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
        """Return the answer that was set, on the contract vector of the query."""
        self.queries.append(query)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return Prediction(
            prediction_class=self.answer,
            probability=self.probability,
            source=self.source,
            features_kind=self.features_kind,
            features=contract_vector_from_wei(query.value_wei, query.gas_price_wei or 0),
        )


@dataclass
class FakeHistory:
    """Tells the pasts it was given, by account; of everybody else that it does not know them."""

    pasts: dict[Address, AccountHistory] = field(default_factory=dict)
    asked: list[Address] = field(default_factory=list)

    def history(self, account: Address, deadline: Deadline) -> Fact[AccountHistory]:
        """Return the past that was given, or Missing."""
        self.asked.append(account)
        if account not in self.pasts:
            return Missing("this history is not known")
        return Observed(self.pasts[account], self.pasts[account].source)


@dataclass
class FakeChain(FakeViews):
    """A chain of one sender and no blocks: implements the Chain and Broadcaster ports in memory."""

    id: int = 1
    balance_wei: int = 10**20
    codes: dict[str, bytes] = field(default_factory=dict)
    nonce: int = 7
    status: int = 1
    gas: int = 21_000
    sent: list[bytes] = field(default_factory=list)
    mines: bool = True
    """Whether what is broadcast is in a block at once."""
    head: int = 100
    """The number of the latest block; what is mined is in block 100."""
    mined: int | None = None
    """The count of mined transactions, where it is another one than `nonce`."""
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    """What happens at each pause of a wait; the wait is over when nothing is left."""

    def chain_id(self) -> int:
        """Return the chain id that was set."""
        self._fail("chain_id")
        return self.id

    def balance(self, account: Address) -> int:
        """Return the balance that was set, wei."""
        self._fail("balance")
        return self.balance_wei

    def code(self, account: Address) -> bytes:
        """Return the code that was set for this account, or none."""
        self._fail("code")
        return self.codes.get(account, b"")

    def next_nonce(self, account: Address) -> int:
        """Return the nonce that was set."""
        self._fail("next_nonce")
        return self.nonce

    def mined_nonce(self, account: Address, *, confirmations: int = 1) -> int:
        """Return the count that was set, at whatever depth."""
        self._fail("mined_nonce")
        return self.nonce if self.mined is None else self.mined

    def block_number(self) -> int:
        """Return the number that was set."""
        self._fail("block_number")
        return self.head

    def estimate_gas(self, request: TransactionRequest) -> int:
        """Return the gas that was set."""
        self._fail("estimate_gas")
        return self.gas

    def suggest_fee(self, *, legacy: bool) -> Fee:
        """Return 20 gwei, with a tip of 1 gwei unless legacy."""
        self._fail("suggest_fee")
        if legacy:
            return LegacyFee(gas_price=20 * 10**9)
        return MarketFee(max_fee_per_gas=20 * 10**9, max_priority_fee_per_gas=10**9)

    def receipt(self, transaction_hash: str) -> Receipt | None:
        """Return a receipt for what was broadcast, if the chain mines."""
        self._fail("receipt")
        known = {decode_signed(raw).hash for raw in self.sent}
        if not self.mines or transaction_hash not in known:
            return None
        return Receipt(
            hash=transaction_hash,
            status=self.status,
            block_number=100,
            gas_used=21_000,
            effective_gas_price=10**9,
        )

    def wait(self, deadline: Deadline) -> bool:
        """Let happen what was set, and return False when nothing is left; never sleeps."""
        self._fail("wait")
        if not self.meanwhile:
            return False
        self.meanwhile.pop(0)()
        return True

    def within(self, deadline: Deadline) -> FakeChain:
        """Return this chain: it answers at once."""
        return self

    def broadcast(self, raw: bytes) -> str:
        """Take the bytes and return their hash."""
        self._fail("broadcast")
        if raw not in self.sent:
            self.sent.append(raw)
        return decode_signed(raw).hash


@dataclass
class FakeAddressBook:
    """Knows whom it was told."""

    parties: tuple[Counterparty, ...] = ()
    error: GuardError | None = None

    def counterparties(self, chain_id: int | None, sender: Address) -> tuple[Counterparty, ...]:
        """Return the parties that were set, or raise."""
        if self.error is not None:
            raise self.error
        return self.parties


@dataclass
class ScriptedConfirmer:
    """Answers from a list, in order; remembers what it was shown. An empty list: nobody is there."""

    answers: list[bool] = field(default_factory=list)
    shown: list[Verdict] = field(default_factory=list)
    before_answer: Callable[[], None] | None = None
    """Called while the person thinks: to let time pass, or the world change."""

    def waits(self, verdict: Verdict) -> bool:
        """Say whether somebody is there to think about it; of a BLOCK nobody is asked."""
        return bool(self.answers) and verdict.decision is not Decision.BLOCK

    def confirm(self, request: Request, verdict: Verdict) -> Approval | Declined | None:
        """Return what the list says next."""
        self.shown.append(verdict)
        if self.before_answer is not None:
            self.before_answer()
        if not self.answers:
            return None
        if not self.answers.pop(0):
            return Declined()
        return Approval(digest=verdict.digest, confirmation=verdict.confirmation)


@dataclass
class SpySigner:
    """Passes on to a real signer and counts; `change` may turn the request into another first."""

    signs: Callable[[TransactionRequest], bytes]
    requests: list[TransactionRequest] = field(default_factory=list)
    change: Callable[[TransactionRequest], TransactionRequest] | None = None

    def sign(self, request: TransactionRequest) -> bytes:
        """Return the signed bytes of the request, or of what it was changed into."""
        self.requests.append(request)
        return self.signs(request if self.change is None else self.change(request))


class FreeTurns:
    """Implements the Turns port where nobody else is: every turn is had at once, and remembered."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def account(self, chain_id: int, sender: Address) -> AbstractContextManager[None]:
        """Take the turn of an account."""
        self.taken.append(f"account {chain_id} {sender}")
        return nullcontext()

    def key(self, idempotency_key: str) -> AbstractContextManager[None]:
        """Take the turn of a key."""
        self.taken.append(f"key {idempotency_key}")
        return nullcontext()


class MemoryJournal:
    """Implements the Journal port in memory, with the same transitions and refusals as the real one."""

    def __init__(self) -> None:
        self.records: dict[str, SendRecord] = {}
        self.events: list[str] = []
        """What was written, in order, as `event:send_id`."""
        self._keys: dict[str, str] = {}

    def open_send(
        self,
        request: TransactionRequest,
        verdict: Verdict,
        *,
        now: int,
        idempotency_key: str | None = None,
        replaces: str | None = None,
    ) -> str:
        """Write the verdict down and return the id, `send-1` and so on."""
        self._refuse_taken_nonce(request, replaces)
        if idempotency_key is not None and self.find_by_key(idempotency_key) is not None:
            raise JournalConflict(f"the idempotency key {idempotency_key!r} is taken")
        send_id = f"send-{len(self.records) + 1}"
        decision = None if verdict.decision is None else verdict.decision.name
        self.records[send_id] = SendRecord(
            id=send_id,
            state=SendState.REVIEWED,
            request=request,
            digest=verdict.digest,
            decision=decision,
            raw=None,
            hash=None,
            receipt=None,
            note="",
            created_at=now,
            updated_at=now,
            replaces=replaces,
        )
        if idempotency_key is not None:
            self._keys[idempotency_key] = send_id
        self._note("reviewed", send_id)
        return send_id

    def record_signed(self, send_id: str, signed: SignedTransaction, *, now: int) -> None:
        """Write the signed bytes down."""
        record = self.records[send_id]
        check_transition(send_id, record.state, SendState.SIGNED)
        self._refuse_taken_nonce(record.request, record.replaces)
        self._move(send_id, SendState.SIGNED, now, raw=signed.raw, hash=signed.hash, signed_at=now)

    def record_state(self, send_id: str, state: SendState, *, now: int, note: str = "") -> None:
        """Move the send to `state`."""
        self.record_steps([Step(send_id=send_id, state=state, note=note)], now=now)

    def record_steps(self, steps: Sequence[Step], *, now: int) -> None:
        """Move every send of these steps, or none."""
        kept = dict(self.records), list(self.events)
        try:
            for step in steps:
                record = self.records[step.send_id]
                if step.before is None or (step.before is record.state and not record.is_final):
                    signed_at = now if step.state is SendState.HANDED else record.signed_at
                    changes = {"note": step.note, "receipt": step.receipt, "is_final": step.is_final}
                    self._move(step.send_id, step.state, now, signed_at=signed_at, **changes)
        except BaseException:
            self.records, self.events[:] = kept
            raise

    def record_note(self, send_id: str, note: str, *, now: int) -> None:
        """Write down what the node said."""
        self.records[send_id] = replace(self.records[send_id], note=note, updated_at=now)
        self._note("note", send_id)

    def find(self, send_id: str) -> SendRecord | None:
        """Return one send, or None."""
        return self.records.get(send_id)

    def find_by_hash(self, transaction_hash: str) -> SendRecord | None:
        """Return the send with these signed bytes' hash, or None."""
        return next((one for one in self.records.values() if one.hash == transaction_hash.lower()), None)

    def find_by_key(self, idempotency_key: str) -> SendRecord | None:
        """Return the send under this key that was, or may still be, signed; or None."""
        record = self.records.get(self._keys.get(idempotency_key, ""))
        return record if record is not None and record.state not in NEVER_SIGNED else None

    def rivals(self, record: SendRecord) -> list[SendRecord]:
        """Return every signed send of this one's place, oldest first."""
        return [
            one
            for one in self.records.values()
            if one.raw is not None and _place(one.request) == _place(record.request)
        ]

    def signed_from(self, chain_id: int, sender: Address, nonce: int) -> list[SendRecord]:
        """Return every signed send of the account from `nonce` on, by nonce."""
        signed = [record for record in self._committed(chain_id, sender) if record.raw is not None]
        later = [record for record in signed if (record.request.nonce or 0) >= nonce]
        return sorted(later, key=lambda record: record.request.nonce or 0)

    def signatures(self, chain_id: int, sender: Address) -> int:
        """Return how many sends of the account were ever signed, or handed to a wallet that may sign them."""
        given = [one.request for one in self.records.values() if one.signed_at is not None]
        return sum(_place(request)[:2] == (chain_id, sender) for request in given)

    def spending(self, chain_id: int, sender: Address, *, since: int, besides: int | None) -> Spending:
        """Return what the account committed itself to from `since` on."""
        committed = self._committed(chain_id, sender)
        recent = {record.request.nonce for record in committed if (record.signed_at or 0) > since}
        last = max((one.request.nonce or 0 for one in committed if one.raw is not None), default=None)
        counted = (one for one in committed if one.raw is None or one.request.nonce != besides)
        spent = commitments(one for one in counted if one.request.nonce in recent)
        return Spending(commitments=spent, next_nonce=None if last is None else last + 1)

    def states(self) -> Sequence[SendState]:
        """Return the state of every send, oldest first."""
        return [record.state for record in self.records.values()]

    def _committed(self, chain_id: int, sender: Address) -> list[SendRecord]:
        return [
            record
            for record in self.records.values()
            if (record.raw is not None or record.state is SendState.HANDED)
            and _place(record.request)[:2] == (chain_id, sender)
        ]

    def _refuse_taken_nonce(self, request: TransactionRequest, replaces: str | None) -> None:
        rivals = [
            record
            for record in self.records.values()
            if record.raw is not None and _place(record.request) == _place(request)
        ]
        last = rivals[-1] if rivals else None
        if replaces is not None and (last is None or last.id != replaces or last.state not in UNSETTLED):
            raise JournalConflict(f"{replaces} can no longer be replaced")
        if replaces is None and last is not None:
            raise JournalConflict(f"nonce {request.nonce} already belongs to {last.id}")

    def _move(self, send_id: str, state: SendState, now: int, **changes: object) -> None:
        record = self.records[send_id]
        check_transition(send_id, record.state, state, is_final=record.is_final)
        self.records[send_id] = replace(record, state=state, updated_at=now, **changes)  # type: ignore[arg-type]
        self._note(state.value, send_id)

    def _note(self, event: str, send_id: str) -> None:
        self.events.append(f"{event}:{send_id}")


def _place(request: TransactionRequest) -> tuple[int | None, Address, int | None]:
    return request.chain_id, request.sender, request.nonce
