"""The mark beside the journal: that there is one, which one, and how far it had got.

What belongs here: writing and comparing the mark. What must not: the journal's own tables.

A file that is gone, emptied, cut short, or put back from an old copy is whole in itself; only something
outside of it can tell. The mark is written after a commit and never before, so that it cannot be ahead of a
journal that lost nothing. It is not synced: a power cut may leave it behind, which costs sharpness and makes
no false alarm.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from guard.adapters.files import write_private
from guard.core.text import escape_untrusted
from guard.errors import JournalDamaged

_FORM = re.compile(rb"txguard journal ([0-9a-f]{32}) ([0-9]{20})\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the mark says."""

    journal: str
    """The journal's own name, 32 hex digits drawn when it was made."""
    entries: int
    """How many entries its audit trail had when the mark was written."""


def mark_path(journal: Path) -> Path:
    """Return where the mark of this journal is."""
    return journal.with_name(journal.name + ".mark")


def read_mark(journal: Path) -> Mark | None:
    """Return the mark; None where there is none. Raises JournalDamaged for one that cannot be read."""
    path = mark_path(journal)
    try:
        with path.open("rb") as file:
            text = file.read(100)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error.strerror or type(error).__name__) from error
    match = _FORM.fullmatch(text)
    if match is None:
        raise _unreadable(path, "it is no mark")
    return Mark(journal=match[1].decode(), entries=int(match[2]))


def make_mark(journal: Path, mark: Mark) -> None:
    """Write the mark whole and durably, where there was none; raises JournalDamaged when the disk refuses."""
    path = mark_path(journal)
    try:
        write_private(path, _text(mark), replace=True)
    except OSError as error:
        raise JournalDamaged(
            f"the mark {escape_untrusted(str(path))} cannot be written: {error.strerror}",
            hint="nothing is sent without it: make room, or mend the folder",
        ) from error


def move_mark(journal: Path, mark: Mark) -> None:
    """Write the new count in place, best effort: what is committed must not fail because of it."""
    try:
        descriptor = os.open(mark_path(journal), os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        os.pwrite(descriptor, _text(mark), 0)
    except OSError:
        return
    finally:
        os.close(descriptor)


def check_mark(journal: Path, mark: Mark | None, actual: Mark) -> None:
    """Raise JournalDamaged where the journal is another one than the mark's, or behind it."""
    if mark is None:
        return
    if mark.journal != actual.journal:
        raise _differs(journal, "it is another one than the one that was used here before")
    if actual.entries < mark.entries:
        raise _differs(
            journal,
            f"it holds {actual.entries} entries and once held {mark.entries}: it was cut, or is an old copy",
        )


def gone(journal: Path) -> JournalDamaged:
    """Return the error for a journal that is not where its mark says that it was."""
    return _differs(journal, "it is gone, and its mark says that there was one")


def _differs(journal: Path, problem: str) -> JournalDamaged:
    return JournalDamaged(
        f"the journal {escape_untrusted(str(journal))} cannot be used: {problem}",
        hint="restore the newest copy. Without it a payment may be made twice; only if you have looked every"
        f" payment up on the chain, delete {escape_untrusted(str(mark_path(journal)))} and start again",
    )


def _text(mark: Mark) -> bytes:
    return f"txguard journal {mark.journal} {mark.entries:020d}\n".encode()


def _unreadable(path: Path, problem: str) -> JournalDamaged:
    return JournalDamaged(
        f"the journal's mark {escape_untrusted(str(path))} cannot be used: {problem}",
        hint="if the journal beside it is the one you know, delete the mark: a new one is made",
    )
