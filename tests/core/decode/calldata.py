"""Calldata by the reference encoder, for the tests of decoders."""

from __future__ import annotations

from dataclasses import replace

from eth_abi import encode

from guard.core.abi import parse_types
from guard.core.act import Act, flatten
from guard.core.address import Address, keccak256
from guard.core.decode import read
from guard.core.intent import Approve, Call, Unknown
from guard.core.rules.examples import SENDER, TOKEN, TRANSFER

MAX = 2**256 - 1
ZERO = Address("0x" + "0" * 40)
CALLER = Address("0x" + "0" * 39 + "1")
ROUTER_ITSELF = Address("0x" + "0" * 39 + "2")


def address(number: int) -> Address:
    """Return an address that is easy to tell: the number's two hex digits, twenty times."""
    return Address.from_bytes(bytes([number]) * 20)


SPENDER, THIEF, WALLET, VENUE, WETH, OTHER = (
    address(number) for number in (0x51, 0x71, 0x3A, 0x7E, 0xE7, 0x0E)
)


def arguments(types: str, *values: object) -> bytes:
    """Return values as eth_abi writes them."""
    return bytes(encode(_split(types), list(values)))


def _split(types: str) -> list[str]:
    assert parse_types(types)
    names, depth, start = [], 0, 0
    for place, letter in enumerate(types):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            names.append(types[start:place])
            start = place + 1
    return [*names, types[start:]]


def calldata(signature: str, *values: object) -> bytes:
    """Return a call of a function by its signature."""
    types = signature[signature.index("(") + 1 : -1]
    return keccak256(signature.encode())[:4] + (arguments(types, *values) if types else b"")


def transfer(recipient: Address, amount: int = 1) -> bytes:
    """Return a token's `transfer`."""
    return calldata("transfer(address,uint256)", recipient, amount)


def approve(spender: Address = SPENDER, amount: int = MAX) -> bytes:
    """Return a token's `approve`."""
    return calldata("approve(address,uint256)", spender, amount)


def approval(owner: Address, *, token: Address = TOKEN, spender: Address = SPENDER) -> Approve:
    """Return what `approve` does in the name of `owner`."""
    return Approve(token=token, owner=owner, spender=spender, amount=MAX, form="approve")


def done(data: bytes, *, to: Address = WALLET, value: int = 0, sender: Address = SENDER) -> Call:
    """Return the reading of a transaction."""
    return read(replace(TRANSFER, sender=sender, to=to, value=value, data=data))


def inside(data: bytes, *, to: Address = WALLET, value: int = 0, sender: Address = SENDER) -> list[Call]:
    """Return the innermost calls of a transaction, those that hold no others, in their order."""
    acts = flatten(done(data, to=to, value=value, sender=sender))
    paths = [act.path for act in acts]
    return [act.call for act in acts if not any(_is_under(path, act) for path in paths)]


def _is_under(path: tuple[int, ...], act: Act) -> bool:
    return len(path) > len(act.path) and path[: len(act.path)] == act.path


def intents(data: bytes, *, to: Address = WALLET, value: int = 0, sender: Address = SENDER) -> list[object]:
    """Return what the innermost calls of a transaction do."""
    return [call.intent for call in inside(data, to=to, value=value, sender=sender)]


def unknown(reason: str, selector: str | None = None) -> Unknown:
    """Return a reading that failed."""
    return Unknown(reason=reason, selector=selector)


JUNK = bytes.fromhex("deadbeef")
UNREAD = unknown("the function called is not one that this version can read", "0xdeadbeef")
