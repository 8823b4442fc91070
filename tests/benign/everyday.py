"""A fixed set of everyday transactions, generated: the same on each machine.

What belongs here: what people do, one function a kind. What must not: what any rule thinks of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from guard.core.address import Address
from guard.core.amounts import WEI_PER_ETHER, WEI_PER_GWEI
from guard.core.changes import NOTHING_RUNS
from guard.core.evidence import Evidence, Observed
from guard.core.intent import Asset, AssetKind
from guard.core.request import MarketFee, TransactionRequest
from guard.core.rules.examples import NOW, calldata
from guard.core.signature_request import SignatureRequest
from guard.core.subject import Request
from guard.core.world import Simulation, SimulationMethod
from tests.benign import signatures
from tests.benign.people import (
    CODE,
    COINS,
    COLLECTION,
    CONTACTS,
    DISTRIBUTOR,
    EDITION,
    ME,
    MY_SAFE,
    NEW_DISTRIBUTOR,
    ROUTER_V2,
    ROUTER_V3,
    SAVINGS,
    UNIVERSAL,
    WETH,
    Outcome,
    evidence,
)

SEED = 20_261_121
EACH = 125
"""Requests of each kind."""
_TAGGED = 0.05
"""The share of calls with a tag of eight bytes behind their arguments, as applications add it."""
_BARE = 0.1
"""The share made with a node that simulates by `eth_call` alone."""
_ZERO = Address.from_bytes(bytes(20))
_PERMIT2 = Address.parse("0x000000000022D473030F116dDEE9F6B43aC78BA3")
_MULTI_SEND_CALL_ONLY = Address.parse("0x9641d764fc13c8B624c04430C7356C1C7C8102e2")


@dataclass(frozen=True)
class Everyday:
    """One request, and what is known when it is made."""

    kind: str
    request: Request
    evidence: Evidence


@dataclass(frozen=True)
class _Deed:
    """What one does, before fees and evidence are added."""

    to: Address
    data: bytes = b""
    value: int = 0
    outcome: Outcome | None = None


def everyday(each: int = EACH) -> Iterator[Everyday]:
    """Yield the whole set: `each` of every kind, in a fixed order."""
    for kind, deed in KINDS.items():
        chance = random.Random(f"{SEED}/{kind}")
        for _ in range(each):
            yield _made(kind, deed(chance), chance)
    for kind, sign in signatures.KINDS.items():
        chance = random.Random(f"{SEED}/{kind}")
        for _ in range(each):
            request = SignatureRequest(sender=ME, content=sign(chance), chain_id=1)
            known = replace(evidence(chance), simulation=Observed(NOTHING_RUNS, "nothing runs"))
            yield Everyday(kind, request, known)


def _made(kind: str, deed: _Deed, chance: random.Random) -> Everyday:
    base = chance.randrange(5, 40) * WEI_PER_GWEI
    tip = chance.randrange(1, 20) * WEI_PER_GWEI // 10
    request = TransactionRequest(
        sender=ME,
        to=deed.to,
        value=deed.value,
        data=deed.data,
        chain_id=1,
        nonce=chance.randrange(5, 500),
        gas_limit=21_000 if not deed.data else chance.randrange(90_000, 400_000),
        fee=MarketFee(max_fee_per_gas=2 * base + tip, max_priority_fee_per_gas=tip),
    )
    known = evidence(chance)
    assert isinstance(known.fee_market, Observed)
    fees = replace(known.fee_market.value, base_fee=base, priority_fee=tip, gas_price=base + tip)
    known = replace(
        known,
        fee_market=Observed(fees, "node"),
        recipient_code=Observed(CODE if deed.data else b"", "node"),
    )
    if deed.outcome is not None:
        known = replace(known, simulation=_simulated(deed.outcome, chance))
    if deed.data and chance.random() < _TAGGED:
        request = replace(request, data=request.data + chance.randbytes(8))
    return Everyday(kind, request, known)


def _simulated(outcome: Outcome, chance: random.Random) -> Observed[Simulation]:
    """Return what the household's node tells: some nodes can do no more than `eth_call`."""
    if chance.random() < _BARE:
        return Observed(Simulation(method=SimulationMethod.CALL, succeeded=True), "node")
    return outcome.told()


def _ether(wei: int) -> Asset:
    return Asset(kind=AssetKind.NATIVE, token=None, amount=wei)


def _some_wei(chance: random.Random) -> int:
    return chance.randrange(1, 1500) * WEI_PER_ETHER // 1000


def _ether_to_a_contact(chance: random.Random) -> _Deed:
    to, value = chance.choice((*CONTACTS, SAVINGS)), _some_wei(chance)
    return _Deed(to, b"", value, Outcome().moves(_ether(value), ME, to))


