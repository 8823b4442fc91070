"""Published lists: each format read as it is, and what is refused, with its line."""

from __future__ import annotations

import json
import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.adapters import list_formats
from guard.adapters.list_formats import FORMATS, Fault, Mark, PublishedList, read_published
from guard.core.address import Address
from guard.core.reputation import Standing
from guard.errors import CallerError

ONE, TWO, THREE = (Address.from_bytes(bytes([0xAB, 0xCD, 0xEF, number] * 5)) for number in (1, 2, 3))
MALICIOUS = Standing.MALICIOUS


def read(text: str, **named: object) -> PublishedList:
    return read_published(text.encode("utf-8", "surrogateescape"), **named)  # type: ignore[arg-type]


def malicious(*labelled: tuple[Address, str]) -> dict[bytes, Mark]:
    return {one.to_bytes(): Mark(MALICIOUS, label) for one, label in labelled}


def wrong_checksum(of: Address) -> str:
    swapped = [digit.swapcase() if digit.isalpha() else digit for digit in of[2:]]
    return "0x" + "".join(swapped)


def told(published: PublishedList) -> tuple[str, dict[bytes, Mark], list[Fault]]:
    return published.format.name, published.marks, published.faults


def test_one_address_a_line_with_comments() -> None:
    text = f"# sanctioned\n\n{ONE}\r\n  {TWO.lower()}  # a mixer\n\n0x{THREE[2:].upper()}#\n"
    assert told(read(text, standing=MALICIOUS)) == (
        "lines",
        malicious((ONE, ""), (TWO, "a mixer"), (THREE, "")),
        [],
    )


def test_a_table_with_addresses_and_labels() -> None:
    text = f'other, label ,"address"\n1,"a, b",{ONE}\n2,, {TWO} \n\n'
    assert told(read(text, standing=Standing.EXCHANGE)) == (
        "csv",
        {ONE.to_bytes(): Mark(Standing.EXCHANGE, "a, b"), TWO.to_bytes(): Mark(Standing.EXCHANGE, "")},
        [],
    )
    assert told(read(f"address\n{ONE}", standing=MALICIOUS)) == ("csv", malicious((ONE, "")), [])


def test_an_array_of_addresses() -> None:
    text = json.dumps([ONE.lower(), TWO])
    assert told(read(text, standing=MALICIOUS)) == ("json", malicious((ONE, ""), (TWO, "")), [])


def test_a_darklist() -> None:
    entries = [
        {"address": ONE, "comment": "MyEtherWallet phish", "date": "2018-01-02"},
        {"address": TWO.lower()},
    ]
    assert told(read(f" \n{json.dumps(entries)}")) == (
        "darklist",
        malicious((ONE, "MyEtherWallet phish"), (TWO, "")),
        [],
    )


def test_the_labels_of_etherscan() -> None:
    entries = {
        ONE.lower(): {"name": "Binance 7", "labels": ["binance", "cold-wallet"]},
        TWO: {"name": "", "labels": ["phish-hack"]},
        THREE: {"name": "Bamboo Relay", "labels": []},
    }
    assert told(read(json.dumps(entries))) == (
        "etherscan-labels",
        {
            ONE.to_bytes(): Mark(Standing.EXCHANGE, "Binance 7 (binance, cold-wallet)"),
            TWO.to_bytes(): Mark(MALICIOUS, "phish-hack"),
            THREE.to_bytes(): Mark(Standing.KNOWN, "Bamboo Relay"),
        },
        [],
    )


def test_phishing_scams_are_malicious_whatever_their_label() -> None:
    text = (
        "address,etherscan_tag,etherscan_labels,is_contract\n"
        f"{ONE.lower()},Fake_Phishing1,phish-hack,False\n{TWO},,,True\n"
    )
    assert told(read(text)) == (
        "forta-phishing",
        malicious((ONE, "Fake_Phishing1 (phish-hack)"), (TWO, "")),
        [],
    )


