"""One question to a contract: what a view function returns, and nothing where the contract refuses.

What belongs here: telling a contract's refusal from a node's. What must not: what any function means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from eth_typing import HexStr
from web3 import Web3
from web3.exceptions import Web3RPCError
from web3.providers import JSONBaseProvider
from web3.types import RPCEndpoint

from guard.core.address import Address
from guard.errors import NodeError

_REVERTED = 3
"""geth's error code for a call that reverted."""
_BYTES = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_RETURNED = re.compile(r"0x(?:[0-9a-fA-F]{2})+")
_CONTRACT_REFUSES = re.compile(
    r"revert|invalid ?(opcode|jump|fe ?opcode)|bad (instruction|jump)|opcode ?not ?found|undefined instr"
    r"|stack ?(under|over)flow|stack limit|out ?of ?(gas|offset)|outofgas|gas (required|uint64)"
    r"|return ?data ?out ?of|write protection|static ?(state|call)|vm (exception|execution)|evm error"
    r"|call depth|invalid (memory|operation)",
    re.IGNORECASE,
)
"""What nodes say of a call that ended inside of the contract; a refusal in other words is the node's own."""


def told(web3: Web3, contract: Address, calldata: bytes, *, gas: int | None = None) -> bytes:
    """Return what a view function of the contract returns, and nothing where the contract refuses."""
    return asked(web3, contract, calldata, gas=gas) or b""


def asked(web3: Web3, contract: Address, calldata: bytes, *, gas: int | None = None) -> bytes | None:
    """Return what a view function of the contract returns, or None where the contract refuses the call.

    `gas` bounds the call, and so the bytes that a hostile contract can answer. A node that does not answer
    is no refusal: what it raises is passed on.
    """
    call: dict[str, object] = {"to": str(contract), "data": "0x" + calldata.hex()}
    try:
        return called(web3, call if gas is None else {**call, "gas": hex(gas)})
    except Web3RPCError as error:
        if not _is_the_contracts(error):
            raise
        return None


def called(web3: Web3, call: Mapping[str, object]) -> bytes:
    """Return what a call returns at the latest block; raises Web3RPCError where it is refused.

    Not `eth.call`: that reads what a contract reverts with, and trips over what a hostile one makes of it;
    it can follow a contract's lookup to an address of the contract's choice; and it asks for the chain id
    each time. The embedded chain's provider speaks no JSON, and needs the layers between.
    """
    method, parameters = RPCEndpoint("eth_call"), [dict(call), "latest"]
    answered: object
    if isinstance(web3.provider, JSONBaseProvider):
        response = web3.provider.make_request(method, parameters)
        if response.get("error") is not None:
            raise Web3RPCError("the node refused a call", rpc_response=response)
        answered = response.get("result")
    else:
        answered = web3.manager.request_blocking(method, parameters)
    if isinstance(answered, bytes):
        return answered
    if isinstance(answered, str) and _BYTES.fullmatch(answered):
        return Web3.to_bytes(hexstr=HexStr(answered))
    raise NodeError(
        "the node was asked to call a contract and answered no bytes",
        hint="check that --rpc-url is an Ethereum node",
        code="node_invalid",
    )


def _is_the_contracts(error: Web3RPCError) -> bool:
    """Say whether the call failed inside of the contract, and not in the node.

    Whatever is not plainly the first is the second: what could not be seen must not look like nothing.
    """
    answer = (error.rpc_response or {}).get("error")
    if not isinstance(answer, dict):
        return False
    if answer.get("code") == _REVERTED or _RETURNED.fullmatch(str(answer.get("data"))):
        return True
    return _CONTRACT_REFUSES.search(str(answer.get("message") or "")) is not None
