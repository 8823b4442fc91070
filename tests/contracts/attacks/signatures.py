"""Rights given by a signature alone: nothing is on the chain until the thief brings it there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from eth_account.messages import encode_typed_data

from guard.core.address import Address, keccak256
from tests.contracts import typed_data
from tests.contracts.attacks.approvals import (
    MAX_UINT48,
    MAX_UINT160,
    MAX_UINT256,
    permit2_of,
    pull,
    pull_by_permit2,
    tokens_of_the_user,
)
from tests.contracts.attacks.attack import Attack, Scene, owned
from tests.contracts.chain import Chain, WalletRequest
from tests.contracts.typed_data import Document, Domain

_WHOLE = 25_000
_MONTH_S = 30 * 24 * 3600


def split(signature: bytes) -> tuple[int, bytes, bytes]:
    """Return v, r and s of 65 bytes."""
    return signature[64], signature[:32], signature[32:64]


def _domain(chain: Chain, token: Address, symbol: str) -> Domain:
    return Domain(contract=token, chain_id=chain.chain_id, name=f"Test {symbol}", version="1")


def _permit_scene(chain: Chain, asked: Callable[[Document], WalletRequest]) -> Scene:
    token = tokens_of_the_user(chain, "PermitToken", "TUSD", 6, whole=_WHOLE)
    held, until = _WHOLE * 10**6, chain.now() + _MONTH_S
    user, thief = chain.user.address, chain.thief.address
    terms = {"owner": user, "spender": thief, "value": MAX_UINT256, "deadline": until}

    def steal(signature: bytes) -> None:
        permit = "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"
        chain.call(chain.thief, token, permit, user, thief, MAX_UINT256, until, *split(signature))
        pull(chain, token, held)

    return Scene(
        request=asked(typed_data.permit(_domain(chain, token, "TUSD"), **terms, nonce=0)),
        holdings=owned(chain, user, {"TUSD": token}),
        loss={"TUSD": held},
        steal=steal,
    )


def permit(chain: Chain) -> Scene:
    """The user "logs in" by a signature that costs nothing, and is an unlimited approval."""
    return _permit_scene(chain, lambda document: WalletRequest.typed_data(chain.user, document))


def permit_as_a_bare_hash(chain: Chain) -> Scene:
    """The same approval given to `eth_sign` as 32 bytes, which tell a reader nothing."""

    def asked(document: Document) -> WalletRequest:
        message = encode_typed_data(full_message=document)
        digest = keccak256(b"\x19\x01" + message.header + message.body)
        return WalletRequest(method="eth_sign", params=(chain.user.address, "0x" + digest.hex()))

    return _permit_scene(chain, asked)


def dai_permit(chain: Chain) -> Scene:
    """The user signs DAI's permit, which has no amount and here no end."""
    token = tokens_of_the_user(chain, "DaiToken", "TDAI", 18, whole=_WHOLE)
    held = _WHOLE * 10**18
    user, thief = chain.user.address, chain.thief.address
    terms = {"holder": user, "spender": thief, "nonce": 0, "expiry": 0}

    def steal(signature: bytes) -> None:
        permit = "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)"
        chain.call(chain.thief, token, permit, *terms.values(), True, *split(signature))
        pull(chain, token, held)

    document = typed_data.dai_permit(_domain(chain, token, "TDAI"), **terms)
    return Scene(
        request=WalletRequest.typed_data(chain.user, document),
        holdings=owned(chain, user, {"TDAI": token}),
        loss={"TDAI": held},
        steal=steal,
    )


def transfer_with_authorization(chain: Chain) -> Scene:
    """The user signs a transfer of EIP-3009, which the thief brings to the chain."""
    token = tokens_of_the_user(chain, "AuthorizationToken", "TUSD", 6, whole=_WHOLE)
    held, until, nonce = _WHOLE * 10**6, chain.now() + _MONTH_S, keccak256(b"a nonce")
    user, thief = chain.user.address, chain.thief.address
    document = typed_data.transfer_with_authorization(
        _domain(chain, token, "TUSD"), owner=user, to=thief, value=held, valid_before=until, nonce=nonce
    )
    function = (
        "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)"
    )
    given = (user, thief, held, 0, until, nonce)
    return Scene(
        request=WalletRequest.typed_data(chain.user, document),
        holdings=owned(chain, user, {"TUSD": token}),
        loss={"TUSD": held},
        steal=lambda signature: chain.call(chain.thief, token, function, *given, *split(signature)),
    )


def _permit2_domain(chain: Chain, permit2: Address) -> Domain:
    return Domain(contract=permit2, chain_id=chain.chain_id, name="Permit2")


