"""A guard whose model knows one thief, for programs on a real node; all else of it is what ships.

What belongs here: the guard. What must not: pytest, because other interpreters run this too.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from guard.adapters.web3_chain import Web3Chain, connect
from guard.core.address import Address
from guard.core.evidence import Acquaintance, Counterparty
from guard.core.features import FeatureKind, contract_vector_from_wei
from guard.core.policy import Policy
from guard.core.prediction import Prediction, PredictionClass, PredictionQuery, PredictionSource
from guard.deadline import Deadline
from guard.engine import Guard
from guard.ports import Chain
from guard.testing import FakeAddressBook

THIEF = Address.from_bytes(b"\xbb" * 20)
"""Whom the model calls a fraud."""
FRIEND = Address.from_bytes(b"\xaa" * 20)
"""Whom the account knows, so that nothing is asked about."""


@dataclass
class Witness:
    """Says Fraud of the thief, and of creations that carry ether; counts what it is asked."""

    source: PredictionSource = PredictionSource.EXTERNAL
    features_kind: FeatureKind = FeatureKind.CONTRACT
    queries: list[PredictionQuery] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
        """Return Fraud or Safe."""
        with self._lock:
            self.queries.append(query)
        is_fraud = query.beneficiary == THIEF or (query.recipient is None and query.value_wei > 0)
        return Prediction(
            prediction_class=PredictionClass.FRAUD if is_fraud else PredictionClass.SAFE,
            source=self.source,
            features_kind=self.features_kind,
            features=contract_vector_from_wei(query.value_wei, query.gas_price_wei or 0),
        )


def watching(url: str, witness: Witness | None = None, policy: Policy | None = None) -> Guard:
    """Return a guard on the node at `url`, by a connection of its own."""
    return guarding(Web3Chain(connect(url)), witness, policy)


def guarding(
    chain: Chain | None, witness: Witness | None = None, policy: Policy | None = None, **parts: Any
) -> Guard:
    """Return a guard that asks this chain, on these further parts."""
    friend = Counterparty(address=FRIEND, acquaintance=Acquaintance.CONTACT, name="friend")
    return Guard(
        predictor=witness or Witness(),
        chain=chain,
        address_book=FakeAddressBook((friend,)),
        policy=policy,
        timeout_s=20.0,
        **parts,
    )
