"""Where things are kept, and which setting wins."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from guard.config import ENVIRONMENT, FILE_SETTINGS, Home, find_home, is_present, load_config_file, setting
from guard.errors import ConfigurationError


def test_txguard_home_moves_everything(tmp_path: Path) -> None:
    home = find_home({"TXGUARD_HOME": str(tmp_path)})
    assert home == Home(config_dir=tmp_path, data_dir=tmp_path)
    assert (home.config_file, home.policy_file, home.contacts_file, home.journal_file, home.keystore_dir) == (
        tmp_path / "config.toml",
        tmp_path / "policy.toml",
        tmp_path / "contacts.json",
        tmp_path / "journal.sqlite3",
        tmp_path / "keystore",
    )
    assert (home.history_cache_file, home.explorer_turns_file) == (
        tmp_path / "histories.sqlite3",
        tmp_path / "explorer-turns",
    )


@pytest.mark.parametrize("environ", [{}, {"TXGUARD_HOME": ""}])
def test_without_it_the_platforms_folders_are_used(environ: dict[str, str]) -> None:
    assert find_home(environ) == Home(
        config_dir=platformdirs.user_config_path("txguard"), data_dir=platformdirs.user_data_path("txguard")
    )


@pytest.mark.parametrize("moved", [".", "relative", "~/x", "./x\x1b[2J"])
def test_a_relative_home_is_refused(moved: str) -> None:
    with pytest.raises(ConfigurationError, match="is not an absolute path") as caught:
        find_home({"TXGUARD_HOME": moved})
    assert caught.value.message.isprintable()


def test_an_absent_file_holds_no_setting(tmp_path: Path) -> None:
    assert load_config_file(tmp_path / "config.toml") == {}


def test_every_setting_of_the_file_is_read(tmp_path: Path) -> None:
    values: dict[str, str | int | float] = dict.fromkeys(FILE_SETTINGS, "/text")
    values |= {"predict_timeout": 5, "receipt_timeout": 0.5}
    path = tmp_path / "config.toml"
    path.write_text("\n".join(f"{name} = {value!r}" for name, value in values.items()))
    assert load_config_file(path) == values


def test_the_witnesses_are_a_list_or_the_same_words_with_commas(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    for text in ('["external", "embedded"]', '"external,embedded"'):
        path.write_text(f"[predict]\npredictors = {text}\n[history]\nrate = 2\n")
        assert load_config_file(path) == {"predict.predictors": "external,embedded", "history.rate": 2}


FAULTS = [
    ("=", "Invalid"),
    ("rpc_urll = 'x'", "there is no setting 'rpc_urll'; there are account, "),
    ("gas_price = '1gwei'", "there is no setting 'gas_price'"),
    ("chain = 1", "there is no setting 'chain'"),
    ("password = 'x'", "there is no setting 'password'"),
    ("private_key = 'x'", "there is no setting 'private_key'"),
    ("account = true", "account is neither text nor a number"),
    ("account = ['a']", "account is neither text nor a number"),
    ("[rpc_url]\nx = 1", "rpc_url is neither text nor a number"),
    ("rpc_url = 'a'\nrpc_url = 'b'", "Cannot overwrite"),
    ("policy = 'policy.toml'", "policy is not an absolute path"),
    ("policy = 5", "policy is not an absolute path"),
    ("keystore_dir = '~/keys'", "keystore_dir is not an absolute path"),
    ("password_file = './x'", "password_file is not an absolute path"),
    ("keystore = ''", "keystore is not an absolute path"),
    ('"a\\u001b[2J" = 1', "there is no setting"),
    ("x = " + "[" * 50_000, "cannot be used"),
    ("[history]\nkey = 'x'", "there is no setting 'history.key'; there are account, "),
    ("[history]\napi_key = 'x'", "there is no setting 'history.api_key'"),
    ("'history.url' = 'x'", "there is no setting 'history"),
    ("history = 'x'", "there is no setting 'history'"),
    ("[history]\nsource = ['auto']", "history.source is neither text nor a number"),
    ("[history.url]\nx = 1", "history.url is neither text nor a number"),
    ("[history]\napi_key_file = 'key'", "history.api_key_file is not an absolute path"),
    ("[predict]\npredictors = [1]", "predict.predictors is neither text nor a number"),
    ("[predict]\nfraud = 'warn'", "there is no setting 'predict.fraud'"),
]


@pytest.mark.parametrize(("text", "told"), FAULTS, ids=range(len(FAULTS)))
def test_a_file_with_a_fault_is_refused_and_the_fault_named(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=told) as caught:
        load_config_file(path)
    assert caught.value.message.startswith(f"the configuration file {path} cannot be used: ")
    assert caught.value.message.isprintable()


def test_a_folder_or_bytes_in_its_place_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Is a directory"):
        load_config_file(tmp_path)
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError):
        load_config_file(tmp_path / "config.toml")


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_each_setting_comes_from_its_variables_in_their_order_and_then_the_file(name: str) -> None:
    variables = ENVIRONMENT[name]
    environ = {variable: variable.lower() for variable in variables}
    for variable in variables:
        assert setting(name, {name: "file"}, environ) == variable.lower()
        del environ[variable]
    assert setting(name, {name: "file"}, {variables[0]: ""}) == "file"
    assert setting(name, {}, {}) is None


def test_casts_names_are_understood() -> None:
    casts = {name for names in ENVIRONMENT.values() for name in names if not name.startswith("WALLET_")}
    assert casts == {
        "ETH_RPC_URL",
        "ETH_FROM",
        "ETH_KEYSTORE",
        "ETH_KEYSTORE_ACCOUNT",
        "ETH_PASSWORD",
        "ETH_GAS_LIMIT",
        "ETH_GAS_PRICE",
        "ETH_PRIORITY_GAS_PRICE",
        "CHAIN",
    }


def test_a_link_that_leads_nowhere_is_no_absent_file(tmp_path: Path) -> None:
    link = tmp_path / "config.toml"
    link.symlink_to(tmp_path / "unmounted")
    with pytest.raises(ConfigurationError, match="No such file"):
        load_config_file(link)
    folder = tmp_path / "folder"
    folder.symlink_to(tmp_path / "unmounted")
    with pytest.raises(ConfigurationError, match="its folder is a link that leads nowhere"):
        load_config_file(folder / "config.toml")


def test_what_cannot_be_looked_for_is_not_taken_for_absent(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    (tmp_path / "file").touch()
    for folder in (loop, tmp_path / "file"):
        with pytest.raises(ConfigurationError, match="it cannot be told whether there is"):
            is_present(folder / "policy.toml")


def test_a_folder_of_the_home_that_is_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")
    assert not is_present(link / "config.toml")
    (tmp_path / "real" / "config.toml").touch()
    assert is_present(link / "config.toml")
