"""Typical transactions as questions to a route, and what every answer to one must hold.

What belongs here: the scenarios, as data. What must not: asking (`trial.py`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from guard.core.amounts import ether_from_wei
from guard.core.features import Feature, contract_vector


class Expectation(Enum):
    """What an answer must be."""

    ANSWERED = "answered"
    """A readable answer of the contract; which class it names is the witness's affair."""
    REFUSED = "refused"
    """A refusal with status 400 or 422, and nobody asked."""
    NOT_ASKED = "not asked"
    """The contract has no way to ask it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One typical question."""

    name: str
    """What kind of transaction it is, in a few words."""
    expects: Expectation
    """What its answer must be."""
    body: bytes = b""
    """The question as it goes onto the wire; empty where there is none."""
    note: str = ""
    """Why it cannot be asked."""


# The first accounts of the phrase "test test ... junk", which every development node prints at its start:
# they are nobody's, so that no person's address gets into the service's training.
_SENDER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
_RECIPIENT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
_CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
"""The first contract that the first of these accounts creates."""

_LARGEST = float(ether_from_wei(2**256 - 1))
_SMALLEST = float(ether_from_wei(1))

# In the order of `guard.core.features.FEATURE_NAMES`. A quarter's pay each 90 days, and small payments to
# five others each 17 days.
_ORDINARY: tuple[Feature, ...] = (
    21180.0, 10485.0, 465540.0, 20.0, 4.0, 0.0, 2.0, 2.0, 0.3, 6.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, "", "",
)  # fmt: skip
# Thirty receipts within two days, and two payments that move nearly all of it on: what the card of the
# embedded model describes as phishing.
_PHISHING_LIKE: tuple[Feature, ...] = (
    10.0, 86.67, 2620.0, 2.0, 30.0, 0.0, 1.9, 1.11, 16.46, 32.92, 0.38, 0.0, 0.0, 0.0, 0.0, 0.0, "", "",
)  # fmt: skip
_EMPTY: tuple[Feature, ...] = (*(0.0,) * 16, "", "")


def _question(value: float = 0.1, gas_price: float = 20.0, **changes: Any) -> bytes:
    fields = {
        "from_address": _SENDER,
        "to_address": _RECIPIENT,
        "transaction_value": value,
        "gas_price": gas_price,
        "is_contract_interaction": False,
        "acc_holder": _SENDER,
        "features": contract_vector(value, gas_price),
    }
    return json.dumps(fields | changes).encode()


def _asked(name: str, body: bytes) -> Scenario:
    return Scenario(name=name, expects=Expectation.ANSWERED, body=body)


def _malformed(name: str, body: bytes) -> Scenario:
    return Scenario(name=name, expects=Expectation.REFUSED, body=body)


SCENARIOS: tuple[Scenario, ...] = (
    _asked("plain transfer, 0.1 ether", _question()),
    _asked("small transfer, 0.001 ether", _question(0.001)),
    _asked("large transfer, 1000 ether", _question(1000.0)),
    _asked("dust, 1 wei", _question(_SMALLEST)),
    _asked("most there can be", _question(_LARGEST)),
    _asked("high gas price, 5000 gwei", _question(0.1, 5000.0)),
    _asked("zero value contract call", _question(0.0, to_address=_CONTRACT, is_contract_interaction=True)),
    _asked("payable contract call", _question(0.5, to_address=_CONTRACT, is_contract_interaction=True)),
    _asked("token transfer", _question(0.0, 35.0, to_address=_CONTRACT, is_contract_interaction=True)),
    _asked("account, ordinary past", _question(features=_ORDINARY)),
    _asked("account, phishing-like past", _question(features=_PHISHING_LIKE)),
    _asked("account, no past", _question(0.0, 0.0, features=_EMPTY)),
    Scenario(
        name="contract creation",
        expects=Expectation.NOT_ASKED,
        note="it has no recipient, and the contract asks about one",
    ),
    _malformed("wrong checksum", _question(to_address=_RECIPIENT.replace("C51", "c51"))),
    _malformed("17 features", _question(features=contract_vector(0.1, 20.0)[:17])),
    _malformed("NaN for an amount", _question().replace(b'_value": 0.1', b'_value": NaN')),
)
"""All of them, in the order in which they are asked."""
