"""The composition root of the wallet: parsed flags in, the parts of a send out.

What belongs here: which adapter stands behind which port. What must not: any of their work.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guard.adapters.contacts import ContactsFile
from guard.adapters.keystore import KeyFile, KeystoreFolder, KeystoreSigner, load_key_file
from guard.adapters.turns import TurnFiles
from guard.core.address import Address
from guard.defaults import DEFAULT_CONFIRMATIONS
from guard.delivery import DeliveryPorts
from guard.engine import Guard, SystemClock
from guard.errors import CallerError, KeystoreError
from guard.interceptor import SendPorts
from guard.ports import AccountSigner, Clock, Confirmer, Notify, Signer, Turns
from guard.signing import SigningPorts
from guard.wiring import Settings, build_chain, build_guard, missing_extra
from wallet.confirm import TerminalConfirmer
from wallet.options import (
    Output,
    embedded_chain,
    engine_settings,
    require_rpc_url,
    strength,
)
from wallet.passwords import ask_password, check_password_file

if TYPE_CHECKING:
    from guard.adapters.sqlite_journal import SqliteJournal
    from guard.adapters.web3_chain import Web3Chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Who pays, and the key file that can sign for it."""

    address: Address
    """The account's address."""
    key_file: KeyFile | None
    """Its key file; None for an address alone, with which a verdict can be had and nothing signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The parts that one command works with."""

    settings: Settings
    chain: Web3Chain | None
    contacts: ContactsFile
    clock: Clock
    notify: Notify
    turns: Turns
    confirmations: int

    def guard(self) -> Guard:
        """Return the engine, made when needed: a broken policy must not keep `resume` from its work."""
        return build_guard(self.settings, chain=self.chain, notify=self.notify)


def open_session(options: dict[str, Any], output: Output) -> Session:
    """Return the parts for these flags."""
    settings = engine_settings(options)
    chain = embedded_chain()
    if chain is None and settings.rpc_url:
        chain = build_chain(settings.rpc_url)
    return Session(
        settings=settings,
        chain=chain,
        contacts=ContactsFile(settings.home.contacts_file),
        clock=SystemClock(),
        notify=output.notify,
        turns=TurnFiles(settings.home.turns_dir, output.notify),
        confirmations=options.get("confirmations", DEFAULT_CONFIRMATIONS),
    )


def require_chain(session: Session, purpose: str) -> Web3Chain:
    """Return the node; raises CallerError saying how to name one."""
    if session.chain is None:
        require_rpc_url(None, purpose)
    assert session.chain is not None
    return session.chain


def open_journal(settings: Settings) -> closing[SqliteJournal]:
    """Return the journal, to be closed by a `with`."""
    from guard.adapters.sqlite_journal import SqliteJournal

    return closing(SqliteJournal(settings.home.journal_file))


def find_payer(options: Mapping[str, Any], settings: Settings) -> Payer:
    """Return who pays by --account, --keystore and --from; the only account where none is named.

    Of two that differ the one that was given more strongly counts: a flag before the environment, that before
    the file. Raises KeystoreError for a key file that does not fit, CallerError when nobody is named.
    """
    sender = None if options["sender"] is None else Address.parse(options["sender"])
    folder = _keystore(settings)
    name = _stronger(options)
    key_file = None if name is None else _named_file(name, options[name], folder)
    if sender is not None and key_file is not None and key_file.address not in (None, sender):
        assert name is not None
        if strength(name) > strength("sender"):
            sender = None
        elif strength(name) < strength("sender"):
            key_file = None
    if key_file is None:
        key_file = _unnamed_file(folder, sender)
    if key_file is None:
        assert sender is not None
        return Payer(address=sender, key_file=None)
    if sender is not None and key_file.address not in (None, sender):
        raise KeystoreError(
            f"the key file {key_file.path.name} holds {key_file.address}, and --from says {sender}",
            hint="name the account of that address, or leave --from out",
        )
    address = key_file.address or sender
    if address is None:
        raise KeystoreError(
            f"the key file {key_file.path.name} does not tell its address, as cast writes them",
            hint="add --from ADDRESS; it is compared with the key before anything is signed",
        )
    return Payer(address=address, key_file=key_file)


def find_signer(
    options: Mapping[str, Any], session: Session, *, can_ask: bool
) -> tuple[Address, AccountSigner]:
    """Return who pays, and what signs for them: a key file with a password that will do, or --signer.

    Raises KeystoreError, CallerError or ConfigurationError for what does not fit, before a verdict is asked
    for.
    """
    named = _stronger(options)
    if options["signer"] is not None and (named is None or strength(named) <= strength("signer")):
        if named is not None and strength(named) == strength("signer"):
            raise CallerError(f"both --signer and --{named} were given", hint="give one of them")
        return _external_signer(options, session)
    payer = find_payer(options, session.settings)
    key_file = signing_file(payer, session.settings)
    if options["password_file"] is not None:
        check_password_file(options["password_file"])
    return payer.address, keystore_signer(key_file, options["password_file"], can_ask=can_ask)


