"""Typed data against the vectors of EIP-712 and against eth-account, over random trees of types."""

from __future__ import annotations

import json
from typing import Any

import pytest
from eth_account.messages import _hash_eip191_message, encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.core.address import Address
from guard.core.typed_data import Domain, parse_typed_data, typed_data_object
from guard.errors import CallerError, InvalidAddress, InvalidJson, InvalidRequest
from tests.core.typed_documents import CONTRACT, DOMAIN_TYPES, document, mail, one_member


def test_the_example_of_the_standard_has_the_hashes_that_the_standard_tells() -> None:
    data = parse_typed_data(mail())
    assert data.encoded_type == (
        "Mail(Person from,Person to,string contents)Person(string name,address wallet)"
    )
    assert data.type_hash.hex() == "a0cedeb2dc280ba39b857546d74f5549c3a1d7bdc2dd96bf881f76108e23dac2"
    assert data.message_hash.hex() == "c52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e"
    assert data.domain_separator.hex() == "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f"
    assert data.signing_hash.hex() == "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"
    assert data.domain == Domain(
        name="Ether Mail", version="1", chain_id=1, verifying_contract=Address(CONTRACT)
    )
    assert data.message["to"]["wallet"] == Address("0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB")


def test_the_structures_referred_to_stand_in_the_order_of_their_names_however_they_are_declared() -> None:
    names = ["Zebra", "apple", "Mango", "Banana", "Cherry", "Ant"]
    members = ",".join(f"{name} m{number}" for number, name in enumerate(names))
    declaration = f"Order({members})" + "".join(f"{name}(bool it)" for name in names)
    message = {f"m{number}": {"it": True} for number in range(len(names))}
    data = parse_typed_data(document(declaration, message))
    assert data.encoded_type == f"Order({members})" + "".join(f"{name}(bool it)" for name in sorted(names))


def test_a_document_is_read_from_its_text_too() -> None:
    assert parse_typed_data(json.dumps(mail())) == parse_typed_data(mail())
    assert parse_typed_data(mail(), version=3) == parse_typed_data(mail())


# Random trees of types, each with a value, and the reference implementation

BITS = st.integers(1, 32).map(lambda count: 8 * count)
HEX = st.binary(max_size=40).map(lambda raw: "0x" + raw.hex())
ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda raw: str(Address.from_bytes(raw)))


def numbers(low: int, high: int) -> st.SearchStrategy[Any]:
    exact = st.integers(max(low, 1 - 2**53), min(high, 2**53 - 1))
    return st.integers(low, high).map(str) | exact | st.integers(0, high).map(hex)


@st.composite
def elementary(draw: st.DrawFn) -> tuple[str, st.SearchStrategy[Any]]:
    bits, size = draw(BITS), draw(st.integers(1, 32))
    fixed = st.binary(min_size=size, max_size=size).map(lambda raw: "0x" + raw.hex())
    return draw(
        st.sampled_from(
            [
                ("address", ADDRESSES),
                ("bool", st.booleans()),
                ("string", st.text(st.characters(exclude_categories=["Cs"]), max_size=20)),
                ("bytes", HEX),
                (f"bytes{size}", fixed),
                (f"uint{bits}", numbers(0, 2**bits - 1)),
                (f"int{bits}", numbers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)),
            ]
        )
    )


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Any]:
    """Draw structures of which each holds only earlier ones, and one value of the last."""
    structures: dict[str, list[tuple[str, str]]] = {}
    values: dict[str, st.SearchStrategy[Any]] = {}
    for number in range(draw(st.integers(1, 4))):
        members: list[tuple[str, str]] = []
        parts: dict[str, st.SearchStrategy[Any]] = {}
        for place in range(draw(st.integers(1, 4))):
            kind, value = draw(elementary())
            if structures and draw(st.booleans()):
                kind = draw(st.sampled_from(sorted(structures)))
                value = values[kind]
            for _ in range(draw(st.integers(0, 2))):
                length = draw(st.none() | st.integers(1, 2))
                kind += "[]" if length is None else f"[{length}]"
                value = st.lists(value, min_size=length or 0, max_size=length or 2)
            members.append((kind, f"m{place}"))
            parts[f"m{place}"] = value
        # Names whose order is not that in which they are declared.
        name = f"{'QKZB'[number]}{number}"
        structures[name], values[name] = members, st.fixed_dictionaries(parts)
    names = list(structures)
    encoded = "".join(
        f"{name}({','.join(' '.join(member) for member in structures[name])})" for name in reversed(names)
    )
    domain = draw(domains())
    return document(encoded, draw(values[names[-1]]), domain=domain)


