"""Trades on terms that are no trade: an order for nothing, a swap for another, a swap at any price."""

from __future__ import annotations

from guard.core.address import Address
from tests.contracts import typed_data
from tests.contracts.attacks.approvals import MAX_UINT256
from tests.contracts.attacks.attack import Attack, Scene, owned
from tests.contracts.chain import Chain, WalletRequest, calldata
from tests.contracts.typed_data import Domain

_DOLLARS = 10_000 * 10**6
_POOL = (1_000_000 * 10**6, 500 * 10**18)
"""What is in the pool: dollars of 6 decimals, ether tokens of 18."""
_ATTACK = 49_000_000 * 10**6
"""Dollars with which the thief moves the price."""
_SWAP = "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)"


def zero_price_order(chain: Chain) -> Scene:
    """The user signs an order of Seaport for one wei; the thief fills it, and a rare item is gone."""
    collection, market = chain.deploy("Collection"), chain.deploy("Market")
    user, nobody = chain.user.address, Address.from_bytes(bytes(20))
    chain.call(chain.deployer, collection, "mint(address,uint256)", user, 8)
    # The user has sold there before: that right is an honest one.
    chain.call(chain.user, collection, "setApprovalForAll(address,bool)", market, True)
    opens, closes = chain.now(), chain.now() + 10 * 365 * 24 * 3600
    offer, payment = (2, collection, 8, 1, 1), (0, nobody, 0, 1, 1, user)
    names = ("itemType", "token", "identifierOrCriteria", "startAmount", "endAmount", "recipient")
    terms = {
        "offerer": user,
        "zone": nobody,
        "offer": [dict(zip(names, offer, strict=False))],
        "consideration": [dict(zip(names, payment, strict=True))],
        "orderType": 0,
        "startTime": opens,
        "endTime": closes,
        "zoneHash": "0x" + "00" * 32,
        "salt": 77,
        "conduitKey": "0x" + "00" * 32,
        "counter": 0,
    }
    document = typed_data.order(
        Domain(contract=market, chain_id=chain.chain_id, name="Seaport", version="1.5"), components=terms
    )
    parameters = (user, nobody, [offer], [payment], 0, opens, closes, bytes(32), 77, bytes(32), 1)
    items = "(uint8,address,uint256,uint256,uint256)[],(uint8,address,uint256,uint256,uint256,address)[]"
    order = f"((address,address,{items},uint8,uint256,uint256,bytes32,uint256,bytes32,uint256),bytes)"

    def steal(signature: bytes) -> None:
        filled = (f"fulfillOrder({order},bytes32)", (parameters, signature), bytes(32))
        chain.call(chain.thief, market, *filled, value=1)

    return Scene(
        request=WalletRequest.typed_data(chain.user, document),
        holdings=owned(chain, user, {"TEST": collection}),
        loss={"TEST": 1, "ether": -1},
        steal=steal,
    )


def _pool(chain: Chain) -> tuple[Address, Address, Address]:
    """Return router, dollars and ether tokens: a full pool, which the user has approved for its dollars."""
    router = chain.deploy("SwapRouter")
    dollar = chain.deploy("Token", "Test Dollar", "TUSD", 6)
    ether = chain.deploy("Token", "Test Ether", "TETH", 18)
    mint = "mint(address,uint256)"
    for token, amount in zip((dollar, ether), _POOL, strict=True):
        chain.call(chain.deployer, token, mint, router, amount)
    chain.call(chain.deployer, dollar, mint, chain.user.address, _DOLLARS)
    chain.call(chain.deployer, dollar, mint, chain.thief.address, _ATTACK)
    chain.call(chain.user, dollar, "approve(address,uint256)", router, _DOLLARS)
    return router, dollar, ether


def _received(amount: int, pool_in: int, pool_out: int) -> int:
    """Return what a pool whose product is constant pays out."""
    return amount * pool_out // (pool_in + amount)


def _swap_to_the_thief(chain: Chain, *, in_a_multicall: bool) -> Scene:
    router, dollar, ether = _pool(chain)
    minimum = _received(_DOLLARS, *_POOL)
    params = (dollar, ether, 3000, chain.thief.address, _DOLLARS, minimum, 0)
    function = "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))"
    data = calldata(function, params)
    return Scene(
        request=WalletRequest.transaction(
            chain.user, router, calldata("multicall(bytes[])", [data]) if in_a_multicall else data
        ),
        holdings=owned(chain, chain.user.address, {"TUSD": dollar, "TETH": ether}),
        loss={"TUSD": _DOLLARS},
    )


def swap_to_a_foreign_recipient(chain: Chain) -> Scene:
    """The user swaps on an honest router at a fair price, and what comes out is paid to the thief."""
    return _swap_to_the_thief(chain, in_a_multicall=False)


def swap_to_a_foreign_recipient_in_a_multicall(chain: Chain) -> Scene:
    """The same swap inside the router's own multicall, in which most swaps come."""
    return _swap_to_the_thief(chain, in_a_multicall=True)


def swap_without_a_minimum(chain: Chain) -> Scene:
    """The user swaps and accepts any price; the thief moves the price before, and back after."""
    router, dollar, ether = _pool(chain)
    user, thief = chain.user.address, chain.thief.address
    data = calldata(_SWAP, _DOLLARS, 0, [dollar, ether], user, MAX_UINT256)
    taken = _received(_ATTACK, *_POOL)
    left = _received(_DOLLARS, _POOL[0] + _ATTACK, _POOL[1] - taken)

    def ambush() -> None:
        for token in (dollar, ether):
            chain.call(chain.thief, token, "approve(address,uint256)", router, MAX_UINT256)
        chain.call(chain.thief, router, _SWAP, _ATTACK, 0, [dollar, ether], thief, MAX_UINT256)

    return Scene(
        request=WalletRequest.transaction(chain.user, router, data),
        holdings=owned(chain, user, {"TUSD": dollar, "TETH": ether}),
        loss={"TUSD": _DOLLARS, "TETH": -left},
        ambush=ambush,
        steal=lambda _: chain.call(chain.thief, router, _SWAP, taken, 0, [ether, dollar], thief, MAX_UINT256),
    )


ATTACKS = tuple(
    Attack.told_by(story)
    for story in (
        zero_price_order,
        swap_to_a_foreign_recipient,
        swap_to_a_foreign_recipient_in_a_multicall,
        swap_without_a_minimum,
    )
)
