"""The account itself taken over: a Safe's code or owners, an upgradeable proxy, a delegation of EIP-7702."""

from __future__ import annotations

from guard.core.address import Address
from tests.contracts import typed_data
from tests.contracts.attacks.approvals import tokens_of_the_user
from tests.contracts.attacks.attack import Attack, Scene, owned
from tests.contracts.chain import ETHER, Chain, Person, WalletRequest, calldata
from tests.contracts.typed_data import Document, Domain

_CALL, _DELEGATECALL = 0, 1
_EXECUTE = "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)"
_NOBODY = Address.from_bytes(bytes(20))
_SAFE_WEI = 5 * ETHER
_SAFE_TOKENS = 300 * 10**18


def _safe(chain: Chain, *owners: Person) -> tuple[Address, Address]:
    """Deploy a Safe that all its owners must sign for, with ether and tokens; return it and the token."""
    setup = calldata("setup(address[],uint256)", [owner.address for owner in owners], len(owners))
    safe = chain.deploy("SafeProxy", chain.deploy("Safe"), setup)
    chain.send(chain.deployer, safe, value=_SAFE_WEI)
    token = chain.deploy("Token", "Test Ether", "TETH", 18)
    chain.call(chain.deployer, token, "mint(address,uint256)", safe, _SAFE_TOKENS)
    return safe, token


def _execute(
    to: Address, data: bytes, operation: int, signatures: bytes, value: int = 0
) -> tuple[str, *tuple[object, ...]]:
    return (_EXECUTE, to, value, data, operation, 0, 0, 0, _NOBODY, _NOBODY, signatures)


def _sent_by_owner(owner: Person) -> bytes:
    """Return what stands for the signature of an owner who sends the transaction."""
    return bytes(12) + bytes.fromhex(owner.address[2:]) + bytes(32) + b"\x01"


def safe_implementation_replaced(chain: Chain) -> Scene:
    """Two owners sign what looks like a token transfer; by delegatecall it replaces the code (Bybit)."""
    safe, token = _safe(chain, chain.user, chain.colleague)
    backdoor = chain.deploy("BackdoorImplementation", by=chain.thief)
    decoy = chain.deploy("DecoyTransfer", by=chain.thief)
    data = calldata("transfer(address,uint256)", backdoor, 0)
    domain = Domain(contract=safe, chain_id=chain.chain_id)
    document = typed_data.safe_transaction(domain, to=decoy, data=data, operation=_DELEGATECALL, nonce=0)

    def steal(signature: bytes) -> None:
        signed = {chain.user.address: signature, chain.colleague.address: _signed(chain, document)}
        signatures = b"".join(signed[owner] for owner in sorted(signed, key=str.lower))
        chain.call(chain.thief, safe, *_execute(decoy, data, _DELEGATECALL, signatures))
        chain.call(chain.thief, safe, "sweepETH(address)", chain.thief.address)
        chain.call(chain.thief, safe, "sweepERC20(address,address)", token, chain.thief.address)

    return Scene(
        request=WalletRequest.typed_data(chain.user, document),
        holdings=owned(chain, safe, {"TETH": token}),
        loss={"ether": _SAFE_WEI, "TETH": _SAFE_TOKENS},
        steal=steal,
    )


def _signed(chain: Chain, document: Document) -> bytes:
    """Return the signature of the colleague, who was deceived before the user is."""
    return chain.fulfil(WalletRequest.typed_data(chain.colleague, document), chain.colleague)


def _emptied_by_its_new_owner(chain: Chain, safe: Address, token: Address) -> None:
    thief, signature = chain.thief.address, _sent_by_owner(chain.thief)
    chain.call(chain.thief, safe, *_execute(thief, b"", _CALL, signature, _SAFE_WEI))
    data = calldata("transfer(address,uint256)", thief, _SAFE_TOKENS)
    chain.call(chain.thief, safe, *_execute(token, data, _CALL, signature))


def _owner_added(chain: Chain, safe: Address, token: Address, call: tuple[Address, bytes, int]) -> Scene:
    """Return the scene in which this call of the user's own Safe makes the thief an owner."""
    data = calldata(*_execute(*call, _sent_by_owner(chain.user)))
    return Scene(
        request=WalletRequest.transaction(chain.user, safe, data),
        holdings=owned(chain, safe, {"TETH": token}),
        loss={"ether": _SAFE_WEI, "TETH": _SAFE_TOKENS},
        steal=lambda _: _emptied_by_its_new_owner(chain, safe, token),
    )


def _addition(chain: Chain) -> bytes:
    return calldata("addOwnerWithThreshold(address,uint256)", chain.thief.address, 1)


