"""What the household signs that is no transaction: permits, orders, wallet payments, sign-ins.

What belongs here: one function a kind. What must not: what any rule thinks of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from guard.core.address import Address
from guard.core.amounts import WEI_PER_ETHER
from guard.core.rules.examples import NOW, calldata
from guard.core.signature_request import Content, PersonalMessage
from guard.core.typed_data import parse_typed_data
from tests.benign.people import COINS, COLLECTION, CONTACTS, MARKET, ME, MY_SAFE, ROUTER_V2, UNIVERSAL
from tests.contracts import typed_data
from tests.contracts.typed_data import Domain

_PERMIT2 = Address.parse("0x000000000022D473030F116dDEE9F6B43aC78BA3")
_ZERO = Address.from_bytes(bytes(20))


def _permit(chance: random.Random) -> Content:
    coin = chance.choice(COINS)
    document = typed_data.permit(
        Domain(contract=coin.address, chain_id=1, name=coin.symbol, version="1"),
        owner=ME,
        spender=ROUTER_V2,
        value=coin.units(chance.random() * coin.holding),
        nonce=chance.randrange(9),
        deadline=NOW + 1200,
    )
    return parse_typed_data(document)


def _pull(chance: random.Random) -> Content:
    coin = chance.choice(COINS)
    document = typed_data.permit_single(
        Domain(contract=_PERMIT2, chain_id=1, name="Permit2"),
        token=coin.address,
        amount=coin.units(chance.random() * coin.holding),
        spender=UNIVERSAL,
        until=NOW + 1800,
    )
    return parse_typed_data(document)


def _payment_by_the_safe(chance: random.Random) -> Content:
    coin, to = chance.choice(COINS), chance.choice(CONTACTS)
    data = calldata("transfer(address,uint256)", to, coin.units(chance.random() * coin.holding / 2))
    document = typed_data.safe_transaction(
        Domain(contract=MY_SAFE, chain_id=1), to=coin.address, data=data, operation=0, nonce=3
    )
    return parse_typed_data(document)


def _sale(chance: random.Random) -> Content:
    price = chance.randrange(1, 30) * WEI_PER_ETHER // 10
    money = {"itemType": 0, "token": _ZERO, "identifierOrCriteria": 0}
    proceeds, fee = price * 975 // 1000, price * 25 // 1000
    components = {
        "offerer": ME,
        "zone": _ZERO,
        "offer": [
            {
                "itemType": 2,
                "token": COLLECTION,
                "identifierOrCriteria": chance.randrange(1, 9999),
                "startAmount": 1,
                "endAmount": 1,
            }
        ],
        "consideration": [
            {**money, "startAmount": proceeds, "endAmount": proceeds, "recipient": ME},
            {**money, "startAmount": fee, "endAmount": fee, "recipient": MARKET},
        ],
        "orderType": 0,
        "startTime": NOW,
        "endTime": NOW + 7 * 86_400,
        "zoneHash": "0x" + "00" * 32,
        "salt": chance.randrange(2**50),
        "conduitKey": "0x" + "00" * 32,
        "counter": 0,
    }
    domain = Domain(contract=MARKET, chain_id=1, name="Seaport", version="1.5")
    return parse_typed_data(typed_data.order(domain, components=components))


def _sign_in(chance: random.Random) -> Content:
    text = (
        f"app.example wants you to sign in with your Ethereum account:\n{ME}\n\nWelcome.\n\n"
        f"URI: https://app.example\nVersion: 1\nChain ID: 1\nNonce: {chance.randrange(10**9, 10**10)}\n"
        "Issued At: 2023-11-14T22:13:20Z"
    )
    return PersonalMessage(data=text.encode())


KINDS: dict[str, Callable[[random.Random], Content]] = {
    "a permit for a known exchange, for 20 minutes": _permit,
    "a Permit2 permit for a known exchange, for half an hour": _pull,
    "a Safe payment signed": _payment_by_the_safe,
    "a piece offered for sale": _sale,
    "a sign-in message": _sign_in,
}
