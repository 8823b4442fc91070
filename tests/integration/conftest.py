"""One anvil for the whole run, and an account with ether for each test."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from eth_account import Account

from guard.core.address import Address
from tests.contracts.chain import Chain, running_chain
from tests.integration.node import Node, running_node
from tests.needs import anvil


@dataclass(frozen=True)
class Payer:
    """A funded account with a key file in the test's home."""

    address: Address
    home: Path
    password_file: Path


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    with running_node(anvil()) as running:
        yield running


@pytest.fixture(scope="module")
def chain_of_the_module() -> Iterator[Chain]:
    with running_chain(anvil()) as running:
        yield running


@pytest.fixture
def chain(chain_of_the_module: Chain) -> Iterator[Chain]:
    """A chain with nothing on it but people with ether; what a test does there is taken back."""
    with chain_of_the_module.restored() as chain:
        yield chain


@pytest.fixture
def payer(node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Payer:
    """An account named `main` that holds 10 ether, in a home of its own."""
    # The tests pay 20 gwei for gas, which is no odd price where the base fee is 18.
    node.call("anvil_setNextBlockBaseFeePerGas", hex(18 * 10**9))
    node.call("anvil_mine", "0x1")
    monkeypatch.setenv("TXGUARD_HOME", str(tmp_path))
    key = secrets.token_bytes(32)
    password_file = tmp_path / "password"
    password_file.touch(mode=0o600)
    password_file.write_text("correct horse\n")
    folder = tmp_path / "keystore"
    folder.mkdir(mode=0o700)
    key_file = folder / "main"
    key_file.touch(mode=0o600)
    # A cheap key derivation: its cost is not what these tests are about.
    key_file.write_text(json.dumps(Account.encrypt(key, "correct horse", kdf="pbkdf2", iterations=1000)))
    address = Address.parse(Account.from_key(key).address)
    node.fund(address)
    return Payer(address=address, home=tmp_path, password_file=password_file)


@pytest.fixture
def recipient() -> Address:
    """An address that nobody has ever used."""
    return Address.from_bytes(secrets.token_bytes(20))
