"""What every test starts from: an empty home, no settings, and no network beyond loopback."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

# A shell starts what runs in the background with interruptions ignored, and children inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_SETTINGS = ("WALLET_", "ETH_", "ETHERSCAN_", "TXGUARD_", "GUARD_")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point TXGUARD_HOME at a folder of this test's own, and forget the settings of whoever runs it."""
    for name in list(os.environ):
        if name.startswith(_SETTINGS) or name in ("CHAIN", "NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("TXGUARD_HOME", str(folder))
    monkeypatch.setenv("COLUMNS", "80")
    return folder


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that would leave this machine, and every question to a name server."""

    def guarded(real: Any) -> Any:
        def connect(self: socket.socket, address: Any) -> Any:
            _check(self.family, address)
            return real(self, address)

        return connect

    real_lookup = socket.getaddrinfo

    def lookup(host: Any, *arguments: Any, **named: Any) -> Any:
        # A literal address is looked up nowhere; whether it may be connected to is asked there.
        if host is not None and not _is_loopback(host) and not _is_literal(host):
            raise AssertionError(f"a test looked up {host!r}, which is not loopback")
        return real_lookup(host, *arguments, **named)

    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
    monkeypatch.setattr(socket, "getaddrinfo", lookup)


def _check(family: int, address: Any) -> None:
    if family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
        raise AssertionError(f"a test reached for {address!r}, which is not loopback")


def _is_loopback(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in ("localhost", ""):
        return True
    return _is_literal(name) and ipaddress.ip_address(name).is_loopback


def _is_literal(host: str | bytes) -> bool:
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        return False
    return True