def _token_to_a_contact(chance: random.Random) -> _Deed:
    coin, to = chance.choice(COINS), chance.choice((*CONTACTS, SAVINGS))
    units = coin.units(chance.random() * coin.holding / 2)
    data = calldata("transfer(address,uint256)", to, units)
    return _Deed(coin.address, data, 0, Outcome().moves(coin.asset(units), ME, to))


def _exact_approval(chance: random.Random) -> _Deed:
    coin, router = chance.choice(COINS), chance.choice((ROUTER_V2, ROUTER_V3, UNIVERSAL))
    units = coin.units(chance.random() * coin.holding)
    data = calldata("approve(address,uint256)", router, units)
    return _Deed(coin.address, data, 0, Outcome().allows(coin.address, ME, router, units))


def _swap_of_ether(chance: random.Random) -> _Deed:
    coin, value = chance.choice(COINS), _some_wei(chance)
    units = coin.units(chance.random() * 1000 + 1)
    data = calldata(
        "swapExactETHForTokens(uint256,address[],address,uint256)",
        *(units * 99 // 100, (WETH, coin.address), ME, NOW + 1200),
    )
    outcome = Outcome().moves(_ether(value), ME, ROUTER_V2).moves(coin.asset(units), ROUTER_V2, ME)
    return _Deed(ROUTER_V2, data, value, outcome)


def _swap_of_a_token(chance: random.Random) -> _Deed:
    given, received = chance.sample(COINS, 2)
    units, back = given.units(chance.random() * given.holding / 2), received.units(chance.random() * 500 + 1)
    data = calldata(
        "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
        *(units, back * 99 // 100, (given.address, received.address), ME, NOW + 1200),
    )
    outcome = Outcome().moves(given.asset(units), ME, ROUTER_V2).moves(received.asset(back), ROUTER_V2, ME)
    return _Deed(ROUTER_V2, data, 0, outcome.allows(given.address, ME, ROUTER_V2, 0))


def _swap_in_a_multicall(chance: random.Random) -> _Deed:
    given, received = chance.sample(COINS, 2)
    units, back = given.units(chance.random() * given.holding / 2), received.units(chance.random() * 500 + 1)
    swap = calldata(
        "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))",
        (given.address, received.address, 3000, ME, units, back * 99 // 100, 0),
    )
    data = calldata("multicall(uint256,bytes[])", NOW + 1200, (swap,))
    outcome = Outcome().moves(given.asset(units), ME, ROUTER_V3).moves(received.asset(back), ROUTER_V3, ME)
    return _Deed(ROUTER_V3, data, 0, outcome)


def _swap_by_the_universal_router(chance: random.Random) -> _Deed:
    given, received = chance.sample(COINS, 2)
    units, back = given.units(chance.random() * given.holding / 2), received.units(chance.random() * 500 + 1)
    path = given.address.to_bytes() + (3000).to_bytes(3, "big") + received.address.to_bytes()
    me = Address.from_bytes(bytes(19) + b"\x01")
    step = calldata("x(address,uint256,uint256,bytes,bool)", me, units, back * 99 // 100, path, True)[4:]
    data = calldata("execute(bytes,bytes[],uint256)", b"\x00", (step,), NOW + 1200)
    outcome = Outcome().moves(given.asset(units), ME, UNIVERSAL).moves(received.asset(back), UNIVERSAL, ME)
    return _Deed(UNIVERSAL, data, 0, outcome)


def _claim(chance: random.Random) -> _Deed:
    place, coin = chance.choice((DISTRIBUTOR, NEW_DISTRIBUTOR)), chance.choice(COINS)
    name = chance.choice(("claim()", "getReward()"))
    return _Deed(
        place, calldata(name), 0, Outcome().moves(coin.asset(coin.units(chance.random() * 90 + 1)), place, ME)
    )


def _taking_a_right_back(chance: random.Random) -> _Deed:
    coin, router = chance.choice(COINS), chance.choice((ROUTER_V2, NEW_DISTRIBUTOR))
    forms = (
        (coin.address, calldata("approve(address,uint256)", router, 0)),
        (coin.address, calldata("decreaseAllowance(address,uint256)", router, 5)),
        (COLLECTION, calldata("setApprovalForAll(address,bool)", router, False)),
        (_PERMIT2, calldata("lockdown((address,address)[])", ((coin.address, router),))),
    )
    to, data = chance.choice(forms)
    return _Deed(to, data, 0, Outcome())


def _execution(to: Address, data: bytes, *, value: int = 0, operation: int = 0) -> bytes:
    return calldata(
        "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)",
        *(to, value, data, operation, 0, 0, 0, _ZERO, _ZERO, bytes(65)),
    )


def _payment_by_the_safe(chance: random.Random) -> _Deed:
    coin, to = chance.choice(COINS), chance.choice(CONTACTS)
    units = coin.units(chance.random() * coin.holding / 2)
    data = _execution(coin.address, calldata("transfer(address,uint256)", to, units))
    return _Deed(MY_SAFE, data, 0, Outcome().moves(coin.asset(units), MY_SAFE, to))


def _batch_by_the_safe(chance: random.Random) -> _Deed:
    packed, outcome = b"", Outcome()
    for _ in range(chance.randrange(2, 6)):
        coin, to = chance.choice(COINS), chance.choice(CONTACTS)
        units = coin.units(chance.random() * coin.holding / 10)
        inner = calldata("transfer(address,uint256)", to, units)
        packed += b"\x00" + coin.address.to_bytes() + bytes(32) + len(inner).to_bytes(32, "big") + inner
        outcome.moves(coin.asset(units), MY_SAFE, to)
    data = _execution(_MULTI_SEND_CALL_ONLY, calldata("multiSend(bytes)", packed), operation=1)
    return _Deed(MY_SAFE, data, 0, outcome)


def _ether_by_the_safe(chance: random.Random) -> _Deed:
    to, value = chance.choice(CONTACTS), _some_wei(chance)
    return _Deed(MY_SAFE, _execution(to, b"", value=value), 0, Outcome().moves(_ether(value), MY_SAFE, to))


def _piece_to_a_contact(chance: random.Random) -> _Deed:
    to, piece = chance.choice((*CONTACTS, SAVINGS)), chance.randrange(1, 10_000)
    asset = Asset(kind=AssetKind.ERC721, token=COLLECTION, token_id=piece, amount=1)
    data = calldata("safeTransferFrom(address,address,uint256)", ME, to, piece)
    return _Deed(COLLECTION, data, 0, Outcome().moves(asset, ME, to))


def _copies_to_a_contact(chance: random.Random) -> _Deed:
    to, piece = chance.choice(CONTACTS), chance.randrange(1, 50)
    asset = Asset(kind=AssetKind.ERC1155, token=EDITION, token_id=piece, amount=2)
    data = calldata("safeTransferFrom(address,address,uint256,uint256,bytes)", ME, to, piece, 2, b"")
    return _Deed(EDITION, data, 0, Outcome().moves(asset, ME, to))


def _wrapping(chance: random.Random) -> _Deed:
    value = _some_wei(chance)
    wrapped = Asset(kind=AssetKind.ERC20, token=WETH, amount=value)
    outcome = Outcome().moves(_ether(value), ME, WETH).moves(wrapped, WETH, ME)
    return _Deed(WETH, calldata("deposit()"), value, outcome)


def _unwrapping(chance: random.Random) -> _Deed:
    value = _some_wei(chance)
    wrapped = Asset(kind=AssetKind.ERC20, token=WETH, amount=value)
    outcome = Outcome().moves(wrapped, ME, WETH).moves(_ether(value), WETH, ME)
    return _Deed(WETH, calldata("withdraw(uint256)", value), 0, outcome)


def _payments_in_one_multicall(chance: random.Random) -> _Deed:
    first, second = chance.sample(COINS, 2)
    units, back = first.units(chance.random() * 50), second.units(chance.random() * 50 + 1)
    swaps = tuple(
        calldata(
            "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))",
            (first.address, second.address, fee, ME, units, back * 99 // 100, 0),
        )
        for fee in (500, 3000)
    )
    outcome = Outcome().moves(first.asset(2 * units), ME, ROUTER_V3)
    outcome.moves(second.asset(2 * back), ROUTER_V3, ME)
    return _Deed(ROUTER_V3, calldata("multicall(bytes[])", swaps), 0, outcome)


KINDS: dict[str, Callable[[random.Random], _Deed]] = {
    "ether to a contact": _ether_to_a_contact,
    "a token to a contact": _token_to_a_contact,
    "an exact approval for a known exchange": _exact_approval,
    "a swap of ether": _swap_of_ether,
    "a swap of a token": _swap_of_a_token,
    "a swap in a multicall": _swap_in_a_multicall,
    "two swaps in a multicall": _payments_in_one_multicall,
    "a swap by the universal router": _swap_by_the_universal_router,
    "a claim with assets back": _claim,
    "a right taken back": _taking_a_right_back,
    "a token paid by a Safe": _payment_by_the_safe,
    "a batch paid by a Safe": _batch_by_the_safe,
    "ether paid by a Safe": _ether_by_the_safe,
    "a piece to a contact": _piece_to_a_contact,
    "copies to a contact": _copies_to_a_contact,
    "ether wrapped": _wrapping,
    "ether unwrapped": _unwrapping,
}
