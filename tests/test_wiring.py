"""Settings in, the real parts out."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from guard import Guard, TransactionRequest
from guard.adapters.contacts import ContactsFile
from guard.adapters.sqlite_journal import SqliteJournal
from guard.adapters.web3_chain import Web3Chain
from guard.config import Home
from guard.core.evidence import Acquaintance, Counterparty
from guard.core.policy import Policy
from guard.core.prediction import PredictionSource
from guard.core.spending import NOTHING_SPENT, Spending
from guard.engine import DEFAULT_TIMEOUT_S
from guard.errors import ConfigurationError, JournalDamaged
from guard.predict.client import InProcessPredictor, RoutePredictor
from guard.predict.embedded import EmbeddedPredictor
from guard.wiring import (
    JournalLedger,
    Settings,
    build_address_book,
    build_chain,
    build_policy,
    build_predictor,
    missing_extra,
    read_settings,
)
from tests.adapters.values import NOW, address, request, signed, verdict

SENDER = address(1)


def test_without_settings_everything_is_the_default(home: Path) -> None:
    settings = read_settings()
    assert (settings.rpc_url, settings.predict_url, settings.policy_path) == (None, None, None)
    assert (settings.keystore_dir, settings.predict_timeout_s) == (None, DEFAULT_TIMEOUT_S)
    assert (settings.home.config_dir, settings.home.data_dir) == (home, home)


def test_settings_come_from_the_environment_and_then_the_file(home: Path) -> None:
    (home / "config.toml").write_text('rpc_url = "http://file"\npredict_timeout = 3\npolicy = "/p"\n')
    environ = {"TXGUARD_HOME": str(home), "ETH_RPC_URL": "http://casts", "WALLET_KEYSTORE_DIR": "/k"}
    settings = read_settings(environ)
    assert (settings.rpc_url, settings.predict_timeout_s) == ("http://casts", 3.0)
    assert (settings.policy_path, settings.keystore_dir) == (Path("/p"), Path("/k"))


@pytest.mark.parametrize("seconds", ["0", "-1", "3601", "nan", "inf", "soon", "1_0x"])
def test_a_time_that_is_none_is_refused(home: Path, seconds: str) -> None:
    with pytest.raises(ConfigurationError, match="predict_timeout is"):
        read_settings({"TXGUARD_HOME": str(home), "WALLET_PREDICT_TIMEOUT": seconds})


def test_the_predict_address_chooses_the_witness() -> None:
    def built(url: str | None) -> object:
        settings = Settings(home=read_settings().home, predict_url=url)
        return type(build_predictor(settings, None, None))

    assert built("embedded") is EmbeddedPredictor
    assert built("http://127.0.0.1:9/api/predict") is RoutePredictor
    assert built(None) is InProcessPredictor


def test_a_route_over_plain_http_must_be_loopback() -> None:
    settings = Settings(home=read_settings().home, predict_url="http://route.example/api/predict")
    with pytest.raises(ConfigurationError):
        build_predictor(settings, None, None)


def test_the_policy_is_the_named_file_the_homes_or_the_default(home: Path, tmp_path: Path) -> None:
    settings = read_settings()
    assert build_policy(settings) == Policy()
    (home / "policy.toml").write_text('version = 1\nname = "home"\n')
    assert build_policy(settings).name == "home"
    named = tmp_path / "named.toml"
    named.write_text('version = 1\nname = "named"\n')
    assert build_policy(Settings(home=settings.home, policy_path=named)).name == "named"
    with pytest.raises(ConfigurationError):
        build_policy(Settings(home=settings.home, policy_path=tmp_path / "none.toml"))


def test_the_address_book_reads_the_home_and_makes_nothing_in_it(home: Path) -> None:
    book = build_address_book(read_settings())
    assert book.counterparties(1, SENDER) == ()
    assert list(home.iterdir()) == []
    ContactsFile(home / "contacts.json").add("alice", address(2))
    assert book.counterparties(1, SENDER) == (
        Counterparty(address=address(2), acquaintance=Acquaintance.CONTACT, name="alice"),
    )


def test_a_guard_from_the_settings_reviews_without_a_node(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WALLET_PREDICT_URL", "embedded")
    verdict = Guard.from_config().review(TransactionRequest(sender=SENDER, to=address(2), value=1))
    assert verdict.decision is None
    assert verdict.prediction.source is PredictionSource.EMBEDDED


def test_a_node_is_made_without_being_asked() -> None:
    assert isinstance(build_chain("http://127.0.0.1:1"), Web3Chain)


def test_a_missing_package_is_told_with_the_extra_that_has_it() -> None:
    error = missing_extra("a node", ModuleNotFoundError("x", name="web3"))
    assert error.as_mapping() == {
        "code": "missing_extra",
        "message": "a node needs the package web3, which is not installed",
        "hint": 'pip install "txguard[wallet]"',
    }


def test_a_policy_that_cannot_be_seen_is_never_replaced_by_the_defaults(home: Path) -> None:
    (home / "policy.toml").symlink_to(home / "unmounted")
    with pytest.raises(ConfigurationError):
        build_policy(read_settings())
    file = home / "file"
    file.touch()
    with pytest.raises(ConfigurationError, match="Not a directory"):
        build_policy(Settings(home=Home(config_dir=file, data_dir=home)))
    unseen = Settings(home=Home(config_dir=home, data_dir=file), keystore_dir=home / "keystore")
    book = build_address_book(unseen)
    with pytest.raises(ConfigurationError, match="Not a directory"):
        book.counterparties(1, SENDER)


def test_the_ledger_reads_the_homes_journal_and_makes_none(home: Path) -> None:
    ledger = JournalLedger(read_settings().home)
    assert ledger.spending(1, SENDER, since=0, besides=None) == NOTHING_SPENT
    assert list(home.iterdir()) == []
    of = request()
    with closing(SqliteJournal(home / "journal.sqlite3")) as journal:
        journal.record_signed(journal.open_send(of, verdict(of), now=NOW), signed(of), now=NOW)
    cost = of.value + (of.max_fee_wei or 0)
    assert ledger.spending(1, of.sender, since=0, besides=None) == Spending(spent_wei=cost, next_nonce=8)
    (home / "journal.sqlite3").unlink()
    with pytest.raises(JournalDamaged, match="it is gone"):
        ledger.spending(1, of.sender, since=0, besides=None)