@st.composite
def domains(draw: st.DrawFn) -> dict[str, Any]:
    whole = {
        "name": "A name",
        "version": "1",
        "chainId": draw(st.sampled_from([1, "1", "0x1", 2**53 - 1])),
        "verifyingContract": draw(ADDRESSES),
        "salt": "0x" + "5a" * 32,
    }
    kept = draw(st.sets(st.sampled_from([name for name, _ in DOMAIN_TYPES]), min_size=1))
    return {name: whole[name] for name, _ in DOMAIN_TYPES if name in kept}


def for_reference(given: dict[str, Any]) -> dict[str, Any]:
    types = given["types"]

    def of(kind: str, value: Any) -> Any:
        if kind.endswith("]"):
            return [of(kind.rpartition("[")[0], item) for item in value]
        if kind in types:
            return {member["name"]: of(member["type"], value[member["name"]]) for member in types[kind]}
        if "int" in kind:
            return int(value, 16) if isinstance(value, str) and value[:2] == "0x" else int(value)
        return value

    def reached(name: str) -> set[str]:
        bases = {member["type"].partition("[")[0] for member in types[name]} & set(types)
        return {name}.union(*map(reached, bases))

    # The reference wants no structure besides those that the primary one refers to.
    kept = reached(given["primaryType"]) | {"EIP712Domain"}
    return {
        **given,
        "types": {name: members for name, members in types.items() if name in kept},
        "message": of(given["primaryType"], given["message"]),
        "domain": of("EIP712Domain", given["domain"]),
    }


@settings(max_examples=300, deadline=None)
@given(trees())
def test_any_tree_of_types_has_the_hash_of_the_reference_and_comes_back_from_its_document(
    given_document: dict[str, Any],
) -> None:
    data = parse_typed_data(given_document)
    expected = _hash_eip191_message(encode_typed_data(full_message=for_reference(given_document)))
    assert data.signing_hash == expected
    again = parse_typed_data(json.dumps(typed_data_object(data)))
    assert again == data
    assert again.signing_hash == expected


# One reading or a refusal


@pytest.mark.parametrize("form", [1, "1", "0x1"])
def test_d3_the_forms_of_an_integer_that_all_wallets_read_alike_give_one_hash(form: object) -> None:
    """D3: one reading."""
    changed = mail()
    changed["domain"]["chainId"] = form
    assert parse_typed_data(changed) == parse_typed_data(mail())


@pytest.mark.parametrize(
    "form",
    [
        "0x01",
        "0x0001",
        "01",
        " 1",
        "1 ",
        "1_0",
        "+1",
        "1.0",
        1.0,
        1e3,
        True,
        None,
        "",
        "0x",
        "0X1",
        "１",
        [1],
    ],
)
def test_d3_every_other_form_of_an_integer_is_refused(form: object) -> None:
    """D3: or a refusal."""
    changed = mail()
    changed["domain"]["chainId"] = form
    with pytest.raises(InvalidRequest, match=r"domain\.chainId is not an integer in a form"):
        parse_typed_data(changed)


def test_a_number_that_a_wallet_in_javascript_would_round_is_refused() -> None:
    assert parse_typed_data(one_member("uint256", 2**53 - 1)).message["it"] == 2**53 - 1
    with pytest.raises(InvalidRequest, match="is not an integer in a form"):
        parse_typed_data(one_member("uint256", 2**53))
    assert parse_typed_data(one_member("uint256", str(2**53))).message["it"] == 2**53


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint8", "256"),
        ("uint8", -1),
        ("uint8", "-1"),
        ("uint256", str(2**256)),
        ("int8", "128"),
        ("int8", "-129"),
        ("int256", str(2**255)),
    ],
)
def test_a_number_beyond_its_type_is_refused(kind: str, value: object) -> None:
    with pytest.raises(InvalidRequest, match=f"does not fit into {kind}"):
        parse_typed_data(one_member(kind, value))


@pytest.mark.parametrize(
    ("kind", "value"), [("int8", "-128"), ("int8", 127), ("uint8", 255), ("uint160", "0")]
)
def test_a_number_at_the_end_of_its_range_is_read(kind: str, value: Any) -> None:
    assert parse_typed_data(one_member(kind, value)).message["it"] == int(value)


@pytest.mark.parametrize("value", ["-0", "-0x1", "--1"])
def test_a_sign_has_one_form(value: str) -> None:
    with pytest.raises(InvalidRequest, match="is not an integer in a form"):
        parse_typed_data(one_member("int8", value))


