"""Settings in, the real parts out."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guard import Guard, TransactionRequest, wiring
from guard.adapters.contacts import ContactsFile
from guard.adapters.sqlite_journal import SqliteJournal
from guard.adapters.web3_chain import Web3Chain
from guard.config import Home
from guard.core.evidence import Acquaintance, Counterparty
from guard.core.features import FeatureKind
from guard.core.policy import Policy
from guard.core.prediction import PredictionClass, PredictionSource, Required
from guard.core.rules.examples import TRANSFER
from guard.core.spending import NOTHING_SPENT, Commitment, Spending, payload_of
from guard.deadline import Deadline
from guard.engine import DEFAULT_TIMEOUT_S, prediction_query
from guard.errors import ConfigurationError, JournalDamaged
from guard.history_wiring import HistorySettings
from guard.ports import HistorySource
from guard.predict.client import InProcessPredictor, RoutePredictor
from guard.predict.embedded import EmbeddedPredictor
from guard.wiring import (
    JournalLedger,
    Settings,
    build_address_book,
    build_chain,
    build_guard,
    build_policy,
    build_predictor,
    build_predictors,
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


def witnesses(**settings: Any) -> list[tuple[type, FeatureKind]]:
    built = build_predictors(Settings(home=read_settings().home, **settings), None, None)
    return [(type(predictor), predictor.features_kind) for predictor in built]


BOTH = (PredictionSource.EXTERNAL, PredictionSource.EMBEDDED)
ROUTE = "http://127.0.0.1:9/api/predict"


def test_named_witnesses_are_built_in_their_order() -> None:
    contract, account = FeatureKind.CONTRACT, FeatureKind.ACCOUNT
    assert witnesses() == [(InProcessPredictor, contract)]
    assert witnesses(predict_url="embedded") == [(EmbeddedPredictor, account)]
    assert witnesses(predictors=BOTH) == [(InProcessPredictor, contract), (EmbeddedPredictor, account)]
    assert witnesses(predictors=BOTH[::-1], predict_url=ROUTE) == [
        (EmbeddedPredictor, account),
        (RoutePredictor, contract),
    ]
    assert witnesses(predictors=BOTH[1:]) == [(EmbeddedPredictor, account)]
    assert witnesses(predictors=BOTH, features=account) == [
        (InProcessPredictor, account),
        (EmbeddedPredictor, account),
    ]
    assert witnesses(predict_url=ROUTE, features=account) == [(RoutePredictor, account)]


def test_without_a_source_of_histories_the_service_is_not_asked_about_accounts() -> None:
    settings = Settings(home=read_settings().home, predict_url=ROUTE, features=FeatureKind.ACCOUNT)
    prediction = build_predictor(settings, None, None).predict(prediction_query(TRANSFER), Deadline.after(5))
    nothing = "no source of account histories is configured: name a node or an explorer"
    assert (prediction.prediction_class, prediction.reason) == (
        PredictionClass.UNKNOWN,
        f"there is no history to ask it about: {nothing}",
    )


def test_two_witnesses_read_one_history(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[HistorySource] = []
    real = wiring.build_shared_history

    def remembered(*given: Any) -> HistorySource:
        built.append(real(*given))
        return built[-1]

    monkeypatch.setattr(wiring, "build_shared_history", remembered)
    witnesses(predictors=BOTH, features=FeatureKind.ACCOUNT)
    assert len(built) == 1


def test_witnesses_that_contradict_the_address_or_what_is_required_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ConfigurationError, match="the predict address is embedded"):
        witnesses(predictors=BOTH, predict_url="embedded")
    with pytest.raises(ConfigurationError, match=r"names a route, .* are embedded alone"):
        witnesses(predictors=BOTH[1:], predict_url=ROUTE)
    with pytest.raises(ConfigurationError, match="require is embedded, which is not among"):
        witnesses(required=Required.EMBEDDED)
    with pytest.raises(ConfigurationError, match="require is external, which is not among"):
        witnesses(predictors=BOTH[1:], required=Required.EXTERNAL)
    monkeypatch.setenv("TXGUARD_UPSTREAM_URL", "embedded")
    with pytest.raises(ConfigurationError, match="both predictors are the embedded model"):
        witnesses(predictors=BOTH)
    assert witnesses() == [(InProcessPredictor, FeatureKind.CONTRACT)]


def test_witnesses_and_histories_are_read_from_file_and_environment(home: Path) -> None:
    (home / "config.toml").write_text(
        '[predict]\npredictors = ["external", "embedded"]\nrequire = "embedded"\nfeatures = "account"\n'
        '[history]\nsource = "explorer"\nurl = "https://e.example/api"\nchain_id = 5\nrate = 0.5\n'
        'api_key_file = "/k"\n'
    )
    settings = read_settings({"TXGUARD_HOME": str(home)})
    assert (settings.predictors, settings.required) == (BOTH, Required.EMBEDDED)
    assert settings.features is FeatureKind.ACCOUNT
    assert settings.history == HistorySettings(
        source="explorer", url="https://e.example/api", chain_id=5, rate=0.5, api_key_file=Path("/k")
    )
    environ = {
        "TXGUARD_HOME": str(home),
        "WALLET_PREDICTORS": "embedded",
        "WALLET_PREDICT_REQUIRE": "any",
        "WALLET_PREDICT_FEATURES": "contract",
        "WALLET_HISTORY_SOURCE": "scan",
        "WALLET_HISTORY_URL": "https://f.example/api",
        "WALLET_HISTORY_CHAIN_ID": "7",
        "WALLET_HISTORY_RATE": "3",
        "WALLET_HISTORY_API_KEY_FILE": "/l",
    }
    settings = read_settings(environ)
    assert (settings.predictors, settings.required) == (BOTH[1:], Required.ANY)
    assert settings.features is FeatureKind.CONTRACT
    assert settings.history == HistorySettings(
        source="scan", url="https://f.example/api", chain_id=7, rate=3.0, api_key_file=Path("/l")
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WALLET_PREDICTORS", "external,external"),
        ("WALLET_PREDICTORS", "external;embedded"),
        ("WALLET_PREDICTORS", "cache"),
        ("WALLET_PREDICTORS", "a\x1b[2J"),
        ("WALLET_PREDICT_REQUIRE", "all"),
        ("WALLET_PREDICT_FEATURES", "both"),
        ("WALLET_HISTORY_CHAIN_ID", "1_0"),
        ("WALLET_HISTORY_CHAIN_ID", "one"),
        ("WALLET_HISTORY_RATE", "0"),
        ("WALLET_HISTORY_RATE", "nan"),
        ("WALLET_HISTORY_RATE", "1e2"),
        ("WALLET_HISTORY_SOURCE", "etherscan"),
    ],
)
def test_a_word_that_means_nothing_is_refused(home: Path, variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_settings({"TXGUARD_HOME": str(home), variable: value})
    assert caught.value.message.isprintable()


def test_whose_silence_counts_reaches_the_policy() -> None:
    settings = Settings(home=read_settings().home, predictors=BOTH, required=Required.EMBEDDED)
    assert build_guard(settings, chain=None).policy.required is Required.EMBEDDED


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
    book = build_address_book(read_settings(), None)
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
    book = build_address_book(unseen, None)
    with pytest.raises(ConfigurationError, match="Not a directory"):
        book.counterparties(1, SENDER)


def test_the_key_in_the_named_file_goes_to_the_route(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_file = tmp_path / "key"
    key_file.write_text("0123456789abcdef\n")
    key_file.chmod(0o600)
    (home / "config.toml").write_text(f'predict_key_file = "{key_file}"\n')
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "guard.predict.client.RoutePredictor", lambda url, notify, **options: seen.append(options)
    )
    settings = replace(read_settings({"TXGUARD_HOME": str(home)}), predict_url="https://route.example/p")
    build_predictor(settings, None, None)
    assert seen == [{"api_key": "0123456789abcdef", "history": None}]


def test_a_policy_is_named_by_its_file_or_as_a_preset_and_whose_silence_counts_holds_in_every_scope(
    home: Path,
) -> None:
    file = home / "policy.toml"
    file.write_text("version = 1\n[[scope]]\nchain = 1\n")
    file.chmod(0o600)
    settings = replace(read_settings(), required=Required.EMBEDDED)
    scope = build_policy(settings).scopes[1, None]
    assert scope.required is Required.EMBEDDED
    preset = build_policy(replace(settings, policy_path=Path("agent")))
    assert (preset.name, preset.unattended) == ("agent", True)
    (home / "config.toml").write_text('policy = "treasury"\n')
    assert build_policy(read_settings()).name == "treasury"


def test_the_ledger_reads_the_homes_journal_and_makes_none(home: Path) -> None:
    ledger = JournalLedger(read_settings().home)
    assert ledger.spending(1, SENDER, since=0, besides=None) == NOTHING_SPENT
    assert list(home.iterdir()) == []
    of = request()
    with closing(SqliteJournal(home / "journal.sqlite3")) as journal:
        journal.record_signed(journal.open_send(of, verdict(of), now=NOW), signed(of), now=NOW)
    cost = of.value + (of.max_fee_wei or 0)
    told = Commitment(at=NOW, wei=cost, payloads=frozenset({payload_of(of)}))
    expected = Spending(commitments=(told,), next_nonce=8)
    assert ledger.spending(1, of.sender, since=0, besides=None) == expected
    (home / "journal.sqlite3").unlink()
    with pytest.raises(JournalDamaged, match="it is gone"):
        ledger.spending(1, of.sender, since=0, besides=None)


def test_a_program_may_name_the_node_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALLET_PREDICT_URL", "embedded")
    assert Guard.from_config().chain is None
    chain = Guard.from_config(rpc_url="http://127.0.0.1:1").chain
    assert isinstance(chain, Web3Chain)
    assert str(chain.web3.provider.endpoint_uri) == "http://127.0.0.1:1"  # type: ignore[attr-defined]
