"""Where things are kept, and which setting wins: flags, environment, the user's file, defaults.

What belongs here: names of settings and folders. What must not: anything read from the working directory.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from guard.core.presets import PRESETS
from guard.core.text import escape_untrusted
from guard.errors import ConfigurationError, MissingExtra

HOME_VARIABLE = "TXGUARD_HOME"
"""Moves everything that is kept to one folder."""

ENVIRONMENT: Mapping[str, tuple[str, ...]] = {
    "rpc_url": ("WALLET_RPC_URL", "ETH_RPC_URL"),
    "predict_url": ("WALLET_PREDICT_URL",),
    "predict_timeout": ("WALLET_PREDICT_TIMEOUT",),
    "predict_key_file": ("WALLET_PREDICT_KEY_FILE",),
    "receipt_timeout": ("WALLET_RECEIPT_TIMEOUT",),
    "confirmations": ("WALLET_CONFIRMATIONS",),
    "policy": ("WALLET_POLICY",),
    "sender": ("WALLET_FROM", "ETH_FROM"),
    "account": ("WALLET_ACCOUNT", "ETH_KEYSTORE_ACCOUNT"),
    "keystore": ("WALLET_KEYSTORE", "ETH_KEYSTORE"),
    "keystore_dir": ("WALLET_KEYSTORE_DIR",),
    "password_file": ("WALLET_PASSWORD_FILE", "ETH_PASSWORD"),
    "signer": ("WALLET_SIGNER",),
    "signer_timeout": ("WALLET_SIGNER_TIMEOUT",),
    "chain": ("WALLET_CHAIN", "CHAIN"),
    "gas_limit": ("WALLET_GAS_LIMIT", "ETH_GAS_LIMIT"),
    "gas_price": ("WALLET_GAS_PRICE", "ETH_GAS_PRICE"),
    "priority_gas_price": ("WALLET_PRIORITY_GAS_PRICE", "ETH_PRIORITY_GAS_PRICE"),
    "predict.predictors": ("WALLET_PREDICTORS",),
    "predict.require": ("WALLET_PREDICT_REQUIRE",),
    "predict.features": ("WALLET_PREDICT_FEATURES",),
    "history.source": ("WALLET_HISTORY_SOURCE",),
    "history.url": ("WALLET_HISTORY_URL",),
    "history.chain_id": ("WALLET_HISTORY_CHAIN_ID",),
    "history.rate": ("WALLET_HISTORY_RATE",),
    "history.api_key_file": ("WALLET_HISTORY_API_KEY_FILE",),
}
"""Setting to the variables that may give it, the first one set wins; the second name is the one cast uses.
A name with a dot stands in a table of the file."""

EXPLORER_KEY_VARIABLES = ("WALLET_HISTORY_API_KEY", "ETHERSCAN_API_KEY")
"""What may hold an explorer's key itself; the second, the one cast uses, is told to Etherscan alone."""

FILE_SETTINGS = frozenset(ENVIRONMENT) - {"chain", "gas_limit", "gas_price", "priority_gas_price"}
"""Settings that the configuration file may hold; what belongs to one payment is not among them."""

CHAIN_NAMES: Mapping[str, int] = {"mainnet": 1, "sepolia": 11155111, "holesky": 17000, "hoodi": 560048}
"""Names that cast takes for a chain, and their ids (EIP-155)."""

PATH_SETTINGS = frozenset(
    {"policy", "keystore", "keystore_dir", "password_file", "predict_key_file", "history.api_key_file"}
)
"""Settings that name a file or a folder."""

LIST_SETTINGS = frozenset({"predict.predictors"})
"""Settings that may be a list of words in the file; elsewhere the words stand with commas between them."""

