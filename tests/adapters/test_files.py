"""Small private files: whole or absent, their owner's alone."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guard.adapters import files
from guard.adapters.files import (
    folder_lock,
    folder_problem,
    make_folder,
    modes_problem,
    move_private,
    replace_private,
    sweep,
    write_private,
)


def test_a_file_is_its_owners_alone_under_any_umask(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    before = os.umask(0)
    try:
        write_private(path, b"content", replace=False)
    finally:
        os.umask(before)
    assert path.read_bytes() == b"content"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == ["file"]


def test_without_leave_to_replace_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        write_private(path, b"new", replace=False)
    assert path.read_bytes() == b"old"


def test_with_leave_to_replace_the_new_file_takes_its_place_and_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o644)
    write_private(path, b"new", replace=True)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, error: BaseException
) -> None:
    path = tmp_path / "folder" / "file"
    write_private(path, b"old", replace=False)

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(type(error)):
        write_private(path, b"new", replace=True)
    assert path.read_bytes() == b"old"
    assert os.listdir(path.parent) == ["file"]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the calls that make or publish a file, in their order, as they happen."""
    recorded: list[str] = []

    def recording(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(*given: Any, **named: Any) -> Any:
            kind = ""
            if name == "fsync":
                kind = " folder" if stat.S_ISDIR(os.fstat(given[0]).st_mode) else " file"
            recorded.append(name + kind)
            return real(*given, **named)

        return call

    for name in ("fsync", "link", "replace", "unlink"):
        monkeypatch.setattr(os, name, recording(name))
    return recorded


def test_e5_file_and_folder_are_synced_around_the_name(tmp_path: Path, calls: list[str]) -> None:
    write_private(tmp_path / "file", b"x", replace=True)
    assert calls == ["fsync file", "replace", "fsync folder"]
    calls.clear()
    write_private(tmp_path / "other", b"x", replace=False)
    assert calls == ["fsync file", "link", "unlink", "fsync folder"]
    calls.clear()
    assert replace_private(tmp_path / "other", b"y", expected=b"x")
    assert calls == ["fsync file", "replace", "fsync folder"]
    calls.clear()
    make_folder(tmp_path / "folder")
    assert calls == ["fsync folder"]
    calls.clear()
    move_private(tmp_path / "file", tmp_path / "folder" / "moved")
    assert calls == ["link", "fsync folder", "unlink", "fsync folder"]


def test_what_is_not_there_any_more_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"another's")
    assert not replace_private(path, b"new", expected=b"old")
    assert path.read_bytes() == b"another's"
    assert sorted(os.listdir(tmp_path)) == ["file", "home"]


def test_a_file_is_moved_onto_nothing_alone(tmp_path: Path) -> None:
    path, target = tmp_path / "file", tmp_path / "kept" / "file"
    path.write_bytes(b"content")
    move_private(path, target)
    assert (path.exists(), target.read_bytes()) == (False, b"content")
    path.write_bytes(b"second")
    with pytest.raises(FileExistsError):
        move_private(path, target)
    assert (path.read_bytes(), target.read_bytes()) == (b"second", b"content")


