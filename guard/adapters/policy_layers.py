"""How the tables of a policy file come together: a preset below, the file over it, and scopes over that.

What belongs here: laying one table over another. What must not: what a table may hold, or what it means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from guard.core.address import Address

Table: TypeAlias = Mapping[str, Any]
"""A table of the file as TOML tells it."""
Place: TypeAlias = tuple[int | None, Address | None]
"""A chain, an account, or one account on one chain."""

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_PLACE_KEYS = frozenset({"chain", "account"})


def merged(below: Table, over: Table) -> dict[str, Any]:
    """Return `below` with everything that `over` says: tables key by key, entries one by one.

    A deny or allow entry, or a window, takes the place of the one for the same address, pair or hours.
    """
    result = {_key(name): value for name, value in below.items()}
    for name, value in over.items():
        key = _key(name)
        before = result.get(key)
        if isinstance(value, Mapping):
            result[key] = merged(before if isinstance(before, Mapping) else {}, value)
        elif key in _SAME:
            result[key] = _joined(before or (), value, _SAME[key])
        else:
            result[key] = value
    return result


def scope_layers(scopes: Sequence[Place], tables: Sequence[Table]) -> dict[Place, list[Table]]:
    """Return for every place with a policy of its own the tables that lie over the base, the lowest first.

    A chain lies below an account, and that below the account on the chain; an account with a scope has it on
    every chain, so where both have one the two meet.
    """
    own = {place: _without_place(table) for place, table in zip(scopes, tables, strict=True)}
    chains = [chain for chain, account in scopes if account is None]
    accounts = [account for chain, account in scopes if chain is None]
    meeting: list[Place] = [(chain, account) for chain in chains for account in accounts]
    found = {}
    for chain, account in dict.fromkeys((*scopes, *meeting)):
        below: list[Place] = [(chain, None), (None, account), (chain, account)]
        found[chain, account] = [own[place] for place in dict.fromkeys(below) if place in own]
    return found


def without(table: Table, names: frozenset[str]) -> Table:
    """Return the table without the keys of these names."""
    return {name: value for name, value in table.items() if name not in names}


def _without_place(table: Table) -> Table:
    return without(table, _PLACE_KEYS)


def _joined(below: Sequence[Table], over: Sequence[Table], same: Callable[[Table], object]) -> list[Table]:
    entries: dict[object, Table] = {same(entry): entry for entry in below}
    for entry in over:
        key = same(entry)
        entries[key] = merged(entries.get(key, {}), entry)
    return list(entries.values())


def _key(name: str) -> str:
    """Return a key such that one address is one key, however its letters are written."""
    return name.lower() if _ADDRESS.fullmatch(name) else name


_SAME: Mapping[str, Callable[[Table], object]] = {
    "deny": lambda entry: entry["address"].lower(),
    "allow": lambda entry: (entry["rule"], entry["counterparty"].lower()),
    "window": lambda entry: entry["hours"],
}
"""By what two entries of a list are the same."""
