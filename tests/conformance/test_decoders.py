"""What holds of every function that can be read, whichever it is."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
from eth_abi import encode
from eth_utils.abi import function_signature_to_4byte_selector
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.core import abi
from guard.core import decode as decoding
from guard.core.act import flatten
from guard.core.decode import FAMILIES, MAX_CALLS, MAX_DEPTH, decode, read
from guard.core.decode.function import Function
from guard.core.intent import Intent, Unknown
from guard.core.request import TransactionRequest, digest
from guard.core.rules.examples import FRIEND, TOKEN, TRANSFER, token_transfer
from tests.core.decode.calling import argument_types
from tests.core.strategies import addresses, requests

FUNCTIONS = [one for family in FAMILIES for one in family]
SIGNATURES = {one.signature: one.selector for one in FUNCTIONS}
# As published at https://www.4byte.directory, in the EIPs and in the contracts' own documentation.
PUBLISHED = {
    "transfer(address,uint256)": "a9059cbb",
    "transferFrom(address,address,uint256)": "23b872dd",
    "approve(address,uint256)": "095ea7b3",
    "increaseAllowance(address,uint256)": "39509351",
    "safeTransferFrom(address,address,uint256)": "42842e0e",
    "safeTransferFrom(address,address,uint256,bytes)": "b88d4fde",
    "safeTransferFrom(address,address,uint256,uint256,bytes)": "f242432a",
    "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)": "2eb2c2d6",
    "setApprovalForAll(address,bool)": "a22cb465",
    "bulkTransfer(((uint8,address,uint256,uint256)[],address,bool)[],bytes32)": "32389b71",
    "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)": "d505accf",
    "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)": "8fcbaf0c",
    "approve(address,address,uint160,uint48)": "87517c45",
    "lockdown((address,address)[])": "cc53287f",
    "deposit()": "d0e30db0",
    "withdraw(uint256)": "2e1a7d4d",
    "transferOwnership(address)": "f2fde38b",
    "upgradeToAndCall(address,bytes)": "4f1ef286",
    "claim()": "4e71d92d",
}

each_function = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: one.signature)
JUNK = st.binary(max_size=150) | st.builds(
    lambda function, words, rest: bytes.fromhex(function.selector) + b"".join(words) + rest,
    st.sampled_from(FUNCTIONS),
    st.lists(
        st.binary(min_size=32, max_size=32)
        | st.binary(min_size=20, max_size=20).map(lambda raw: bytes(12) + raw)
        | st.integers(0, 10).map(lambda number: (32 * number).to_bytes(32, "big")),
        max_size=12,
    ),
    st.sampled_from([b"", b"", b"\x00", bytes(31)]),
)


def _values(kind: abi.Type) -> st.SearchStrategy[Any]:
    """Return values of one type, as the reference encoder takes them."""
    match kind.name:
        case "tuple":
            return st.tuples(*(_values(part) for part in kind.parts))
        case "array":
            least, most = (0, 2) if kind.size < 0 else (kind.size, kind.size)
            return st.lists(_values(kind.parts[0]), min_size=least, max_size=most)
        case "address":
            return addresses
        case "bool":
            return st.booleans()
        case "string":
            return st.text(max_size=5)
        case "bytes":
            return st.binary(max_size=40)
        case "fixed-bytes":
            return st.binary(min_size=kind.size, max_size=kind.size)
        case "int":
            return st.integers(-(2 ** (kind.size - 1)), 2 ** (kind.size - 1) - 1)
        case _:
            return st.integers(0, 2**kind.size - 1)


def test_every_family_is_one_file_and_every_file_with_functions_one_entry() -> None:
    folder = Path(str(decoding.__file__)).parent
    modules = [import_module(f"guard.core.decode.{path.stem}") for path in sorted(folder.glob("[a-z]*.py"))]
    families = [module.FUNCTIONS for module in modules if hasattr(module, "FUNCTIONS")]
    assert sorted(map(id, families)) == sorted(map(id, FAMILIES))


@each_function
def test_a_selector_is_the_one_of_its_signature(function: Function) -> None:
    assert bytes.fromhex(function.selector) == function_signature_to_4byte_selector(function.signature)
    assert re.fullmatch(r"[0-9a-f]{8}", function.selector)


def test_no_two_functions_share_a_selector_and_the_published_ones_are_read() -> None:
    assert len({one.selector for one in FUNCTIONS}) == len(FUNCTIONS)
    assert {signature: SIGNATURES[signature] for signature in PUBLISHED} == PUBLISHED


@each_function
@settings(max_examples=15)
@given(data=st.data())
def test_canonical_calldata_is_read_without_oddities_and_written_back(
    function: Function, data: st.DataObject
) -> None:
    values = data.draw(st.tuples(*(_values(kind) for kind in abi.parse_types(function.types))))
    body = encode(argument_types(function.signature), values)
    asked = read(_calling(function, body))
    assert asked.oddities == ()
    arguments = abi.read(function.types, body)
    assert (arguments.oddities, function.calldata(*arguments.values)[4:]) == ((), body)


@each_function
def test_ether_is_odd_exactly_where_the_function_takes_none(function: Function) -> None:
    body = bytes(sum(kind.words for kind in abi.parse_types(function.types)) * 32)
    asked = read(replace(_calling(function, body), value=1))
    carried = "it carries ether that the function does not take" in asked.oddities
    assert carried != function.is_payable or isinstance(asked.intent, Unknown)


@settings(max_examples=500)
@given(requests(), JUNK)
def test_junk_becomes_an_intent_and_never_an_exception(request: TransactionRequest, data: bytes) -> None:
    acts = flatten(read(replace(request, data=data)))
    assert len(acts) <= 2 * MAX_CALLS
    for act in acts:
        assert isinstance(act.intent, get_args(Intent))
        assert len(act.path) <= MAX_DEPTH + 1
        assert not isinstance(act.intent, Unknown) or act.intent.reason


@settings(max_examples=200)
@given(requests(), JUNK)
def test_what_it_is_shown_is_not_changed_and_the_answer_is_the_same_again(
    request: TransactionRequest, data: bytes
) -> None:
    asked = replace(request, data=data)
    copied = copy.deepcopy(asked)
    assert read(asked) == read(copied)
    assert asked == copied


@settings(max_examples=300)
@given(JUNK)
def test_an_unknown_names_its_selector_and_its_reason_is_plain_text(data: bytes) -> None:
    intent = decode(replace(TRANSFER, data=data))
    if isinstance(intent, Unknown):
        assert intent.selector == ("0x" + data[:4].hex() if len(data) >= 4 else None)
        assert re.fullmatch(r"[a-zA-Z ,0-9:()\[\]_-]+", intent.reason)


@given(st.integers(0, 67), st.integers(1, 255))
def test_a_change_of_one_bit_of_a_transfer_never_reads_as_the_same_transfer(place: int, flip: int) -> None:
    request = token_transfer(FRIEND)
    data = request.data[:place] + bytes([request.data[place] ^ flip]) + request.data[place + 1 :]
    changed = replace(request, data=data)
    assert read(changed) != read(request)
    assert digest(changed) != digest(request)


def test_every_kind_of_intent_is_a_word_that_json_shows_unchanged() -> None:
    kinds = [kind.kind for kind in get_args(Intent)]
    assert len(set(kinds)) == len(kinds)
    assert all(json.dumps(kind) == f'"{kind}"' and kind.islower() for kind in kinds)


def _calling(function: Function, body: bytes) -> TransactionRequest:
    return replace(TRANSFER, to=TOKEN, value=0, data=bytes.fromhex(function.selector) + body)
