"""The contracts speak as those that they stand for: selectors and type hashes are the published ones."""

from __future__ import annotations

import pytest

from guard.core.address import Address, keccak256
from tests.contracts import typed_data
from tests.contracts.compiled import compiled_contracts
from tests.contracts.typed_data import Document, Domain

# As block explorers show them for the contracts on mainnet.
SELECTORS = {
    "Token": {"095ea7b3", "39509351", "a9059cbb", "23b872dd"},
    "PermitToken": {"d505accf"},
    "DaiToken": {"8fcbaf0c"},
    "AuthorizationToken": {"e3ee160e"},
    "MulticallToken": {"ac9650d8"},
    "Collection": {"a22cb465", "42842e0e"},
    "MultiCollection": {"a22cb465", "f242432a", "2eb2c2d6"},
    "Permit2": {
        "87517c45",
        "2b67b570",
        "2a2d80d1",
        "36c78516",
        "0d58b1db",
        "30f28b7a",
        "edd9444b",
        "cc53287f",
    },
    "Safe": {"6a761202", "0d582f13"},
    "MultiSend": {"8d80ff0a"},
    "Multicall3": {"82ad56cb", "174dea71"},
    "SwapRouter": {"38ed1739", "04e45aaf", "ac9650d8"},
    "Market": {"b3a34c4c"},
    "UserProxy": {"3659cfe6", "f2fde38b"},
    "ClaimDrainer": {"4e71d92d", "af347b61"},
}

SOMEONE = Address.from_bytes(b"\x11" * 20)
DOMAIN = Domain(contract=SOMEONE, chain_id=1)
BOTH = {"spender": SOMEONE, "amount": 1, "token": SOMEONE}
SEVERAL = {"spender": SOMEONE, "amounts": {SOMEONE: 1}}

TYPE_HASHES = {
    # EIP-2612, as OpenZeppelin's and Uniswap's tokens hold it.
    "6e71edae12b1b97f4d1f60370fef10105fa2faae0126114a169c64845d6126c9": typed_data.permit(
        DOMAIN, owner=SOMEONE, spender=SOMEONE, value=1, nonce=0, deadline=1
    ),
    # Dai's PERMIT_TYPEHASH.
    "ea2aa0a1be11a07ed86d755c93467f4f82362b452371d1ba94d1715123511acb": typed_data.dai_permit(
        DOMAIN, holder=SOMEONE, spender=SOMEONE, nonce=0, expiry=0
    ),
    # USDC's TRANSFER_WITH_AUTHORIZATION_TYPEHASH, printed in EIP-3009.
    "7c7c6cdb67a18743f49ec6fa9b35f50d52ed05cbed4cc592e13b44501c1a2267": (
        typed_data.transfer_with_authorization(
            DOMAIN, owner=SOMEONE, to=SOMEONE, value=1, valid_before=1, nonce=bytes(32)
        )
    ),
    # Safe's SAFE_TX_TYPEHASH.
    "bb8310d486368db6bd6f849402fdd73ad53d316b5a4b2644ad6efe0f941286d8": typed_data.safe_transaction(
        DOMAIN, to=SOMEONE, data=b"", operation=0, nonce=0
    ),
    # Seaport's order type hash.
    "fa445660b7e21515a59617fcd68910b487aa5808b8abda3d78bc85df364b2c2f": typed_data.order(
        DOMAIN, components={}
    ),
    # Permit2's PermitHash library.
    "f3841cd1ff0085026a6327b620b67997ce40f282c88a8e905a7a5626e310f3d0": typed_data.permit_single(
        DOMAIN, **BOTH, until=1
    ),
    "af1b0d30d2cab0380e68f0689007e3254993c596f2fdd0aaa7f4d04f79440863": typed_data.permit_batch(
        DOMAIN, **SEVERAL, until=1
    ),
    "939c21a48a8dbe3a9a2404a1d46691e4d39f6583d6ec6b35714604c986d80106": typed_data.permit_transfer(
        DOMAIN, **BOTH, deadline=1
    ),
    "fcf35f5ac6a2c28868dc44c302166470266239195f02b0ee408334829333b766": typed_data.permit_batch_transfer(
        DOMAIN, **SEVERAL, deadline=1
    ),
}


@pytest.mark.parametrize("name", SELECTORS)
def test_a_contract_has_the_functions_of_the_one_it_stands_for(name: str) -> None:
    assert set(compiled_contracts()[name].selectors.values()) >= SELECTORS[name]


@pytest.mark.parametrize("published", TYPE_HASHES)
def test_a_document_has_the_type_hash_of_the_one_it_stands_for(published: str) -> None:
    assert type_hash(TYPE_HASHES[published]) == published


def type_hash(document: Document) -> str:
    """Return it by EIP-712: the primary type, then those that it refers to in the order of the alphabet."""
    primary = document["primaryType"]
    others = sorted(set(document["types"]) - {"EIP712Domain", primary})
    text = ""
    for name in (primary, *others):
        members = ",".join(f"{member['type']} {member['name']}" for member in document["types"][name])
        text += f"{name}({members})"
    return keccak256(text.encode()).hex()
