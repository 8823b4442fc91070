"""Small files that belong to their owner alone: whole or absent, durable once written.

What belongs here: atomic writes and the checks of modes. What must not: what is in the files.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from guard.core.text import escape_untrusted
from guard.deadline import Deadline

LOCK_TIMEOUT_S = 10.0
"""Seconds to wait for another writer of a folder, which needs some milliseconds."""

_LOCK_PAUSE_S = 0.01
_TEMPORARY_PREFIX = ".txguard."
_TEMPORARY_SUFFIX = ".tmp"
_TEMPORARY = re.compile(r"\.txguard\..+\.[a-z0-9_]{8}\.tmp")
"""The names of unfinished files; nobody else's file has one by chance."""


def write_private(path: Path, content: bytes, *, replace: bool) -> None:
    """Write `content` to `path`, mode 0600, so that a crash leaves the old file or the new one, whole.

    Raises FileExistsError when the file is there and `replace` is false, OSError when the disk refuses.
    """
    make_folder(path.parent)
    with folder_lock(path.parent):
        _sweep(path.parent)
        _write(path, content, replace=replace)


def replace_private(path: Path, content: bytes, *, expected: bytes) -> bool:
    """Write `content` in the place of `expected`, as `write_private` does, and tell whether that was there.

    Raises OSError when the disk refuses.
    """
    with folder_lock(path.parent):
        _sweep(path.parent)
        if path.read_bytes() != expected:
            return False
        _write(path, content, replace=True)
    return True


def move_private(path: Path, target: Path) -> None:
    """Move a file to another folder of the same disk; at every moment at least one of the two is there.

    Raises FileExistsError when `target` is there, OSError when the disk refuses.
    """
    make_folder(target.parent)
    with folder_lock(path.parent):
        os.link(path, target, follow_symlinks=False)
        sync_folder(target.parent)
        os.unlink(path)
        sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove the unfinished files that killed writers left in a folder; those of live ones stay.

    Where the folder cannot be read, or somebody is writing in it, nothing is done.
    """
    with suppress(OSError), folder_lock(folder, wait_s=0):
        _sweep(folder)


@contextmanager
def folder_lock(folder: Path, *, wait_s: float | None = None) -> Iterator[None]:
    """Keep other writers of this folder out; the system ends the lock with its process.

    Raises OSError where the folder cannot be opened, or another writer keeps it for `wait_s` seconds.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _lock(descriptor, Deadline.after(LOCK_TIMEOUT_S if wait_s is None else wait_s))
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, deadline: Deadline) -> None:
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if deadline.remaining() == 0:
                error.strerror = "another program is writing in this folder"
                raise
        time.sleep(_LOCK_PAUSE_S)


def _sweep(folder: Path) -> None:
    """Remove unfinished files. Writers hold the lock, which the caller has: those here have none alive."""
    for name in os.listdir(folder):
        if _TEMPORARY.fullmatch(name):
            with suppress(FileNotFoundError):
                os.unlink(folder / name)


def _write(path: Path, content: bytes, *, replace: bool) -> None:
    prefix = f"{_TEMPORARY_PREFIX}{path.name}."
    descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=_TEMPORARY_SUFFIX, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(name, path)
        else:
            os.link(name, path)
            os.unlink(name)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and whatever is missing above it, each its owner's alone and durable; raises OSError.

    `Path.mkdir` gives its mode to the last one only.
    """
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)


def modes_problem(path: Path, *, forbidden: int) -> str | None:
    """Return what is wrong with a file's type, owner or mode, with the command that mends it; or None."""
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return "it is not a regular file but a link; name the file that it leads to"
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file"
    return status_problem(status, path, forbidden=forbidden)


def status_problem(status: os.stat_result, path: Path, *, forbidden: int) -> str | None:
    """Return what is wrong with the owner or the mode of a file at `path`, and what mends it; or None."""
    shown = escape_untrusted(str(path))
    if status.st_uid != os.geteuid():
        return f"it belongs to another user; mend it with: sudo chown $(id -un) {shown}"
    if status.st_mode & forbidden:
        return f"others may use it (mode {stat.S_IMODE(status.st_mode):04o}); mend it with: chmod 600 {shown}"
    return None


def folder_problem(folder: Path) -> str | None:
    """Return what is wrong with a folder where others can put files in place of its owner's; or None."""
    status, shown = folder.stat(), escape_untrusted(str(folder))
    if status.st_uid not in (0, os.geteuid()):
        return f"its folder belongs to another user; mend it with: sudo chown $(id -un) {shown}"
    if status.st_mode & 0o022 and not status.st_mode & stat.S_ISVTX:
        octal = f"{stat.S_IMODE(status.st_mode):04o}"
        return f"others may replace it in its folder (mode {octal}); mend it with: chmod go-w {shown}"
    return None


def sync_folder(folder: Path) -> None:
    """Return when the names in a folder are on disk; raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
