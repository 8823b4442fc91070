"""A chain for contracts: anvil, people with known keys, deployments, calls, and a wallet without a guard.

What belongs here: what any attack needs. What must not: an attack, or an opinion of one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from eth_abi import decode, encode
from eth_abi.grammar import TupleType, parse
from eth_account import Account
from web3 import Web3

from guard.core.address import Address, keccak256
from tests.contracts.compiled import compiled_contracts
from tests.integration.node import Node, running_node

ETHER = 10**18
START_WEI = 10 * ETHER
"""What each person holds at the start, wei."""

TRANSFER = "0x" + keccak256(b"Transfer(address,address,uint256)").hex()
"""Topic of a token's transfer, and of ether's in `eth_simulateV1` with `traceTransfers`."""

# A proposer as mainnet has one: anvil's own blocks pay the zero address, which only a simulation should.
_PROPOSER = Address.from_bytes(keccak256(b"proposer")[-20:])
_TIP_WEI = 10**9
_SIGNING = ("eth_signTypedData_v4", "eth_sign")


class Reverted(AssertionError):
    """A transaction was refused by the node, or mined with status 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account whose key the tests know."""

    name: str
    """What the tests call it."""
    key: bytes
    """Its private key, 32 bytes."""
    address: Address
    """Its address."""

    @classmethod
    def named(cls, name: str) -> Person:
        """Return the one person of this name, the same in every run."""
        key = keccak256(f"txguard test key of {name}".encode())
        return cls(name=name, key=key, address=Address.parse(Account.from_key(key).address))


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletRequest:
    """What a page asks a wallet for, as JSON-RPC has it."""

    method: str
    """`eth_sendTransaction`, or one of the methods that sign."""
    params: tuple[Any, ...]
    """Its parameters, plain JSON values."""

    @classmethod
    def transaction(
        cls, sender: Person, to: Address, data: bytes = b"", value: int = 0, **others: Any
    ) -> WalletRequest:
        """Return a request to send; `others` are further fields, such as `authorizationList`."""
        fields = {"from": sender.address, "to": to, "value": hex(value), "data": "0x" + data.hex()}
        return cls(method="eth_sendTransaction", params=({**fields, **others},))

    @classmethod
    def typed_data(cls, signer: Person, document: Mapping[str, Any]) -> WalletRequest:
        """Return a request to sign an EIP-712 document."""
        return cls(method="eth_signTypedData_v4", params=(signer.address, document))

    @property
    def is_signature(self) -> bool:
        """Whether a signature is wanted, and not a transaction."""
        return self.method in _SIGNING

    @property
    def account(self) -> Address:
        """The account that is asked."""
        return cast(Address, self.params[0] if self.is_signature else self.params[0]["from"])

    def as_json(self) -> str:
        """Return the whole request, as `wallet check --tx` reads it."""
        return json.dumps({"method": self.method, "params": list(self.params)})


@dataclass(slots=True)
class Chain:
    """A running anvil with the contracts of this folder, seen by everybody in a story."""

    node: Node
    user: Person = field(default_factory=lambda: Person.named("user"))
    """Whose savings are at stake."""
    thief: Person = field(default_factory=lambda: Person.named("thief"))
    """Who is after them."""
    colleague: Person = field(default_factory=lambda: Person.named("colleague"))
    """An honest second owner of what the user owns with others."""
    deployer: Person = field(default_factory=lambda: Person.named("deployer"))
    """Who makes the honest contracts."""
    fees_wei: dict[Address, int] = field(default_factory=dict)
    """What each account has paid for gas since the start, wei."""

    @property
    def web3(self) -> Web3:
        """The node as web3.py sees it."""
        return self.node.web3

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody who holds ether."""
        return (self.user, self.thief, self.colleague, self.deployer)

    @property
    def chain_id(self) -> int:
        """Its EIP-155 chain id."""
        return int(str(self.node.call("eth_chainId")), 16)

    def now(self) -> int:
        """Return the time of the latest block, seconds since 1970."""
        block: Any = self.node.call("eth_getBlockByNumber", "latest", False)
        return int(block["timestamp"], 16)

    def deploy(self, name: str, *arguments: Any, value: int = 0, by: Person | None = None) -> Address:
        """Deploy the contract of this name and return its address."""
        contract = compiled_contracts()[name]
        code = contract.bytecode + encode(contract.constructor_types, arguments)
        receipt = self.send(by or self.deployer, None, code, value)
        return Address.parse(receipt["contractAddress"])

    def read(self, to: Address, signature: str, *arguments: Any, returns: str = "uint256") -> Any:
        """Call a function that changes nothing, such as `balanceOf(address)`; return its one result."""
        data = "0x" + calldata(signature, *arguments).hex()
        answer = str(self.node.call("eth_call", {"to": to, "data": data}, "latest"))
        return decode([returns], bytes.fromhex(answer[2:]))[0]

    def call(self, sender: Person, to: Address, signature: str, *arguments: Any, value: int = 0) -> Any:
        """Send a transaction that calls this function, and return its receipt."""
        return self.send(sender, to, calldata(signature, *arguments), value)

    def send(
        self, sender: Person, to: Address | None, data: bytes = b"", value: int = 0, **others: Any
    ) -> Any:
        """Sign, send and wait; return the receipt. Raises Reverted unless it is mined with status 1.

        `others` are further fields of the transaction as eth-account takes them.
        """
        transaction = {
            "from": sender.address,
            "value": hex(value),
            "data": "0x" + data.hex(),
            **({} if to is None else {"to": to}),
        }
        filled = {
            **transaction,
            "value": value,
            "chainId": self.chain_id,
            "nonce": self.node.nonce(sender.address),
            # The estimate does not know the further fields; an authorization costs 25,000 (EIP-7702).
            "gas": self._gas(transaction) + 100_000 * len(others),
            "maxFeePerGas": 2 * self._base_fee_wei() + _TIP_WEI,
            "maxPriorityFeePerGas": _TIP_WEI,
            **others,
        }
        del filled["from"]
        return self.broadcast(bytes(Account.sign_transaction(filled, sender.key).raw_transaction))

    def broadcast(self, raw: bytes) -> Any:
        """Send signed bytes and wait; return the receipt. Raises Reverted unless it has status 1."""
        given = self._ask("eth_sendRawTransaction", "0x" + raw.hex())
        self.web3.eth.wait_for_transaction_receipt(given, timeout=30, poll_latency=0.005)
        receipt: Any = self.node.call("eth_getTransactionReceipt", given)
        sender = Address.parse(receipt["from"])
        paid = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
        self.fees_wei[sender] = self.fees_wei.get(sender, 0) + paid
        if receipt["status"] != "0x1":
            raise Reverted(f"mined with status {receipt['status']}")
        return receipt

    def wealth(self, account: Address) -> int:
        """Return its ether and what it has paid for gas, wei: what others have taken from it is missing."""
        return self.node.balance(account) + self.fees_wei.get(account, 0)

    def fulfil(self, request: WalletRequest, person: Person) -> bytes:
        """Do what is asked without a look, as a wallet without a guard; return the signature, or b""."""
        if request.method == "eth_signTypedData_v4":
            return bytes(Account.sign_typed_data(person.key, full_message=request.params[1]).signature)
        if request.method == "eth_sign":
            return bytes(Account.unsafe_sign_hash(request.params[1], person.key).signature)
        assert request.method == "eth_sendTransaction", request.method
        asked = request.params[0]
        assert asked["from"] == person.address
        authorizations = [
            Account.sign_authorization(
                {
                    **{name: int(given[name], 16) for name in ("chainId", "nonce")},
                    "address": given["address"],
                },
                person.key,
            )
            for given in asked.get("authorizationList", [])
        ]
        others = {"authorizationList": authorizations} if authorizations else {}
        data, value = bytes.fromhex(asked["data"][2:]), int(asked["value"], 16)
        self.send(person, asked["to"], data, value, **others)
        return b""

    def preview(self, request: WalletRequest, *, realistic: bool = False) -> dict[str, int]:
        """Return what a wallet that believes every event would show as the sender's gains, losses negative.

        Assets are `ether` and addresses of tokens. It is `eth_simulateV1`: with the block fields that geth
        fills in unless told otherwise, as naive wallets ask, or realistic, as the block will have them.
        """
        zero = {"feeRecipient": "0x" + "00" * 20, "prevRandao": "0x" + "00" * 32, "baseFeePerGas": "0x0"}
        real = {"feeRecipient": _PROPOSER, "prevRandao": "0x" + keccak256(b"randomness").hex()}
        call = {**request.params[0], **(self._mined_as(request) if realistic else {})}
        asked = {"blockOverrides": real if realistic else zero, "calls": [call]}
        question = {"blockStateCalls": [asked], "traceTransfers": True, "validation": realistic}
        blocks: Any = self.node.call("eth_simulateV1", question, "latest")
        (result,) = blocks[0]["calls"]
        assert result["status"] == "0x1", result
        return _net_gain(request.account, result["logs"])

    def _mined_as(self, request: WalletRequest) -> dict[str, str]:
        return {
            "nonce": hex(self.node.nonce(request.account)),
            "gas": hex(self._gas(request.params[0])),
            "maxFeePerGas": hex(2 * self._base_fee_wei() + _TIP_WEI),
            "maxPriorityFeePerGas": hex(_TIP_WEI),
        }

    @contextmanager
    def restored(self) -> Iterator[Chain]:
        """Take back everything at the end."""
        before, fees = self.node.call("evm_snapshot"), dict(self.fees_wei)
        try:
            yield self
        finally:
            self.node.call("evm_revert", before)
            self.fees_wei = fees

    def _gas(self, transaction: Mapping[str, Any]) -> int:
        # More than the estimate, as wallets do: what runs may differ a little from what was estimated.
        return int(self._ask("eth_estimateGas", transaction), 16) * 3 // 2

    def _base_fee_wei(self) -> int:
        block: Any = self.node.call("eth_getBlockByNumber", "latest", False)
        return int(block["baseFeePerGas"], 16)

    def _ask(self, method: str, *parameters: Any) -> str:
        answer: Any = self.web3.provider.make_request(cast(Any, method), list(parameters))
        if "error" in answer:
            raise Reverted(answer["error"]["message"])
        return str(answer["result"])


