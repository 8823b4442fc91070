"""What holds of calls inside of calls, whichever wrappers they are in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from guard.core import abi
from guard.core.act import flatten
from guard.core.address import Address, keccak256
from guard.core.decode import FAMILIES, MAX_CALLS, MAX_DEPTH, MAX_NESTED_BYTES, read
from guard.core.intent import Call, Grant, Permit, Unknown
from guard.core.rules.examples import FRIEND, SENDER, TOKEN, TRANSFER
from tests.core.decode.calldata import (
    JUNK,
    OTHER,
    SPENDER,
    UNREAD,
    VENUE,
    ZERO,
    address,
    approval,
    approve,
    arguments,
    calldata,
    done,
    intents,
)

Inner: TypeAlias = tuple[Address, bytes]
CALLS = "(address,uint256,bytes)[]"
EXEC = "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)"


def in_a_batch(calls: list[Inner]) -> bytes:
    return calldata(f"executeBatch({CALLS})", [(to, 0, data) for to, data in calls])


def in_columns(calls: list[Inner]) -> bytes:
    return calldata(
        "executeBatch(address[],uint256[],bytes[])",
        [to for to, _ in calls],
        [0] * len(calls),
        [data for _, data in calls],
    )


def in_an_aggregate(calls: list[Inner]) -> bytes:
    return calldata("aggregate3((address,bool,bytes)[])", [(to, True, data) for to, data in calls])


def by_a_mode(calls: list[Inner]) -> bytes:
    batch = arguments(CALLS, [(to, 0, data) for to, data in calls])
    return calldata("execute(bytes32,bytes)", b"\x01" + bytes(31), batch)


def in_a_multisend(calls: list[Inner]) -> bytes:
    entries = b"".join(
        b"\0" + to.to_bytes() + bytes(32) + len(data).to_bytes(32, "big") + data for to, data in calls
    )
    sent = calldata("multiSend(bytes)", entries)
    return calldata(EXEC, VENUE, 0, sent, 1, 0, 0, 0, ZERO, ZERO, b"")


WRAPPERS: tuple[Callable[[list[Inner]], bytes], ...] = (
    in_a_batch,
    in_columns,
    in_an_aggregate,
    by_a_mode,
    in_a_multisend,
)
TWO_LEVELS = (by_a_mode, in_a_multisend)
SELECTORS = [bytes.fromhex(one.selector) for family in FAMILIES for one in family]
junk = st.binary(max_size=120) | st.builds(
    lambda selector, rest: selector + rest, st.sampled_from(SELECTORS), st.binary(max_size=200)
)
levels = st.lists(
    st.tuples(
        st.sampled_from(WRAPPERS), st.lists(junk, max_size=2), st.lists(junk, max_size=2), st.booleans()
    ),
    max_size=3,
)


def approved(owner: Address) -> tuple[Inner, object]:
    return (TOKEN, approve()), approval(owner)


def permitted(owner: Address) -> tuple[Inner, object]:
    types = "((address,uint160,uint48,uint48),address,uint256),bytes"
    permit = arguments(types, ((TOKEN, 7, 9, 0), SPENDER, 99), b"")
    grant = Grant(token=TOKEN, amount=7, expires_at=9)
    return (VENUE, calldata("execute(bytes,bytes[])", b"\x0a", [permit])), Permit(
        owner=owner, spender=SPENDER, grants=(grant,), deadline=99, form="permit2"
    )


@settings(max_examples=300)
@given(levels, st.sampled_from([approved, permitted]))
def test_an_allowance_is_found_in_any_wrappers_beside_any_junk(
    chosen: list[tuple[Callable[[list[Inner]], bytes], list[bytes], list[bytes], bool]],
    leaf: Callable[[Address], tuple[Inner, object]],
) -> None:
    """D7: any wrappers, any depth."""
    depth = sum(1 + (wrap in TWO_LEVELS) + is_own for wrap, _, _, is_own in chosen)
    assume(depth + (leaf is permitted) <= MAX_DEPTH)
    owner = address(1) if chosen else SENDER
    (to, data), expected = leaf(owner)
    siblings = []
    for number, (wrap, before, after, is_own) in enumerate(chosen, start=1):
        if is_own:
            data = calldata("multicall(bytes[])", [JUNK, data])
        data = wrap([*((OTHER, one) for one in before), (to, data), *((OTHER, one) for one in after)])
        to = address(number)
        siblings += [*before, *after]
    acts = flatten(done(data, to=to))
    assert [(act.call.actor, act.call.to) for act in acts if act.intent == expected] == [
        (owner, TOKEN if leaf is approved else VENUE)
    ]
    sizes = [act.call.data_size for act in acts if act.call.to == OTHER]
    assert all(
        sizes.count(len(one)) >= [len(other) for other in siblings].count(len(one)) for one in siblings
    )


@settings(max_examples=300)
@given(st.sampled_from(WRAPPERS), junk, st.integers(0, 3))
def test_one_unreadable_call_leaves_the_others_read(
    wrap: Callable[[list[Inner]], bytes], bad: bytes, place: int
) -> None:
    calls: list[Inner] = [(TOKEN, approve())] * 3
    calls.insert(place, (OTHER, bad))
    acts = flatten(done(wrap(calls)))
    assert [act.intent for act in acts if act.call.to == TOKEN].count(approval(done(b"").to or ZERO)) == 3


@settings(max_examples=500)
@given(st.sampled_from(WRAPPERS), st.binary(min_size=1, max_size=40), st.integers(4, 900), st.booleans())
def test_bytes_put_over_any_place_of_a_wrapper_never_raise(
    wrap: Callable[[list[Inner]], bytes], noise: bytes, place: int, is_cut: bool
) -> None:
    data = wrap([(TOKEN, approve()), (OTHER, JUNK), (FRIEND, b"")])
    broken = data[:place] if is_cut else data[:place] + noise + data[place + len(noise) :]
    assert isinstance(done(broken), Call)


@pytest.mark.parametrize("selector", SELECTORS, ids=lambda selector: selector.hex())
def test_no_arguments_and_wild_arguments_never_raise(selector: bytes) -> None:
    for rest in (b"", b"\xff" * 640, bytes(640), (b"\x00" * 31 + b"\x20") * 40, b"\x00" * 31 + b"\x40"):
        assert isinstance(done(selector + rest), Call)


def nested(depth: int) -> bytes:
    data = approve()
    for _ in range(depth):
        data = calldata("multicall(bytes[])", [data])
    return data


def test_calls_are_read_as_deep_as_the_bound_and_no_deeper() -> None:
    """D7: what is nested too deep is Unknown and beyond the bound."""
    assert intents(nested(MAX_DEPTH), to=TOKEN) == [approval(SENDER)]
    assert intents(nested(MAX_DEPTH + 1), to=TOKEN) == [
        Unknown(
            reason=f"calls are nested more than {MAX_DEPTH} deep", selector="0x095ea7b3", is_beyond_bound=True
        )
    ]


@pytest.mark.parametrize("wrap", WRAPPERS)
def test_the_first_call_beyond_the_bound_stands_for_the_rest(wrap: Callable[[list[Inner]], bytes]) -> None:
    """D7: no more than 256 calls are read."""
    read_intents = intents(wrap([(OTHER, JUNK)] * 300))
    assert read_intents[:-1] == [UNREAD] * (len(read_intents) - 1)
    assert read_intents[-1] == Unknown(
        reason=f"there are more than {MAX_CALLS} calls", selector="0xdeadbeef", is_beyond_bound=True
    )
    assert MAX_CALLS - 3 < len(read_intents) <= MAX_CALLS


def shared(inner: bytes, times: int = 2) -> bytes:
    """Return a multicall whose offsets all lead to the same bytes."""
    words = [32, times, *[32 * times] * times, len(inner)]
    return (
        calldata("multicall(bytes[])", [])[:4] + b"".join(word.to_bytes(32, "big") for word in words) + inner
    )


def test_offsets_that_lead_to_the_same_bytes_do_not_unfold_without_end() -> None:
    """D18: 128 kB of calldata that would be read as 16 MB."""
    path = [TOKEN] * 3900
    data = calldata(
        "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)", 1, 1, path, FRIEND, 1
    )
    for _ in range(7):
        data = shared(data)
    acts = flatten(read(replace(TRANSFER, data=data, value=0)))
    read_bytes = sum(act.call.data_size for act in acts if not is_beyond(act.intent))
    assert len(data) < 128 * 1024
    assert read_bytes <= MAX_NESTED_BYTES + len(data)
    assert [act.intent.reason for act in acts if isinstance(act.intent, Unknown)][:1] == [
        f"the calls inside of calls have more than {MAX_NESTED_BYTES} bytes"
    ]


def is_beyond(intent: object) -> bool:
    return isinstance(intent, Unknown) and intent.is_beyond_bound


@pytest.mark.parametrize("length", [2**255, 2**256 - 1, 2**63, 4097])
def test_a_length_that_nothing_could_have_is_not_read(length: int) -> None:
    """D18: array lengths of 2^255."""
    data = bytes.fromhex("ac9650d8") + (32).to_bytes(32, "big") + length.to_bytes(32, "big") + bytes(128_000)
    assert isinstance(done(data).intent, Unknown)


def test_no_two_functions_share_a_selector_and_each_is_of_its_signature() -> None:
    functions = [one for family in FAMILIES for one in family]
    assert len({one.selector for one in functions}) == len(functions)
    assert [one.selector for one in functions] == [
        keccak256(one.signature.encode())[:4].hex() for one in functions
    ]


def test_every_signature_has_types_that_can_be_parsed() -> None:
    for family in FAMILIES:
        for one in family:
            assert abi.parse_types(one.types) or one.types == ""
