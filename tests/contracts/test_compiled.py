"""Compiled once, kept whole: what the cache must not do is give half an answer, or an old one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contracts import compiled
from tests.contracts.compiled import compiled_contracts
from tests.needs import solidity_compiler

SOURCE = "// SPDX-License-Identifier: MIT\npragma solidity 0.8.37;\n\ncontract Small {}\n"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own, and one source, which is all that is compiled."""
    compiler = replace(solidity_compiler(), folder=tmp_path)
    monkeypatch.setattr(compiled, "solidity_compiler", lambda: compiler)
    monkeypatch.setattr(compiled, "_SOURCES", tmp_path)
    (tmp_path / "Small.sol").write_text(SOURCE)
    return tmp_path / "contracts"


def compile_again() -> dict[str, compiled.Compiled]:
    return compiled_contracts.__wrapped__()


def test_the_second_time_nothing_is_compiled(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = compile_again()
    monkeypatch.setattr(compiled, "_PROGRAM", "process.exit(1)")
    assert (list(first), compile_again()) == (["Small"], first)


def test_half_an_answer_is_compiled_again_and_replaced(kept: Path) -> None:
    first = compile_again()
    (file,) = kept.iterdir()
    whole = file.read_text()
    file.write_text(whole[: len(whole) // 2])
    assert compile_again() == first
    assert (list(kept.iterdir()), json.loads(file.read_text())) == ([file], json.loads(whole))


def test_a_source_that_changed_is_compiled(kept: Path) -> None:
    first = compile_again()["Small"]
    (kept.parent / "Small.sol").write_text(SOURCE.replace("{}", "{ uint256 public number; }"))
    assert (first.selectors, compile_again()["Small"].selectors) == ({}, {"number()": "8381f58a"})


def test_a_warning_is_an_error_and_nothing_is_kept(kept: Path) -> None:
    (kept.parent / "Small.sol").write_text("contract Small {}")
    with pytest.raises(AssertionError, match="SPDX license identifier not provided"):
        compile_again()
    assert not kept.exists()
