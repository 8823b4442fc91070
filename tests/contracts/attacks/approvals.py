"""Rights given by a transaction: the thief uses them later, when the user has forgotten."""

from __future__ import annotations

from collections.abc import Callable

from guard.core.address import Address
from tests.contracts.attacks.attack import Attack, Scene, owned
from tests.contracts.chain import Chain, WalletRequest, calldata

MAX_UINT256 = 2**256 - 1
MAX_UINT160 = 2**160 - 1
MAX_UINT48 = 2**48 - 1


def tokens_of_the_user(chain: Chain, contract: str, symbol: str, decimals: int, *, whole: int) -> Address:
    """Deploy a token of which the user holds this many whole ones, a tenth of all there are."""
    token = chain.deploy(contract, f"Test {symbol}", symbol, decimals)
    amount = whole * 10**decimals
    chain.call(chain.deployer, token, "mint(address,uint256)", chain.user.address, amount)
    chain.call(chain.deployer, token, "mint(address,uint256)", chain.deployer.address, 9 * amount)
    return token


def pull(chain: Chain, token: Address, amount: int) -> None:
    """Let the thief take tokens by an allowance of the user."""
    user, thief = chain.user.address, chain.thief.address
    chain.call(chain.thief, token, "transferFrom(address,address,uint256)", user, thief, amount)


def _nothing_allowed(chain: Chain, token: Address, spender: Address) -> WalletRequest:
    return WalletRequest.transaction(chain.user, token, calldata("approve(address,uint256)", spender, 0))


def _no_operator(chain: Chain, collection: Address) -> WalletRequest:
    data = calldata("setApprovalForAll(address,bool)", chain.thief.address, False)
    return WalletRequest.transaction(chain.user, collection, data)


def locked_down(chain: Chain, permit2: Address, *tokens: Address) -> WalletRequest:
    """Return what ends all that Permit2 lets the thief take of these tokens."""
    pairs = [(token, chain.thief.address) for token in tokens]
    return WalletRequest.transaction(chain.user, permit2, calldata("lockdown((address,address)[])", pairs))


def unlimited_approve(chain: Chain) -> Scene:
    """The user approves a "staking" contract without limit; it takes every token the same day."""
    token = tokens_of_the_user(chain, "Token", "TETH", 18, whole=40)
    drainer = chain.deploy("PullDrainer", chain.thief.address, by=chain.thief)
    held = 40 * 10**18
    take = ("pull(address,address,uint256)", token, chain.user.address, held)
    return Scene(
        request=WalletRequest.transaction(
            chain.user, token, calldata("approve(address,uint256)", drainer, MAX_UINT256)
        ),
        holdings=owned(chain, chain.user.address, {"TETH": token}),
        loss={"TETH": held},
        steal=lambda _: chain.call(chain.thief, drainer, *take),
        revocation=_nothing_allowed(chain, token, drainer),
    )


def _allowance_to_the_thief(
    chain: Chain, contract: str, symbol: str, decimals: int, data: Callable[[Address], bytes]
) -> Scene:
    """Prepare a scene in which calldata sent to the token lets the thief's own account take it all."""
    token = tokens_of_the_user(chain, contract, symbol, decimals, whole=25_000)
    held = 25_000 * 10**decimals
    return Scene(
        request=WalletRequest.transaction(chain.user, token, data(chain.thief.address)),
        holdings=owned(chain, chain.user.address, {symbol: token}),
        loss={symbol: held},
        steal=lambda _: pull(chain, token, held),
        revocation=_nothing_allowed(chain, token, chain.thief.address),
    )


def increase_allowance(chain: Chain) -> Scene:
    """The user raises an allowance from nothing: an approval that many wallets do not show as one."""
    return _allowance_to_the_thief(
        chain,
        *("Token", "TUSD", 6),
        lambda thief: calldata("increaseAllowance(address,uint256)", thief, MAX_UINT256),
    )


def approve_64_bits_of_6_decimals(chain: Chain) -> Scene:
    """The user approves 2^64-1 units, which looks limited and is more than 18 trillion dollars."""
    return _allowance_to_the_thief(
        chain, *("Token", "TUSD", 6), lambda thief: calldata("approve(address,uint256)", thief, 2**64 - 1)
    )


