"""The folder of key files, and the signers: on a key file by the signer process, or on a key in memory.

Rule 1: a key file's key exists only inside the signer process, after the verdict; this process asks for it by
the file's place and the password.
Rule 2: a key file is never overwritten by another key, and never deleted: the last copy of a key is money.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from guard.adapters.files import move_private, replace_private, sweep, write_private
from guard.adapters.key_file import GETH_COST, KeyFile, load_key_file, unusable
from guard.adapters.signer_process import (
    SealedKey,
    seal_again_in_child,
    seal_in_child,
    sign_authorization_in_child,
    sign_content_in_child,
    sign_in_child,
)
from guard.core.address import Address
from guard.core.authorization import Delegation
from guard.core.request import TransactionRequest
from guard.core.signature import Signature
from guard.core.signature_request import SignatureRequest
from guard.core.text import escape_untrusted
from guard.errors import KeystoreError

__all__ = ["KeyFile", "KeystoreFolder", "KeystoreSigner", "MemorySigner", "load_key_file"]

WRITTEN_COST = GETH_COST
"""The cost of the key derivation of every file that is written."""
REMOVED = ".removed"
"""The folder within the keystore where removed key files are kept; no tool looks for accounts in it."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MAX_FILE_BYTES = 64 * 1024


class KeystoreFolder:
    """The key files of one folder, by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path_of(self, name: str) -> Path:
        """Return where the account `name` is kept; raises KeystoreError for a name that is none."""
        if not _NAME.fullmatch(name):
            raise KeystoreError(
                f"'{escape_untrusted(name, limit=80)}' cannot be an account's name",
                hint="use 1 to 64 letters, digits and . _ -",
            )
        return self.folder / name

    def load(self, name: str) -> KeyFile:
        """Return the key file of an account; raises KeystoreError where there is none, or it is unfit."""
        path = self.path_of(name)
        if not self._is_present(path):
            raise KeystoreError(
                f"there is no account {name!r} in {self.folder}",
                hint="`wallet account list` shows them; `wallet account new NAME` makes one",
            )
        return load_key_file(path)

    def has(self, name: str) -> bool:
        """Tell whether there is a file, fit or not, under this name; raises KeystoreError."""
        return self._is_present(self.path_of(name))

    def check_free(self, name: str) -> None:
        """Raise KeystoreError when `name` cannot be used for a new account."""
        if self._is_present(self.path_of(name)):
            raise KeystoreError(f"the account {name!r} already exists", hint="choose another name")

    def names(self) -> list[str]:
        """Return the names of all files that may be key files, sorted; raises KeystoreError."""
        try:
            return sorted(path.name for path in self.folder.iterdir() if _NAME.fullmatch(path.name))
        except FileNotFoundError as error:
            if self.folder.is_symlink():
                raise self._unreadable("it is a link that leads nowhere") from error
            return []
        except OSError as error:
            raise self._unreadable(error.strerror or type(error).__name__) from error

    def addresses(self) -> list[tuple[str, Address]]:
        """Return names and addresses of the accounts that tell theirs; unfit files are passed over.

        A file that cannot be read makes nobody known; that errs on the side of asking.
        """
        return [
            (name, judged.address)
            for name, judged in self._judged()
            if isinstance(judged, KeyFile) and judged.address is not None
        ]

    def fit_names(self) -> list[str]:
        """Return the names of the accounts whose files can be used, told addresses or not."""
        return [name for name, judged in self._judged() if isinstance(judged, KeyFile)]

    def problem(self, address: Address | None = None) -> KeystoreError | None:
        """Return what is wrong with the first unfit file, or the first with this address; or None."""
        for name, judged in self._judged():
            if isinstance(judged, KeyFile) or (self.folder / name).is_dir():
                continue
            if address is None or self._mentions(name, address):
                return judged
        return None

    def _judged(self) -> Iterator[tuple[str, KeyFile | KeystoreError]]:
        for name in self.names():
            try:
                yield name, load_key_file(self.folder / name)
            except KeystoreError as error:
                yield name, error

    def _mentions(self, name: str, address: Address) -> bool:
        """Tell whether a file that is not fit to be used is this account's, by its name or its text."""
        path, text = self.folder / name, name.encode()
        try:
            if path.is_file():
                with path.open("rb") as file:
                    text += file.read(_MAX_FILE_BYTES)
        except OSError:
            pass
        return address[2:].lower().encode() in text.lower()

    def _is_present(self, path: Path) -> bool:
        try:
            path.lstat()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._unreadable(error.strerror or type(error).__name__) from error
        return True

    def _unreadable(self, problem: str) -> KeystoreError:
        return KeystoreError(
            f"the keystore folder {escape_untrusted(str(self.folder), limit=200)} cannot be read: {problem}",
            hint="mend it, or name another with --keystore-dir",
        )

    def make(self, name: str, password: str) -> Address:
        """Make a new key, keep it under `name` and return its address; this process never sees it."""
        self.check_free(name)
        return self._keep(name, seal_in_child(None, password, WRITTEN_COST))

    def store(self, name: str, key: bytes, password: str) -> Address:
        """Encrypt a key under `name` and return its address; never overwrites. Raises KeystoreError."""
        self.check_free(name)
        return self._keep(name, seal_in_child(key, password, WRITTEN_COST))

    def change_password(self, name: str, password: str, new_password: str) -> Address:
        """Encrypt the key of an account under another password, in its place; raises KeystoreError."""
        key_file = self.load(name)
        if key_file.others:
            others = escape_untrusted(", ".join(key_file.others), limit=200)
            raise unusable(
                key_file.path,
                f"besides the key it holds {others}, which cannot be encrypted again here",
            )
        sealed = seal_again_in_child(key_file, password, new_password, WRITTEN_COST)
        try:
            replaced = replace_private(key_file.path, sealed.document, expected=key_file.content)
        except OSError as error:
            raise unusable(key_file.path, error.strerror or type(error).__name__) from error
        if not replaced:
            raise unusable(key_file.path, "another program changed it meanwhile; it is as that left it")
        return sealed.address

    def remove(self, name: str, now: int) -> Path:
        """Take an account out of the folder and return where its key file is kept; `now` in Unix seconds.

        Raises KeystoreError where there is no such file, or it cannot be moved.
        """
        path = self.path_of(name)
        if not path.is_file() or path.is_symlink():
            # Which tells what there is instead: nothing, a link, a folder.
            self.load(name)
        moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
        target = self.folder / REMOVED / f"{name}.{moment}"
        try:
            move_private(path, target)
        except OSError as error:
            raise unusable(path, f"it cannot be moved to {target}: {error.strerror}") from error
        return target

    def sweep(self) -> None:
        """Remove what killed commands left unfinished in the folder."""
        sweep(self.folder)

    def _keep(self, name: str, sealed: SealedKey) -> Address:
        path = self.path_of(name)
        try:
            write_private(path, sealed.document, replace=False)
        except FileExistsError as error:
            raise KeystoreError(f"the account {name!r} already exists", hint="choose another name") from error
        except OSError as error:
            raise unusable(path, error.strerror or type(error).__name__) from error
        return sealed.address


