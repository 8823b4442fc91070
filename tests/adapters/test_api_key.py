from __future__ import annotations

import os
from pathlib import Path

import pytest

from guard.adapters.api_key import read_api_key
from guard.errors import ConfigurationError

KEY = "k3y-0123456789abcdef"


def written(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    path = folder / "key"
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_key_is_the_one_line_of_its_file(tmp_path: Path, end: str) -> None:
    assert read_api_key(written(tmp_path, (KEY + end).encode())) == KEY


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"two\nlines\n", b"a space", b"\xff", b"\x1b[2J", b"x" * 513, b"key\n\n"]
)
def test_a_file_that_holds_anything_else_is_refused_without_repeating_it(
    tmp_path: Path, content: bytes
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(ConfigurationError) as caught:
        read_api_key(path)
    assert caught.value.message == (
        f"the key file {path} cannot be used: it is not one line of printable characters"
    )


def test_a_key_that_others_can_read_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    path = written(tmp_path, KEY.encode(), 0o644)
    with pytest.raises(ConfigurationError) as caught:
        read_api_key(path)
    assert caught.value.message.endswith(f"others may use it (mode 0644); mend it with: chmod 600 {path}")
    assert KEY not in caught.value.message + caught.value.hint


def test_an_absent_key_file_a_link_and_a_folder_are_refused(tmp_path: Path) -> None:
    link = tmp_path / "link"
    os.symlink(written(tmp_path, KEY.encode()), link)
    for path in (tmp_path / "absent", link, tmp_path):
        with pytest.raises(ConfigurationError):
            read_api_key(path)