def permit2_single(chain: Chain) -> Scene:
    """The user signs Permit2's approval of one token, without limit and without end."""
    token = tokens_of_the_user(chain, "Token", "TUSD", 6, whole=_WHOLE)
    permit2, held = permit2_of(chain, token), _WHOLE * 10**6
    user, thief = chain.user.address, chain.thief.address
    document = typed_data.permit_single(
        _permit2_domain(chain, permit2), token=token, amount=MAX_UINT160, spender=thief, until=MAX_UINT48
    )
    given = ((token, MAX_UINT160, MAX_UINT48, 0), thief, MAX_UINT48)

    def steal(signature: bytes) -> None:
        function = "permit(address,((address,uint160,uint48,uint48),address,uint256),bytes)"
        chain.call(chain.thief, permit2, function, user, given, signature)
        pull_by_permit2(chain, permit2, token, held)

    return Scene(
        request=WalletRequest.typed_data(chain.user, document),
        holdings=owned(chain, user, {"TUSD": token}),
        loss={"TUSD": held},
        steal=steal,
    )


def _two_tokens_in_permit2(chain: Chain) -> tuple[Address, dict[Address, int], Scene]:
    """Return Permit2, what it may move of the user's, and a scene that lacks its document."""
    dollar = tokens_of_the_user(chain, "Token", "TUSD", 6, whole=_WHOLE)
    ether = tokens_of_the_user(chain, "Token", "TETH", 18, whole=40)
    held = {dollar: _WHOLE * 10**6, ether: 40 * 10**18}
    scene = Scene(
        request=WalletRequest.typed_data(chain.user, {}),
        holdings=owned(chain, chain.user.address, {"TUSD": dollar, "TETH": ether}),
        loss={"TUSD": held[dollar], "TETH": held[ether]},
    )
    return permit2_of(chain, *held), held, scene


def permit2_batch(chain: Chain) -> Scene:
    """The user signs once, and everything that Permit2 may move is the thief's, in one transfer."""
    permit2, held, scene = _two_tokens_in_permit2(chain)
    user, thief = chain.user.address, chain.thief.address
    document = typed_data.permit_batch(
        _permit2_domain(chain, permit2), amounts=held, spender=thief, until=MAX_UINT48
    )

    def steal(signature: bytes) -> None:
        function = "permit(address,((address,uint160,uint48,uint48)[],address,uint256),bytes)"
        details = [(token, amount, MAX_UINT48, 0) for token, amount in held.items()]
        chain.call(chain.thief, permit2, function, user, (details, thief, MAX_UINT48), signature)
        moves = [(user, thief, amount, token) for token, amount in held.items()]
        chain.call(chain.thief, permit2, "transferFrom((address,address,uint160,address)[])", moves)

    return replace(scene, request=WalletRequest.typed_data(chain.user, document), steal=steal)


def permit2_batch_transfer(chain: Chain) -> Scene:
    """The user signs Permit2's single transfer of several tokens."""
    permit2, held, scene = _two_tokens_in_permit2(chain)
    user, thief, until = chain.user.address, chain.thief.address, chain.now() + _MONTH_S
    document = typed_data.permit_batch_transfer(
        _permit2_domain(chain, permit2), amounts=held, spender=thief, deadline=until
    )
    function = "permitTransferFrom(((address,uint256)[],uint256,uint256),(address,uint256)[],address,bytes)"
    given = ((list(held.items()), 0, until), [(thief, amount) for amount in held.values()], user)
    return replace(
        scene,
        request=WalletRequest.typed_data(chain.user, document),
        steal=lambda signature: chain.call(chain.thief, permit2, function, *given, signature),
    )


def permit2_transfer(chain: Chain) -> Scene:
    """The user signs Permit2's single transfer, which names a spender and no recipient."""
    token = tokens_of_the_user(chain, "Token", "TUSD", 6, whole=_WHOLE)
    permit2, held, until = permit2_of(chain, token), _WHOLE * 10**6, chain.now() + _MONTH_S
    user, thief = chain.user.address, chain.thief.address
    document = typed_data.permit_transfer(
        _permit2_domain(chain, permit2), token=token, amount=held, spender=thief, deadline=until
    )
    function = "permitTransferFrom(((address,uint256),uint256,uint256),(address,uint256),address,bytes)"
    given = (((token, held), 0, until), (thief, held), user)
    return Scene(
        request=WalletRequest.typed_data(chain.user, document),
        holdings=owned(chain, user, {"TUSD": token}),
        loss={"TUSD": held},
        steal=lambda signature: chain.call(chain.thief, permit2, function, *given, signature),
    )


ATTACKS = tuple(
    Attack.told_by(story)
    for story in (
        permit,
        permit_as_a_bare_hash,
        dai_permit,
        transfer_with_authorization,
        permit2_single,
        permit2_batch,
        permit2_transfer,
        permit2_batch_transfer,
    )
)
