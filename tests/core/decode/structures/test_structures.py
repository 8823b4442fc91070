"""What holds of every structure that is known: its hash, its place, and what junk makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.core.address import keccak256
from guard.core.declarations import Member, array_of, encode_type, parse_encoded_type
from guard.core.decode import decode
from guard.core.decode.structures import FAMILIES
from guard.core.decode.structures.structure import Structure
from guard.core.intent import Intent, Unknown
from guard.core.rules.examples import SENDER
from guard.core.signature_request import SignatureRequest
from guard.core.typed_data import parse_typed_data
from tests.core.decode.structures.reading import NAMELESS, read
from tests.core.typed_documents import CONTRACT, document, mail

ALL = [structure for family in FAMILIES for structure in family]
each = pytest.mark.parametrize("structure", ALL, ids=lambda one: one.encoded_type.partition("(")[0])

# As their contracts, or the standards, publish them.
PUBLISHED = {
    "Permit(address owner,": "6e71edae12b1b97f4d1f60370fef10105fa2faae0126114a169c64845d6126c9",
    "Permit(address holder,": "ea2aa0a1be11a07ed86d755c93467f4f82362b452371d1ba94d1715123511acb",
    "PermitBatch(": "af1b0d30d2cab0380e68f0689007e3254993c596f2fdd0aaa7f4d04f79440863",
    "TransferWithAuthorization(": "7c7c6cdb67a18743f49ec6fa9b35f50d52ed05cbed4cc592e13b44501c1a2267",
    "OrderComponents(": "fa445660b7e21515a59617fcd68910b487aa5808b8abda3d78bc85df364b2c2f",
    "ERC721Order(": "2de32b2b090da7d8ab83ca4c85ba2eb6957bc7f6c50cb4ae1995e87560d808ed",
    "Order(address sellToken,": "d5a25ba2e97094ad7d83dc28a6572da797d6b3e7fc6663bd93efb789fc17e489",
    "SafeMessage(": "60b3cbf8b4a223d68d641b3b6ddf9a298e7f33710cf3d3a9d1146b5a6150fbca",
}
SAFE_TX = "bb8310d486368db6bd6f849402fdd73ad53d316b5a4b2644ad6efe0f941286d8"


@each
def test_the_hash_is_that_of_the_declaration(structure: Structure) -> None:
    assert keccak256(structure.encoded_type.encode()).hex() == structure.type_hash
    structures = parse_encoded_type(structure.encoded_type)
    assert encode_type(next(iter(structures)), structures) == structure.encoded_type


def test_the_hashes_are_those_that_contracts_publish_and_no_two_are_the_same() -> None:
    hashes = {one.encoded_type: one.type_hash for one in ALL}
    for start, published in PUBLISHED.items():
        assert [each for kind, each in hashes.items() if kind.startswith(start)] == [published]
    assert SAFE_TX in hashes.values()
    assert len(set(hashes.values())) == len(ALL)


def sample(kind: str, structures: dict[str, tuple[Member, ...]], draw: Any) -> Any:
    array = array_of(kind)
    if array is not None:
        count = array[1] if array[1] is not None else draw(st.integers(0, 2))
        return [sample(array[0], structures, draw) for _ in range(count)]
    if kind in structures:
        return {member.name: sample(member.type, structures, draw) for member in structures[kind]}
    if kind == "address":
        return draw(st.sampled_from(["0x" + "0" * 40, CONTRACT, str(SENDER)]))
    if kind == "bool":
        return draw(st.booleans())
    if kind == "string":
        return draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=5))
    if kind.startswith("bytes"):
        size = int(kind[5:]) if kind[5:] else draw(st.integers(0, 40))
        return "0x" + draw(st.binary(min_size=size, max_size=size)).hex()
    return str(draw(st.integers(0, 2 ** int(kind[4:]) - 1) | st.integers(0, 5)))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(ALL), st.data(), st.booleans())
def test_no_message_makes_a_reader_raise(structure: Structure, data: st.DataObject, named: bool) -> None:
    structures = parse_encoded_type(structure.encoded_type)
    primary = next(iter(structures))
    message = sample(primary, structures, data.draw)
    intent = read(structure.encoded_type, message, domain=None if named else NAMELESS)
    assert isinstance(intent, get_args(Intent))


@each
def test_the_same_name_with_another_declaration_is_not_taken_for_it(structure: Structure) -> None:
    structures = parse_encoded_type(structure.encoded_type)
    primary = next(iter(structures))
    structures[primary] = (*structures[primary], Member("more", "bool"))
    drawn = st.data()

    @settings(max_examples=1, database=None, deadline=None)
    @given(drawn)
    def one(data: st.DataObject) -> None:
        message = sample(primary, structures, data.draw)
        intent = read(encode_type(primary, structures), message)
        assert intent == Unknown(
            reason=f"the structure {primary} is not known by its declaration", selector=None
        )

    one()


def test_a_structure_that_nobody_knows_is_unknown_whatever_its_name_says() -> None:
    request = SignatureRequest(sender=SENDER, content=parse_typed_data(mail()), chain_id=1)
    assert decode(request) == Unknown(
        reason="the structure Mail is not known by its declaration", selector=None
    )
    other = parse_typed_data(document("Permit(address a)", {"a": CONTRACT}))
    assert isinstance(decode(replace(request, content=other)), Unknown)
