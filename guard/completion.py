"""Completing a request: chain id, nonce, fees and gas limit, from the node, before it is frozen.

What belongs here: what is asked and in which order. What must not: any change to a field that was given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from guard.core.request import TransactionRequest
from guard.errors import InvalidRequest, NodeError
from guard.ports import Chain

PLAIN_TRANSFER_GAS = 21_000
"""Units of gas of a transfer to an account without code (the yellow paper's G_transaction)."""

_ESTIMATE_MARGIN = (6, 5)
"""A fifth above the estimate: state can change between the estimate and the block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A request as complete as the node could make it."""

    request: TransactionRequest
    """The request; its given fields are untouched."""
    problem: NodeError | None
    """Why the gas limit could not be told, where it could not; such a request can be reviewed, not signed."""


def complete(
    request: TransactionRequest, chain: Chain, *, legacy: bool = False, leave_nonce: bool = False
) -> Completion:
    """Return `request` with what it left open told by the node.

    `leave_nonce` leaves that one open for a send, which chooses it when no other process can. Raises
    NodeError when chain id, nonce or fees cannot be had.
    """
    nonce = request.nonce
    if nonce is None and not leave_nonce:
        nonce = chain.next_nonce(request.sender)
    completed = _with(
        request,
        chain_id=chain.chain_id() if request.chain_id is None else request.chain_id,
        nonce=nonce,
        fee=chain.suggest_fee(legacy=legacy) if request.fee is None else request.fee,
    )
    if completed.gas_limit is not None:
        return Completion(request=completed, problem=None)
    try:
        return Completion(request=_with(completed, gas_limit=_gas_limit(completed, chain)), problem=None)
    except NodeError as error:
        return Completion(request=completed, problem=error)


def _with(request: TransactionRequest, **told: Any) -> TransactionRequest:
    """Return the request with what the node told; raises NodeError where that is out of every range."""
    try:
        return replace(request, **told)
    except InvalidRequest as error:
        raise NodeError(
            f"the node told something that no transaction can hold: {error.message}",
            hint="check --rpc-url, or give the field yourself",
            code="node_invalid",
        ) from error


def _gas_limit(request: TransactionRequest, chain: Chain) -> int:
    if request.to is not None and not request.data and not chain.code(request.to):
        return PLAIN_TRANSFER_GAS
    numerator, denominator = _ESTIMATE_MARGIN
    return chain.estimate_gas(request) * numerator // denominator
