"""`wallet revoke` on a real node: what stands is taken back through the guard, and the thief gets nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from eth_account import Account

from guard.core.address import Address
from guard.core.revocation import delegate_of, permit2_of
from tests.contracts.attacks.accounts import delegated_to_a_sweeper
from tests.contracts.attacks.approvals import MAX_UINT160, MAX_UINT256, pull, tokens_of_the_user
from tests.contracts.chain import Chain, Reverted
from tests.documented_service import DocumentedService
from tests.integration.wallet import Run, guard, wallet

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


def code_of_the_user(chain: Chain) -> bytes:
    return bytes.fromhex(str(chain.node.call("eth_getCode", chain.user.address, "latest"))[2:])


def states(run: Run) -> list[tuple[str, str]]:
    print(run.object["error"], *(found["message"] for found in run.object["findings"]), sep="\n")
    return [(right["kind"], right["state"]) for right in run.object["rights"]]


@pytest.fixture
def permit2(chain: Chain) -> Address:
    """The contract where Permit2 is on nearly every chain."""
    made, place = chain.deploy("Permit2"), permit2_of(chain.chain_id)
    chain.node.call("anvil_setCode", place, chain.node.call("eth_getCode", made, "latest"))
    return place


@pytest.fixture
def token(chain: Chain) -> Address:
    """A token of which the user has much, and all of which the thief may take."""
    token = tokens_of_the_user(chain, "Token", "TUSD", 6, whole=25_000)
    chain.call(chain.user, token, "approve(address,uint256)", chain.thief.address, MAX_UINT256)
    return token


def collection_with_an_operator(chain: Chain, name: str) -> Address:
    collection = chain.deploy(name)
    amounts = (1,) if name == "MultiCollection" else ()
    mint = "mint(address,uint256,uint256)" if amounts else "mint(address,uint256)"
    chain.call(chain.deployer, collection, mint, chain.user.address, 7, *amounts)
    chain.call(chain.user, collection, "setApprovalForAll(address,bool)", chain.thief.address, True)
    return collection


def test_an_allowance_is_taken_back_and_the_thief_gets_nothing(
    chain: Chain, home: Path, token: Address, revoke: Revoke
) -> None:
    known(home, tusd=token)
    done = revoke("tusd", chain.thief.address)
    assert (done.code, states(done)) == (0, [("allowance", "revoked")])
    assert done.object["rights"][0]["hash"] == done.object["hash"] == done.object["receipt"]["hash"]
    with pytest.raises(Reverted):
        pull(chain, token, 1)
    again = revoke("tusd", chain.thief.address)
    assert (again.code, states(again), again.object["ok"], again.object["hash"]) == (0, [], True, None)


def test_a_right_is_taken_back_from_somebody_who_is_listed_as_a_thief(
    chain: Chain, home: Path, token: Address, revoke: Revoke
) -> None:
    known(home, tusd=token)
    (home / "thieves.txt").write_text(f"{chain.thief.address}\n")
    imported = guard("lists", "import", str(home / "thieves.txt"), "--name", "t", "--standing", "malicious")
    assert imported.code == 0
    done = revoke("tusd", chain.thief.address)
    assert (done.code, done.object["findings"], states(done)) == (0, [], [("allowance", "revoked")])


def test_both_the_tokens_and_permit2s_allowance_are_taken_back_one_after_the_other(
    chain: Chain, home: Path, token: Address, permit2: Address, revoke: Revoke
) -> None:
    known(home, tusd=token, permit2=permit2)
    thief, far = chain.thief.address, chain.now() + 10**6
    allow = "approve(address,address,uint160,uint48)"
    chain.call(chain.user, token, "approve(address,uint256)", permit2, MAX_UINT256)
    chain.call(chain.user, permit2, allow, token, thief, MAX_UINT160, far)
    seen = revoke("tusd", thief, flags=("--dry-run", "--json"))
    assert states(seen) == [("allowance", "standing"), ("permit2-allowance", "standing")]
    done = revoke("tusd", thief)
    assert (done.code, states(done)) == (0, [("allowance", "revoked"), ("permit2-allowance", "revoked")])
    assert len({right["hash"] for right in done.object["rights"]}) == 2
    take = "transferFrom(address,address,uint160,address)"
    for takes in (
        lambda: pull(chain, token, 1),
        lambda: chain.call(chain.thief, permit2, take, chain.user.address, thief, 1, token),
    ):
        with pytest.raises(Reverted):
            takes()


def test_a_flag_takes_back_one_right_and_leaves_the_other(
    chain: Chain, home: Path, token: Address, permit2: Address, revoke: Revoke
) -> None:
    known(home, tusd=token, permit2=permit2)
    allow = "approve(address,address,uint160,uint48)"
    chain.call(chain.user, permit2, allow, token, chain.thief.address, 5, chain.now() + 10**6)
    done = revoke("tusd", chain.thief.address, "--permit2")
    assert (done.code, states(done)) == (0, [("allowance", "standing"), ("permit2-allowance", "revoked")])
    pull(chain, token, 1)


@pytest.mark.parametrize("name", ["Collection", "MultiCollection"])
def test_an_operator_is_dismissed(chain: Chain, home: Path, name: str, revoke: Revoke) -> None:
    collection = collection_with_an_operator(chain, name)
    known(home, apes=collection)
    done = revoke("apes", chain.thief.address)
    assert (done.code, states(done)) == (0, [("operator", "revoked")])
    with pytest.raises(Reverted):
        move_piece(chain, collection, is_many=name == "MultiCollection")


def move_piece(chain: Chain, collection: Address, *, is_many: bool = False) -> None:
    user, thief = chain.user.address, chain.thief.address
    if is_many:
        safe = "safeTransferFrom(address,address,uint256,uint256,bytes)"
        chain.call(chain.thief, collection, safe, user, thief, 7, 1, b"")
    else:
        chain.call(chain.thief, collection, "transferFrom(address,address,uint256)", user, thief, 7)


def test_the_right_to_one_piece_is_taken_back(chain: Chain, home: Path, revoke: Revoke) -> None:
    collection = chain.deploy("Collection")
    chain.call(chain.deployer, collection, "mint(address,uint256)", chain.user.address, 7)
    chain.call(chain.user, collection, "approve(address,uint256)", chain.thief.address, 7)
    known(home, apes=collection)
    unseen = revoke("apes", chain.thief.address)
    assert (unseen.code, states(unseen)) == (0, [])
    done = revoke("apes", chain.thief.address, "--token-id", "7")
    assert (done.code, states(done)) == (0, [("piece", "revoked")])
    with pytest.raises(Reverted):
        move_piece(chain, collection)


def test_a_delegation_is_taken_back_and_the_account_has_no_code(chain: Chain, revoke: Revoke) -> None:
    scene = delegated_to_a_sweeper(chain)
    chain.fulfil(scene.request, chain.user)
    before = scene.holdings()
    assert delegate_of(code_of_the_user(chain)) is not None
    done = revoke("--delegation")
    assert (done.code, states(done)) == (0, [("delegation", "revoked")])
    assert code_of_the_user(chain) == b""
    # The sweeper passes on nothing any more, and the thief's call runs no code.
    scene.steal(b"")
    assert scene.holdings() == {**before, "ether": before["ether"] - fee_wei(done)}
    assert states(revoke("--delegation")) == []


def fee_wei(done: Run) -> int:
    receipt = done.object["receipt"]
    return int(receipt["gas_used"]) * int(receipt["effective_gas_price"])


def test_an_account_without_a_contract_at_the_tokens_place_is_told(chain: Chain, revoke: Revoke) -> None:
    done = revoke(chain.colleague.address, chain.thief.address)
    assert (done.code, done.object["error"]["code"], done.object["rights"]) == (2, "usage", [])