CONTRACTS = (
    "contract_address,contract_tag,contract_creator,contract_creation_tx,contract_creator_tag,source,notes,"
    "contract_creator_etherscan_label\n"
)


def test_malicious_contracts_are_listed_and_so_is_a_maker_who_is_accused() -> None:
    text = CONTRACTS + f"{ONE.lower()},,{TWO.lower()},0xab,xToken Exploiter,s,n,heist\n"
    label = "xToken Exploiter (heist)"
    assert told(read(text)) == (
        "forta-contracts",
        malicious((ONE, f"made by {label}"), (TWO, label)),
        [],
    )


def test_a_maker_whom_no_label_accuses_is_not_listed() -> None:
    text = CONTRACTS + f"{ONE.lower()},Evil,{TWO.lower()},0xab,,s,n,\n{THREE},,nobody,0xab,Factory,s,n,\n"
    assert told(read(text)) == (
        "forta-contracts",
        malicious((ONE, "Evil"), (THREE, "made by Factory")),
        [],
    )


def test_a_byte_order_mark_is_passed_over() -> None:
    assert told(read(f"\ufeff{ONE}\n", standing=MALICIOUS)) == ("lines", malicious((ONE, "")), [])
    assert read(f"\ufeffaddress,label\n{ONE},x", standing=MALICIOUS).format.name == "csv"
    assert read(f'\ufeff["{ONE}"]', standing=MALICIOUS).format.name == "json"


def test_an_address_that_is_named_twice_stands_as_the_worse_says() -> None:
    worse = {"name": "b", "labels": ["heist"]}
    entries = [(ONE.lower(), {"name": "a", "labels": ["binance"]}), (ONE, worse)]
    for order in (entries, entries[::-1]):
        assert read(json.dumps(dict(order))).marks == malicious((ONE, "b (heist)"))


def test_the_first_label_stays_where_the_standing_is_the_same() -> None:
    assert read(f"{ONE} # first\n{ONE} # second", standing=MALICIOUS).marks == malicious((ONE, "first"))


def test_a_wrong_checksum_is_a_fault_that_names_line_and_address() -> None:
    published = read(f"{TWO}\n{wrong_checksum(ONE)}\n", standing=MALICIOUS)
    assert published.marks == malicious((TWO, ""))
    assert published.faults == [Fault(2, f"the checksum of {wrong_checksum(ONE)} is wrong")]


@pytest.mark.parametrize("again", [str(ONE), ONE.lower()])
def test_a_wrong_checksum_of_an_address_that_the_list_has_again_is_none(again: str) -> None:
    for text in (f"{wrong_checksum(ONE)}\n{again}", f"{again}\n{wrong_checksum(ONE)}"):
        assert told(read(text, standing=MALICIOUS)) == ("lines", malicious((ONE, "")), [])


def test_what_a_badly_cased_entry_says_counts_where_the_list_has_the_address_again() -> None:
    entries = {
        wrong_checksum(ONE): {"name": "thief", "labels": ["heist"]},
        ONE: {"name": "a", "labels": []},
    }
    assert read(json.dumps(entries)).marks == malicious((ONE, "thief (heist)"))


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("lines", "0x12", Fault(1, "not an address")),
        ("lines", "\n1" + ONE, Fault(2, "not an address")),
        ("lines", ONE + "0", Fault(1, "not an address")),
        ("lines", ONE.replace("0x", "0X"), Fault(1, "not an address")),
        ("lines", f"{ONE} {TWO}", Fault(1, "not an address")),
        ("lines", ONE.replace("0", "٠"), Fault(1, "not an address")),
        ("lines", f"{ONE} # \udcff", Fault(1, "not UTF-8")),
        ("lines", f"{ONE} # {'x' * 1025}", Fault(1, "a label of more than 1,024 characters")),
        ("csv", "address,label\n,nobody", Fault(2, "no address")),
        ("csv", f"address,label\n{ONE},a,b", Fault(2, "3 fields where the header has 2")),
        ("csv", f"address,label\n{ONE}", Fault(2, "1 fields where the header has 2")),
        ("json", f'["{ONE}", 7]', Fault(2, "not a text")),
        ("darklist", '["x"]', Fault(1, "not an object")),
        ("darklist", '[{"comment": "x"}]', Fault(1, "no address")),
        ("darklist", '[{"address": 7}]', Fault(1, "its address or its comment is not a text")),
        (
            "darklist",
            f'[{{"address": "{ONE}", "comment": null}}]',
            Fault(1, "its address or its comment is not a text"),
        ),
        ("etherscan-labels", f'{{"{ONE}": []}}', Fault(1, "not an object with a name and labels")),
        (
            "etherscan-labels",
            f'{{"{ONE}": {{"name": "x"}}}}',
            Fault(1, "not an object with a name and labels"),
        ),
        (
            "etherscan-labels",
            f'{{"{ONE}": {{"name": "x", "labels": [7]}}}}',
            Fault(1, "a label that is not a text"),
        ),
    ],
)
def test_a_bad_entry_is_a_fault_at_its_place(name: str, text: str, fault: Fault) -> None:
    standing = None if FORMATS[name].says_standing else MALICIOUS
    assert read(text, format_name=name, standing=standing).faults == [fault]


