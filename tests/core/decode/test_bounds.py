"""How much is done, at the most, for the payload that costs most: counted, because clocks of tests lie.

Measured on a busy machine: at most 150 ms and 8 MiB each; `python -m tests.core.decode.test_bounds`
prints it. Without one bound on values for all calls together, 125 kB took 2.7 s and 4.7 kB took 2.2 s.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from guard.core import abi, address, rlp
from guard.core.access_list import AccessEntry
from guard.core.act import flatten
from guard.core.address import Address
from guard.core.decode import MAX_CALLS, orders, read
from guard.core.intent import Unknown
from guard.core.request import TransactionRequest, unsigned_fields
from guard.core.rpc_transaction import parse_transaction, transaction_object
from guard.core.rules.examples import TOKEN, TRANSFER, calldata
from guard.core.signed import decode_signed

MEMORY = 64 * 2**20
"""Bytes that reading any payload may take; threats.md D18."""
LARGEST = 128 * 1024
MULTICALL = calldata("multicall(bytes[])", ())[:4]
SWAP = "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)"


def words(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(32, "big") for number in numbers)


def shared(inner: bytes, times: int) -> bytes:
    """Return a multicall whose offsets all lead to the same call."""
    return MULTICALL + words(32, times, *[32 * times] * times, len(inner)) + inner


def unfolding(orders_: int, items: int) -> bytes:
    """Return a cancelling of orders that are all the same bytes: 3.7 kB that are read as 4,096 values."""
    (cancel,) = (one for one in orders.FUNCTIONS if one.signature.startswith("cancel((address,address,("))
    order = (1, 2, 11 * 32, 11 * 32, 0, 0, 0, 0, 0, 0, 0)
    item = (0, int(TOKEN, 16), 1, 1, 1)
    listed = words(items, *item * items, *[0] * (items + 2))
    offsets = words(32, orders_, *[32 * orders_] * orders_)
    return bytes.fromhex(cancel.selector) + offsets + words(*order) + listed


def repeated(call: bytes) -> bytes:
    """Return a multicall of as many of these calls as fit."""
    size = 64 + (len(call) + 31) // 32 * 32
    return calldata("multicall(bytes[])", (call,) * ((LARGEST - 100) // size))


def nested(call: bytes, depth: int) -> bytes:
    for _ in range(depth):
        call = shared(call, 2)
    return call


PAYLOADS: dict[str, bytes] = {
    "128 kB that nobody reads": bytes.fromhex("deadbeef") + bytes(LARGEST - 4),
    "4,000 addresses": calldata(SWAP, 1, 1, (TOKEN,) * 4000, TOKEN, 1),
    "swaps of 16 addresses": repeated(calldata(SWAP, 1, 1, (TOKEN,) * 16, TOKEN, 1)),
    "orders over the same bytes": repeated(unfolding(30, 10)),
    "the same, nested": nested(unfolding(28, 12), 6),
    "a length of 2^255": MULTICALL + words(32, 2**255) + bytes(LARGEST - 68),
    "an offset of 2^255": MULTICALL + words(2**255) + bytes(LARGEST - 36),
    "lengths of 2^255 all the way": MULTICALL + words(32, *[2**255] * 4094),
    "calls in calls in calls": nested(bytes.fromhex("deadbeef") + bytes(900), 7),
}


class Counter:
    """Counts the calls of a function, or of a method of every object, and passes them on."""

    def __init__(self, real: Callable[..., Any]) -> None:
        self.real, self.count = real, 0

    def __get__(self, instance: object, owner: type) -> Callable[..., Any]:
        return partial(self, instance)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.count += 1
        return self.real(*arguments, **named)


def peak_of(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def carrying(data: bytes) -> TransactionRequest:
    return replace(TRANSFER, to=TOKEN, value=0, data=data)


@pytest.mark.parametrize("name", PAYLOADS)
def test_no_payload_is_read_as_more_values_or_calls_than_the_bounds_allow(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D18: 128 kB of calldata, lengths of 2^255, and a little that unfolds to a lot."""
    request = carrying(PAYLOADS[name])
    values, words_read = Counter(abi._Reader._value), Counter(abi._Reader._word)
    hashed = Counter(address.keccak256)
    monkeypatch.setattr(abi._Reader, "_value", values)
    monkeypatch.setattr(abi._Reader, "_word", words_read)
    monkeypatch.setattr(address, "keccak256", hashed)
    acts = flatten(read(request))
    # One more for each reader that finds the budget spent.
    assert values.count <= abi.MAX_VALUES + MAX_CALLS
    assert words_read.count <= 3 * abi.MAX_VALUES + MAX_CALLS
    assert hashed.count <= abi.MAX_VALUES + MAX_CALLS
    assert len(acts) <= MAX_CALLS + 1


