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
        (needs.cast, "cast is neither in .tools nor on the PATH"),
        (needs.viem, "there is no node on the PATH"),
        (needs.chromium, "chromium is not on the PATH"),
        (needs.node, "there is no node on the PATH"),
    ],
)


@pytest.fixture(autouse=True)
def _nothing_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "_FOLDER", tmp_path)
    monkeypatch.setattr(needs, "_TOOLS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))


def outcome_of(need: Callable[[], object]) -> BaseException:
    # Both are caught: a skip that escaped would skip the very test that must see it.
    with pytest.raises((pytest.skip.Exception, pytest.fail.Exception)) as raised:
        need()
    return raised.value


@each_need
def test_what_is_missing_is_skipped_and_in_ci_it_is_a_failure(
    need: Callable[[], object], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    skipped = outcome_of(need)
    monkeypatch.setenv("CI", "true")
    failed = outcome_of(need)
    assert (type(skipped), type(failed)) == (pytest.skip.Exception, pytest.fail.Exception)
    assert reason in str(skipped)
    assert reason in str(failed)


def test_a_compiler_that_was_not_fetched_is_named(tmp_path: Path) -> None:
    (tmp_path / "node").touch(mode=0o755)
    assert "the Solidity compiler is not in .tools" in str(outcome_of(needs.solidity_compiler))
    assert "viem is not in .tools" in str(outcome_of(needs.viem))
