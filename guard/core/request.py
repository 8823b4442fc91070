"""The transaction as one frozen value: what was scored is what is signed.

What belongs here: the fields, their canonical reading, the payload that is signed, and the digest that names
the whole. What must not: where a missing field could be looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from guard.core import rlp
from guard.core.address import Address, keccak256
from guard.core.amounts import MAX_UINT256
from guard.core.text import escape_untrusted
from guard.errors import InvalidRequest

FEE_MARKET_TYPE = 2
"""EIP-2718 type byte of a fee-market transaction, https://eips.ethereum.org/EIPS/eip-1559"""

_DIGEST_DOMAIN = b"txguard/transaction/1\n"
_MAX_UINT64 = 2**64 - 1
# The bound that EIP-2294 gives, so that a legacy v fits in 64 bits.
_MAX_CHAIN_ID = _MAX_UINT64 // 2 - 36
# EIP-2681 allows twice as many; no account gets there, and every database holds this as an integer.
_MAX_NONCE = 2**63 - 1
_MAX_DATA = 128 * 1024
"""Bytes of calldata; nodes refuse larger transactions (geth's txMaxSize)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyFee:
    """One price for gas, https://eips.ethereum.org/EIPS/eip-155"""

    gas_price: int
    """Wei for each unit of gas."""

    @property
    def ceiling(self) -> int:
        """The most wei that one unit of gas can cost."""
        return self.gas_price


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketFee:
    """A ceiling and a tip, https://eips.ethereum.org/EIPS/eip-1559"""

    max_fee_per_gas: int
    """Wei for each unit of gas, base fee and tip together."""
    max_priority_fee_per_gas: int
    """Wei for each unit of gas that go to the block's proposer."""

    @property
    def ceiling(self) -> int:
        """The most wei that one unit of gas can cost."""
        return self.max_fee_per_gas