@pytest.mark.parametrize(
    "value", [str(int(CONTRACT, 16)), int(CONTRACT, 16) % 2**50, CONTRACT[2:], "0x1", None]
)
def test_d4_an_address_has_one_form(value: object) -> None:
    """D4: a decimal integer, and other forms."""
    changed = mail()
    changed["domain"]["verifyingContract"] = value
    with pytest.raises((InvalidAddress, InvalidRequest), match="not an address"):
        parse_typed_data(changed)


@pytest.mark.parametrize("value", [1, 0, "1", "true", "0x1", None, []])
def test_a_bool_is_true_or_false_and_nothing_that_may_be_read_as_either(value: object) -> None:
    with pytest.raises(InvalidRequest, match="neither true nor false"):
        parse_typed_data(one_member("bool", value))


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        ("bytes4", "0x010203", "has 3 bytes instead of 4"),
        ("bytes4", "0x0102030405", "has 5 bytes instead of 4"),
        ("bytes", "0x1", "an even number of hex digits"),
        ("bytes", "01", "an even number of hex digits"),
        ("bytes", 1, "an even number of hex digits"),
        ("bytes32", [1], "an even number of hex digits"),
        ("string", 1, "is not a text"),
        ("string", "\ud800", "not a text that can be encoded"),
        ("uint8[]", "0x01", "is not a list"),
        ("uint8[]", {"0": 1}, "is not a list"),
        ("uint8[2]", [1], "has 1 values instead of 2"),
        ("uint8[2][]", [[1, 2], [1, 2, 3]], "has 3 values instead of 2"),
        ("uint8[0]", [], "the type 'uint8[0]' is not declared"),
        ("uint", 1, "the type 'uint' is not declared"),
        ("uint7", 1, "the type 'uint7' is not declared"),
        ("bytes33", "0x", "the type 'bytes33' is not declared"),
        ("function", "0x", "the type 'function' is not declared"),
        ("Other", {}, "the type 'Other' is not declared"),
        ("One", {}, "the structure One holds itself"),
        ("One[]", [], "the structure One holds itself"),
    ],
)
def test_a_value_or_a_type_that_wallets_may_read_in_two_ways_is_refused(
    kind: str, value: object, told: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_typed_data(one_member(kind, value))
    assert told in caught.value.message


def changed(*path: str | int, to: object) -> dict[str, Any]:
    """Return the example with one thing in another form; None removes it."""
    given: Any = mail()
    place = given
    for step in path[:-1]:
        place = place[step]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return given  # type: ignore[no-any-return]


TWICE = [{"name": "name", "type": "string"}, {"name": "name", "type": "address"}]
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no types": (changed("types", to=None), "not exactly the parts"),
    "another part": (changed("more", to=1), "not exactly the parts"),
    "types no object": (changed("types", to=[]), "not an object of structures"),
    "primary type not declared": (changed("primaryType", to="Nothing"), "'Nothing' is not a structure"),
    "primary type no text": (changed("primaryType", to=["Mail"]), "is not a structure"),
    "primary type is the domain": (changed("primaryType", to="EIP712Domain"), "is not a structure"),
    "no domain type": (changed("types", "EIP712Domain", to=None), "does not declare EIP712Domain"),
    "domain type empty": (changed("types", "EIP712Domain", to=[]), "declares nothing"),
    "domain in another order": (
        changed("types", "EIP712Domain", to=[*reversed(mail()["types"]["EIP712Domain"])]),
        "in this order",
    ),
    "domain of another type": (
        changed("types", "EIP712Domain", 2, to={"name": "chainId", "type": "uint64"}),
        "declares something else",
    ),
    "domain with another member": (
        changed("types", "EIP712Domain", 3, to={"name": "colour", "type": "string"}),
        "declares something else",
    ),
    "domain value not declared": (changed("domain", "salt", to="0x" + "00" * 32), "does not declare: salt"),
    "domain value missing": (
        changed("domain", "chainId", to=None),
        "lacks what EIP712Domain declares: chainId",
    ),
    "member missing": (changed("message", "to", "wallet", to=None), "message.to lacks what Person declares"),
    "member not declared": (changed("message", "to", "more", to=1), "message.to has what Person does not"),
    "structure no object": (changed("message", "to", to="Bob"), "message.to is not an object"),
    "message no object": (changed("message", to=[]), "message is not an object"),
    "members no list": (changed("types", "Person", to="name"), "the members of Person are not a list"),
    "member no object": (changed("types", "Person", to=["name"]), "has not exactly a name and a type"),
    "member with more": (
        changed("types", "Person", 0, to={"name": "name", "type": "string", "also": 1}),
        "has not exactly a name and a type",
    ),
    "member's name no name": (
        changed("types", "Person", 0, "name", to="a b"),
        "cannot be the name of a member",
    ),
    "member's name no text": (changed("types", "Person", 0, "name", to=1), "cannot be the name of a member"),
    "member's type no text": (changed("types", "Person", 0, "type", to=1), "is not a text"),
    "member twice": (changed("types", "Person", to=TWICE), "a member of Person is declared twice"),
    "structure's name reserved": (
        changed("types", "uint256", to=[]),
        "'uint256' cannot be a structure's name",
    ),
    "structure's name no name": (changed("types", "A,B", to=[]), "cannot be a structure's name"),
    "many structures": (
        changed("types", to={f"S{number}": [] for number in range(65)}),
        "more than 64 structures",
    ),
    "many members": (
        changed("types", "Person", to=[{"name": f"m{number}", "type": "bool"} for number in range(256)]),
        "more than 256 members",
    ),
}