@contextmanager
def running_chain(anvil: str) -> Iterator[Chain]:
    """Start a chain as mainnet is since Prague, everybody with ether; skip where there is no compiler."""
    compiled_contracts()
    with running_node(anvil, "--hardfork", "prague") as node:
        chain = Chain(node=node)
        node.call("anvil_setCoinbase", _PROPOSER)
        for person in chain.people:
            node.fund(person.address, START_WEI)
        yield chain


def calldata(signature: str, *arguments: Any) -> bytes:
    """Encode a call by the signature that its selector is made of, such as `transfer(address,uint256)`."""
    name = signature[: signature.index("(")]
    types: list[str] = []
    if signature != f"{name}()":
        kinds = parse(signature.removeprefix(name))
        assert isinstance(kinds, TupleType)
        types = [component.to_type_str() for component in kinds.components]
    return keccak256(signature.encode())[:4] + encode(types, arguments)


def _net_gain(account: Address, logs: list[Any]) -> dict[str, int]:
    gains: dict[str, int] = {}
    for log in logs:
        if log["topics"][0] != TRANSFER or len(log["topics"]) != 3:
            continue
        is_ether = log["address"] == "0x" + "ee" * 20
        asset = "ether" if is_ether else str(Address.parse(log["address"]))
        giver, taker = (Address.from_bytes(bytes.fromhex(topic[26:])) for topic in log["topics"][1:])
        sign = (taker == account) - (giver == account)
        gains[asset] = gains.get(asset, 0) + sign * int(log["data"], 16)
    return {asset: gain for asset, gain in gains.items() if gain}
