"""Small private files: whole or absent, their owner's alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from guard.adapters.files import folder_problem, make_folder, modes_problem, write_private


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


def test_file_and_folder_are_synced_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bool] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    write_private(tmp_path / "file", b"x", replace=True)
    assert synced == [False, True]


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
    for name in ("link", "pipe", "."):
        assert modes_problem(tmp_path / name, forbidden=0) == "it is not a regular file"
    with pytest.raises(FileNotFoundError):
        modes_problem(tmp_path / "none", forbidden=0)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    assert modes_problem(path, forbidden=0) == "it belongs to another user"


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
