"""Calldata from what a person types, against calldata that is known."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode

from guard.core.address import keccak256
from guard.errors import CallerError
from tests.wallet.harness import FRIEND
from wallet.calls import encode_call


def selector(signature: str) -> bytes:
    return keccak256(signature.encode())[:4]


def test_a_token_transfer_is_the_well_known_calldata() -> None:
    assert encode_call("transfer(address,uint256)", [FRIEND, "1000000"]).hex() == (
        "a9059cbb0000000000000000000000007e5f4552091a69125d5dfcb7b8c2659029395bdf"
        "00000000000000000000000000000000000000000000000000000000000f4240"
    )


def test_the_example_of_the_abi_specification_is_reproduced() -> None:
    """https://docs.soliditylang.org/en/latest/abi-spec.html#examples: sam("dave", true, [1,2,3])"""
    assert encode_call("sam(bytes,bool,uint256[])", ["0x64617665", "true", "[1,2,3]"]).hex() == (
        "a5643bf2"
        "0000000000000000000000000000000000000000000000000000000000000060"
        "0000000000000000000000000000000000000000000000000000000000000001"
        "00000000000000000000000000000000000000000000000000000000000000a0"
        "0000000000000000000000000000000000000000000000000000000000000004"
        "6461766500000000000000000000000000000000000000000000000000000000"
        "0000000000000000000000000000000000000000000000000000000000000003"
        "0000000000000000000000000000000000000000000000000000000000000001"
        "0000000000000000000000000000000000000000000000000000000000000002"
        "0000000000000000000000000000000000000000000000000000000000000003"
    )


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("uint256", "0", 0),
        ("uint256", str(2**256 - 1), 2**256 - 1),
        ("uint256", "0xff", 255),
        ("uint256", "1.5ether", 15 * 10**17),
        ("uint256", "5 gwei", 5 * 10**9),
        ("uint8", "255", 255),
        ("int256", "-1", -1),
        ("int8", "-128", -128),
        ("bool", "true", True),
        ("bool", "false", False),
        ("address", FRIEND, FRIEND),
        ("address", FRIEND.lower(), FRIEND),
        ("bytes", "0x", b""),
        ("bytes4", "0x01020304", b"\1\2\3\4"),
        ("string", "", ""),
        ("string", "héllo [1]", "héllo [1]"),
        ("uint256[]", "[]", []),
        ("uint256[2]", "[1, 2]", [1, 2]),
        ("uint256[][]", "[[1],[2,3]]", [[1], [2, 3]]),
        ("address[]", f'["{FRIEND}"]', [FRIEND]),
        ("bool[]", "[true,false]", [True, False]),
        ("(address,uint256)", f'["{FRIEND}", "1ether"]', (FRIEND, 10**18)),
        ("(uint256,(bool,string))[]", '[[1,[true,"x"]]]', [(1, (True, "x"))]),
    ],
)
def test_each_type_is_read_and_encoded(kind: str, typed: str, value: object) -> None:
    assert encode_call(f"f({kind})", [typed]) == selector(f"f({kind})") + encode([kind], [value])


@pytest.mark.parametrize(
    ("signature", "canonical"),
    [
        ("f(uint)", "f(uint256)"),
        ("f( uint256 )", "f(uint256)"),
        ("$_x9(uint256)", "$_x9(uint256)"),
    ],
)
def test_the_selector_is_that_of_the_canonical_signature(signature: str, canonical: str) -> None:
    assert encode_call(signature, ["1"]) == selector(canonical) + (1).to_bytes(32, "big")


def test_a_function_without_arguments_is_its_selector() -> None:
    assert encode_call("deposit()", []).hex() == "d0e30db0"


@pytest.mark.parametrize(
    "signature",
    ["", "transfer", "transfer(", "transfer(address", "(address)", "f(address)[]", "f(uint7)",
     "f(uint264)", "f(bytes33)", "f(address,)", "f(,)", "1f(address)", "f(address) returns (bool)",
     "f(address)x",      "f(" * 50 + ")" * 50],
)  # fmt: skip
def test_what_is_no_signature_is_refused(signature: str) -> None:
    with pytest.raises(CallerError, match="is not a function signature"):
        encode_call(signature, ["1"])


@pytest.mark.parametrize(
    ("signature", "arguments", "told"),
    [
        ("f(uint256)", [], "0 arguments were given"),
        ("f(uint256)", ["1", "2"], "2 arguments were given"),
        ("f()", ["1"], "1 arguments were given|is not a function signature"),
        ("f(nothing)", ["1"], "argument 1 is not of type nothing"),
        ("f(uint256)", ["-1"], "do not fit"),
        ("f(uint8)", ["256"], "do not fit"),
        ("f(int8)", ["128"], "do not fit"),
        ("f(uint256)", [str(2**256)], "do not fit"),
        ("f(uint256)", ["1.5"], "fraction without a unit"),
        ("f(uint256)", ["one"], "is not an amount"),
        ("f(uint256)", [""], "is not an amount"),
        ("f(uint256)", ["１"], "is not an amount"),
        ("f(address)", ["alice"], "not an address"),
        ("f(address)", [FRIEND[:-1] + "F"], "the checksum"),
        ("f(bool)", ["True"], "argument 1 is not of type bool"),
        ("f(bool)", ["1"], "argument 1 is not of type bool"),
        ("f(uint256,bool)", ["1", "no"], "argument 2 is not of type bool"),
        ("f(bytes)", ["6461"], "argument 1 cannot be '6461'"),
        ("f(bytes)", ["0x1"], "argument 1 cannot be '0x1'"),
        ("f(bytes4)", ["0x0102030405"], "do not fit"),
        ("f(uint256[])", ["1"], "argument 1 is not a JSON list"),
        ("f(uint256[])", ["{}"], "argument 1 is not a JSON list"),
        ("f(uint256[])", ["[1,"], "argument 1 is not a JSON list"),
        ("f(uint256[2])", ["[1]"], "do not fit"),
        ("f(uint256[])", ["[1.5]"], "fraction without a unit"),
        ("f(uint256[])", ["[null]"], "is not an amount"),
        ("f(uint256[])", ["[[1]]"], "is not an amount"),
        ("f((uint256,bool))", ["[1]"], r"argument 1 is not of type \(uint256,bool\)"),
    ],
)
def test_an_argument_that_does_not_fit_is_refused_and_named(
    signature: str, arguments: list[str], told: str
) -> None:
    with pytest.raises(CallerError, match=told):
        encode_call(signature, arguments)
