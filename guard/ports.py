"""What the interceptor needs from the world, as protocols.

What belongs here: shapes and promises. What must not: an implementation; those live in `guard.adapters`,
`guard.predict`, `wallet` and, for tests, `guard.testing`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from guard.core.act import Act
from guard.core.address import Address
from guard.core.authorization import Delegation
from guard.core.evidence import Counterparty, Fact
from guard.core.features import FeatureKind
from guard.core.history import AccountHistory
from guard.core.involved import TokenQuestion
from guard.core.journal import SendRecord, SendState
from guard.core.prediction import Prediction, PredictionQuery, PredictionSource
from guard.core.receipt import Receipt
from guard.core.reputation import Listing
from guard.core.request import Fee, TransactionRequest
from guard.core.rivals import Step
from guard.core.signature import Signature
from guard.core.signature_request import SignatureRequest
from guard.core.signed import SignedTransaction
from guard.core.spending import Spending
from guard.core.subject import Request
from guard.core.verdict import Approval, Declined, Verdict
from guard.core.world import AccountState, FeeMarket, Simulation, TokenState
from guard.deadline import Deadline


class Notify(Protocol):
    """Somewhere to say, in one line, what is being waited for."""

    def __call__(self, line: str) -> None: ...


class Clock(Protocol):
    """Wall-clock time."""

    def now(self) -> int:
        """Return Unix seconds."""
        ...


class Predictor(Protocol):
    """A witness that classifies a transaction."""

    @property
    def source(self) -> PredictionSource:
        """Which witness this is, so that its silence can be told apart."""
        ...

    @property
    def features_kind(self) -> FeatureKind:
        """Which vector it asks about."""
        ...

    def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
        """Answer within `deadline`; never raises: without an answer the class is UNKNOWN, with a reason."""
        ...


class HistorySource(Protocol):
    """A source of accounts' pasts."""

    def history(self, account: Address, deadline: Deadline) -> Fact[AccountHistory]:
        """Return the whole past of `account`, or Missing with a reason; never raises, never a part."""
        ...


class AddressBook(Protocol):
    """Whom the user knows."""

    def counterparties(self, chain_id: int | None, sender: Address) -> tuple[Counterparty, ...]:
        """Return contacts, own accounts, and whom `sender` paid value to on this chain.

        Raises GuardError when a source of them cannot be read; a part is never returned.
        """
        ...


class Reputation(Protocol):
    """What lists say of addresses."""

    def listings(self, addresses: Collection[Address]) -> Mapping[Address, tuple[Listing, ...]]:
        """Return the listings of those that are listed, and of no others.

        Raises GuardError when a list cannot be read; a part is never returned.
        """
        ...


class Chain(Protocol):
    """What is read from a node. Every method raises NodeError when it cannot answer."""

    def chain_id(self) -> int:
        """Return the EIP-155 chain id."""
        ...

    def balance(self, account: Address) -> int:
        """Return the balance at the latest block, wei."""
        ...

    def code(self, account: Address) -> bytes:
        """Return the code at the latest block; empty where there is none."""
        ...

    def next_nonce(self, account: Address) -> int:
        """Return the transaction count, pending ones included."""
        ...

    def mined_nonce(self, account: Address, *, confirmations: int = 1) -> int:
        """Return the transaction count at the block that has so many confirmations: 1 is the latest.

        0 where the chain is not that long.
        """
        ...

    def block_number(self) -> int:
        """Return the number of the latest block."""
        ...

    def estimate_gas(self, request: TransactionRequest) -> int:
        """Return the units of gas that the request would use."""
        ...

    def suggest_fee(self, *, legacy: bool) -> Fee:
        """Return fees with which a transaction is likely to be mined soon."""
        ...

    def receipt(self, transaction_hash: str) -> Receipt | None:
        """Return the receipt, or None while the transaction is in no block."""
        ...

    def wait(self, deadline: Deadline) -> bool:
        """Return True once it is worth while to look again, False once `deadline` has passed."""
        ...

    def within(self, deadline: Deadline) -> Chain:
        """Return the same chain, each of whose answers comes by `deadline` or not at all."""
        ...