def _external_signer(options: Mapping[str, Any], session: Session) -> tuple[Address, AccountSigner]:
    if options["sender"] is None:
        raise CallerError(
            "it is not said who pays", hint="--signer needs --from ADDRESS, of an account that it holds"
        )
    require_keys("a signature")
    from guard.adapters.external_signer import ExternalSigner, parse_signer
    from guard.adapters.recover import recover

    address, timeout_s = parse_signer(options["signer"]), options["signer_timeout"]
    signer = ExternalSigner(address, recover, session.notify, timeout_s=timeout_s)
    return Address.parse(options["sender"]), signer


def require_keys(what: str) -> None:
    """Raise MissingExtra, saying that `what` needs it, where the packages that handle keys are missing."""
    try:
        import coincurve  # noqa: F401
        import eth_keys  # noqa: F401
    except ModuleNotFoundError as error:
        raise missing_extra(what, error) from error


def signing_file(payer: Payer, settings: Settings) -> KeyFile:
    """Return the key file that signs for the payer; raises KeystoreError where there is none that is fit."""
    if payer.key_file is not None:
        return payer.key_file
    raise _keystore(settings).problem(payer.address) or KeystoreError(
        f"there is no key file of {payer.address}",
        hint="give --account or --keystore; with --from alone, `wallet check` and --dry-run give a verdict",
    )


def _keystore(settings: Settings) -> KeystoreFolder:
    return KeystoreFolder(settings.keystore_dir or settings.home.keystore_dir)


def _stronger(options: Mapping[str, Any]) -> str | None:
    """Return which of --account and --keystore counts; raises CallerError for two of the same strength."""
    given = [name for name in ("account", "keystore") if options[name] is not None]
    if len(given) == 2 and strength("account") == strength("keystore"):
        raise CallerError("both --account and --keystore were given", hint="give one of them")
    return max(given, key=strength, default=None)


def _named_file(name: str, value: str | Path, folder: KeystoreFolder) -> KeyFile:
    return load_key_file(Path(value)) if name == "keystore" else folder.load(str(value))


def _unnamed_file(folder: KeystoreFolder, sender: Address | None) -> KeyFile | None:
    """Return the sender's key file, if there is one, or the only account's.

    A file that cannot be used, or does not tell its address, may be the one that was meant: beside it no
    other is the only one.
    """
    accounts = folder.addresses()
    if sender is not None:
        name = next((name for name, address in accounts if address == sender), None)
        return None if name is None else folder.load(name)
    problem = folder.problem()
    if problem is not None:
        raise problem
    files = folder.fit_names()
    if len(files) == 1:
        return folder.load(files[0])
    names = ", ".join(files)
    hint = "make an account with `wallet account new NAME`, or give --from ADDRESS for a verdict alone"
    raise CallerError("it is not said who pays", hint=f"give --account, one of: {names}" if names else hint)


def keystore_signer(key_file: KeyFile, password_file: Path | None, *, can_ask: bool) -> AccountSigner:
    """Return the signer on a key file; the password is asked for when it signs. Raises MissingExtra."""
    # Told before a verdict is asked for, not at the signature.
    require_keys("a signature")
    return KeystoreSigner(key_file, lambda: ask_password(key_file.path.name, password_file, can_ask=can_ask))


def send_ports(
    session: Session, chain: Web3Chain, journal: SqliteJournal, signer: Signer, confirmer: Confirmer
) -> SendPorts:
    """Return everything that a send touches."""
    from guard.adapters.recover import recover

    return SendPorts(
        chain=chain,
        signer=signer,
        recover=recover,
        broadcaster=chain,
        journal=journal,
        confirmer=confirmer,
        clock=session.clock,
        notify=session.notify,
        turns=session.turns,
        confirmations=session.confirmations,
    )


def signing_ports(
    session: Session, journal: SqliteJournal, signer: AccountSigner, confirmer: Confirmer
) -> SigningPorts:
    """Return everything that a signature which is no transaction touches."""
    from guard.adapters.recover import recover_content

    return SigningPorts(
        signer=signer,
        recover=recover_content,
        journal=journal,
        confirmer=confirmer,
        clock=session.clock,
        notify=session.notify,
        turns=session.turns,
    )


def delivery_ports(session: Session, chain: Web3Chain, journal: SqliteJournal) -> DeliveryPorts:
    """Return what bringing signed bytes to a block touches: no key, and nobody to ask."""
    from guard.adapters.recover import recover

    return DeliveryPorts(
        chain=chain,
        broadcaster=chain,
        recover=recover,
        journal=journal,
        clock=session.clock,
        confirmations=session.confirmations,
    )


def terminal_confirmer(output: Output, *, can_ask: bool, assume_yes: bool) -> Confirmer:
    """Return the person at the terminal."""
    return TerminalConfirmer(output, can_ask=can_ask, assume_yes=assume_yes)
