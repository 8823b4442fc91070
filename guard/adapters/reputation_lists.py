"""The user's reputation lists: imported, updated, removed, and looked up, one file a list.

What belongs here: the folder, and the notice of a change in it. What must not: how a list is published or
packed; `list_formats` and `list_store` know.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from guard.adapters.files import folder_lock, folder_problem, status_problem, sync_folder, write_private
from guard.adapters.list_formats import PublishedList, read_published
from guard.adapters.list_source import checked_path, checked_url, read_source, shown_source
from guard.adapters.list_store import MAX_STORE_BYTES, KeptList, ListFacts, pack_list, unusable
from guard.core.address import Address
from guard.core.reputation import Listing, Standing
from guard.core.text import escape_untrusted
from guard.errors import CallerError, ConfigurationError, GuardError
from guard.ports import Clock

SUFFIX = ".list"
"""What the file of a list is called after its name."""

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_-]|\.(?=[a-z0-9])){0,39}")
_NAME_HINT = "use 1 to 40 of a-z, 0-9, - and _, dots between them, with a letter or digit first"

_Signature = tuple[int, int, int, int, int]
_Folder = Mapping[str, tuple[_Signature, KeptList]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrder:
    """What a person asked to import."""

    name: str
    """The name that the list is to have."""
    path: Path | None = None
    """The file to import; None downloads it."""
    url: str | None = None
    """Where it is downloaded, now or at an update; None reads the same file again."""
    format: str | None = None
    """The name of its format; None tells it from the content."""
    standing: Standing | None = None
    """How its addresses stand where the format does not say."""
    skips_bad: bool = False
    """Whether rows that cannot be read are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an import or an update did."""

    facts: ListFacts
    """The list as it is now."""
    added: int
    """Addresses that were not on it before."""
    removed: int
    """Addresses that are no longer on it."""


class ReputationLists:
    """The lists in one folder, a `Reputation`; an absent folder holds none.

    A list that was replaced, added or removed, by this process or another, is noticed at the next look.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: _Folder = {}

    def listings(self, addresses: Collection[Address]) -> Mapping[Address, tuple[Listing, ...]]:
        """Return the listings of those that are listed, by the names of the lists.

        Raises ConfigurationError when a list cannot be read or is damaged.
        """
        lists = self._look()
        found: dict[Address, tuple[Listing, ...]] = {}
        for address in addresses:
            key = address.to_bytes()
            told = tuple(listing for kept in lists if (listing := kept.find(key)) is not None)
            if told:
                found[address] = told
        return found

    def facts(self) -> tuple[ListFacts, ...]:
        """Return the facts about every list, by name; raises as `listings` does."""
        return tuple(kept.facts for kept in self._look())

    def import_list(self, order: ImportOrder, clock: Clock) -> Change:
        """Import a list under its name, in the place of the one that had it; raises GuardError.

        Until it is whole on disk, what was there stays; a list with faults is refused, unless told otherwise.
        """
        name = _checked_name(order.name)
        path = None if order.path is None else checked_path(order.path)
        origin = path if order.url is None else checked_url(order.url)
        if origin is None:
            raise CallerError("there is no list to import", hint="name a file, or a URL with --url")
        came_from = path or origin
        published = read_published(read_source(came_from), format_name=order.format, standing=order.standing)
        _check(published, skips_bad=order.skips_bad)
        facts = ListFacts(
            name=name,
            format=published.format.name,
            origin=origin,
            source=shown_source(came_from),
            as_of=clock.now(),
            standing=order.standing,
            skips_bad=order.skips_bad,
        )
        before = None
        with suppress(FileNotFoundError, ConfigurationError):
            # A damaged one may be replaced: all addresses are then counted as new.
            before = self._read(name)[1]
        return self._store(facts, published, before)

    def update_list(self, name: str, clock: Clock) -> Change:
        """Read a list again from where it came from, in the format it had; raises GuardError.

        An update that would drop more than half of the addresses is refused: whoever may publish the list
        could empty it.
        """
        try:
            kept = self._read(_checked_name(name))[1]
        except FileNotFoundError as error:
            raise _no_list(name) from error
        facts = kept.facts
        try:
            content = read_source(facts.origin)
        except CallerError as error:
            told = f"{error.message}: {escape_untrusted(facts.origin, limit=200)}"
            raise CallerError(told, hint="put it back, or import the list from where it is now") from error
        published = read_published(content, format_name=facts.format, standing=facts.standing)
        _check(published, skips_bad=facts.skips_bad)
        if 2 * len(published.marks) < facts.size:
            raise ConfigurationError(
                f"the list has {len(published.marks):,} addresses now, and had {facts.size:,} before",
                hint="look at it; to take it as it is, import it again",
            )
        renewed = replace(facts, source=shown_source(facts.origin), as_of=clock.now())
        return self._store(renewed, published, kept)

    def remove_list(self, name: str) -> None:
        """Remove a list, be it damaged; raises CallerError when there is none of this name."""
        try:
            with folder_lock(self._folder):
                self._path(_checked_name(name)).unlink()
                sync_folder(self._folder)
        except FileNotFoundError as error:
            raise _no_list(name) from error
        except OSError as error:
            raise self._unusable(error.strerror or type(error).__name__) from error

    def _store(self, facts: ListFacts, published: PublishedList, before: KeptList | None) -> Change:
        counts = Counter(mark.standing for mark in published.marks.values())
        whole = replace(facts, left_out=len(published.faults), counts=counts)
        try:
            write_private(self._path(facts.name), pack_list(whole, published.marks), replace=True)
        except OSError as error:
            raise self._unusable(error.strerror or type(error).__name__) from error
        had = frozenset() if before is None else before.keys()
        has = published.marks.keys()
        return Change(facts=whole, added=len(has - had), removed=len(had - has))

    def _look(self) -> tuple[KeptList, ...]:
        """Return every list as it is on disk now, by name; one that did not change is not read again."""
        before, now = self._kept, {}
        for name, signature in self._signatures().items():
            kept = before.get(name)
            # One that goes between the two looks was removed.
            with suppress(FileNotFoundError):
                now[name] = kept if kept is not None and kept[0] == signature else self._read(name)
        # Another thread may do the same now; each puts whole lists in place, never a part.
        self._kept = now
        return tuple(kept for _, kept in now.values())

    def _signatures(self) -> dict[str, _Signature]:
        """Return what tells one state of each list's file from another, by the list's name."""
        found: dict[str, _Signature] = {}
        for name in self._names():
            # One that goes after the look at the folder was removed.
            with suppress(FileNotFoundError):
                found[name] = _signature(os.lstat(self._path(name)))
        return found

    def _names(self) -> list[str]:
        """Return the names of the lists that there are, sorted."""
        try:
            problem = folder_problem(self._folder)
            files = os.listdir(self._folder)
        except FileNotFoundError as error:
            if self._folder.is_symlink():
                raise self._unusable("it is a link that leads nowhere") from error
            return []
        except OSError as error:
            raise self._unusable(error.strerror or type(error).__name__) from error
        if problem is not None:
            raise self._unusable(problem)
        names = (file.removesuffix(SUFFIX) for file in files if file.endswith(SUFFIX))
        return sorted(name for name in names if _NAME.fullmatch(name))

    def _read(self, name: str) -> tuple[_Signature, KeptList]:
        """Read one list; the signature is that of the very file that was read.

        Raises FileNotFoundError when there is none, ConfigurationError for one that cannot be used.
        """
        path = self._path(name)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                status = os.fstat(descriptor)
                problem = _file_problem(status, path)
                content = b"" if problem else file.read(status.st_size + 1)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise unusable(name, error.strerror or type(error).__name__) from error
        if problem is not None:
            raise unusable(name, problem)
        return _signature(status), KeptList(content, name=name)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{SUFFIX}"

    def _unusable(self, problem: str) -> GuardError:
        shown = escape_untrusted(str(self._folder), limit=200)
        return ConfigurationError(
            f"the folder of lists {shown} cannot be used: {problem}",
            hint="mend it; what cannot be read is never taken for no lists",
        )


def _check(published: PublishedList, *, skips_bad: bool) -> None:
    """Return where the list may be kept; raises CallerError for one with faults or without an address."""
    if published.faults and not skips_bad:
        raise CallerError(
            published.describe_faults(), hint="mend the list, or leave such entries out with --skip-bad"
        )
    if not published.marks:
        raise CallerError("the list holds no address", hint="give a list with at least one")


def _signature(status: os.stat_result) -> _Signature:
    return (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)


def _file_problem(status: os.stat_result, path: Path) -> str | None:
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file"
    if status.st_size > MAX_STORE_BYTES:
        return f"it has more than {MAX_STORE_BYTES:,} bytes"
    return status_problem(status, path, forbidden=0o022)


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise CallerError(f"'{escape_untrusted(name, limit=60)}' cannot be a list's name", hint=_NAME_HINT)
    return name


def _no_list(name: str) -> CallerError:
    return CallerError(f"there is no list '{name}'", hint="`guard lists stats` shows them")