class ContractViews(Protocol):
    """Questions to contracts."""

    def view(self, contract: Address, data: bytes) -> bytes | None:
        """Return what a call with this calldata would return at the latest block; nothing is sent.

        None where the contract refuses it. Raises NodeError where the node does not answer: that says
        nothing of the contract.
        """
        ...


class ChainFacts(Protocol):
    """What a node tells of accounts, tokens and fees.

    Every method answers within the deadline, or raises NodeError or DeadlineExceeded: a part is never
    returned, but what a hostile contract answers is None in its field and no failure.
    """

    def accounts(
        self, addresses: Collection[Address], *, young_days: int, deadline: Deadline
    ) -> Mapping[Address, AccountState]:
        """Return each of these accounts; `young_days` is for how long a contract is new."""
        ...

    def tokens(
        self, questions: Collection[TokenQuestion], deadline: Deadline
    ) -> Mapping[Address, TokenState]:
        """Return what each of these contracts says of itself as a token."""
        ...

    def fee_market(self, deadline: Deadline) -> FeeMarket:
        """Return what gas costs now."""
        ...


class Simulator(Protocol):
    """A way to run a request without making it."""

    def simulate(
        self, transactions: Sequence[TransactionRequest], acts: Collection[Act], deadline: Deadline
    ) -> Fact[Simulation]:
        """Return what the transactions, one after the other, come to, or Missing; never raises.

        `acts` are all that they do, so far as the payload tells it.
        """
        ...


@runtime_checkable
class Node(Chain, Protocol):
    """A chain whose connection also tells facts and runs requests."""

    def facts(self) -> ChainFacts:
        """Return what asks the same node about accounts, tokens and fees."""
        ...

    def simulator(self) -> Simulator:
        """Return what runs requests on the same node."""
        ...


class Signer(Protocol):
    """The only place where a key is."""

    def sign(self, request: TransactionRequest) -> bytes:
        """Return the signed bytes of exactly `request`; raises KeystoreError when it cannot."""
        ...


class ContentSigner(Protocol):
    """The same place, for texts and typed data."""

    def sign_content(self, request: SignatureRequest) -> bytes:
        """Return 65 bytes: r, s and v, which is 27 or 28, under exactly `request`.

        The hash is made from the request there: none is taken as it is. Raises KeystoreError when it cannot,
        InvalidRequest for a bare hash and for an authorization.
        """
        ...


class AuthorizationSigner(Protocol):
    """The same place, for the authorization that takes a delegation back."""

    def sign_authorization(self, delegation: Delegation, sender: Address) -> Signature:
        """Return the sender's signature under `delegation`, which names the zero address.

        Raises KeystoreError when it cannot, and for every other delegate: no account is handed over here.
        """
        ...


class AccountSigner(Signer, ContentSigner, AuthorizationSigner, Protocol):
    """One account's key, for everything that it may sign."""


class Recover(Protocol):
    """Signature recovery."""

    def __call__(self, signed: SignedTransaction) -> Address:
        """Return whose key made the signature; raises InvalidRequest when nobody's could."""
        ...


class RecoverContent(Protocol):
    """Recovery of a signature that is no transaction."""

    def __call__(self, request: SignatureRequest, signature: bytes) -> Address:
        """Return whose key made these 65 bytes; raises InvalidRequest when nobody's could."""
        ...


class Broadcaster(Protocol):
    """The way to the network."""

    def broadcast(self, raw: bytes) -> str:
        """Hand the signed bytes over once and return the hash that the node names.

        Bytes that the node already has are a success. Raises NodeError when it refused or did not answer.
        """
        ...


class Confirmer(Protocol):
    """A person, or the certainty that there is none."""

    def waits(self, verdict: Verdict) -> bool:
        """Say whether `confirm` would wait for a person to answer this verdict."""
        ...

    def confirm(self, request: Request, verdict: Verdict) -> Approval | Declined | None:
        """Ask what the verdict calls for and return the yes or the no; None where nobody can be asked."""
        ...