_TABLES = frozenset(name.partition(".")[0] for name in ENVIRONMENT if "." in name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where the user's files are."""

    config_dir: Path
    """Holds config.toml, policy.toml and contacts.json."""
    data_dir: Path
    """Holds the journal and the key files."""

    @property
    def config_file(self) -> Path:
        """The user's settings."""
        return self.config_dir / "config.toml"

    @property
    def policy_file(self) -> Path:
        """The policy used where no other is named, if it exists."""
        return self.config_dir / "policy.toml"

    @property
    def contacts_file(self) -> Path:
        """The user's contacts."""
        return self.config_dir / "contacts.json"

    @property
    def journal_file(self) -> Path:
        """The journal of sends."""
        return self.data_dir / "journal.sqlite3"

    @property
    def journal_mark_file(self) -> Path:
        """What says that there is a journal, even where it is gone."""
        return self.data_dir / "journal.sqlite3.mark"

    def has_journal(self) -> bool:
        """Tell whether a journal was ever made here; one that is gone has left its mark, and is not none."""
        return is_present(self.journal_file) or is_present(self.journal_mark_file)

    @property
    def lists_dir(self) -> Path:
        """The reputation lists."""
        return self.data_dir / "lists"

    @property
    def turns_dir(self) -> Path:
        """The locks by which processes take turns."""
        return self.data_dir / "turns"

    @property
    def approvals_dir(self) -> Path:
        """Questions of doors where nobody sits, and the answers to them."""
        return self.data_dir / "approvals"

    @property
    def history_cache_file(self) -> Path:
        """What explorers told of accounts' pasts."""
        return self.data_dir / "histories.sqlite3"

    @property
    def explorer_turns_file(self) -> Path:
        """When an explorer may be asked next, for all processes together."""
        return self.data_dir / "explorer-turns"

    @property
    def keystore_dir(self) -> Path:
        """The key files."""
        return self.data_dir / "keystore"


def find_home(environ: Mapping[str, str] | None = None) -> Home:
    """Return the folders: TXGUARD_HOME, or the platform's own for this user.

    Raises ConfigurationError for a relative TXGUARD_HOME, MissingExtra without platformdirs.
    """
    moved = (os.environ if environ is None else environ).get(HOME_VARIABLE)
    if moved:
        home = Path(moved)
        if not home.is_absolute():
            raise ConfigurationError(
                f"{HOME_VARIABLE} is not an absolute path: '{escape_untrusted(moved, limit=120)}'",
                hint="a relative one would depend on the working directory",
            )
        return Home(config_dir=home, data_dir=home)
    try:
        from platformdirs import user_config_path, user_data_path
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "the user's folders cannot be found without the package platformdirs",
            hint=f'pip install "txguard[wallet]", or set {HOME_VARIABLE}',
        ) from error
    return Home(config_dir=user_config_path("txguard"), data_dir=user_data_path("txguard"))


def is_present(path: Path) -> bool:
    """Tell whether something is at a place of the home, be it a link that leads nowhere.

    Raises ConfigurationError where that cannot be told: a default in place of a file that could not be seen
    would allow what the file forbids.
    """
    problem = "its folder is a link that leads nowhere"
    try:
        path.lstat()
    except FileNotFoundError:
        if not path.parent.is_symlink() or path.parent.exists():
            return False
    except OSError as error:
        problem = error.strerror or type(error).__name__
    else:
        return True
    raise ConfigurationError(
        f"it cannot be told whether there is {escape_untrusted(str(path), limit=200)}: {problem}",
        hint=f"mend the folder, or set {HOME_VARIABLE} to another",
    )


def load_config_file(path: Path) -> dict[str, str | int | float]:
    """Return the settings in the user's file; an absent file holds none.

    Raises ConfigurationError for a file that is not TOML, a setting that does not exist, or another type
    than text and numbers.
    """
    if not is_present(path):
        return {}
    try:
        with path.open("rb") as file:
            document = tomllib.load(file)
    except OSError as error:
        raise _unusable(path, error.strerror or type(error).__name__) from error
    except (ValueError, RecursionError) as error:
        raise _unusable(path, escape_untrusted(str(error))) from error
    return {name: _checked(path, name, value) for name, value in _flattened(document)}


def _flattened(document: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield every setting by its name: `[history] url` is `history.url`, which a quoted name is not."""
    for name, value in document.items():
        if name in _TABLES and isinstance(value, dict):
            yield from ((f"{name}.{inner}", told) for inner, told in value.items())
        else:
            yield name.replace(".", "\\."), value


def _checked(path: Path, name: str, value: object) -> str | int | float:
    if name not in FILE_SETTINGS:
        known = ", ".join(sorted(FILE_SETTINGS))
        raise _unusable(path, f"there is no setting '{escape_untrusted(name, limit=60)}'; there are {known}")
    if name in LIST_SETTINGS and isinstance(value, list) and all(isinstance(word, str) for word in value):
        return ",".join(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _unusable(path, f"{name} is neither text nor a number")
    if name == "policy" and value in PRESETS:
        return str(value)
    if name in PATH_SETTINGS and not (isinstance(value, str) and Path(value).is_absolute()):
        # A relative one would be read from the working directory, without anyone having said so.
        raise _unusable(path, f"{name} is not an absolute path")
    return value


def setting(
    name: str, file: Mapping[str, str | int | float], environ: Mapping[str, str]
) -> str | int | float | None:
    """Return a setting from the environment or, failing that, the file; None where neither has it."""
    for variable in ENVIRONMENT[name]:
        if environ.get(variable):
            return environ[variable]
    return file.get(name)


def _unusable(path: Path, problem: str) -> ConfigurationError:
    return ConfigurationError(f"the configuration file {path} cannot be used: {problem}", hint="mend it")
