"""Lists of addresses as they are published, read strictly: CSV, JSON, and one address a line.

What belongs here: the formats, their detection, and what is wrong with a row. What must not: files, addresses
on the network, and where a list is kept.

A fault never quotes the row that it is about: the file may be another one than the user meant.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from guard.adapters.list_labels import standing_of
from guard.core.address import Address
from guard.core.reputation import Standing
from guard.core.strict_json import parse_object
from guard.core.text import escape_untrusted
from guard.errors import CallerError, InvalidAddress, InvalidJson

MAX_SOURCE_BYTES = 64 * 1024 * 1024
"""Bytes of one published list; half a million addresses with their labels are about as many."""
MAX_ROWS = 500_000
"""Rows of one published list."""
MAX_FIELD = 1024
"""Characters of one field; the longest label seen has 88."""
MAX_LABEL = 80
"""Characters kept of a label."""
NAMED_FAULTS = 5
"""So many faults are named; the rest are counted."""

_MAX_JSON_VALUES = 8 * MAX_ROWS
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_ONE_CASE = re.compile(r"0x(?:[0-9a-f]{40}|[0-9A-F]{40})")
_UNDECODABLE = re.compile("[\udc80-\udcff]")
_BYTE_ORDER_MARK = "\ufeff"
_SPACE = " \t\r\n"
_JSON_LIST = b'{"entries": '
_SEVERITY = {Standing.KNOWN: 0, Standing.EXCHANGE: 1, Standing.SUSPICIOUS: 2, Standing.MALICIOUS: 3}


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was published."""

    place: int
    """Its line in the file, or its number among the entries, from 1."""
    address: str
    """Its address, unchecked."""
    label: str = ""
    """The source's words for it, unchecked."""
    standing: Standing | None = None
    """How it stands; None where the format does not say."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot be read."""

    place: int
    """Its line in the file, or its number among the entries, from 1."""
    problem: str
    """What is wrong with it, without its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFormat:
    """One way in which lists are published."""

    name: str
    """What `--format` calls it."""
    read: Callable[[str], Iterator[Row | Fault]]
    """Yields the rows of a whole text; raises CallerError where it cannot go on."""
    says_standing: bool
    """Whether the rows themselves say how an address stands."""
    place: str
    """What a row's number counts: `line` or `entry`."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What one list says of one address."""

    standing: Standing
    """How the address stands."""
    label: str
    """The source's words for it, escaped, at most `MAX_LABEL` characters."""


@dataclass(slots=True, kw_only=True)
class PublishedList:
    """What was read of one published list."""

    format: ListFormat
    """The format that it was read in."""
    marks: dict[bytes, Mark] = field(default_factory=dict)
    """What it says, by the 20 bytes of the address; the worst standing where it names one twice."""
    faults: list[Fault] = field(default_factory=list)
    """The rows that could not be read, in their order."""
    rows: int = 0
    """How many rows it has."""

    def describe_faults(self) -> str:
        """Return the count of the rows that could not be read, and the first of them, in words."""
        named = [
            f"{self.format.place} {fault.place}: {fault.problem}" for fault in self.faults[:NAMED_FAULTS]
        ]
        if len(self.faults) > NAMED_FAULTS:
            named.append(f"and {len(self.faults) - NAMED_FAULTS:,} more")
        return f"{len(self.faults):,} of {self.rows:,} entries cannot be read: {'; '.join(named)}"


def read_published(
    content: bytes, *, format_name: str | None = None, standing: Standing | None = None
) -> PublishedList:
    """Read a published list in the format of this name, or in the one that the content shows.

    `standing` is that of every address where the format says none. Faults of single rows are counted, not
    raised. Raises CallerError for what is no such list as a whole, is larger than the limits, lacks a
    standing, or is given one that its format says itself.
    """
    if len(content) > MAX_SOURCE_BYTES:
        raise _refused(f"it has more than {MAX_SOURCE_BYTES:,} bytes")
    text = content.decode("utf-8", "surrogateescape").removeprefix(_BYTE_ORDER_MARK)
    read_as = FORMATS[format_name] if format_name is not None else _detect(text)
    _check_standing(read_as, standing)
    published = PublishedList(format=read_as)
    doubtful: list[tuple[Row, Fault]] = []
    for row in read_as.read(text):
        published.rows += 1
        if published.rows > MAX_ROWS:
            raise _refused(f"it has more than {MAX_ROWS:,} rows")
        if isinstance(row, Fault):
            published.faults.append(row)
        elif (fault := _fault(row)) is not None:
            published.faults.append(fault)
        elif (fault := _checksum_fault(row)) is not None:
            doubtful.append((row, fault))
        else:
            _mark(published, row, standing)
    for row, fault in doubtful:
        # A wrong checksum may be a mistyped address. Where the list names the same address again, without a
        # fault, it was the case alone.
        if bytes.fromhex(row.address[2:]) in published.marks:
            _mark(published, row, standing)
        else:
            published.faults.append(fault)
    published.faults.sort(key=lambda fault: fault.place)
    return published


