"""What a test needs that may be missing on a machine: found, or skipped with its reason; in CI, a failure."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

_TOOLS = Path(__file__).parent.parent / ".tools" / "node_modules" / "@foundry-rs"
_MACHINES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def anvil() -> str:
    """Return the path of anvil: the one that `make test` fetches, or one on the PATH."""
    system, machine = platform.system().lower(), _MACHINES.get(platform.machine(), platform.machine())
    # The npm package's own wrapper exits 0 on failure; the binary is called instead.
    fetched = _TOOLS / f"anvil-{system}-{machine}" / "bin" / "anvil"
    found = str(fetched) if fetched.exists() else shutil.which("anvil")
    if found is None:
        _missing("anvil is neither in .tools nor on the PATH; `make test` fetches it by npm")
    return found


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