Fee: TypeAlias = LegacyFee | MarketFee


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionRequest:
    """One transaction before it is signed.

    The last four fields may be None until a node or a flag has told them; such a request can be reviewed, and
    each review says what it could not see, but it cannot be signed. Raises InvalidRequest when a field is out
    of its range or of another type.
    """

    sender: Address
    """Who signs and pays."""
    to: Address | None
    """The account or contract called; None creates a contract."""
    value: int = 0
    """Native value, wei."""
    data: bytes = b""
    """Calldata, or the creation code."""
    chain_id: int | None = None
    """EIP-155 chain id."""
    nonce: int | None = None
    """The sender's transaction count when this one is next."""
    gas_limit: int | None = None
    """Units of gas that it may use."""
    fee: Fee | None = None
    """What a unit of gas may cost."""

    def __post_init__(self) -> None:
        _check_address("from", self.sender)
        if self.to is not None:
            _check_address("to", self.to)
        if not isinstance(self.data, bytes):
            raise wrong_field("data", self.data, "bytes")
        if len(self.data) > _MAX_DATA:
            raise wrong_field("data", f"{len(self.data)} bytes", f"at most {_MAX_DATA} bytes")
        _check_integer("value", self.value, 0, MAX_UINT256)
        _check_optional("chain id", self.chain_id, 1, _MAX_CHAIN_ID)
        _check_optional("nonce", self.nonce, 0, _MAX_NONCE)
        _check_optional("gas limit", self.gas_limit, 1, _MAX_UINT64)
        _check_fee(self.fee)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to be told, so that it can be signed."""
        return None not in (self.chain_id, self.nonce, self.gas_limit, self.fee)

    @property
    def max_fee_wei(self) -> int | None:
        """The most wei that the gas can cost; None while limit or price are not told."""
        if self.gas_limit is None or self.fee is None:
            return None
        return self.gas_limit * self.fee.ceiling


def unsigned_payload(request: TransactionRequest) -> bytes:
    """Return the exact bytes whose keccak-256 is signed; raises InvalidRequest for an incomplete request."""
    if request.chain_id is None or request.nonce is None or request.gas_limit is None or not request.fee:
        raise InvalidRequest(
            "the transaction is not complete",
            hint="give chain id, nonce, gas limit and fees, or a node",
        )
    chain_id, nonce, gas_limit = (
        rlp.encode_integer(number) for number in (request.chain_id, request.nonce, request.gas_limit)
    )
    payment: list[rlp.Item] = [
        b"" if request.to is None else request.to.to_bytes(),
        rlp.encode_integer(request.value),
        request.data,
    ]
    if isinstance(request.fee, MarketFee):
        tip = rlp.encode_integer(request.fee.max_priority_fee_per_gas)
        ceiling = rlp.encode_integer(request.fee.max_fee_per_gas)
        fields: list[rlp.Item] = [chain_id, nonce, tip, ceiling, gas_limit, *payment, []]
        return bytes([FEE_MARKET_TYPE]) + rlp.encode(fields)
    gas_price = rlp.encode_integer(request.fee.gas_price)
    return rlp.encode([nonce, gas_price, gas_limit, *payment, chain_id, b"", b""])


def digest(request: TransactionRequest) -> str:
    """Return the 32-byte name of this request as 0x and 64 hex digits.

    It covers every field, the sender included; a field that is not told differs from every value of it. Two
    requests have the same digest exactly when they are equal.
    """

    def optional(number: int | None) -> rlp.Item:
        return [] if number is None else [rlp.encode_integer(number)]

    fee: rlp.Item = []
    if isinstance(request.fee, LegacyFee):
        fee = [rlp.encode_integer(request.fee.gas_price)]
    elif isinstance(request.fee, MarketFee):
        fee = [
            rlp.encode_integer(request.fee.max_fee_per_gas),
            rlp.encode_integer(request.fee.max_priority_fee_per_gas),
        ]
    fields: list[rlp.Item] = [
        request.sender.to_bytes(),
        b"" if request.to is None else request.to.to_bytes(),
        rlp.encode_integer(request.value),
        request.data,
        optional(request.chain_id),
        optional(request.nonce),
        optional(request.gas_limit),
        fee,
    ]
    return "0x" + keccak256(_DIGEST_DOMAIN + rlp.encode(fields)).hex()


def _check_address(name: str, address: object) -> None:
    if not isinstance(address, Address):
        raise wrong_field(name, address, "an Address; use Address.parse(text)")


def _check_integer(name: str, number: object, least: int, most: int) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        raise wrong_field(name, number, f"a whole number from {least} to {_power(most)}")


def _check_optional(name: str, number: object, least: int, most: int) -> None:
    if number is not None:
        _check_integer(name, number, least, most)


def _check_fee(fee: Fee | None) -> None:
    if isinstance(fee, LegacyFee):
        _check_integer("gas price", fee.gas_price, 0, MAX_UINT256)
    elif isinstance(fee, MarketFee):
        _check_integer("maximum fee", fee.max_fee_per_gas, 0, MAX_UINT256)
        _check_integer("priority fee", fee.max_priority_fee_per_gas, 0, MAX_UINT256)
        if fee.max_priority_fee_per_gas > fee.max_fee_per_gas:
            raise InvalidRequest(
                f"the priority fee, {fee.max_priority_fee_per_gas} wei, is above the maximum fee, "
                f"{fee.max_fee_per_gas} wei",
                hint="raise the gas price or lower the priority gas price",
            )
    elif fee is not None:
        raise wrong_field("fee", fee, "a LegacyFee or a MarketFee")


def _power(number: int) -> str:
    named = {_MAX_UINT64: "2^64-1", _MAX_CHAIN_ID: "2^63-37", _MAX_NONCE: "2^63-1", MAX_UINT256: "2^256-1"}
    return named[number]


def wrong_field(name: str, given: object, expected: str) -> InvalidRequest:
    """Return the error that names a field, what was given and what it must be."""
    return InvalidRequest(
        f"{name} cannot be {escape_untrusted(repr(given), limit=80)}", hint=f"{name} must be {expected}"
    )
