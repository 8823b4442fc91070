"""Small files that belong to their owner alone: whole or absent, durable once written.

What belongs here: atomic writes and the checks of modes. What must not: what is in the files.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def write_private(path: Path, content: bytes, *, replace: bool) -> None:
    """Write `content` to `path`, mode 0600, so that a crash leaves the old file or the new one, whole.

    Raises FileExistsError when the file is there and `replace` is false, OSError when the disk refuses.
    """
    make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
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
    _sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and whatever is missing above it, each its owner's alone; raises OSError.

    `Path.mkdir` gives its mode to the last one only.
    """
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def modes_problem(path: Path, *, forbidden: int) -> str | None:
    """Return what is wrong with a file's type, owner or mode, with the command that mends it; or None."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file"
    if status.st_uid != os.geteuid():
        return "it belongs to another user"
    if status.st_mode & forbidden:
        return f"others may use it (mode {stat.S_IMODE(status.st_mode):04o}); mend it with: chmod 600 {path}"
    return None


def folder_problem(folder: Path) -> str | None:
    """Return what is wrong with a folder where others can put files in place of its owner's; or None."""
    mode = folder.stat().st_mode
    if mode & 0o022 and not mode & stat.S_ISVTX:
        octal = f"{stat.S_IMODE(mode):04o}"
        return f"others may replace it in its folder (mode {octal}); mend it with: chmod go-w {folder}"
    return None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
