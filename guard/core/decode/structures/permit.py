"""Allowances given by signature to the token itself, or to a contract that holds positions.

Sources: https://eips.ethereum.org/EIPS/eip-2612, https://eips.ethereum.org/EIPS/eip-4494, the contracts of
DAI (0x6B175474E89094C44Da98b954EedeAC495271d0F), Comet, Morpho Blue and Aave's debt tokens
"""

from __future__ import annotations

from guard.core.decode.structures.structure import Signing, Structure
from guard.core.intent import Approve, ApproveAll, Grant, Intent, Permit

UNLIMITED = 2**256 - 1


def _permit(signing: Signing) -> Intent:
    message = signing.message
    grant = Grant(token=signing.contract, amount=message["value"], expires_at=None)
    return Permit(
        owner=message["owner"],
        spender=message["spender"],
        grants=(grant,),
        deadline=message["deadline"],
        form="permit",
    )


def _dai_permit(signing: Signing) -> Intent:
    message = signing.message
    amount = UNLIMITED if message["allowed"] else 0
    return Permit(
        owner=message["holder"],
        spender=message["spender"],
        grants=(Grant(token=signing.contract, amount=amount, expires_at=None),),
        # DAI takes 0 for a signature that holds for ever.
        deadline=message["expiry"] or None,
        form="dai-permit",
    )


def _piece_permit(signing: Signing) -> Intent:
    message = signing.message
    return Approve(
        token=signing.contract,
        owner=signing.signer,
        spender=message["spender"],
        amount=message["tokenId"],
        expires_at=message["deadline"],
        form="nft-permit",
    )


def _credit_delegation(signing: Signing) -> Intent:
    message = signing.message
    return Permit(
        owner=signing.signer,
        spender=message["delegatee"],
        grants=(Grant(token=signing.contract, amount=message["value"], expires_at=None),),
        deadline=message["deadline"],
        form="credit-delegation",
    )


def _comet_manager(signing: Signing) -> Intent:
    message = signing.message
    return ApproveAll(
        collection=signing.contract,
        owner=message["owner"],
        operator=message["manager"],
        approved=message["isAllowed"],
    )


def _morpho_manager(signing: Signing) -> Intent:
    message = signing.message
    return ApproveAll(
        collection=signing.contract,
        owner=message["authorizer"],
        operator=message["authorized"],
        approved=message["isAuthorized"],
    )


STRUCTURES = (
    Structure(
        "6e71edae12b1b97f4d1f60370fef10105fa2faae0126114a169c64845d6126c9",
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)",
        _permit,
    ),
    Structure(
        "ea2aa0a1be11a07ed86d755c93467f4f82362b452371d1ba94d1715123511acb",
        "Permit(address holder,address spender,uint256 nonce,uint256 expiry,bool allowed)",
        _dai_permit,
    ),
    Structure(
        "49ecf333e5b8c95c40fdafc95c1ad136e8914a8fb55e9dc8bb01eaa83a2df9ad",
        "Permit(address spender,uint256 tokenId,uint256 nonce,uint256 deadline)",
        _piece_permit,
    ),
    Structure(
        "323db0410fecc107e39e2af5908671f4c8d106123b35a51501bb805c5fa36aa0",
        "DelegationWithSig(address delegatee,uint256 value,uint256 nonce,uint256 deadline)",
        _credit_delegation,
    ),
    Structure(
        "ab8e80cad03d9def1f2f6f14831e15fd29eb88f59ac40032be3f8047b5ee33ed",
        "Authorization(address owner,address manager,bool isAllowed,uint256 nonce,uint256 expiry)",
        _comet_manager,
    ),
    Structure(
        "81d0284fb0e2cde18d0553b06189d6f7613c96a01bb5b5e7828eade6a0dcac91",
        "Authorization(address authorizer,address authorized,bool isAuthorized,uint256 nonce,"
        "uint256 deadline)",
        _morpho_manager,
    ),
)