def _check_standing(read_as: ListFormat, standing: Standing | None) -> None:
    if read_as.says_standing and standing is not None:
        raise CallerError(
            f"the format {read_as.name} says for each address how it stands", hint="leave --standing out"
        )
    if not read_as.says_standing and standing is None:
        raise CallerError(
            f"the format {read_as.name} does not say how its addresses stand",
            hint="give --standing malicious, or another that fits",
        )


def _fault(row: Row) -> Fault | None:
    """Return what is wrong with a row, its checksum aside."""
    if len(row.label) > MAX_FIELD:
        return Fault(row.place, f"a label of more than {MAX_FIELD:,} characters")
    if _UNDECODABLE.search(row.label):
        return Fault(row.place, "not UTF-8")
    if not _ADDRESS.fullmatch(row.address):
        return Fault(row.place, "not an address" if row.address else "no address")
    return None


def _checksum_fault(row: Row) -> Fault | None:
    # One case has no checksum, and hashing every address would take most of an import's time.
    if _ONE_CASE.fullmatch(row.address):
        return None
    try:
        Address.parse(row.address)
    except InvalidAddress as error:
        return Fault(row.place, error.message)
    return None


def _mark(published: PublishedList, row: Row, standing: Standing | None) -> None:
    given = row.standing if row.standing is not None else standing
    assert given is not None
    address = bytes.fromhex(row.address[2:])
    before = published.marks.get(address)
    if before is None or _SEVERITY[given] > _SEVERITY[before.standing]:
        published.marks[address] = Mark(given, shown_label(row.label))


def shown_label(text: str) -> str:
    """Return the label that is kept of a source's words: one escaped line, cut."""
    plain = text.isascii() and text.isprintable() and "\\" not in text and len(text) <= MAX_LABEL
    return text if plain else escape_untrusted(text, limit=MAX_LABEL)


def _named(name: str, labels: Sequence[str]) -> str:
    """Return a name with the labels that stand beside it, or whichever there is."""
    words = ", ".join(label for label in labels if label)
    return f"{name} ({words})" if name and words else name or words


def _lines(text: str) -> Iterator[str]:
    """Yield the lines, each with its end, one at a time: a hostile file has millions."""
    start = 0
    while end := text.find("\n", start) + 1:
        yield text[start:end]
        start = end
    yield text[start:]


def _read_lines(text: str) -> Iterator[Row | Fault]:
    """One address a line; what follows a `#` is a comment, and the label of the address before it."""
    for place, line in enumerate(_lines(text), start=1):
        address, _, comment = line.partition("#")
        if address := address.strip(_SPACE):
            yield Row(place, address, comment.strip(_SPACE))


def _read_address_array(text: str) -> Iterator[Row | Fault]:
    """A JSON array of addresses, as ScamSniffer publishes."""
    for place, entry in enumerate(_json_entries(text, list), start=1):
        yield Row(place, entry) if isinstance(entry, str) else Fault(place, "not a text")


def _read_darklist(text: str) -> Iterator[Row | Fault]:
    """A JSON array of objects with `address`, `comment` and `date`, as MyEtherWallet publishes."""
    for place, entry in enumerate(_json_entries(text, list), start=1):
        if not isinstance(entry, dict):
            yield Fault(place, "not an object")
            continue
        address, comment = entry.get("address", ""), entry.get("comment", "")
        if isinstance(address, str) and isinstance(comment, str):
            yield Row(place, address, comment, Standing.MALICIOUS)
        else:
            yield Fault(place, "its address or its comment is not a text")


def _read_etherscan_labels(text: str) -> Iterator[Row | Fault]:
    """A JSON object from address to `name` and `labels`, as Etherscan's label cloud is published."""
    for place, (address, entry) in enumerate(_json_entries(text, dict).items(), start=1):
        name = entry.get("name") if isinstance(entry, dict) else None
        labels = entry.get("labels") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not isinstance(labels, list):
            yield Fault(place, "not an object with a name and labels")
        elif not all(isinstance(label, str) for label in labels):
            yield Fault(place, "a label that is not a text")
        else:
            yield Row(place, address, _named(name, labels), standing_of(name, labels))


def _json_entries(text: str, kind: type[Any]) -> Any:
    """Return the JSON array or object that the text is; raises CallerError that names the line of a fault."""
    if text.count(",") > _MAX_JSON_VALUES or text.count("{") > MAX_ROWS:
        raise _refused(f"it has more than {MAX_ROWS:,} entries, or too much in each")
    content = text.encode("utf-8", "surrogateescape")
    try:
        document = parse_object(_JSON_LIST + content + b"}", max_bytes=len(content) + 32)
    except InvalidJson as error:
        cause = error.__cause__
        line = f"line {cause.lineno}: " if isinstance(cause, json.JSONDecodeError) else ""
        raise _refused(f"{line}{error.message}") from error
    entries = document["entries"]
    if not isinstance(entries, kind) or len(document) > 1:
        raise _refused(f"it is not a JSON {'array' if kind is list else 'object'}")
    return entries


