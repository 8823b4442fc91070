"""ERC-20 moves: `transfer` and `transferFrom`, https://eips.ethereum.org/EIPS/eip-20"""

from __future__ import annotations

from guard.core.address import Address, keccak256
from guard.core.intent import Intent, Transfer, Unknown
from guard.core.request import TransactionRequest

TRANSFER_SELECTOR = keccak256(b"transfer(address,uint256)")[:4]
TRANSFER_FROM_SELECTOR = keccak256(b"transferFrom(address,address,uint256)")[:4]

_WORD = 32
_ARGUMENT_COUNT = {TRANSFER_SELECTOR: 2, TRANSFER_FROM_SELECTOR: 3}


def decode(request: TransactionRequest) -> Intent | None:
    """Return Transfer for a canonical call; Unknown where the call is one of these but its form is not."""
    selector = request.data[:4]
    count = _ARGUMENT_COUNT.get(selector)
    if request.to is None or count is None:
        return None
    arguments = request.data[4:]
    words = [arguments[start : start + _WORD] for start in range(0, len(arguments), _WORD)]
    if len(arguments) != count * _WORD or any(any(word[:12]) for word in words[:-1]):
        return _unknown(selector, "a token transfer whose arguments are not in canonical form")
    if request.value:
        return _unknown(selector, "a token transfer that also carries ether")
    addresses = [Address.from_bytes(word[12:]) for word in words[:-1]]
    return Transfer(
        token=request.to,
        owner=addresses[0] if count == 3 else request.sender,
        recipient=addresses[-1],
        amount=int.from_bytes(words[-1], "big"),
    )


def _unknown(selector: bytes, reason: str) -> Unknown:
    return Unknown(reason=reason, selector="0x" + selector.hex())
