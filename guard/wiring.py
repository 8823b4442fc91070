"""The composition root of the engine: settings in, a `Guard` on real parts out.

What belongs here: which adapter stands behind which port. What must not: any of their work. Imports are made
where they are used, because a command that needs no node must not pay for web3.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from guard.config import Home, find_home, is_present, load_config_file, setting
from guard.core.address import Address
from guard.core.features import FeatureKind
from guard.core.prediction import PredictionSource, Required
from guard.core.text import escape_untrusted
from guard.defaults import DEFAULT_TIMEOUT_S
from guard.errors import ConfigurationError, MissingExtra
from guard.history_wiring import DEFAULT_RATE, HistorySettings, build_history, name_explorer

if TYPE_CHECKING:
    from guard.adapters.explorer_api import ExplorerApi
    from guard.adapters.web3_chain import Web3Chain
    from guard.core.policy import Policy
    from guard.core.request import TransactionRequest
    from guard.core.spending import Spending
    from guard.engine import Guard
    from guard.ports import (
        AddressBook,
        ChainFacts,
        HistorySource,
        Notify,
        Predictor,
        Reputation,
        Simulator,
    )

Word = TypeVar("Word", bound=Enum)

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
    """The policy file, or a preset's name; None takes the home's, if it exists, or else the defaults."""
    keystore_dir: Path | None = None
    """The key files; None takes the home's."""
    predictors: tuple[PredictionSource, ...] = ()
    """The witnesses to ask; none named: the one that `predict_url` means."""
    required: Required = Required.ANY
    """Whose silence leaves no verdict."""
    features: FeatureKind = FeatureKind.CONTRACT
    """Which vector the external service is asked about."""
    history: HistorySettings = field(default_factory=HistorySettings)
    """Where accounts' pasts come from."""

    @property
    def witnesses(self) -> tuple[PredictionSource, ...]:
        """The witnesses to ask, the named ones or the one of the predict address.

        Raises ConfigurationError where the settings contradict each other.
        """
        is_embedded = self.predict_url == EMBEDDED
        named = self.predictors or (
            (PredictionSource.EMBEDDED,) if is_embedded else (PredictionSource.EXTERNAL,)
        )
        if is_embedded and PredictionSource.EXTERNAL in named:
            raise ConfigurationError(
                "the predict address is embedded, and the predictors name the external service",
                hint="leave one of the two settings out",
            )
        if self.predict_url is not None and not is_embedded and PredictionSource.EXTERNAL not in named:
            raise ConfigurationError(
                "predict_url (--predict-url) names a route, and "
                "the predictors (--predictors) are embedded alone",
                hint="leave one of the two settings out, or name external among the predictors",
            )
        if not any(self.required.covers(witness) for witness in named):
            raise ConfigurationError(
                f"[predict] require is {self.required.value}, which is not among the predictors",
                hint="name it among them, or set require to any",
            )
        return named


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
        predictors=parse_predictors(text("predict.predictors")),
        required=parse_word(Required, text("predict.require"), "[predict] require", Required.ANY),
        features=parse_word(
            FeatureKind, text("predict.features"), "[predict] features", FeatureKind.CONTRACT
        ),
        history=_history_settings(text),
    )


def _history_settings(text: Callable[[str], str | None]) -> HistorySettings:
    key_file, chain_id, rate = (text(f"history.{name}") for name in ("api_key_file", "chain_id", "rate"))
    return HistorySettings(
        source=text("history.source") or "auto",
        url=text("history.url"),
        chain_id=None if chain_id is None else int(_number(chain_id, "[history] chain_id", r"[0-9]{1,15}")),
        rate=DEFAULT_RATE if rate is None else _number(rate, "[history] rate", r"[0-9]{1,3}(\.[0-9]{1,6})?"),
        api_key_file=None if key_file is None else Path(key_file),
    )


def _number(text: str, name: str, form: str) -> float:
    if not re.fullmatch(form, text):
        raise ConfigurationError(
            f"{name} is '{escape_untrusted(text, limit=40)}'", hint="give a plain number"
        )
    return float(text)


def parse_predictors(text: str | None) -> tuple[PredictionSource, ...]:
    """Return the witnesses in a text such as `external,embedded`; raises ConfigurationError for another."""
    if not text:
        return ()
    words = [word.strip() for word in text.split(",")]
    asked = (PredictionSource.EXTERNAL.value, PredictionSource.EMBEDDED.value)
    if len(set(words)) != len(words) or not set(words) <= set(asked):
        raise ConfigurationError(
            f"the predictors cannot be '{escape_untrusted(text, limit=60)}'",
            hint=f"give one or both of {' and '.join(asked)}, each once",
        )
    return tuple(PredictionSource(word) for word in words)


def parse_word(kind: type[Word], text: str | None, name: str, default: Word) -> Word:
    """Return the member of an enumeration that a setting names; raises ConfigurationError for none."""
    if not text:
        return default
    try:
        return kind(text)
    except ValueError as error:
        raise ConfigurationError(
            f"{name} cannot be '{escape_untrusted(text, limit=40)}'",
            hint=f"give one of {', '.join(str(member.value) for member in kind)}",
        ) from error


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
    from guard.engine import Guard

    predictor, *others = build_predictors(settings, chain, notify)
    facts, simulator = build_world(chain)
    return Guard(
        policy=replace(build_policy(settings), required=settings.required),
        predictor=predictor,
        other_predictors=others,
        chain=chain,
        address_book=build_address_book(settings, chain),
        ledger=JournalLedger(settings.home),
        timeout_s=settings.predict_timeout_s,
        notify=notify,
        chain_facts=facts,
        simulator=simulator,
        reputation=build_reputation(settings),
    )


