"""The sources beside this file, compiled once and kept under `.tools` by the hash of all that went in."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.needs import Compiler, solidity_compiler

_SOURCES = Path(__file__).parent
_SETTINGS = {
    "evmVersion": "prague",
    "optimizer": {"enabled": True, "runs": 200},
    "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object", "evm.methodIdentifiers"]}},
}
_PROGRAM = (
    "const compiler = require(process.argv[1]);"
    "process.stdout.write(compiler.compile(require('fs').readFileSync(0, 'utf8')));"
)
_LIMIT_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """One contract as the compiler gives it."""

    abi: tuple[Mapping[str, Any], ...]
    """Its interface, as https://docs.soliditylang.org/en/latest/abi-spec.html#json describes it."""
    bytecode: bytes
    """Its creation code, before the arguments of the constructor."""
    selectors: Mapping[str, str]
    """The selector of each function, 8 hex digits, by its signature."""

    @property
    def constructor_types(self) -> list[str]:
        """The types of the constructor's arguments, in order."""
        constructors = [entry for entry in self.abi if entry["type"] == "constructor"]
        return [given["type"] for entry in constructors for given in entry["inputs"]]


@cache
def compiled_contracts() -> dict[str, Compiled]:
    """Return every contract by its name; skip, or fail in CI, where there is no compiler."""
    compiler = solidity_compiler()
    question = json.dumps(
        {"language": "Solidity", "sources": _sources(), "settings": _SETTINGS}, sort_keys=True
    )
    asked = hashlib.sha256(f"{compiler.version}\n{question}".encode()).hexdigest()
    kept = compiler.folder / "contracts" / f"{asked}.json"
    answer = _read(kept)
    if answer is None:
        answer = _compile(compiler, question)
        _keep(kept, answer)
    return {
        name: Compiled(
            abi=tuple(contract["abi"]),
            bytecode=bytes.fromhex(contract["evm"]["bytecode"]["object"]),
            selectors=contract["evm"]["methodIdentifiers"],
        )
        for contracts in answer["contracts"].values()
        for name, contract in contracts.items()
    }


def _sources() -> dict[str, dict[str, str]]:
    return {path.name: {"content": path.read_text()} for path in sorted(_SOURCES.glob("*.sol"))}


def _compile(compiler: Compiler, question: str) -> dict[str, Any]:
    run = subprocess.run(
        [compiler.node, "-e", _PROGRAM, str(compiler.package)],
        input=question,
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
    )
    assert run.returncode == 0, run.stderr
    answer: dict[str, Any] = json.loads(run.stdout)
    # A warning too: the sources are short enough to be without.
    said = [error["formattedMessage"] for error in answer.get("errors", [])]
    assert not said, "\n".join(said)
    return answer


def _read(kept: Path) -> dict[str, Any] | None:
    try:
        answer: dict[str, Any] = json.loads(kept.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return answer


def _keep(kept: Path, answer: dict[str, Any]) -> None:
    """Write it under its name in one step: another run, or an interruption, never meets half of it."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=kept.parent, suffix=".unfinished")
    with os.fdopen(descriptor, "w") as file:
        json.dump(answer, file)
    os.replace(unfinished, kept)