def safe_owner_added(chain: Chain) -> Scene:
    """The user, its only owner, has the Safe call itself: the thief becomes an owner, and one is enough."""
    safe, token = _safe(chain, chain.user)
    return _owner_added(chain, safe, token, (safe, _addition(chain), _CALL))


def safe_owner_added_in_a_batch(chain: Chain) -> Scene:
    """The same as the second call of a batch by the honest MultiSend, after a transfer of nothing."""
    safe, token = _safe(chain, chain.user)
    harmless = calldata("transfer(address,uint256)", chain.user.address, 0)
    calls = ((token, harmless), (safe, _addition(chain)))
    packed = b"".join(
        bytes([_CALL]) + bytes.fromhex(to[2:]) + bytes(32) + len(data).to_bytes(32, "big") + data
        for to, data in calls
    )
    batch = calldata("multiSend(bytes)", packed)
    return _owner_added(chain, safe, token, (chain.deploy("MultiSend"), batch, _DELEGATECALL))


def _with_a_proxy(chain: Chain) -> tuple[Address, Address, Address]:
    """Return the user's proxy, a collection of which it may move the user's items, and the thief's code."""
    collection = chain.deploy("Collection")
    proxy = chain.deploy("UserProxy", chain.user.address, chain.deploy("HonestProxyCode"))
    chain.call(chain.user, collection, "setApprovalForAll(address,bool)", proxy, True)
    for item in (3, 5):
        chain.call(chain.deployer, collection, "mint(address,uint256)", chain.user.address, item)
    return proxy, collection, chain.deploy("OpenProxyCode", by=chain.thief)


def _items_moved(chain: Chain, proxy: Address, collection: Address) -> None:
    move = "move(address,address,address,uint256)"
    for item in (3, 5):
        chain.call(chain.thief, proxy, move, collection, chain.user.address, chain.thief.address, item)


def proxy_upgraded(chain: Chain) -> Scene:
    """The user upgrades its own trading proxy to code of the thief, which moves what the proxy may move."""
    proxy, collection, code = _with_a_proxy(chain)
    return Scene(
        request=WalletRequest.transaction(chain.user, proxy, calldata("upgradeTo(address)", code)),
        holdings=owned(chain, chain.user.address, {"TEST": collection}),
        loss={"TEST": 2},
        steal=lambda _: _items_moved(chain, proxy, collection),
    )


def proxy_given_away(chain: Chain) -> Scene:
    """The user makes the thief the owner of its trading proxy; the thief upgrades it."""
    proxy, collection, code = _with_a_proxy(chain)

    def steal(_: bytes) -> None:
        chain.call(chain.thief, proxy, "upgradeTo(address)", code)
        _items_moved(chain, proxy, collection)

    data = calldata("transferOwnership(address)", chain.thief.address)
    return Scene(
        request=WalletRequest.transaction(chain.user, proxy, data),
        holdings=owned(chain, chain.user.address, {"TEST": collection}),
        loss={"TEST": 2},
        steal=steal,
    )


def _delegated(chain: Chain, code: Address, *, after: int = 0) -> WalletRequest:
    """Return the request to delegate the user's account; `after` counts its delegations before this one."""
    user = chain.user.address
    # A delegation takes two nonces: the transaction's own, and then the authorization's, which is one higher.
    # https://eips.ethereum.org/EIPS/eip-7702
    nonce = hex(chain.node.nonce(user) + 2 * after + 1)
    authorization = {"chainId": "0x0", "address": code, "nonce": nonce}
    return WalletRequest.transaction(chain.user, user, type="0x4", authorizationList=[authorization])


def delegated_to_a_sweeper(chain: Chain) -> Scene:
    """The user "upgrades to a smart account": by EIP-7702 it runs the thief's code, on every chain."""
    sweeper = chain.deploy("Sweeper", chain.thief.address, by=chain.thief)
    token = tokens_of_the_user(chain, "Token", "TUSD", 6, whole=25_000)
    user, taken_wei = chain.user.address, 9 * ETHER
    return Scene(
        request=_delegated(chain, sweeper),
        holdings=owned(chain, user, {"TUSD": token}),
        loss={"TUSD": 25_000 * 10**6, "ether": taken_wei},
        steal=lambda _: chain.call(chain.thief, user, "sweep(address,uint256)", token, taken_wei),
        revocation=_delegated(chain, _NOBODY, after=1),
    )


ATTACKS = tuple(
    Attack.told_by(story)
    for story in (
        safe_implementation_replaced,
        safe_owner_added,
        safe_owner_added_in_a_batch,
        proxy_upgraded,
        proxy_given_away,
        delegated_to_a_sweeper,
    )
)
