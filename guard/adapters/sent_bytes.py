"""The signed bytes of a transaction that another wallet handed in, as a node shows them.

What belongs here: the question, repeated until the node has heard of the transaction. What must not: trust in
the answer; the hash and the signer are looked at where it is used.

Source: `eth_getRawTransactionByHash` of geth, Erigon, reth and anvil; it is in no standard
"""

from __future__ import annotations

from guard.adapters.raw_rpc import raw_bytes, rpc
from guard.adapters.web3_chain import Web3Chain
from guard.deadline import Deadline
from guard.errors import NodeError

_METHOD = "eth_getRawTransactionByHash"


class NodeSentBytes:
    """Implements the SentBytes port on a node."""

    def __init__(self, chain: Web3Chain) -> None:
        self._chain = chain

    def sent(self, transaction_hash: str, deadline: Deadline) -> bytes | None:
        """Return the signed bytes, once the node has them; None where it has none by the deadline."""
        chain = self._chain.within(deadline)
        told = rpc(chain, _METHOD, [transaction_hash])
        # Some say null of what they do not have, others no bytes.
        while told in (None, "0x"):
            if not chain.wait(deadline):
                return None
            try:
                told = rpc(chain, _METHOD, [transaction_hash])
            except NodeError:
                # Asked at the very end, and cut off by it: it had not heard of it until then.
                if deadline.remaining() == 0:
                    return None
                raise
        return raw_bytes(told, _METHOD)
