"""The desk at which the wallet's tests sit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wallet.harness import Desk, furnish


@pytest.fixture
def desk(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    return furnish(home, capsys, monkeypatch)