def test_e5_unfinished_files_of_killed_writers_are_removed_and_nothing_else(tmp_path: Path) -> None:
    stale = [".txguard.main.abcd_123.tmp", ".txguard.a.b.tmp.00000000.tmp"]
    others = [".txguard.main.tmp", ".main.abcd1234", "main", ".txguard.main.ABCDEFGH.tmp", ".removed"]
    tmp_path = tmp_path / "folder"
    tmp_path.mkdir()
    for name in stale + others:
        (tmp_path / name).touch()
    sweep(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted(others)
    (tmp_path / stale[0]).touch()
    write_private(tmp_path / "main", b"x", replace=True)
    assert sorted(os.listdir(tmp_path)) == sorted(others)
    sweep(tmp_path / "absent")


def test_e5_the_unfinished_file_of_a_live_writer_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "folder"
    seen: list[list[str]] = []
    real = os.fsync

    def meanwhile(descriptor: int) -> None:
        real(descriptor)
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            sweep(folder)
            seen.append(os.listdir(folder))

    monkeypatch.setattr(os, "fsync", meanwhile)
    write_private(folder / "main", b"whole", replace=True)
    ((unfinished,),) = seen
    assert unfinished.startswith(".txguard.main.")
    assert (os.listdir(folder), (folder / "main").read_bytes()) == (["main"], b"whole")


def test_a_writer_that_never_ends_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LOCK_TIMEOUT_S", 0.05)
    with folder_lock(tmp_path):
        for write in (
            lambda: write_private(tmp_path / "file", b"x", replace=True),
            lambda: replace_private(tmp_path / "file", b"x", expected=b""),
            lambda: move_private(tmp_path / "file", tmp_path / "other"),
        ):
            with pytest.raises(OSError, match="another program is writing in this folder"):
                write()
    assert os.listdir(tmp_path) == ["home"]


def test_a_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    waiting = threading.Thread(target=write_private, args=(tmp_path / "file", b"x"), kwargs={"replace": True})
    with folder_lock(tmp_path):
        waiting.start()
        waiting.join(0.05)
        assert waiting.is_alive()
        assert os.listdir(tmp_path) == ["home"]
    waiting.join(10)
    assert (tmp_path / "file").read_bytes() == b"x"


def test_a_lock_ends_with_its_holder(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), folder_lock(tmp_path):
        raise ZeroDivisionError
    with folder_lock(tmp_path):
        assert os.listdir(tmp_path) == ["home"]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"untouched")
    link.symlink_to(target)
    write_private(link, b"new", replace=True)
    assert target.read_bytes() == b"untouched"
    assert not link.is_symlink()


def test_modes_are_judged_against_what_is_forbidden(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(0o644)
    assert modes_problem(path, forbidden=0o022) is None
    assert modes_problem(path, forbidden=0o077) == (
        f"others may use it (mode 0644); mend it with: chmod 600 {path}"
    )
    path.chmod(0o600)
    assert modes_problem(path, forbidden=0o077) is None


def test_only_regular_files_of_the_user_are_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.touch(mode=0o600)
    (tmp_path / "link").symlink_to(path)
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("pipe", "."):
        assert modes_problem(tmp_path / name, forbidden=0) == "it is not a regular file"
    assert modes_problem(tmp_path / "link", forbidden=0) == (
        "it is not a regular file but a link; name the file that it leads to"
    )
    with pytest.raises(FileNotFoundError):
        modes_problem(tmp_path / "none", forbidden=0)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    assert modes_problem(path, forbidden=0) == (
        f"it belongs to another user; mend it with: sudo chown $(id -un) {path}"
    )


def test_a_path_in_an_error_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[2Jb"
    path.touch(mode=0o644)
    path.chmod(0o644)
    told = modes_problem(path, forbidden=0o077)
    assert told is not None
    assert told.endswith(f"chmod 600 {tmp_path}/a\\x1b[2Jb")


@pytest.mark.parametrize(
    ("mode", "is_fit"), [(0o700, True), (0o755, True), (0o1777, True), (0o775, False), (0o702, False)]
)
def test_a_folder_where_others_may_swap_files_is_unfit(tmp_path: Path, mode: int, is_fit: bool) -> None:
    tmp_path.chmod(mode)
    try:
        assert (folder_problem(tmp_path) is None) is is_fit
    finally:
        tmp_path.chmod(0o700)


def test_every_folder_that_is_made_is_its_owners_alone_and_those_there_stay(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    before = os.umask(0)
    try:
        make_folder(tmp_path / "a" / "b" / "c")
        make_folder(tmp_path / "a" / "b" / "c")
    finally:
        os.umask(before)
    made = [stat.S_IMODE((tmp_path / place).stat().st_mode) for place in (".", "a", "a/b", "a/b/c")]
    assert made == [0o755, 0o700, 0o700, 0o700]


def test_a_folder_of_another_user_is_unfit_unless_that_is_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    told = folder_problem(tmp_path)
    assert told is None if owner == 0 else told is not None and "belongs to another user" in told