@pytest.mark.parametrize("name", PAYLOADS)
def test_no_payload_takes_more_memory_than_it_may(name: str) -> None:
    """D18: at most 64 MiB."""
    request = carrying(PAYLOADS[name])
    assert peak_of(lambda: flatten(read(request))) <= MEMORY


@pytest.mark.parametrize("name", ["orders over the same bytes", "the same, nested"])
def test_what_unfolds_to_more_than_the_bound_is_beyond_it(name: str) -> None:
    """D18: what is not read for its size is refused, not merely unknown."""
    beyond = [
        act.intent
        for act in flatten(read(carrying(PAYLOADS[name])))
        if isinstance(act.intent, Unknown) and act.intent.is_beyond_bound
    ]
    assert beyond != []
    assert all(one.reason.endswith("more than 4096 values") for one in beyond)


def test_a_call_behind_one_that_spent_the_budget_is_not_passed_over() -> None:
    """D18: an approval cannot be hidden behind much to read."""
    approve = calldata("approve(address,uint256)", TOKEN, 1)
    data = calldata("multicall(bytes[])", (unfolding(30, 20), approve))
    intents = [act.intent for act in flatten(read(carrying(data))) if act.is_nested]
    assert [intent.is_beyond_bound for intent in intents if isinstance(intent, Unknown)] == [True]
    data = calldata("multicall(bytes[])", (approve, unfolding(30, 20)))
    assert [act.intent.kind for act in flatten(read(carrying(data)))] == ["batch", "approve", "unknown"]


ENTRIES = tuple(AccessEntry(address=Address.from_bytes(one.to_bytes(20, "big"))) for one in range(10_000))
LISTED = replace(TRANSFER, access_list=ENTRIES)


def signed_bytes(request: TransactionRequest) -> bytes:
    kind, fields = unsigned_fields(request)
    return bytes([kind]) + rlp.encode([*fields, b"\x01", b"\x01" * 32, b"\x01" * 32])


def test_an_access_list_of_ten_thousand_accounts_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """D18: 10,000 items, as signed bytes and as an object: one checksum for each address."""
    raw, written = signed_bytes(LISTED), transaction_object(LISTED)
    hashed = Counter(address.keccak256)
    monkeypatch.setattr(address, "keccak256", hashed)
    assert decode_signed(raw).unattributed.access_list == ENTRIES
    assert hashed.count <= 10_001
    hashed.count = 0
    assert parse_transaction(written).access_list == ENTRIES
    assert hashed.count <= 10_002
    assert peak_of(lambda: decode_signed(raw)) <= MEMORY
    assert peak_of(lambda: parse_transaction(written)) <= MEMORY


if __name__ == "__main__":
    works: dict[str, Callable[[], object]] = {
        name: lambda data=data: flatten(read(carrying(data))) for name, data in PAYLOADS.items()
    }
    largest, described = signed_bytes(LISTED), transaction_object(LISTED)
    works["10,000 accounts, signed"] = lambda: decode_signed(largest)
    works["10,000 accounts, as an object"] = lambda: parse_transaction(described)
    for title, work in works.items():
        best = 10.0
        for _ in range(5):
            start = time.perf_counter()
            work()
            best = min(best, time.perf_counter() - start)
        print(f"{title:32} {best * 1000:7.1f} ms {peak_of(work) / 2**20:6.1f} MiB")
