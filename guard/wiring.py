"""The composition root of the engine: settings in, a `Guard` on real parts out.

What belongs here: which adapter stands behind which port. What must not: any of their work. Imports are made
where they are used, because a command that needs no node must not pay for web3.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from guard.config import Home, find_home, is_present, load_config_file, setting
from guard.core.address import Address
from guard.core.policy import Policy
from guard.core.request import TransactionRequest
from guard.core.spending import NOTHING_SPENT, Spending
from guard.engine import DEFAULT_TIMEOUT_S, Guard
from guard.errors import ConfigurationError, MissingExtra
from guard.ports import AddressBook, HistorySource, Notify, Predictor

if TYPE_CHECKING:
    from guard.adapters.web3_chain import Web3Chain

EMBEDDED = "embedded"
"""The predict address that means the shipped model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the engine is made from."""

    home: Home
    """Where the user's files are."""
    rpc_url: str | None = None
    """The node; None leaves what it would tell Missing."""
    predict_url: str | None = None
    """A predict route, `embedded`, or None for the route's own code in process."""
    predict_timeout_s: float = DEFAULT_TIMEOUT_S
    """Seconds that all evidence together may take."""
    predict_key_file: Path | None = None
    """The file with the key that the predict route asks for; None sends none."""
    policy_path: Path | None = None
    """The policy file; None takes the home's, if it exists, or else the defaults."""
    keystore_dir: Path | None = None
    """The key files; None takes the home's."""


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of environment and configuration file, for a program that has no flags."""
    variables = os.environ if environ is None else environ
    home = find_home(variables)
    file = load_config_file(home.config_file)

    def text(name: str) -> str | None:
        value = setting(name, file, variables)
        return None if value is None else str(value)

    policy, folder, key_file = text("policy"), text("keystore_dir"), text("predict_key_file")
    return Settings(
        home=home,
        rpc_url=text("rpc_url"),
        predict_url=text("predict_url"),
        predict_timeout_s=_seconds(text("predict_timeout")),
        predict_key_file=None if key_file is None else Path(key_file),
        policy_path=None if policy is None else Path(policy),
        keystore_dir=None if folder is None else Path(folder),
    )


def _seconds(text: str | None) -> float:
    if text is None:
        return DEFAULT_TIMEOUT_S
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= 3600:
        raise ConfigurationError(
            f"predict_timeout is {text!r}", hint="give a number of seconds above 0, up to 3600"
        )
    return seconds


def build_guard(settings: Settings, *, chain: Web3Chain | None, notify: Notify | None = None) -> Guard:
    """Return the engine on real parts; raises ConfigurationError or MissingExtra for what it cannot use."""
    return Guard(
        policy=build_policy(settings),
        predictor=build_predictor(settings, chain, notify),
        chain=chain,
        address_book=build_address_book(settings),
        ledger=JournalLedger(settings.home),
        timeout_s=settings.predict_timeout_s,
        notify=notify,
    )


class JournalLedger:
    """Implements the Ledger port on the home's journal; where there never was one, nothing was signed."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def spending(self, chain_id: int, sender: Address, *, since: int, besides: int | None) -> Spending:
        """Return what the account committed itself to from `since` (Unix seconds) on."""
        # A check must not make a journal.
        if not self._home.has_journal():
            return NOTHING_SPENT
        from contextlib import closing

        from guard.adapters.sqlite_journal import SqliteJournal

        with closing(SqliteJournal(self._home.journal_file)) as journal:
            return journal.spending(chain_id, sender, since=since, besides=besides)


def build_chain(rpc_url: str) -> Web3Chain:
    """Return the node at this address."""
    try:
        from guard.adapters.web3_chain import Web3Chain, connect
    except ModuleNotFoundError as error:
        raise missing_extra("a node", error) from error
    return Web3Chain(connect(rpc_url))


def build_policy(settings: Settings) -> Policy:
    """Return the policy of the named file, of the home's file if there is one, or the defaults."""
    path = settings.policy_path
    if path is None:
        path = settings.home.policy_file
        if not is_present(path):
            return Policy()
    from guard.adapters.policy_file import load_policy

    return load_policy(path)


def build_predictor(settings: Settings, chain: Web3Chain | None, notify: Notify | None) -> Predictor:
    """Return the witness that the predict address names."""
    if settings.predict_url == EMBEDDED:
        from guard.predict.embedded import EmbeddedPredictor

        return EmbeddedPredictor(_history_source(chain))
    if settings.predict_url is not None:
        from guard.predict.client import RoutePredictor

        return RoutePredictor(settings.predict_url, notify, api_key=build_predict_key(settings))
    from guard.predict.client import InProcessPredictor
    from guard.predict.service import PredictService
    from guard.predict.settings import read_settings as read_service_settings

    return InProcessPredictor(PredictService(read_service_settings(os.environ)), notify)


def build_predict_key(settings: Settings) -> str | None:
    """Return the key that the predict route asks for, or None; raises ConfigurationError for its file."""
    if settings.predict_key_file is None:
        return None
    from guard.adapters.api_key import read_api_key

    return read_api_key(settings.predict_key_file)


def _history_source(chain: Web3Chain | None) -> HistorySource | None:
    if chain is None:
        return None
    from guard.adapters.block_scan import BlockScan

    return BlockScan(chain.web3)


def build_address_book(settings: Settings) -> AddressBook:
    """Return contacts, own accounts and the journal's payments as one address book."""
    from guard.adapters.address_book import LocalAddressBook
    from guard.adapters.contacts import ContactsFile
    from guard.adapters.keystore import KeystoreFolder

    journal_file = settings.home.journal_file

    def paid_requests(chain_id: int, sender: Address) -> Iterable[TransactionRequest]:
        # A check must not make a journal; without one nothing has been paid from here.
        if not settings.home.has_journal():
            return ()
        from contextlib import closing

        from guard.adapters.sqlite_journal import SqliteJournal

        with closing(SqliteJournal(journal_file)) as journal:
            return journal.paid_requests(chain_id, sender)

    return LocalAddressBook(
        ContactsFile(settings.home.contacts_file),
        KeystoreFolder(settings.keystore_dir or settings.home.keystore_dir).addresses,
        paid_requests,
    )


def missing_extra(what: str, error: ModuleNotFoundError, extra: str = "wallet") -> MissingExtra:
    """Return the error that says which extra `what` needs."""
    return MissingExtra(
        f"{what} needs the package {error.name}, which is not installed",
        hint=f'pip install "txguard[{extra}]"',
    )
