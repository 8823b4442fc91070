"""One JSON-RPC question by its plain method name, for methods of which web3.py has no typed form.

What belongs here: asking, telling "there is no such method" from "it was refused", and strict reading of
quantities and bytes. What must not: what any method means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from web3.types import RPCEndpoint

from guard.adapters.web3_chain import Web3Chain
from guard.core.address import Address
from guard.core.node_answers import NodeAnswer, read_answer
from guard.core.text import escape_untrusted
from guard.errors import NodeError

ABSENT = "node_absent"
"""The error code for a method that the node does not have."""

_ABSENT_CODES = frozenset({-32601, -32004})
"""`method not found` of JSON-RPC 2.0, and `method not supported` of EIP-1474."""
_ABSENT_WORDS = re.compile(
    r"method .*(not (found|supported|available|exist|enabled|allowed|whitelisted)|disabled)"
    r"|(unknown|unsupported|unrecogni[sz]ed) (rpc )?(method|endpoint)"
    r"|tracer .*not found|not implemented",
    re.IGNORECASE,
)
_REVERTED = 3
"""geth's error code for a call that reverted."""
_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_BYTES = re.compile(r"0x(?:[0-9a-fA-F]{2})*")


class Refused(NodeError):
    """A method that the node has answered with an error object."""

    def __init__(self, method: str, error: object) -> None:
        told = error if isinstance(error, Mapping) else {"message": error}
        words = escape_untrusted(str(told.get("message") or "no reason"))
        super().__init__(
            f"the node was asked for {method} and refused: {words}",
            hint="the words are the node's own",
            code="node_refused",
            words=words,
        )
        self.data = _data_of(told)
        """What the contract returned with it, where the node tells that."""
        self.rpc_code = told.get("code")
        """The JSON-RPC code, as the node wrote it."""

    @property
    def is_absence(self) -> bool:
        """Whether the node has no such method."""
        return self.rpc_code in _ABSENT_CODES or bool(_ABSENT_WORDS.search(self.words))

    @property
    def is_revert(self) -> bool:
        """Whether the call itself failed, and not the node's part of it."""
        return self.rpc_code == _REVERTED or bool(self.data) or "revert" in self.words.lower()

    @property
    def is_about_funds(self) -> bool:
        """Whether the sender cannot pay for the call."""
        return read_answer(self.words) is NodeAnswer.FUNDS


def rpc(chain: Web3Chain, method: str, parameters: Sequence[object]) -> Any:
    """Return the result of one method, as parsed from JSON.

    Raises Refused for an error object, and NodeError for everything else; its code is `ABSENT` where the
    node has no such method.
    """
    response: Any = chain.ask(
        method, lambda: chain.web3.provider.make_request(RPCEndpoint(method), list(parameters))
    )
    if not isinstance(response, dict):
        raise unreadable(method)
    error = response.get("error")
    if error is None:
        return response.get("result")
    refused = Refused(method, error)
    if refused.is_absence:
        raise NodeError(
            f"the node has no {method}", hint="another node may have it", code=ABSENT, words=refused.words
        )
    raise refused


def unreadable(method: str) -> NodeError:
    """Return the error for an answer that is not what the method's description says."""
    return NodeError(
        f"the node was asked for {method} and answered what cannot be read",
        hint="check that --rpc-url is an Ethereum node",
        code="node_invalid",
    )


def quantity(told: object, method: str) -> int:
    """Read a number from 0; raises NodeError for anything else."""
    if isinstance(told, str) and _QUANTITY.fullmatch(told):
        return int(told, 16)
    raise unreadable(method)


def raw_bytes(told: object, method: str) -> bytes:
    """Read bytes; raises NodeError for anything else."""
    if isinstance(told, str) and _BYTES.fullmatch(told):
        return bytes.fromhex(told[2:])
    raise unreadable(method)


def address(told: object, method: str) -> Address:
    """Read an address, without regard to its checksum; raises NodeError for anything else."""
    raw = raw_bytes(told, method)
    if len(raw) != 20:
        raise unreadable(method)
    return Address.from_bytes(raw)


def entries(told: object, method: str, limit: int) -> list[dict[str, Any]]:
    """Read a list of objects; raises NodeError for anything else, or for more than `limit` of them."""
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise unreadable(method)
    if len(told) > limit:
        raise NodeError(
            f"{method} answers {len(told)} entries, and {limit} at most are read",
            hint="split the request",
            code="node_beyond",
        )
    return told


def _data_of(error: Mapping[str, Any]) -> bytes:
    told = error.get("data")
    if isinstance(told, Mapping):
        told = told.get("data")
    return bytes.fromhex(told[2:]) if isinstance(told, str) and _BYTES.fullmatch(told) else b""
