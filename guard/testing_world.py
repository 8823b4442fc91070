"""Public fakes of what tells of the world around a request; `guard.testing` hands them on with the others.

What belongs here: parts that remember what they were asked and answer what they were told to. What must not:
anything that shipped code imports.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from guard.core.act import Act
from guard.core.address import Address
from guard.core.evidence import Fact, Observed
from guard.core.involved import TokenQuestion
from guard.core.reputation import Listing
from guard.core.request import TransactionRequest
from guard.core.world import (
    AccountState,
    FeeMarket,
    Simulation,
    SimulationMethod,
    TokenState,
)
from guard.deadline import Deadline
from guard.errors import GuardError
from guard.ports import Chain

_GWEI = 10**9
_FEES = FeeMarket(base_fee=9 * _GWEI, priority_fee=_GWEI, gas_price=10 * _GWEI)
_RAN = Observed(
    Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=(), variants_agree=True), "node"
)


@dataclass(kw_only=True)
class FakeViews:
    """Implements the ContractViews port: contracts answer what they were told to, and refuse the rest."""

    views: dict[tuple[Address, bytes], bytes] = field(default_factory=dict)
    """What contracts answer, by contract and calldata."""
    fails: dict[str, GuardError] = field(default_factory=dict)
    """Method name to what it raises."""

    def view(self, contract: Address, data: bytes) -> bytes | None:
        """Return the answer that was set, or None."""
        self._fail("view")
        return self.views.get((contract, data))

    def _fail(self, method: str) -> None:
        if method in self.fails:
            raise self.fails[method]


@dataclass
class FakeChainFacts:
    """Tells the accounts and tokens it was given; every other account is empty, every other token mute.

    With a chain, codes and balances of the accounts that were not given are that chain's.
    """

    chain: Chain | None = None
    states: dict[Address, AccountState] = field(default_factory=dict)
    token_states: dict[Address, TokenState] = field(default_factory=dict)
    fees: FeeMarket = _FEES
    fails: dict[str, GuardError] = field(default_factory=dict)
    """Method name to what it raises."""
    accounts_asked: list[tuple[Address, ...]] = field(default_factory=list)
    tokens_asked: list[tuple[TokenQuestion, ...]] = field(default_factory=list)
    young_days: int | None = None
    """What it was last told of for how long a contract is new."""

    def accounts(
        self, addresses: Collection[Address], *, young_days: int, deadline: Deadline
    ) -> Mapping[Address, AccountState]:
        """Return the accounts that were set, or empty ones."""
        self.accounts_asked.append(tuple(addresses))
        self.young_days = young_days
        self._fail("accounts")
        return {address: self.states.get(address) or self._account(address) for address in addresses}

    def tokens(
        self, questions: Collection[TokenQuestion], deadline: Deadline
    ) -> Mapping[Address, TokenState]:
        """Return the tokens that were set, or mute ones."""
        self.tokens_asked.append(tuple(questions))
        self._fail("tokens")
        mute = TokenState(kind=None)
        return {question.token: self.token_states.get(question.token, mute) for question in questions}

    def fee_market(self, deadline: Deadline) -> FeeMarket:
        """Return what was set."""
        self._fail("fee_market")
        return self.fees

    def _account(self, address: Address) -> AccountState:
        if self.chain is None:
            return AccountState(code=b"", nonce=0, balance=10**20)
        return AccountState(code=self.chain.code(address), nonce=0, balance=self.chain.balance(address))

    def _fail(self, method: str) -> None:
        if method in self.fails:
            raise self.fails[method]


@dataclass
class FakeSimulator:
    """Answers what it was told to: by default that the request runs and nothing moves."""

    answer: Fact[Simulation] | BaseException = _RAN
    asked: list[tuple[TransactionRequest, ...]] = field(default_factory=list)

    def simulate(
        self, transactions: Sequence[TransactionRequest], acts: Collection[Act], deadline: Deadline
    ) -> Fact[Simulation]:
        """Return the answer that was set, or raise it."""
        self.asked.append(tuple(transactions))
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@dataclass
class FakeReputation:
    """Knows the listings it was given."""

    listed: dict[Address, tuple[Listing, ...]] = field(default_factory=dict)
    error: GuardError | None = None
    asked: list[tuple[Address, ...]] = field(default_factory=list)

    def listings(self, addresses: Collection[Address]) -> Mapping[Address, tuple[Listing, ...]]:
        """Return the listings of these addresses, or raise."""
        self.asked.append(tuple(addresses))
        if self.error is not None:
            raise self.error
        return {address: self.listed[address] for address in addresses if address in self.listed}