def _read_phishing_scams(text: str) -> Iterator[Row | Fault]:
    """Forta's labelled phishing scams."""
    columns = ("address", "etherscan_tag", "etherscan_labels")
    for row in _csv_rows(text, columns):
        if isinstance(row, Fault):
            yield row
            continue
        place, (address, tag, labels) = row
        yield Row(place, address, _named(tag, [labels]), Standing.MALICIOUS)


def _read_malicious_contracts(text: str) -> Iterator[Row | Fault]:
    """Forta's malicious contracts; whoever made one is listed too where a label accuses them."""
    for row in _csv_rows(text, _CONTRACT_COLUMNS):
        if isinstance(row, Fault):
            yield row
            continue
        place, (address, tag, creator, creator_tag, creator_label) = row
        maker = _named(creator_tag, [creator_label])
        yield Row(place, address, tag or (f"made by {maker}" if maker else ""), Standing.MALICIOUS)
        if standing_of(creator_tag, [creator_label]) is Standing.MALICIOUS:
            yield Row(place, creator, maker, Standing.MALICIOUS)


def _read_csv(text: str) -> Iterator[Row | Fault]:
    """A table with a column `address` and, where there is one, a column `label`."""
    for row in _csv_rows(text, ("address",), optional="label"):
        yield row if isinstance(row, Fault) else Row(row[0], row[1][0], row[1][1])


_CONTRACT_COLUMNS = (
    "contract_address",
    "contract_tag",
    "contract_creator",
    "contract_creator_tag",
    "contract_creator_etherscan_label",
)


def _csv_rows(
    text: str, columns: Sequence[str], *, optional: str | None = None
) -> Iterator[tuple[int, list[str]] | Fault]:
    """Yield the line and the fields of these columns, the optional one (or an empty field) last."""
    lines = csv.reader(_lines(text), strict=True)
    try:
        header = [name.strip(_SPACE) for name in next(lines, [])]
        wanted = [*columns, *(name for name in header if name == optional)]
        if len(set(header)) != len(header) or not set(wanted) <= set(header):
            raise _refused(f"line 1: it does not name each of the columns {', '.join(columns)} once")
        places = [header.index(name) for name in wanted]
        padding = [""] * (optional is not None and optional not in header)
        for fields in lines:
            if len(fields) == len(header):
                yield lines.line_num, [fields[place].strip(_SPACE) for place in places] + padding
            elif fields:
                yield Fault(lines.line_num, f"{len(fields)} fields where the header has {len(header)}")
    except csv.Error as error:
        problem = f"not CSV ({escape_untrusted(str(error), limit=80)})"
        raise _refused(f"line {lines.line_num}: {problem}") from error


FORMATS: Mapping[str, ListFormat] = {
    known.name: known
    for known in (
        ListFormat(name="lines", read=_read_lines, says_standing=False, place="line"),
        ListFormat(name="csv", read=_read_csv, says_standing=False, place="line"),
        ListFormat(name="json", read=_read_address_array, says_standing=False, place="entry"),
        ListFormat(name="darklist", read=_read_darklist, says_standing=True, place="entry"),
        ListFormat(name="etherscan-labels", read=_read_etherscan_labels, says_standing=True, place="entry"),
        ListFormat(name="forta-phishing", read=_read_phishing_scams, says_standing=True, place="line"),
        ListFormat(name="forta-contracts", read=_read_malicious_contracts, says_standing=True, place="line"),
    )
}
"""Every format, by its name."""

_HEADERS = {
    "forta-contracts": frozenset(_CONTRACT_COLUMNS),
    "forta-phishing": frozenset({"address", "etherscan_tag", "etherscan_labels"}),
    "csv": frozenset({"address"}),
}
"""Columns by which a table is known, the one with the most first."""


def _detect(text: str) -> ListFormat:
    """Return the format that the first words of the text are in; raises CallerError for none."""
    start = text.lstrip(_SPACE)
    if start.startswith("{"):
        return FORMATS["etherscan-labels"]
    if start.startswith("["):
        return FORMATS["darklist" if start[1:].lstrip(_SPACE).startswith("{") else "json"]
    header = text.partition("\n")[0].replace('"', "").split(",")
    for name, columns in _HEADERS.items():
        if columns <= {column.strip(_SPACE) for column in header}:
            return FORMATS[name]
    first = next((row for row in _read_lines(text) if isinstance(row, Row)), None)
    if first is not None and _ADDRESS.fullmatch(first.address):
        return FORMATS["lines"]
    raise _refused("its format cannot be told from its content")


def _refused(problem: str) -> CallerError:
    return CallerError(
        f"the list cannot be read: {problem}",
        hint=f"give a list in a format of these: {', '.join(FORMATS)} (--format)",
    )
