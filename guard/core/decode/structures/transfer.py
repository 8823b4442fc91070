"""Transfers by signature: whoever holds it carries it out, https://eips.ethereum.org/EIPS/eip-3009"""

from __future__ import annotations

from guard.core.decode.structures.structure import Signing, Structure
from guard.core.intent import Intent, Invoke, Transfer


def _transfer(signing: Signing) -> Intent:
    message = signing.message
    return Transfer(
        token=signing.contract,
        owner=message["from"],
        recipient=message["to"],
        amount=message["value"],
        expires_at=message["validBefore"],
    )


def _cancel(_: Signing) -> Intent:
    return Invoke(function="cancelAuthorization(address,bytes32)")


_MEMBERS = "(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"

STRUCTURES = (
    Structure(
        "7c7c6cdb67a18743f49ec6fa9b35f50d52ed05cbed4cc592e13b44501c1a2267",
        f"TransferWithAuthorization{_MEMBERS}",
        _transfer,
    ),
    Structure(
        "d099cc98ef71107a616c4f0f941f04c322d8e254fe26b3c6668db87aae413de8",
        f"ReceiveWithAuthorization{_MEMBERS}",
        _transfer,
    ),
    Structure(
        "158b0a9edf7a828aad02f63cd515c68ef2f50ba807396f6d12842833a1597429",
        "CancelAuthorization(address authorizer,bytes32 nonce)",
        _cancel,
    ),
)