def test_the_first_faults_are_named_in_their_order_and_the_rest_counted() -> None:
    lines = [f"bad{number}" for number in range(1, 9)]
    lines[1] = wrong_checksum(ONE)
    published = read("\n".join([*lines, TWO]), format_name="lines", standing=MALICIOUS)
    assert published.describe_faults() == (
        "8 of 9 entries cannot be read: line 1: not an address; "
        f"line 2: the checksum of {wrong_checksum(ONE)} is wrong; line 3: not an address; "
        "line 4: not an address; line 5: not an address; and 3 more"
    )
    assert published.marks == malicious((TWO, ""))


@pytest.mark.parametrize(
    ("text", "format_name", "problem"),
    [
        ("", None, "its format cannot be told from its content"),
        ("0x" + "12" * 32, None, "its format cannot be told from its content"),
        ("name,label\nx,y", None, "its format cannot be told from its content"),
        ("address,address\nx,y", None, "line 1: it does not name each of the columns address once"),
        ("address,label,label", None, "line 1: it does not name each of the columns address once"),
        ("", "csv", "line 1: it does not name each of the columns address once"),
        ('address,label\n"x', None, "line 2: not CSV (unexpected end of data)"),
        (f'address\n"{"x" * 200_000}"', None, "line 2: not CSV (field larger than field limit (131072))"),
        (f'[\n"{ONE}"\n"{TWO}"]', None, "line 3: not JSON"),
        ("[" * 40, None, "nested deeper than 32"),
        ('["x"], "more": [1]', None, "it is not a JSON array"),
        ('["x"]}, {"more": [1]', None, "line 1: not JSON"),
        ("{}", "json", "it is not a JSON array"),
        ("[]", "etherscan-labels", "it is not a JSON object"),
        (f'{{"{ONE}": {{}}, "{ONE}": {{}}}}', None, "a key given twice"),
        ('["\udcff"]', None, "not UTF-8"),
        ('["\\ud800"]', None, "text with a lone surrogate"),
        ("[NaN]", None, "NaN or an infinity"),
    ],
)
def test_what_is_no_list_as_a_whole_is_refused_with_its_line(
    text: str, format_name: str | None, problem: str
) -> None:
    says = format_name == "etherscan-labels" or (format_name is None and text.startswith("{"))
    with pytest.raises(CallerError) as caught:
        read(text, format_name=format_name, standing=None if says else MALICIOUS)
    assert caught.value.message == f"the list cannot be read: {problem}"


