"""From what a person typed, or a file holds, to a request with everything in it that was given.

What belongs here: the edge's parsing. What must not: anything that was not given; the node is asked for that.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guard.adapters.contacts import ContactsFile
from guard.core.address import Address
from guard.core.amounts import parse_amount
from guard.core.request import Fee, LegacyFee, MarketFee, TransactionRequest
from guard.core.rpc_request import parse_request
from guard.core.rpc_transaction import parse_transaction
from guard.core.rpc_values import parse_data
from guard.core.signed import SignedTransaction, decode_signed
from guard.core.strict_json import parse_object
from guard.core.subject import Request
from guard.core.text import escape_untrusted
from guard.errors import CallerError, InvalidAddress
from guard.ports import Chain
from wallet.options import is_typed

if TYPE_CHECKING:
    from guard.core.signed import SignedTransaction
    from guard.core.subject import Request

_MAX_FILE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """The flags of one payment, as they were typed."""

    to: str | None
    value: str | None
    data: str | None
    signature: str | None
    arguments: tuple[str, ...]
    chain: int | None
    nonce: int | None
    gas_limit: int | None
    gas_price: str | None
    priority_gas_price: str | None
    legacy: bool

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Payment:
        """Take the flags out of a command's options."""
        return cls(**{name: options[name] for name in cls.__dataclass_fields__})


def draft(
    payment: Payment, sender: Address, contacts: ContactsFile, chain: Chain | None
) -> TransactionRequest:
    """Return the request that the flags describe; raises CallerError for what cannot be read."""
    if payment.to is None:
        raise CallerError("no recipient was given", hint="name an address or a contact")
    data = _calldata(payment)
    if payment.value is None and not data:
        raise CallerError("no amount was given", hint="add --value, such as --value 0.1ether")
    return TransactionRequest(
        sender=sender,
        to=recipient(payment.to, contacts),
        value=0 if payment.value is None else parse_amount(payment.value),
        data=data,
        chain_id=payment.chain,
        nonce=payment.nonce,
        gas_limit=payment.gas_limit,
        fee=_fee(payment, chain),
    )


def recipient(text: str, contacts: ContactsFile) -> Address:
    """Return the address, or the address of the contact of that name; raises InvalidAddress for neither."""
    # No contact may stand for an address that somebody typed in full.
    if text[:2].lower() == "0x":
        return Address.parse(text)
    for contact in contacts.load():
        if contact.name.casefold() == text.casefold():
            return contact.address
    raise InvalidAddress(
        f"'{escape_untrusted(text, limit=80)}' is neither an address nor a contact",
        hint="give 0x and 40 hex digits, or add it with `wallet contacts add NAME ADDRESS`",
    )


def _calldata(payment: Payment) -> bytes:
    if payment.signature is None:
        if payment.arguments:
            raise CallerError(
                f"'{escape_untrusted(payment.arguments[0], limit=80)}' is one argument too many",
                hint='arguments belong to --call "transfer(address,uint256)"',
            )
        return b"" if payment.data is None else parse_data(payment.data, "--data")
    if payment.data is not None:
        raise CallerError("both --data and --call were given", hint="give one of them")
    from wallet.calls import encode_call

    return encode_call(payment.signature, payment.arguments)


def _fee(payment: Payment, chain: Chain | None) -> Fee | None:
    """Return the fee that the flags ask for; None leaves it to the node.

    A gas price alone is the ceiling of a fee-market transaction whose tip the node suggests; with no node to
    ask it is what it is called, one price for gas. A tip alone replaces the one that the node suggests. A tip
    that has no place is refused where it was typed; one from the environment belongs to other payments.
    """
    price = None if payment.gas_price is None else parse_amount(payment.gas_price)
    tip = None if payment.priority_gas_price is None else parse_amount(payment.priority_gas_price)
    if payment.legacy:
        if tip is not None and is_typed("priority_gas_price"):
            raise CallerError("--legacy has one gas price", hint="leave --priority-gas-price out")
        return None if price is None else LegacyFee(gas_price=price)
    if price is None:
        return None if tip is None or chain is None else _suggested_with(tip, chain)
    if tip is not None:
        return MarketFee(max_fee_per_gas=price, max_priority_fee_per_gas=tip)
    suggested = None if chain is None else chain.suggest_fee(legacy=False)
    if not isinstance(suggested, MarketFee):
        return LegacyFee(gas_price=price)
    return MarketFee(
        max_fee_per_gas=price, max_priority_fee_per_gas=min(suggested.max_priority_fee_per_gas, price)
    )


def _suggested_with(tip: int, chain: Chain) -> Fee | None:
    """Return the node's fee with this tip in it, as cast makes it; None on a chain without tips."""
    suggested = chain.suggest_fee(legacy=False)
    if isinstance(suggested, MarketFee):
        base = suggested.max_fee_per_gas - suggested.max_priority_fee_per_gas
        return MarketFee(max_fee_per_gas=base + tip, max_priority_fee_per_gas=tip)
    if is_typed("priority_gas_price"):
        raise CallerError("this chain has one gas price", hint="leave --priority-gas-price out")
    return suggested


def from_raw(text: str) -> TransactionRequest:
    """Return the request that signed bytes carry out, its sender recovered from the signature."""
    from guard.adapters.recover import attributed

    request = attributed(decode_signed(parse_data(text.strip(), "--raw")))
    assert isinstance(request, TransactionRequest)
    return request


def from_file(name: str) -> Request:
    """Return the request in a JSON file, or on standard input for `-`.

    It holds a transaction object as in eth_sendTransaction, or a whole request with `method` and `params`, of
    any method that signs or sends.
    """
    document = parse_object(read_file(name), max_bytes=_MAX_FILE_BYTES)
    asked = parse_request(document) if "method" in document else parse_transaction(document)
    hands_over = isinstance(asked, TransactionRequest) and asked.authorizations
    if not isinstance(asked, SignedTransaction) and not hands_over:
        # Nobody is to be recovered, and what recovers costs a sixth of a second to import.
        return asked
    from guard.adapters.recover import attributed

    return attributed(asked)


def read_file(name: str) -> bytes:
    """Return what a file holds, or standard input for `-`; raises CallerError beyond 1 MiB."""
    try:
        if name == "-":
            content = sys.stdin.buffer.read(_MAX_FILE_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise CallerError(
            f"{escape_untrusted(name, limit=120)} cannot be read: {error.strerror}", hint="name a JSON file"
        ) from error
    if len(content) > _MAX_FILE_BYTES:
        raise CallerError(f"{escape_untrusted(name, limit=120)} is larger than 1 MiB")
    return content
