"""What is reviewed, seen as rules see it: the request, all that it does, and what is known and wanted.

What belongs here: the view that every rule shares. What must not: any judgement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, TypeVar

from guard.core.act import Act, beneficiary, is_approval_of_nothing, parties
from guard.core.address import Address
from guard.core.bundle import CallBundle, bundle_digest
from guard.core.evidence import Acquaintance, Counterparty, Evidence, Fact, Missing
from guard.core.intent import Approve, AssetKind, Intent
from guard.core.parties import trusted
from guard.core.policy import Policy
from guard.core.request import TransactionRequest, digest
from guard.core.right import Right, rights
from guard.core.signature_request import SignatureRequest, signature_digest
from guard.errors import ConfigurationError

T = TypeVar("T")

Request: TypeAlias = TransactionRequest | CallBundle | SignatureRequest
"""Everything that can be reviewed."""


# Not slotted: what several rules ask for is worked out once for each review, and a cached property needs
# a place of its own. Equality is of the fields alone.
@dataclass(frozen=True, kw_only=True)
class Subject:
    """All that a rule may look at."""

    request: Request
    """What would be signed."""
    acts: tuple[Act, ...]
    """All that it does: the request itself first, then every call inside of it."""
    evidence: Evidence
    """What is known about the world."""
    policy: Policy
    """What the user wants."""
    now: int
    """When it is reviewed, Unix seconds."""

    @property
    def intent(self) -> Intent:
        """What the request as a whole does."""
        return self.acts[0].intent

    @property
    def sender(self) -> Address:
        """Whose key would sign."""
        return self.request.sender

    @property
    def transactions(self) -> tuple[TransactionRequest, ...]:
        """The transactions that the request consists of; none for a signature."""
        return transactions_of(self.request)

    @property
    def value(self) -> int:
        """Wei that leave the sender with it; 0 for a signature."""
        return sum(transaction.value for transaction in self.transactions)

    @property
    def max_fee_wei(self) -> int | None:
        """The most wei that its gas can cost; None where that is not told of every transaction."""
        fees = [transaction.max_fee_wei for transaction in self.transactions]
        told = [fee for fee in fees if fee is not None]
        return sum(told) if told and len(told) == len(fees) else None

    @property
    def called(self) -> Address | None:
        """The account that the request itself calls; None for a creation, a bundle or a signature."""
        return self.acts[0].call.to

    @property
    def beneficiary(self) -> Address | None:
        """Who is paid or given a right to, otherwise the account called; None for a creation."""
        return beneficiary(self.acts)

    @property
    def involved(self) -> tuple[Address, ...]:
        """Everyone but the sender who is called, paid or given a right to, at any depth, once each.

        Who only loses a right is not: see `deprived`.
        """
        left_out = {self.sender, *self.deprived}
        return tuple(address for address in parties(self.acts) if address not in left_out)

    @cached_property
    def deprived(self) -> frozenset[Address]:
        """Those whose allowance is set to 0, and who have no other part in it.

        By the token's own answers alone: of a collection, 0 is the id of a piece that is given.
        """
        tokens = self.evidence.tokens
        if isinstance(tokens, Missing):
            return frozenset()
        taken_back = [
            act
            for act in self.acts
            if isinstance(act.intent, Approve)
            and is_approval_of_nothing(act.intent)
            and (state := tokens.value.get(act.intent.token)) is not None
            and state.kind is AssetKind.ERC20
        ]
        return frozenset(parties(self.acts)).difference(parties(self.acts, taken_back=taken_back))

    def acts_of(self, *kinds: type[Intent]) -> Iterator[Act]:
        """Yield the acts whose intent is of one of these kinds, the outer ones first."""
        return (act for act in self.acts if isinstance(act.intent, kinds))

    def known(self) -> Mapping[Address, Counterparty]:
        """Return everyone that the user knows, the sender included; a rule needs `counterparties` for it."""
        return self._known

    @cached_property
    def rights(self) -> tuple[Right, ...]:
        """The rights over tokens that it gives, at every depth, in the order of the payload."""
        return rights(self.acts)

    @cached_property
    def parties(self) -> tuple[tuple[Act, Address], ...]:
        """Whom each act calls, pays or gives a right to, each once, with the act that names it first."""
        first: dict[Address, Act] = {}
        for act in self.acts:
            for address in (*trusted(act.intent), act.call.to):
                if address is not None:
                    first.setdefault(address, act)
        return tuple((act, address) for address, act in first.items())

    @cached_property
    def _known(self) -> dict[Address, Counterparty]:
        sender = Counterparty(address=self.sender, acquaintance=Acquaintance.OWN_ACCOUNT)
        parties = (sender, *observed(self.evidence.counterparties))
        return {party.address: party for party in reversed(parties)}


def transactions_of(request: Request) -> tuple[TransactionRequest, ...]:
    """Return the transactions that a request consists of; none for a signature."""
    if isinstance(request, TransactionRequest):
        return (request,)
    return request.calls if isinstance(request, CallBundle) else ()


def digest_of(request: Request) -> str:
    """Return the 32-byte name of this request as 0x and 64 hex digits; equal only for equal requests."""
    if isinstance(request, TransactionRequest):
        return digest(request)
    return bundle_digest(request) if isinstance(request, CallBundle) else signature_digest(request)


def observed(fact: Fact[T]) -> T:
    """Return what was observed. A rule names the fact in `needs`, so Missing here is a fault of the rule."""
    if isinstance(fact, Missing):
        raise ConfigurationError(
            f"a rule read evidence that is missing: {fact.reason}", hint="name it in the rule's `needs`"
        )
    return fact.value
