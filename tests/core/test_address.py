from __future__ import annotations

import pytest
from eth_utils import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from guard.core.address import Address, keccak256
from guard.errors import InvalidAddress

# https://eips.ethereum.org/EIPS/eip-55#test-cases
EIP_55 = (
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
)


def test_keccak_256_is_ethereums_and_not_the_sha_3_of_the_standard() -> None:
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@pytest.mark.parametrize("text", EIP_55)
def test_the_vectors_of_eip_55_are_read_and_shown_unchanged(text: str) -> None:
    assert Address.parse(text) == text


@pytest.mark.parametrize("text", EIP_55)
def test_an_address_in_one_case_is_shown_with_its_checksum(text: str) -> None:
    assert (Address.parse(text.lower()), Address.parse("0x" + text[2:].upper())) == (text, text)


@given(st.binary(min_size=20, max_size=20))
def test_the_checksum_is_the_one_that_eth_utils_computes(raw: bytes) -> None:
    address = Address.from_bytes(raw)
    assert (str(address), address.to_bytes()) == (to_checksum_address(raw), raw)
    assert Address.parse(address) == address


@given(st.sampled_from(EIP_55), st.integers(2, 41))
def test_a_checksum_with_one_letter_in_the_other_case_is_refused(text: str, place: int) -> None:
    changed = text[:place] + text[place].swapcase() + text[place + 1 :]
    digits = changed[2:]
    if changed == text or digits in (digits.lower(), digits.upper()):
        assert Address.parse(changed) == text
        return
    with pytest.raises(InvalidAddress, match="checksum"):
        Address.parse(changed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "52908400098527886E0F7030069857D2E4169EE7",
        "0X52908400098527886E0F7030069857D2E4169EE7",
        " 0x52908400098527886E0F7030069857D2E4169EE7",
        "0x52908400098527886E0F7030069857D2E4169EE7\n",
        "0x52908400098527886E0F7030069857D2E4169E",
        "0x52908400098527886E0F7030069857D2E4169EE7E7",
        "0x52908400098527886E0F7030069857D2E4169EEg",
        "0x５2908400098527886E0F7030069857D2E4169EE7",
        "XE7338O073KYGTWWZN0F2WZ0R8PX5ZPPZS",
        "vitalik.eth",
    ],
)
def test_anything_but_0x_and_forty_hex_digits_is_refused(text: str) -> None:
    with pytest.raises(InvalidAddress, match="not an address") as caught:
        Address.parse(text)
    assert caught.value.hint == "give 0x and 40 hex digits"


def test_what_is_refused_is_shown_escaped_and_cut() -> None:
    with pytest.raises(InvalidAddress) as caught:
        Address.parse("\x1b[31m" + "a" * 500)
    assert caught.value.message.startswith("not an address: '\\x1b[31maaa")
    assert len(caught.value.message) < 120


def test_a_value_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidAddress, match="not an address"):
        Address.parse(None)  # type: ignore[arg-type]


@pytest.mark.parametrize("length", [0, 19, 21, 32])
def test_another_number_of_bytes_than_20_is_refused(length: int) -> None:
    with pytest.raises(InvalidAddress, match=f"has 20 bytes, not {length}"):
        Address.from_bytes(bytes(length))