def approve_three_multicalls_deep(chain: Chain) -> Scene:
    """The user sends a multicall of the token; three levels down, between harmless calls, is an approval."""

    def data(thief: Address) -> bytes:
        nested = calldata("approve(address,uint256)", thief, MAX_UINT256)
        for _ in range(3):
            harmless = calldata("transfer(address,uint256)", thief, 0)
            nested = calldata("multicall(bytes[])", [harmless, nested])
        return nested

    return _allowance_to_the_thief(chain, "MulticallToken", "TMUL", 18, data)


def permit2_approve(chain: Chain) -> Scene:
    """The user, whose tokens Permit2 may move for honest routers, makes the thief one of its spenders."""
    token = tokens_of_the_user(chain, "Token", "TUSD", 6, whole=25_000)
    permit2 = permit2_of(chain, token)
    held = 25_000 * 10**6
    data = calldata(
        "approve(address,address,uint160,uint48)", token, chain.thief.address, MAX_UINT160, MAX_UINT48
    )
    return Scene(
        request=WalletRequest.transaction(chain.user, permit2, data),
        holdings=owned(chain, chain.user.address, {"TUSD": token}),
        loss={"TUSD": held},
        steal=lambda _: pull_by_permit2(chain, permit2, token, held),
        revocation=locked_down(chain, permit2, token),
    )


def permit2_of(chain: Chain, *tokens: Address) -> Address:
    """Deploy Permit2 and let the user approve it for these tokens without limit, as everyone does once."""
    permit2 = chain.deploy("Permit2")
    for token in tokens:
        chain.call(chain.user, token, "approve(address,uint256)", permit2, MAX_UINT256)
    return permit2


def pull_by_permit2(chain: Chain, permit2: Address, token: Address, amount: int) -> None:
    """Let the thief take tokens by an allowance that Permit2 keeps."""
    user, thief = chain.user.address, chain.thief.address
    chain.call(
        chain.thief, permit2, "transferFrom(address,address,uint160,address)", user, thief, amount, token
    )


def collection_operator(chain: Chain) -> Scene:
    """The user makes the thief an operator of a collection; every item goes, one transfer each."""
    collection = chain.deploy("Collection")
    for item in (3, 5, 8):
        chain.call(chain.deployer, collection, "mint(address,uint256)", chain.user.address, item)

    def steal(_: bytes) -> None:
        user, thief = chain.user.address, chain.thief.address
        for item in (3, 5, 8):
            chain.call(
                chain.thief, collection, "safeTransferFrom(address,address,uint256)", user, thief, item
            )

    data = calldata("setApprovalForAll(address,bool)", chain.thief.address, True)
    return Scene(
        request=WalletRequest.transaction(chain.user, collection, data),
        holdings=owned(chain, chain.user.address, {"TEST": collection}),
        loss={"TEST": 3},
        steal=steal,
        revocation=_no_operator(chain, collection),
    )


def multi_collection_operator(chain: Chain) -> Scene:
    """The same with ERC-1155: one batch takes every kind of item at once."""
    collection = chain.deploy("MultiCollection")
    kinds, amounts = [1, 2], [70, 4]
    for kind, amount in zip(kinds, amounts, strict=True):
        give = ("mint(address,uint256,uint256)", chain.user.address, kind, amount)
        chain.call(chain.deployer, collection, *give)
    take = "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)"
    moved = (chain.user.address, chain.thief.address, kinds, amounts, b"")
    data = calldata("setApprovalForAll(address,bool)", chain.thief.address, True)
    return Scene(
        request=WalletRequest.transaction(chain.user, collection, data),
        holdings=owned(chain, chain.user.address, {"swords": (collection, 1), "crowns": (collection, 2)}),
        loss={"swords": 70, "crowns": 4},
        steal=lambda _: chain.call(chain.thief, collection, take, *moved),
        revocation=_no_operator(chain, collection),
    )


ATTACKS = tuple(
    Attack.told_by(story)
    for story in (
        unlimited_approve,
        increase_allowance,
        approve_64_bits_of_6_decimals,
        approve_three_multicalls_deep,
        permit2_approve,
        collection_operator,
        multi_collection_operator,
    )
)
