"""What a test needs that may be missing on a machine: found, or skipped with its reason; in CI, a failure."""

from __future__ import annotations

import json
import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

_FOLDER = Path(__file__).parent.parent / ".tools"
_TOOLS = _FOLDER / "node_modules" / "@foundry-rs"
_MACHINES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def anvil() -> str:
    """Return the path of anvil: the one that `make test` fetches, or one on the PATH."""
    return _foundry("anvil")


def cast() -> str:
    """Return the path of cast, which comes with anvil's version."""
    return _foundry("cast")


def _foundry(tool: str) -> str:
    system, machine = platform.system().lower(), _MACHINES.get(platform.machine(), platform.machine())
    # The npm package's own wrapper exits 0 on failure; the binary is called instead.
    fetched = _TOOLS / f"{tool}-{system}-{machine}" / "bin" / tool
    found = str(fetched) if fetched.exists() else shutil.which(tool)
    if found is None:
        _missing(f"{tool} is neither in .tools nor on the PATH; `make test` fetches it by npm")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A package of npm, and the node that runs it."""

    node: str
    """The path of node."""
    folder: Path
    """The folder from which the package is found."""


def viem() -> Script:
    """Return the viem that `make test` fetches, and the node that runs it."""
    node = shutil.which("node")
    if node is None:
        _missing("there is no node on the PATH, which viem needs")
    if not (_FOLDER / "node_modules" / "viem" / "package.json").exists():
        _missing("viem is not in .tools; `make test` fetches it by npm")
    return Script(node=node, folder=_FOLDER)


def web3_7() -> str:
    """Return the Python of the environment with web3 7, which `make test` builds."""
    python = _FOLDER / "web3-7" / "bin" / "python"
    if not (_FOLDER / "web3-7" / "txguard.stamp").exists():
        _missing("there is no environment with web3 7 in .tools; `make web3-7` builds it")
    return str(python)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiler:
    """The Solidity compiler as npm has it, a package that node runs."""

    node: str
    """The path of node."""
    package: Path
    """The folder of the package."""
    version: str
    """Its version."""
    folder: Path
    """Where what was fetched is, and what was made with it may be kept."""


def solidity_compiler() -> Compiler:
    """Return the compiler that `make test` fetches, and the node that runs it."""
    package = _FOLDER / "node_modules" / "solc"
    node = shutil.which("node")
    if node is None:
        _missing("there is no node on the PATH, which the Solidity compiler needs")
    if not (package / "package.json").exists():
        _missing("the Solidity compiler is not in .tools; `make test` fetches it by npm")
    version = json.loads((package / "package.json").read_text())["version"]
    return Compiler(node=node, package=package, version=version, folder=_FOLDER)


def chromium() -> str:
    """Return the path of the browser in which the page is tried."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        _missing("chromium is not on the PATH; `make chromium` installs it where apt may")
    return found


def node() -> str:
    """Return the path of node, which runs the page's modules without a browser."""
    found = shutil.which("node")
    if found is None:
        _missing("there is no node on the PATH, which runs the page's modules")
    return found


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