@pytest.mark.parametrize(("given_document", "told"), REFUSED.values(), ids=REFUSED)
def test_a_document_other_than_its_declaration_is_refused_with_a_reason(
    given_document: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_typed_data(given_document)
    assert told in caught.value.message
    assert caught.value.hint


def test_the_first_version_is_refused_by_its_name() -> None:
    values = [{"type": "string", "name": "Message", "value": "Hi"}]
    for given_document in (values, json.dumps(values), "  []"):
        with pytest.raises(InvalidRequest, match="version 1 of eth_signTypedData"):
            parse_typed_data(given_document)


def test_the_third_version_has_no_arrays() -> None:
    data = one_member("uint8[]", [1])
    assert parse_typed_data(data).message["it"] == (1,)
    with pytest.raises(InvalidRequest, match="version 3 does not know"):
        parse_typed_data(data, version=3)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"types":{},"types":{}}', "a key given twice"),
        ('{"types":{}', "not JSON"),
        ("1", "not a JSON object"),
        ('{"types": "\ud800"}', "not UTF-8"),
        ('{"types": NaN}', "NaN"),
        (json.dumps(mail()) + " " * 2**20, "more than 1048576 bytes"),
    ],
)
def test_a_text_that_is_not_one_object_in_one_reading_is_refused(text: str, told: str) -> None:
    with pytest.raises(InvalidJson) as caught:
        parse_typed_data(text)
    assert told in caught.value.message


def test_sizes_that_nobody_needs_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="more than 8192 values"):
        parse_typed_data(one_member("uint8[]", [1] * 8192))
    with pytest.raises(InvalidRequest, match="more than 262144 bytes"):
        parse_typed_data(one_member("string[]", ["x" * 131_072, "ä" * 65_537]))
    assert len(parse_typed_data(one_member("bytes", "0x" + "00" * 262_144)).message["it"]) == 262_144


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_depth_is_bounded_in_declarations_and_in_values() -> None:
    assert parse_typed_data(one_member("uint8" + "[]" * 31, nested(31))).message["it"]
    for kind, value in [
        ("uint8" + "[]" * 33, nested(33)),
        ("uint8" + "[]" * 3000, nested(1)),
    ]:
        with pytest.raises(InvalidRequest, match=r"is not declared|nested more than 32 deep"):
            parse_typed_data(one_member(kind, value))
    chain = "".join(f"S{number}(S{number + 1} it)" for number in range(40)) + "S40(uint8 it)"
    with pytest.raises(InvalidRequest, match="structures are nested more than 32 deep"):
        parse_typed_data(document(chain, {}))
    arrays = "".join(f"S{number}(S{number + 1}{'[]' * 4} it)" for number in range(10)) + "S10(uint8 it)"
    value: Any = {"it": 1}
    for _ in range(10):
        value = {"it": [[[[value]]]]}
    with pytest.raises(InvalidRequest, match="its values are nested more than 32 deep"):
        parse_typed_data(document(arrays, value))


def test_what_is_read_cannot_be_changed_afterwards() -> None:
    given_document = mail()
    data = parse_typed_data(given_document)
    given_document["message"]["contents"] = "other"
    assert data.message["contents"] == "Hello, Bob!"
    with pytest.raises(TypeError):
        data.message["contents"] = "other"  # type: ignore[index]


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(
        [("types",), ("domain",), ("message",), ("message", "to"), ("types", "Mail"), ("primaryType",)]
    ),
)
def test_junk_is_a_refusal_in_our_words_and_nothing_else(junk: object, path: tuple[str, ...]) -> None:
    given_document = changed(*path, to=junk if junk is not None else 0)
    with pytest.raises(CallerError):
        parse_typed_data(given_document)
