"""Values that the adapters' tests share: a key, requests signed with it, and verdicts on them.

What belongs here: values made by the product's own code. What must not: assertions.
"""

from __future__ import annotations

from dataclasses import replace

from guard.adapters.keystore import MemorySigner
from guard.core.address import NOBODY, Address
from guard.core.authorization import Delegation, SignedAuthorization
from guard.core.policy import Policy
from guard.core.request import TransactionRequest
from guard.core.review import review
from guard.core.rules.examples import EVIDENCE, STRANGER, TRANSFER
from guard.core.signature_request import SignatureRequest
from guard.core.signed import SignedTransaction, decode_signed
from guard.core.subject import Request
from guard.core.typed_data import parse_typed_data
from guard.core.verdict import Verdict
from tests.core.typed_documents import document

KEY = bytes(2) + bytes.fromhex("5eed0f1ce5ca7e7a11bada55e5c0ffee0ddba11f00dcafebabe8badf00dd")
SIGNER = MemorySigner(KEY)
NOW = 1_700_000_000


def request(**changes: object) -> TransactionRequest:
    """Return 0.1 ether from the key's account to a contact, with these changes."""
    return replace(TRANSFER, **{"sender": SIGNER.address, **changes})  # type: ignore[arg-type]


def verdict(of: Request) -> Verdict:
    """Return what the product says of it."""
    return review(of, EVIDENCE, Policy(), NOW)


def signed(of: TransactionRequest) -> SignedTransaction:
    """Return its signed bytes."""
    return decode_signed(SIGNER.sign(of))


def reset(nonce: int = 7) -> TransactionRequest:
    """Return the transaction with which the key's account takes its delegation back."""
    delegation = Delegation(chain_id=1, delegate=NOBODY, nonce=nonce + 1)
    signature = SIGNER.sign_authorization(delegation, SIGNER.address)
    signed = SignedAuthorization(delegation=delegation, signature=signature)
    return request(to=SIGNER.address, value=0, nonce=nonce, gas_limit=46_000, authorizations=(signed,))


def address(number: int) -> Address:
    """Return an address that ends in this number, and is no precompile."""
    return Address.from_bytes(b"\x11" * 12 + number.to_bytes(8, "big"))


def signature_request(**changes: object) -> SignatureRequest:
    """Return a permit of the key's account, for a stranger and without a limit, with these changes."""
    data = parse_typed_data(
        document(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)",
            {
                "owner": SIGNER.address,
                "spender": STRANGER,
                "value": str(2**256 - 1),
                "nonce": 0,
                "deadline": NOW + 600,
            },
        )
    )
    request = SignatureRequest(sender=SIGNER.address, content=data, chain_id=1)
    return replace(request, **changes)  # type: ignore[arg-type]
