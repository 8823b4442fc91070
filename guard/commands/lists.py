"""`guard lists`: reputation lists brought in, brought up to date, counted, asked and removed.

What belongs here: the commands and their layout. What must not: formats and files; the adapters have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guard import exit_codes
from guard.command_line import emit, print_json, say
from guard.config import find_home
from guard.core.reputation import Listing, Standing
from guard.core.text import escape_untrusted
from guard.errors import GuardError

if TYPE_CHECKING:
    from guard.adapters.list_store import ListFacts
    from guard.adapters.reputation_lists import Change, ReputationLists

# Named here, and not taken from the adapters, so that help need not load them; a test compares them.
FORMATS = ("lines", "csv", "json", "darklist", "etherscan-labels", "forta-phishing", "forta-contracts")
"""The formats that `guard.adapters.list_formats` reads."""

_FORMATS_TEXT = """\
\b
Formats:
  lines             one address a line, # begins a comment
  csv               a table with a column address, and label if you like
  json              an array of addresses (ScamSniffer)
  darklist          an array of {address, comment, date} (MyEtherWallet)
  etherscan-labels  an object of address: {name, labels}
  forta-phishing    phishing_scams.csv of Forta's labelled datasets
  forta-contracts   malicious_smart_contracts.csv of the same
"""

_SPANS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


@click.group("lists", short_help="Reputation lists: import, update, count, ask.")
def command() -> None:
    """Lists of addresses with a good or an ill reputation, kept on this machine."""


@command.command("import", epilog=_FORMATS_TEXT)
@click.argument("file", type=click.Path(path_type=Path), metavar="[FILE]", required=False)
@click.option("--name", required=True, metavar="N", help="Its name; it takes the place of one so called.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(FORMATS),
    metavar="F",
    help="One of those below; told from the content if absent.",
)
@click.option(
    "--standing",
    type=click.Choice([standing.value for standing in Standing]),
    help="How the addresses stand, where the format does not say.",
)
@click.option("--url", metavar="URL", help="Where updates come from, and without FILE this import too.")
@click.option("--skip-bad", is_flag=True, help="Leave out what cannot be read, and say how much.")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def import_list(
    file: Path | None,
    name: str,
    *,
    format_name: str | None,
    standing: str | None,
    url: str | None,
    skip_bad: bool,
    as_json: bool,
) -> None:
    """Import the list in FILE, or at --url, under a name of yours.

    A list is replaced as a whole or not at all, and is refused when one entry cannot be read. Where
    it names an address twice the worse standing counts. An address counts on every chain.

    \b
    Examples:
      guard lists import phishing_scams.csv --name phishing
      guard lists import ofac.txt --name ofac --standing malicious
      guard lists import --url https://example.org/list.json --name scams \\
        --standing malicious
    """
    from guard.adapters.reputation_lists import ImportOrder
    from guard.engine import SystemClock

    order = ImportOrder(
        name=name,
        path=file,
        url=url,
        format=format_name,
        standing=None if standing is None else Standing(standing),
        skips_bad=skip_bad,
    )
    change = _lists().import_list(order, SystemClock())
    if as_json:
        print_json({"ok": True, "list": _change_object(change)})
        return
    for line in _change_lines(change):
        emit(line)


@command.command("update", short_help="Read lists again from where they came from.")
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def update(name: str | None, as_json: bool) -> int:
    """Read every list, or the one called NAME, again from where it came from.

    A list of which no update can be had stays as it is, and the exit code says so.

    \b
    Examples:
      guard lists update
      guard lists update phishing
    """
    from guard.engine import SystemClock

    lists = _lists()
    told: list[dict[str, object]] = []
    code = exit_codes.DONE
    for wanted in [name] if name is not None else [facts.name for facts in lists.facts()]:
        try:
            change = lists.update_list(wanted, SystemClock())
        except GuardError as error:
            code = code or exit_codes.of_error(error)
            shown = escape_untrusted(wanted, limit=60)
            told.append({"name": shown, "ok": False, "error": error.as_mapping()})
            if not as_json:
                say(f"error: {shown} is not updated: {error.message}\n       {error.hint}")
            continue
        told.append({**_change_object(change), "ok": True})
        if not as_json:
            for line in _change_lines(change):
                emit(line)
    if as_json:
        print_json({"ok": code == exit_codes.DONE, "lists": told})
    elif not told:
        emit("there are no lists")
    return code


@command.command("stats", short_help="Count the addresses of every list.")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def stats(as_json: bool) -> None:
    """Show every list: how many addresses stand how, how old it is, and where it came from.

    \b
    Example:
      guard lists stats
    """
    from guard.engine import SystemClock

    now = SystemClock().now()
    kept = _lists().facts()
    if as_json:
        print_json({"ok": True, "lists": [{**_object(facts), "age_s": now - facts.as_of} for facts in kept]})
        return
    for facts in kept:
        for line in _lines(facts, now):
            emit(line)
    if not kept:
        emit("there are no lists; `guard lists import` brings one in")


@command.command("show")
@click.argument("address")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def show(address: str, as_json: bool) -> None:
    """Show what the lists say of ADDRESS.

    \b
    Example:
      guard lists show 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf
    """
    from guard.core.address import Address

    account = Address.parse(address)
    found = _lists().listings([account]).get(account, ())
    if as_json:
        print_json({"ok": True, "address": account, "listings": [_listing_object(one) for one in found]})
        return
    for one in found:
        emit(f"{one.standing.value:<11}{one.list_name}{': ' if one.label else ''}{one.label}")
    if not found:
        emit(f"{account} is on no list")


@command.command("remove")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def remove(name: str, as_json: bool) -> None:
    """Remove the list called NAME.

    \b
    Example:
      guard lists remove phishing
    """
    _lists().remove_list(name)
    if as_json:
        print_json({"ok": True, "removed": name})
    else:
        emit(f"removed {name}")


def _lists() -> ReputationLists:
    from guard.adapters.reputation_lists import ReputationLists

    return ReputationLists(find_home().lists_dir)


def _change_lines(change: Change) -> Iterator[str]:
    facts = change.facts
    yield f"{facts.name}: {_counted(facts)}, {change.added:,} new, {change.removed:,} gone"
    if facts.left_out:
        yield f"{'':<4}{facts.left_out:,} entries could not be read and were left out"


def _lines(facts: ListFacts, now: int) -> Iterator[str]:
    yield f"{facts.name}: {_counted(facts)}"
    yield f"{'':<4}from {facts.source} ({facts.format}), {_age(now - facts.as_of)} old"
    if facts.left_out:
        yield f"{'':<4}{facts.left_out:,} entries could not be read and were left out"


def _counted(facts: ListFacts) -> str:
    words = [
        f"{facts.counts[standing]:,} {standing.value}" for standing in Standing if standing in facts.counts
    ]
    return f"{facts.size:,} {'address' if facts.size == 1 else 'addresses'} ({', '.join(words)})"


def _age(seconds: int) -> str:
    for length, unit in _SPANS:
        if seconds >= length:
            count = seconds // length
            return f"{count:,} {unit}{'s' * (count != 1)}"
    return "less than a minute"


def _change_object(change: Change) -> dict[str, object]:
    return {**_object(change.facts), "added": change.added, "removed": change.removed}


def _object(facts: ListFacts) -> dict[str, object]:
    return {
        "name": facts.name,
        "addresses": facts.size,
        "standings": {
            standing.value: facts.counts[standing] for standing in Standing if standing in facts.counts
        },
        "left_out": facts.left_out,
        "format": facts.format,
        "source": facts.source,
        "as_of": facts.as_of,
    }


def _listing_object(listing: Listing) -> dict[str, object]:
    return {
        "list": listing.list_name,
        "standing": listing.standing.value,
        "label": listing.label,
        "source": listing.source,
        "as_of": listing.as_of,
    }
