"""What holds of every decoder, whichever it is."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.core import decode as decoding
from guard.core.address import keccak256
from guard.core.decode import DECODERS, Decoder, decode, erc20
from guard.core.intent import Intent, Unknown
from guard.core.request import digest
from guard.core.rules.examples import FRIEND, TRANSFER, token_transfer
from tests.core.strategies import requests

FILES = sorted(
    path.stem for path in Path(str(decoding.__file__)).parent.glob("*.py") if path.stem != "__init__"
)
SIGNATURES = {
    "transfer(address,uint256)": erc20.TRANSFER_SELECTOR,
    "transferFrom(address,address,uint256)": erc20.TRANSFER_FROM_SELECTOR,
}
# As published in the ERC-20 entry of https://www.4byte.directory
PUBLISHED = {
    "transfer(address,uint256)": "a9059cbb",
    "transferFrom(address,address,uint256)": "23b872dd",
}

each_decoder = pytest.mark.parametrize("decoder", DECODERS, ids=lambda decoder: decoder.__module__)
CALLDATA = st.binary(max_size=150) | st.builds(
    lambda selector, words, rest: selector + b"".join(words) + rest,
    st.sampled_from(list(SIGNATURES.values())),
    st.lists(
        st.binary(min_size=32, max_size=32)
        | st.binary(min_size=20, max_size=20).map(lambda raw: bytes(12) + raw),
        max_size=4,
    ),
    st.sampled_from([b"", b"", b"\x00", bytes(31)]),
)


def test_every_file_is_one_entry_of_the_registry_and_every_entry_one_file() -> None:
    functions = [import_module(f"guard.core.decode.{name}").decode for name in FILES]
    assert sorted(map(id, functions)) == sorted(map(id, DECODERS))


@settings(max_examples=300)
@given(requests(), CALLDATA)
def test_junk_becomes_an_intent_and_never_an_exception(request: object, data: bytes) -> None:
    intent = decode(replace(request, data=data))  # type: ignore[type-var]
    assert isinstance(intent, get_args(Intent))
    assert not isinstance(intent, Unknown) or intent.reason


@each_decoder
@settings(max_examples=100)
@given(request=requests(), data=CALLDATA)
def test_a_decoder_answers_for_its_family_or_not_at_all(
    decoder: Decoder, request: object, data: bytes
) -> None:
    intent = decoder(replace(request, data=data))  # type: ignore[type-var]
    assert intent is None or isinstance(intent, get_args(Intent))


@each_decoder
@settings(max_examples=50)
@given(request=requests())
def test_what_it_is_shown_is_not_changed_and_the_answer_is_the_same_again(
    decoder: Decoder, request: object
) -> None:
    copied = copy.deepcopy(request)
    assert decoder(request) == decoder(copied)  # type: ignore[arg-type]
    assert request == copied


@settings(max_examples=200)
@given(requests(), CALLDATA)
def test_no_order_of_the_decoders_changes_an_intent(request: object, data: bytes) -> None:
    asked = replace(request, data=data)  # type: ignore[type-var]
    answers = [intent for decoder in reversed(DECODERS) if (intent := decoder(asked)) is not None]
    assert len(answers) <= 1
    assert answers in ([decode(asked)], [])


def test_selectors_are_those_of_their_signatures_and_the_published_ones() -> None:
    for signature, selector in SIGNATURES.items():
        assert selector == keccak256(signature.encode())[:4] == bytes.fromhex(PUBLISHED[signature])


@given(CALLDATA)
def test_an_unknown_names_its_selector_and_its_reason_is_plain_text(data: bytes) -> None:
    intent = decode(replace(TRANSFER, data=data))
    if isinstance(intent, Unknown):
        assert intent.selector == ("0x" + data[:4].hex() if len(data) >= 4 else None)
        assert re.fullmatch(r"[a-zA-Z ,0-9-]+", intent.reason)


@given(st.integers(0, 67), st.integers(1, 255))
def test_a_change_of_one_bit_of_a_transfer_never_reads_as_the_same_transfer(place: int, flip: int) -> None:
    request = token_transfer(FRIEND)
    data = request.data[:place] + bytes([request.data[place] ^ flip]) + request.data[place + 1 :]
    changed = replace(request, data=data)
    assert decode(changed) != decode(request)
    assert digest(changed) != digest(request)


def test_every_kind_of_intent_is_a_word_that_json_shows_unchanged() -> None:
    kinds = [kind.kind for kind in get_args(Intent)]
    assert len(set(kinds)) == len(kinds)
    assert all(json.dumps(kind) == f'"{kind}"' and kind.islower() for kind in kinds)
