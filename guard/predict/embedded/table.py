"""The training tables: reading them by their header, weighing their rows, and dealing groups to folds.

What belongs here: rows as values. What must not: a model.
"""

from __future__ import annotations

import csv
import math
import random
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from guard.core.features import NUMERIC_FEATURE_NAMES
from guard.core.text import escape_untrusted
from guard.errors import CallerError, ConfigurationError
from guard.predict.embedded.plausible import implausible

_FLAG = "flag"
_SENT_BY_TOKEN_CONTRACT = NUMERIC_FEATURE_NAMES.index("erc20_total_ether_sent_contract")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One labelled account."""

    features: tuple[float, ...]
    """The 16 numbers, wire order."""
    is_fraud: int
    """1 for fraud, 0 for benign."""
    group: str
    """Rows that are near-duplicates of each other carry the same."""
    weight: float = 1.0
    """How many rows of the main table it counts for."""


def read_rows(path: Path) -> list[Row]:
    """Read a csv file whose header names the 16 numbers and `flag`; without `group` each row is its own.

    The token names and anything else in the file are ignored. Raises CallerError for a file that cannot be
    read so, and for a row that tells of no account.
    """
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            reader = csv.DictReader(lines)
            _check_header(path, reader.fieldnames or ())
            return [_row(index, cells) for index, cells in enumerate(reader)]
    except OSError as error:
        raise _unreadable(path, error.strerror or type(error).__name__) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, "it is not a csv file in UTF-8") from error


def reweighted(rows: Sequence[Row], *, base_rate: float, row_weight: float) -> list[Row]:
    """Return rows of another origin, weighted so that their frauds make up `base_rate` of their weight.

    Their collector wrote the total sent once more where the main table says what the token contract at this
    address sent, so that feature is set to zero, its value for nearly every account.
    """
    rate = sum(row.is_fraud for row in rows) / max(len(rows), 1)
    if not 0 < rate < 1:
        raise ConfigurationError(
            "the extra table has no row of one of the two classes, so it cannot be reweighted",
            hint="give a table with frauds and benign accounts",
        )
    weights = {1: row_weight * base_rate / rate, 0: row_weight * (1 - base_rate) / (1 - rate)}
    return [
        replace(row, features=_without_contract_sum(row.features), weight=weights[row.is_fraud])
        for row in rows
    ]


def folds(rows: Sequence[Row], *, count: int, seed: int) -> list[list[int]]:
    """Deal the places of `rows` to `count` folds: groups stay whole, largest first, frauds spread evenly."""
    members: defaultdict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        members[row.group].append(place)
    groups = [members[group] for group in sorted(members)]
    random.Random(seed).shuffle(groups)  # noqa: S311 - repeatable by design
    groups.sort(key=len, reverse=True)
    totals = Counter(row.is_fraud for row in rows)
    loads = [Counter[int]() for _ in range(count)]
    dealt: list[list[int]] = [[] for _ in range(count)]
    for places in groups:
        labels = Counter(rows[place].is_fraud for place in places)
        chosen = min(
            range(count),
            key=lambda fold: sum(labels[label] * loads[fold][label] / totals[label] ** 2 for label in labels),
        )
        loads[chosen] += labels
        dealt[chosen].extend(places)
    return [sorted(places) for places in dealt]


def ungrouped(rows: Sequence[Row]) -> list[Row]:
    """Return the rows, each in a group of its own: for the looser of the two cross-validations."""
    return [replace(row, group=str(place)) for place, row in enumerate(rows)]


def _check_header(path: Path, names: Collection[str]) -> None:
    missing = [name for name in (*NUMERIC_FEATURE_NAMES, _FLAG) if name not in names]
    if missing:
        raise _unreadable(path, f"its header does not name {', '.join(missing[:3])}")


def _row(index: int, cells: Mapping[str, str | None]) -> Row:
    features = tuple(_number(index, name, cells[name]) for name in NUMERIC_FEATURE_NAMES)
    if (problem := implausible(features)) is not None:
        raise _bad_row(index, problem)
    if cells[_FLAG] not in ("0", "1"):
        raise _bad_row(index, f"{_FLAG} is {_shown(cells[_FLAG])}, and not 0 or 1")
    return Row(
        features=features, is_fraud=int(cells[_FLAG] == "1"), group=cells.get("group") or f"row {index}"
    )


def _number(index: int, name: str, cell: str | None) -> float:
    try:
        number = float(cell or "")
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _bad_row(index, f"{name} is {_shown(cell)}, and not a finite number")
    return number


def _shown(cell: str | None) -> str:
    return f"'{escape_untrusted(cell, limit=40)}'" if cell else "left out"


def _unreadable(path: Path, problem: str) -> CallerError:
    return CallerError(
        f"{escape_untrusted(path.name, limit=80)} cannot be read as a table of accounts: {problem}",
        hint=f"give a csv file whose header names the 16 features in full and `{_FLAG}` (0 or 1)",
    )


def _bad_row(index: int, problem: str) -> CallerError:
    return CallerError(
        f"row {index + 1} of the table cannot be used: {problem}", hint="correct or remove the row"
    )


def _without_contract_sum(features: tuple[float, ...]) -> tuple[float, ...]:
    return (*features[:_SENT_BY_TOKEN_CONTRACT], 0.0, *features[_SENT_BY_TOKEN_CONTRACT + 1 :])
