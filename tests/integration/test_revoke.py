"""`wallet revoke` on a real node: a right stands, is taken back through the guard, and the thief gets nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from eth_account import Account

from guard.core.address import Address
from guard.core.revocation import delegate_of, permit2_of
from tests.contracts.attacks.accounts import delegated_to_a_sweeper
from tests.contracts.attacks.approvals import MAX_UINT256, pull, tokens_of_the_user
from tests.contracts.chain import Chain, Reverted
from tests.documented_service import DocumentedService
from tests.integration.wallet import Run, wallet

USD = 10**6

Revoke = Callable[..., Run]


@pytest.fixture
def home(tmp_path: Path, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's home: an account `main`, a password file, and contacts."""
    monkeypatch.setenv("TXGUARD_HOME", str(tmp_path))
    (tmp_path / "keystore").mkdir(mode=0o700)
    sealed = json.dumps(Account.encrypt(chain.user.key, "correct horse", kdf="pbkdf2", iterations=1000))
    for place, text in (("keystore/main", sealed), ("password", "correct horse\n")):
        (tmp_path / place).touch(mode=0o600)
        (tmp_path / place).write_text(text)
    return tmp_path


@pytest.fixture
def revoke(home: Path, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> Iterator[Revoke]:
    """Run `wallet revoke` of these words, with a service that finds nothing, unless told otherwise."""
    with DocumentedService() as service:
        monkeypatch.setenv("TXGUARD_UPSTREAM_URL", service.url)

        def run(*words: str, flags: tuple[str, ...] = ("--yes", "--json")) -> Run:
            common = ("--password-file", str(home / "password"), "--rpc-url", chain.node.url)
            return wallet("revoke", *words, "--account", "main", *common, *flags)

        yield run


def known(home: Path, **contacts: Address) -> None:
    (home / "contacts.json").write_text(json.dumps({"version": 1, "contacts": contacts}))


def put_permit2(chain: Chain) -> Address:
    """Put the contract where Permit2 is on every other chain."""
    made, place = chain.deploy("Permit2"), permit2_of(chain.chain_id)
    chain.node.call("anvil_setCode", place, chain.node.call("eth_getCode", made, "latest"))
    return place


def states(run: Run) -> list[tuple[str, str]]:
    return [(right["kind"], right["state"]) for right in run.object["rights"]]


def test_a_delegation_is_taken_back_and_the_account_has_no_code(
    chain: Chain, home: Path, revoke: Revoke
) -> None:
    scene = delegated_to_a_sweeper(chain)
    chain.fulfil(scene.request, chain.user)
    code = bytes(chain.web3.eth.get_code(chain.user.address))
    sweeper = delegate_of(code)
    assert sweeper is not None
    before = scene.holdings()
    known(home, thing=sweeper)
    done = revoke("--delegation")
    print(done)
    assert done.code == 0
    assert states(done) == [("delegation", "revoked")]
    assert chain.web3.eth.get_code(chain.user.address) == b""


def test_an_allowance_is_taken_back(chain: Chain, home: Path, revoke: Revoke) -> None:
    token = tokens_of_the_user(chain, "Token", "TUSD", 6, whole=25_000)
    chain.call(chain.user, token, "approve(address,uint256)", chain.thief.address, MAX_UINT256)
    known(home, tusd=token, thief=chain.thief.address)
    done = revoke("tusd", "thief")
    print(done)
    assert done.code == 0
    with pytest.raises(Reverted):
        pull(chain, token, 1)
