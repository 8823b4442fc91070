"""What a review costs on a real node: a transfer, an approval, a call of twenty calls; and the questions."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from guard.adapters.chain_facts import NodeFacts
from guard.adapters.simulation import NodeSimulator
from guard.adapters.web3_chain import Web3Chain, connect
from guard.core.address import Address
from guard.core.request import MarketFee, TransactionRequest
from guard.engine import Guard
from guard.testing import FakeAddressBook, FakePredictor
from tests.contracts.chain import Chain, calldata, running_chain
from tests.needs import anvil

_REPEATS = 25
_FEE = MarketFee(max_fee_per_gas=20 * 10**9, max_priority_fee_per_gas=10**9)


class _Counting:
    """Stands before a provider and counts the questions by method."""

    def __init__(self, web3: Any) -> None:
        self.methods: Counter[str] = Counter()
        self._ask = web3.provider.make_request
        web3.provider.make_request = self._counted

    def _counted(self, method: str, parameters: object) -> object:
        self.methods[method] += 1
        return self._ask(method, parameters)


@dataclass(frozen=True)
class _Row:
    """One request, and what its review costs."""

    name: str
    before_s: float
    after_s: float
    before: int
    after: int
    methods: Counter[str]


def _requests(chain: Chain) -> dict[str, TransactionRequest]:
    token = chain.deploy("MulticallToken", "USD Coin", "USDC", 6)
    user, other = chain.user.address, chain.colleague.address
    chain.call(chain.deployer, token, "mint(address,uint256)", user, 10**12)

    def request(to: Address, data: bytes = b"", value: int = 0) -> TransactionRequest:
        return TransactionRequest(
            sender=user,
            to=to,
            value=value,
            data=data,
            chain_id=chain.chain_id,
            nonce=0,
            gas_limit=2_000_000,
            fee=_FEE,
        )

    spenders = [Address.from_bytes(bytes([number]) * 20) for number in range(1, 21)]
    approvals = [calldata("approve(address,uint256)", spender, 1) for spender in spenders]
    return {
        "a plain transfer": request(other, value=1),
        "an approval": request(token, calldata("approve(address,uint256)", other, 10**6)),
        "a multicall of 20 approvals": request(token, calldata("multicall(bytes[])", approvals)),
    }


def _measured(guard: Guard, request: TransactionRequest, counting: _Counting) -> tuple[float, Counter[str]]:
    guard.review(request)
    counting.methods.clear()
    guard.review(request)
    methods, times = Counter(counting.methods), []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        guard.review(request)
        times.append(time.perf_counter() - started)
    return statistics.median(times), methods


def main() -> None:
    with running_chain(anvil()) as chain:
        web3 = connect(chain.node.url)
        counting, node = _Counting(web3), Web3Chain(web3)
        parts: dict[str, Any] = {"predictor": FakePredictor(), "address_book": FakeAddressBook()}
        bare = Guard(**parts, chain=node)
        whole = Guard(**parts, chain=node, chain_facts=NodeFacts(node), simulator=NodeSimulator(node))
        rows = []
        for name, request in _requests(chain).items():
            (before_s, before), (after_s, after) = (
                _measured(guard, request, counting) for guard in (bare, whole)
            )
            rows.append(_Row(name, before_s, after_s, before.total(), after.total(), after))
    print("a whole review on a local anvil, medians; before: chain id, balance and code alone")
    print(f"  {'':30}{'before':>10}{'questions':>11}{'after':>10}{'questions':>11}")
    for row in rows:
        print(
            f"  {row.name:30}{row.before_s * 1e3:>7.1f} ms{row.before:>11}"
            f"{row.after_s * 1e3:>7.1f} ms{row.after:>11}"
        )
    for row in rows:
        print(f"  {row.name}: {', '.join(f'{count} {name}' for name, count in sorted(row.methods.items()))}")


if __name__ == "__main__":
    main()
