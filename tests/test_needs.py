"""What is missing is skipped with its reason, and in CI it is a failure: no test is lost unseen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import needs

each_need = pytest.mark.parametrize(
    ("need", "reason"),
    [
        (needs.anvil, "anvil is neither in .tools nor on the PATH"),
        (needs.solidity_compiler, "there is no node on the PATH"),
    ],
)


@pytest.fixture(autouse=True)
def _nothing_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "_FOLDER", tmp_path)
    monkeypatch.setattr(needs, "_TOOLS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))


@each_need
def test_what_is_missing_is_skipped(
    need: Callable[[], object], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=reason):
        need()


@each_need
def test_what_is_missing_in_ci_is_a_failure(
    need: Callable[[], object], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=reason):
        need()


def test_a_compiler_that_was_not_fetched_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    (tmp_path / "node").touch(mode=0o755)
    with pytest.raises(pytest.fail.Exception, match=r"the Solidity compiler is not in \.tools"):
        needs.solidity_compiler()