@pytest.mark.parametrize(
    ("limit", "text", "problem"),
    [
        ("MAX_SOURCE_BYTES", f"{ONE}\n", "it has more than 3 bytes"),
        ("MAX_ROWS", f"{ONE}\n" * 4, "it has more than 3 rows"),
        (
            "_MAX_JSON_VALUES",
            f'["{ONE}"{f", {chr(34)}{ONE}{chr(34)}" * 4}]',
            "it has more than 500,000 entries",
        ),
    ],
)
def test_a_list_beyond_the_limits_is_refused(
    limit: str, text: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_formats, limit, 3)
    with pytest.raises(CallerError, match=problem):
        read(text, standing=MALICIOUS)


@pytest.mark.parametrize("name", ["lines", "csv"])
def test_a_file_of_millions_of_lines_does_not_fill_the_memory(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_formats, "MAX_ROWS", 1000)
    content = b"address\n" + b"ab\n" * 1_000_000
    tracemalloc.start()
    try:
        with pytest.raises(CallerError, match="more than 1,000 rows"):
            read_published(content, format_name=name, standing=MALICIOUS)
        assert tracemalloc.get_traced_memory()[1] < 4 * len(content)
    finally:
        tracemalloc.stop()


def test_a_json_list_of_too_many_objects_is_refused_before_it_is_parsed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(list_formats, "MAX_ROWS", 3)
    with pytest.raises(CallerError, match="more than 3 entries"):
        read("[{{{{")


@pytest.mark.parametrize("name", FORMATS)
def test_a_standing_is_wanted_exactly_where_the_format_says_none(name: str) -> None:
    says = FORMATS[name].says_standing
    with pytest.raises(CallerError) as caught:
        read(f"{ONE}", format_name=name, standing=MALICIOUS if says else None)
    assert caught.value.message == (
        f"the format {name} says for each address how it stands"
        if says
        else f"the format {name} does not say how its addresses stand"
    )


def test_hostile_words_are_kept_as_one_printable_line() -> None:
    label = "\x1b[2J\u202eevil\\ " + "\U0001f363" * 99
    (mark,) = read(f"{ONE} # {label}", standing=MALICIOUS).marks.values()
    assert mark.label == "\\x1b[2J\\u202eevil\\\\ " + "\U0001f363" * 57 + "..."
    assert len(mark.label) == 80


def test_no_label_can_forge_an_escape() -> None:
    assert read(f"{ONE} # \\x1b", standing=MALICIOUS).marks == malicious((ONE, "\\\\x1b"))


labels = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=60)


@given(st.lists(st.tuples(st.binary(min_size=20, max_size=20), labels), unique_by=lambda pair: pair[0]))
def test_every_line_format_tells_the_same_of_the_same_list(pairs: list[tuple[bytes, str]]) -> None:
    named = [("0x" + key.hex(), label.replace("#", "").strip()) for key, label in pairs]
    texts = {
        "lines": "\n".join(f"{one} # {label}" for one, label in named),
        "csv": "address,label\n"
        + "\n".join(f'{one},"{label.replace(chr(34), chr(34) * 2)}"' for one, label in named),
        "darklist": json.dumps([{"address": one, "comment": label} for one, label in named]),
    }
    told = [
        read(text, format_name=name, standing=None if FORMATS[name].says_standing else MALICIOUS)
        for name, text in texts.items()
    ]
    assert [one.faults for one in told] == [[], [], []]
    stripped = [{key: (mark.standing, mark.label) for key, mark in one.marks.items()} for one in told]
    assert stripped[0].keys() == stripped[1].keys() == stripped[2].keys() == {key for key, _ in pairs}
    assert all(mark.label.isprintable() for one in told for mark in one.marks.values())


@given(st.binary(max_size=300), st.sampled_from([None, *FORMATS]))
def test_no_bytes_end_in_anything_but_a_list_or_a_refusal_that_can_be_printed(
    content: bytes, name: str | None
) -> None:
    standing = None if name is None or FORMATS[name].says_standing else MALICIOUS
    try:
        published = read_published(content, format_name=name, standing=standing)
    except CallerError as error:
        said = error.message
    else:
        said = published.describe_faults()
    assert said.isprintable()
    assert not re.search("[\udc80-\udcff]", said)
