"""Gas limit is too low for any block.

What it finds: a gas limit below what the protocol takes before a single instruction runs.

Why it matters: no node accepts such a transaction. Once signed it holds its nonce, and with it every later
payment of the account, until another one takes its place.

What to do: leave --gas-limit out, and the node's estimate is used.

Limits: knows the cost of the payload alone; a call can need any amount more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.access_list import AccessEntry
from guard.core.request import TransactionRequest
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity

_BASE = 21_000
_CREATION = 32_000
_INITCODE_WORD = 2
_ZERO_BYTE = 4
_OTHER_BYTE = 16
_LISTED_ADDRESS = 2_400
_LISTED_KEY = 1_900
_AUTHORIZATION = 25_000
"""Gas: the yellow paper's fee schedule, with EIP-2028 for calldata, EIP-3860 for a word of creation code,
EIP-2930 for an access list and EIP-7702 for an authorization.
The higher floor of EIP-7623 is left out: older chains have none, and this bound must hold on all."""


def check(subject: Subject) -> Iterable[Hit]:
    """Fire when a gas limit is told and below the intrinsic cost."""
    for transaction in subject.transactions:
        limit, least = transaction.gas_limit, _intrinsic_gas(transaction)
        if limit is not None and limit < least:
            yield Hit(facts={"gas_limit": limit, "least": least})


def _intrinsic_gas(request: TransactionRequest) -> int:
    zeros = request.data.count(0)
    gas = _BASE + _ZERO_BYTE * zeros + _OTHER_BYTE * (len(request.data) - zeros)
    if request.to is None:
        words = (len(request.data) + 31) // 32
        gas += _CREATION + _INITCODE_WORD * words
    keys = sum(len(entry.storage_keys) for entry in request.access_list)
    gas += _LISTED_ADDRESS * len(request.access_list) + _LISTED_KEY * keys
    return gas + _AUTHORIZATION * len(request.authorizations)


RULE = Rule(
    id="gas.insufficient",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=(),
    message="a gas limit of {gas_limit} is below the {least} that this payload costs before it runs",
    advice="leave the gas limit out, and the node's estimate is used",
    check=check,
    fires=(
        examples.example("20,000 gas for a plain transfer", replace(examples.TRANSFER, gas_limit=20_000)),
        examples.example(
            "21,000 gas for a token transfer",
            replace(examples.token_transfer(examples.FRIEND), gas_limit=21_000),
        ),
        examples.example(
            "25,000 gas for a plain transfer that lists one address and one key",
            replace(
                examples.TRANSFER,
                gas_limit=25_000,
                access_list=(AccessEntry(address=examples.TOKEN, storage_keys=(bytes(32),)),),
            ),
        ),
    ),
    quiet=(
        examples.example("21,000 gas for a plain transfer"),
        examples.example("65,000 gas for a token transfer", examples.token_transfer(examples.FRIEND)),
        examples.example("no gas limit is told", replace(examples.TRANSFER, gas_limit=None)),
    ),
)
