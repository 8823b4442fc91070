"""Typed data for tests: the example of EIP-712 itself, and documents of one structure and one domain.

What belongs here: documents. What must not: assertions.
"""

from __future__ import annotations

import copy
from typing import Any

DOMAIN_TYPES = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
    ("salt", "bytes32"),
)
CONTRACT = "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"

# https://eips.ethereum.org/EIPS/eip-712 and its test vectors, assets/eip-712/Example.js
MAIL: dict[str, Any] = {
    "types": {
        "EIP712Domain": [
            {"name": "name", "type": "string"},
            {"name": "version", "type": "string"},
            {"name": "chainId", "type": "uint256"},
            {"name": "verifyingContract", "type": "address"},
        ],
        "Person": [{"name": "name", "type": "string"}, {"name": "wallet", "type": "address"}],
        "Mail": [
            {"name": "from", "type": "Person"},
            {"name": "to", "type": "Person"},
            {"name": "contents", "type": "string"},
        ],
    },
    "primaryType": "Mail",
    "domain": {"name": "Ether Mail", "version": "1", "chainId": 1, "verifyingContract": CONTRACT},
    "message": {
        "from": {"name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
        "to": {"name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
        "contents": "Hello, Bob!",
    },
}


def mail() -> dict[str, Any]:
    """Return the example, to be changed at will."""
    return copy.deepcopy(MAIL)


def document(
    encoded_type: str, message: dict[str, Any], *, domain: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return a document of the structure that is declared like this, first of all its own."""
    domain = {"chainId": 1, "verifyingContract": CONTRACT} if domain is None else domain
    structures = [part.partition("(") for part in encoded_type.split(")") if part]
    return {
        "types": {
            "EIP712Domain": [{"name": name, "type": kind} for name, kind in DOMAIN_TYPES if name in domain],
            **{
                name: [
                    {"name": member.split(" ")[1], "type": member.split(" ")[0]}
                    for member in members.split(",")
                    if member
                ]
                for name, _, members in structures
            },
        },
        "primaryType": structures[0][0],
        "domain": domain,
        "message": message,
    }


def one_member(kind: str, value: Any) -> dict[str, Any]:
    """Return a document whose structure has one member."""
    return document(f"One({kind} it)", {"it": value})
