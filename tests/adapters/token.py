"""Three contracts small enough to be read, assembled by hand for the embedded chain.

What belongs here: bytecode, and the way to put a transaction into a block at a chosen time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from guard.adapters.embedded_chain import EmbeddedChain, PastPayment
from guard.adapters.keystore import MemorySigner
from guard.core.address import Address, keccak256
from guard.core.request import MarketFee, TransactionRequest

_TRANSFER = keccak256(b"Transfer(address,address,uint256)")


def _selector(signature: bytes) -> bytes:
    return keccak256(signature)[:4]


def _runtime(name: bytes, decimals: int) -> bytes:
    def branch(signature: bytes, to: int) -> bytes:
        # DUP1 PUSH4 selector EQ PUSH1 to JUMPI
        return b"\x80\x63" + _selector(signature) + bytes([0x14, 0x60, to, 0x57])

    selector = bytes.fromhex("60003560e01c")
    transfer = (
        bytes.fromhex("602435600052")  # amount to memory
        + bytes.fromhex("600435")  # recipient, the third topic
        + bytes.fromhex("33")  # caller, the second
        + b"\x7f"
        + _TRANSFER
        + bytes.fromhex("60206000a3")  # LOG3 over 32 bytes
        + bytes.fromhex("600160005260206000f3")  # return true
    )
    name_at = len(selector) + 2 * len(branch(b"name()", 0)) + len(transfer)
    tell_name = (
        bytes.fromhex("5b6020600052")
        + bytes([0x60, len(name), 0x60, 0x20, 0x52])
        + b"\x7f"
        + name.ljust(32, b"\0")
        + bytes.fromhex("60405260606000f3")
    )
    decimals_at = name_at + len(tell_name)
    tell_decimals = bytes([0x5B, 0x60, decimals]) + bytes.fromhex("60005260206000f3")
    return (
        selector
        + branch(b"name()", name_at)
        + branch(b"decimals()", decimals_at)
        + transfer
        + tell_name
        + tell_decimals
    )


def deployment(runtime: bytes) -> bytes:
    """Return creation code that leaves these bytes as the contract's code."""
    size = len(runtime)
    return bytes([0x60, size, 0x60, 0x0C, 0x60, 0, 0x39, 0x60, size, 0x60, 0, 0xF3]) + runtime


def token_code(name: bytes, decimals: int) -> bytes:
    """Return the creation code of a token that lets everybody transfer what they say, and logs it."""
    return deployment(_runtime(name, decimals))


TOKEN = token_code(b"Coin", 6)
"""A token of 6 decimals that lets everybody transfer what they say, and logs it."""
SILENT_TOKEN = deployment(
    bytes.fromhex("602435600052600435337f") + _TRANSFER + bytes.fromhex("60206000a3600160005200")
)
"""A token without a name and decimals."""
REVERTER = deployment(bytes.fromhex("60006000fd"))
"""A contract that refuses every call."""


def transfer_call(to: Address, amount: int) -> bytes:
    """Return the calldata of transfer(address,uint256)."""
    return _selector(b"transfer(address,uint256)") + bytes(12) + to.to_bytes() + amount.to_bytes(32, "big")


@contextmanager
def block_at(chain: EmbeddedChain, at: int) -> Iterator[None]:
    """Put what is sent inside into a block of this time; blocks made at once would have the wall clock's."""
    tester = chain._tester
    tester.disable_auto_mine_transactions()
    yield
    tester.backend.chain.header = tester.backend.chain.header.copy(timestamp=at)
    tester.mine_block()


def receive(chain: EmbeddedChain, at: int, to: Address, value: int) -> None:
    """Pay from the chain's own rich account in a block of its own at this time."""
    with block_at(chain, at):
        chain._pay(PastPayment(at=at, payer=None, to=to, value_wei=value))


def mine(
    chain: EmbeddedChain,
    at: int,
    signer: MemorySigner,
    to: Address | None,
    value: int = 0,
    data: bytes = b"",
) -> str:
    """Put one transaction into a block of its own at this time and return its hash."""
    request = TransactionRequest(
        sender=signer.address,
        to=to,
        value=value,
        data=data,
        chain_id=chain.chain_id(),
        nonce=chain.mined_nonce(signer.address),
        gas_limit=300_000,
        fee=MarketFee(max_fee_per_gas=4 * 10**9, max_priority_fee_per_gas=10**9),
    )
    with block_at(chain, at):
        return chain.broadcast(signer.sign(request))


def contract_of(chain: EmbeddedChain, transaction_hash: str) -> Address:
    """Return the contract that a transaction created."""
    return Address.parse(chain.web3.eth.get_transaction_receipt(transaction_hash)["contractAddress"])