class KeystoreSigner:
    """Implements the AccountSigner port on one key file; asks for the password when it signs, not before."""

    def __init__(self, key_file: KeyFile, ask_password: Callable[[], str]) -> None:
        self._key_file = key_file
        self._ask_password = ask_password
        self._kept_password: str | None = None

    def sign(self, request: TransactionRequest) -> bytes:
        """Return the signed bytes of exactly `request`; raises KeystoreError when it cannot."""
        password, self._kept_password = self._kept_password, None
        return sign_in_child(self._key_file, password or self._ask_password(), request)

    def sign_authorization(self, delegation: Delegation, sender: Address) -> Signature:
        """Return the signature under an authorization of the zero address; raises KeystoreError.

        The password is kept for the transaction that is to carry it, and for nothing after that: a pipe
        tells it once.
        """
        password = self._ask_password()
        signature = sign_authorization_in_child(self._key_file, password, delegation, sender)
        self._kept_password = password
        return signature

    def sign_content(self, request: SignatureRequest) -> bytes:
        """Return the 65 bytes of a signature; raises KeystoreError when it cannot."""
        return sign_content_in_child(self._key_file, self._ask_password(), request)


class MemorySigner:
    """Implements the AccountSigner port on a key in memory, such as one made for the demo."""

    def __init__(self, key: bytes, name: str = "the key") -> None:
        """`name` stands for the key in errors; raises KeystoreError for what is no private key."""
        from guard.adapters.private_key import PrivateKey

        self._key = PrivateKey(key)
        self._name = name

    @property
    def address(self) -> Address:
        """The account that it signs for."""
        return self._key.address

    def sign(self, request: TransactionRequest) -> bytes:
        """Return the signed bytes of exactly `request`; raises KeystoreError for another sender's."""
        self._check_sender(request.sender)
        return self._key.sign(request)

    def sign_content(self, request: SignatureRequest) -> bytes:
        """Return the 65 bytes of a signature; raises KeystoreError for another sender's.

        Raises InvalidRequest for what is never signed.
        """
        self._check_sender(request.sender)
        return self._key.sign_content(request)

    def sign_authorization(self, delegation: Delegation, sender: Address) -> Signature:
        """Return the signature under an authorization of the zero address; raises KeystoreError likewise."""
        self._check_sender(sender)
        return self._key.sign_authorization(delegation)

    def _check_sender(self, sender: Address) -> None:
        if self.address != sender:
            raise KeystoreError(
                f"{self._name} holds the key of {self.address}, not of {sender}",
                hint="nothing was signed: choose the account that pays with --account or --keystore",
            )
