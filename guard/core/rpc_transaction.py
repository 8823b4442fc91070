"""Transaction objects as JSON-RPC writes them, read in exactly one way or refused.

What belongs here: the reading of `eth_sendTransaction`'s object. What must not: other methods' parameters.

Source: https://ethereum.github.io/execution-apis/ (quantities have no leading zeros, data has whole bytes)
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from guard.core.address import Address
from guard.core.request import (
    FEE_MARKET_TYPE,
    Fee,
    LegacyFee,
    MarketFee,
    TransactionRequest,
    wrong_field,
)
from guard.core.text import escape_untrusted
from guard.errors import InvalidRequest

_QUANTITY = re.compile(r"0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,63})")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_PAYMENT_FIELDS = frozenset({"from", "to", "value", "data", "input", "chainId", "nonce", "gas", "type"})
_FEE_FIELDS = frozenset({"gasPrice", "maxFeePerGas", "maxPriorityFeePerGas"})
_KNOWN_FIELDS = _PAYMENT_FIELDS | _FEE_FIELDS | {"accessList"}


def parse_transaction(transaction: Mapping[str, object]) -> TransactionRequest:
    """Return the request that a transaction object tells; fields it leaves out stay None.

    Raises InvalidRequest for unknown fields, two ways of paying for gas, `data` and `input` that differ, a
    type that its fees deny, access lists, and every number or address not in its one canonical form.
    """
    unknown = sorted(escape_untrusted(str(key), limit=40) for key in set(transaction) - _KNOWN_FIELDS)
    if unknown:
        raise InvalidRequest(
            f"the transaction has fields that are not understood: {', '.join(unknown)}",
            hint="nothing is dropped silently: remove them, or sign it with a tool that knows them",
        )
    if transaction.get("accessList"):
        raise InvalidRequest("access lists are not supported", hint="leave accessList out")
    if "from" not in transaction:
        raise InvalidRequest("the transaction has no `from`", hint="name the account that pays")
    fee = _fee_from_rpc(transaction)
    kind = _quantity(transaction, "type")
    expected = {None: None, LegacyFee: 0, MarketFee: FEE_MARKET_TYPE}[type(fee) if fee else None]
    if kind is not None and kind != expected:
        raise InvalidRequest(
            f"the transaction says type {kind}, and its fees are not of that type",
            hint="type 0 has gasPrice, type 2 has maxFeePerGas and maxPriorityFeePerGas",
        )
    recipient = transaction.get("to")
    return TransactionRequest(
        sender=_address(transaction["from"], "from"),
        to=None if recipient is None else _address(recipient, "to"),
        value=_quantity(transaction, "value") or 0,
        data=_calldata(transaction),
        chain_id=_quantity(transaction, "chainId"),
        nonce=_quantity(transaction, "nonce"),
        gas_limit=_quantity(transaction, "gas"),
        fee=fee,
    )


def transaction_object(request: TransactionRequest) -> dict[str, str]:
    """Return `request` as JSON-RPC writes it; `parse_transaction` reads it back to an equal request."""
    optional: dict[str, int | None] = {
        "chainId": request.chain_id,
        "nonce": request.nonce,
        "gas": request.gas_limit,
    }
    if isinstance(request.fee, LegacyFee):
        optional["gasPrice"] = request.fee.gas_price
    elif isinstance(request.fee, MarketFee):
        optional["maxFeePerGas"] = request.fee.max_fee_per_gas
        optional["maxPriorityFeePerGas"] = request.fee.max_priority_fee_per_gas
    return {
        "from": request.sender,
        **({} if request.to is None else {"to": request.to}),
        "value": hex(request.value),
        "data": "0x" + request.data.hex(),
        **{name: hex(number) for name, number in optional.items() if number is not None},
    }


def _fee_from_rpc(transaction: Mapping[str, object]) -> Fee | None:
    gas_price = _quantity(transaction, "gasPrice")
    ceiling = _quantity(transaction, "maxFeePerGas")
    tip = _quantity(transaction, "maxPriorityFeePerGas")
    if gas_price is not None and (ceiling is not None or tip is not None):
        raise InvalidRequest(
            "the transaction has both gasPrice and maxFeePerGas", hint="give one way of paying for gas"
        )
    if gas_price is not None:
        return LegacyFee(gas_price=gas_price)
    if (ceiling is None) != (tip is None):
        raise InvalidRequest(
            "the transaction has only one of maxFeePerGas and maxPriorityFeePerGas", hint="give both or none"
        )
    if ceiling is None or tip is None:
        return None
    return MarketFee(max_fee_per_gas=ceiling, max_priority_fee_per_gas=tip)


def _calldata(transaction: Mapping[str, object]) -> bytes:
    data, alias = (
        None if transaction.get(name) is None else parse_data(transaction[name], name)
        for name in ("data", "input")
    )
    if data is not None and alias is not None and data != alias:
        raise InvalidRequest("`data` and `input` differ", hint="give one of them")
    return data if data is not None else alias or b""


def parse_data(text: object, name: str) -> bytes:
    """Read calldata: 0x and an even number of hex digits; raises InvalidRequest for anything else."""
    if not isinstance(text, str) or not _DATA.fullmatch(text):
        raise wrong_field(name, text, "0x and an even number of hex digits")
    return bytes.fromhex(text[2:])


def _address(text: object, name: str) -> Address:
    if not isinstance(text, str):
        raise wrong_field(name, text, "an address")
    return Address.parse(text)


def _quantity(transaction: Mapping[str, object], name: str) -> int | None:
    text = transaction.get(name)
    if text is None:
        return None
    if not isinstance(text, str) or not _QUANTITY.fullmatch(text):
        raise wrong_field(name, text, "a hex quantity without leading zeros, such as 0x0 or 0x1f")
    return int(text, 16)