def build_reputation(settings: Settings) -> Reputation:
    """Return the home's lists; a list that is brought in later counts from then on."""
    from guard.adapters.reputation_lists import ReputationLists

    return ReputationLists(settings.home.lists_dir)


def build_world(chain: Web3Chain | None) -> tuple[ChainFacts | None, Simulator | None]:
    """Return what asks this node about accounts, tokens and fees, and what runs requests on it."""
    return (None, None) if chain is None else (chain.facts(), chain.simulator())


class JournalLedger:
    """Implements the Ledger port on the home's journal; where there never was one, nothing was signed."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def spending(self, chain_id: int, sender: Address, *, since: int, besides: int | None) -> Spending:
        """Return what the account committed itself to from `since` (Unix seconds) on."""
        from contextlib import closing

        from guard.core.spending import NOTHING_SPENT

        # A check must not make a journal.
        if not self._home.has_journal():
            return NOTHING_SPENT
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
    """Return the policy of the named file or preset, of the home's file if there is one, or the defaults."""
    path = settings.policy_path
    if path is None:
        path = settings.home.policy_file
        if not is_present(path):
            from guard.core.policy import Policy

            return Policy()
    from guard.adapters.policy_file import load_policy

    policy = load_policy(path)
    # Whose silence counts is a setting and not in the file: it holds in every scope.
    scopes = {place: replace(scope, required=settings.required) for place, scope in policy.scopes.items()}
    return replace(policy, scopes=scopes)


def build_predictors(
    settings: Settings, chain: Web3Chain | None, notify: Notify | None
) -> tuple[Predictor, ...]:
    """Return every witness that the settings name; those that read histories share one source."""
    witnesses = settings.witnesses
    if len(witnesses) == 1:
        return (build_predictor(settings, chain, notify),)
    history = build_shared_history(settings, chain)
    built = tuple(build_predictor(_alone(settings, witness), chain, notify, history) for witness in witnesses)
    if len({predictor.source for predictor in built}) < len(built):
        raise ConfigurationError(
            "both predictors are the embedded model, because TXGUARD_UPSTREAM_URL is embedded",
            hint="name one of them, or the service's address",
        )
    return built


def _alone(settings: Settings, witness: PredictionSource) -> Settings:
    """Return the settings of one of several witnesses; the predict address is the external one's."""
    url = None if witness is PredictionSource.EMBEDDED else settings.predict_url
    return replace(settings, predictors=(witness,), required=Required.ANY, predict_url=url)


def build_predictor(
    settings: Settings,
    chain: Web3Chain | None,
    notify: Notify | None,
    history: HistorySource | None = None,
) -> Predictor:
    """Return the first witness that the settings name, on this source of histories or the settings' own."""
    if settings.witnesses[0] is PredictionSource.EMBEDDED:
        from guard.predict.embedded import EmbeddedPredictor

        return EmbeddedPredictor(history or build_shared_history(settings, chain))
    past = None
    if settings.features is FeatureKind.ACCOUNT:
        past = history or build_shared_history(settings, chain)
    if settings.predict_url is not None:
        from guard.predict.client import RoutePredictor

        return RoutePredictor(settings.predict_url, notify, api_key=build_predict_key(settings), history=past)
    from guard.predict.client import InProcessPredictor
    from guard.predict.service import PredictService
    from guard.predict.settings import read_settings as read_service_settings

    return InProcessPredictor(PredictService(read_service_settings(os.environ)), notify, history=past)


def build_predict_key(settings: Settings) -> str | None:
    """Return the key that the predict route asks for, or None; raises ConfigurationError for its file."""
    if settings.predict_key_file is None:
        return None
    from guard.adapters.api_key import read_api_key

    return read_api_key(settings.predict_key_file)


def build_shared_history(settings: Settings, chain: Web3Chain | None) -> HistorySource:
    """Return the source of accounts' pasts, which answers two that ask at once by one reading."""
    from guard.adapters.shared_history import SharedHistory
    from guard.engine import SystemClock

    source = build_history(settings.history, settings.home, chain, SystemClock(), os.environ)
    return SharedHistory(source)


def build_explorer(settings: Settings, chain: Web3Chain | None) -> tuple[ExplorerApi, Callable[[], int]]:
    """Return the explorer that the settings name, for a question of this process alone, and its chain.

    Raises ConfigurationError for an address, a key or a key file that cannot be used.
    """
    return name_explorer(settings.history, chain, os.environ, turns=None)


def build_address_book(settings: Settings, chain: Web3Chain | None) -> AddressBook:
    """Return contacts, own accounts, and whom the journal and the chain show as paid, as one address book."""
    from guard.adapters.address_book import LocalAddressBook
    from guard.adapters.contacts import ContactsFile
    from guard.adapters.keystore import KeystoreFolder
    from guard.adapters.past_book import PastBook

    journal_file = settings.home.journal_file

    def paid_requests(chain_id: int, sender: Address) -> Iterable[TransactionRequest]:
        # A check must not make a journal; without one nothing has been paid from here.
        if not settings.home.has_journal():
            return ()
        from contextlib import closing

        from guard.adapters.sqlite_journal import SqliteJournal

        with closing(SqliteJournal(journal_file)) as journal:
            return journal.paid_requests(chain_id, sender)

    book = LocalAddressBook(
        ContactsFile(settings.home.contacts_file),
        KeystoreFolder(settings.keystore_dir or settings.home.keystore_dir).addresses,
        paid_requests,
    )
    return PastBook(book, build_shared_history(settings, chain))


def missing_extra(what: str, error: ModuleNotFoundError, extra: str = "wallet") -> MissingExtra:
    """Return the error that says which extra `what` needs."""
    return MissingExtra(
        f"{what} needs the package {error.name}, which is not installed",
        hint=f'pip install "txguard[{extra}]"',
    )