class Turns(Protocol):
    """One at a time among all processes of this user; who dies gives the turn back at once."""

    def account(self, chain_id: int, sender: Address) -> AbstractContextManager[None]:
        """Hold the turn to choose a nonce of this account and to sign.

        Raises JournalConflict when it does not come within a limit.
        """
        ...

    def key(self, idempotency_key: str) -> AbstractContextManager[None]:
        """Hold the turn to decide on the payment under this key; raises likewise."""
        ...


class Ledger(Protocol):
    """What was signed before, summed up for a review."""

    def spending(self, chain_id: int, sender: Address, *, since: int, besides: int | None) -> Spending:
        """Return what the account committed itself to after `since` (Unix seconds), each with its time.

        Signed sends of the nonce `besides` are left out: at most one of them and the one that is asked about
        can happen. What a wallet elsewhere has is counted: it may choose another nonce.
        Raises JournalDamaged.
        """
        ...


class Journal(Ledger, Protocol):
    """The durable record of every send. Each method returns only when its change is on disk."""

    def open_send(
        self,
        request: TransactionRequest,
        verdict: Verdict,
        *,
        now: int,
        idempotency_key: str | None = None,
        replaces: str | None = None,
    ) -> str:
        """Write the verdict down, state REVIEWED, and return the id of the send.

        `replaces` names the signed send of the same nonce that this one is to take the place of. Raises
        JournalConflict when the key is taken, or when the nonce is that of another signed payment.
        """
        ...

    def record_signed(self, send_id: str, signed: SignedTransaction, *, now: int) -> None:
        """Write the signed bytes down; raises JournalConflict when the nonce is taken."""
        ...

    def record_state(self, send_id: str, state: SendState, *, now: int, note: str = "") -> None:
        """Move the send to `state`; raises JournalConflict when that may not follow."""
        ...

    def record_steps(self, steps: Sequence[Step], *, now: int) -> None:
        """Write down, in one transaction, what a look at the chain means for the rivals of one nonce."""
        ...

    def record_note(self, send_id: str, note: str, *, now: int) -> None:
        """Write down what the node said, without moving the send."""
        ...

    def find(self, send_id: str) -> SendRecord | None:
        """Return one send, or None."""
        ...

    def find_by_hash(self, transaction_hash: str) -> SendRecord | None:
        """Return the send with these signed bytes' hash, or None."""
        ...

    def find_by_key(self, idempotency_key: str) -> SendRecord | None:
        """Return the send under this idempotency key that was, or may still be, signed; or None."""
        ...

    def rivals(self, record: SendRecord) -> list[SendRecord]:
        """Return every signed send of this one's chain, sender and nonce, itself included, oldest first."""
        ...

    def signed_from(self, chain_id: int, sender: Address, nonce: int) -> list[SendRecord]:
        """Return every signed send of the account from `nonce` on, by nonce, then oldest first."""
        ...

    def signatures(self, chain_id: int, sender: Address) -> int:
        """Return how much the account ever signed, texts and typed data too: a change is noticed by it."""
        ...


class SignatureJournal(Protocol):
    """The durable record of every signature that is no transaction; each change is on disk at its return."""

    def open_signature(self, request: SignatureRequest, verdict: Verdict, *, now: int) -> str:
        """Write the verdict down, state REVIEWED, and return the id of the signature."""
        ...

    def record_signature(self, signature_id: str, signature: bytes, *, now: int) -> None:
        """Write the 65 bytes down; raises JournalConflict when it has an end already."""
        ...

    def end_signature(self, signature_id: str, state: SendState, *, now: int, note: str = "") -> None:
        """Write down that no signature was made, and why; raises JournalConflict likewise."""
        ...

    def signatures(self, chain_id: int, sender: Address) -> int:
        """Return how much the account ever signed: a mark by which a change is noticed."""
        ...
