"""Key files: V3 keystores as geth, cast and eth-account write them, and the signer that opens one.

Rule 1: a key exists only inside `sign`, after the verdict, and is never part of a value, a text or an error.
Rule 2: a file is judged before its key derivation runs, which can be made to take hours and gigabytes.

Source: https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage/
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guard.adapters.files import folder_problem, modes_problem, write_private
from guard.core.address import Address
from guard.core.request import MarketFee, TransactionRequest
from guard.core.strict_json import parse_object
from guard.core.text import escape_untrusted
from guard.errors import CallerError, InvalidJson, KeystoreError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MAX_FILE_BYTES = 64 * 1024
_MAX_SCRYPT_MEMORY = 512 * 1024 * 1024
"""Bytes, 128 * r * (n + p); geth's standard cost needs 256 MiB."""
_MAX_SCRYPT_R = 64
_MAX_SCRYPT_P = 16
_PBKDF2_ROUNDS = range(1_000, 20_000_001)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """A key file that has been judged and not opened."""

    path: Path
    """Where it is."""
    address: Address | None
    """The account that it says it holds; cast writes none."""
    document: dict[str, Any]
    """Its content."""


def load_key_file(path: Path) -> KeyFile:
    """Read and judge a key file; raises KeystoreError naming what is wrong and how to mend it."""
    try:
        problem = modes_problem(path, forbidden=0o077)
        if problem is None:
            problem = folder_problem(path.parent)
        if problem is not None:
            raise _unusable(path, problem)
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise _unusable(path, "it is too large for a key file")
        document = _lower_keys(parse_object(path.read_bytes(), max_bytes=_MAX_FILE_BYTES))
    except OSError as error:
        raise _unusable(path, error.strerror or type(error).__name__) from error
    except InvalidJson as error:
        raise _unusable(path, error.message) from error
    problem = _form_problem(document)
    if problem is not None:
        raise _unusable(path, problem)
    address = document.get("address")
    try:
        parsed = None if address is None else Address.parse("0x" + str(address).lower().removeprefix("0x"))
    except CallerError as error:
        raise _unusable(path, error.message) from error
    return KeyFile(path=path, address=parsed, document=document)


def _lower_keys(value: object) -> Any:
    """Return `value` with all keys in lower case, which is how eth-account reads them.

    Raises InvalidJson where two keys differ by case alone: one would be judged and the other used.
    """
    if not isinstance(value, dict):
        return value
    lowered = {key.lower(): _lower_keys(item) for key, item in value.items()}
    if len(lowered) != len(value):
        raise InvalidJson("it has two keys that differ by case alone")
    return lowered


def _form_problem(document: object) -> str | None:
    if not isinstance(document, dict) or document.get("version") != 3:
        return "it is not a version 3 keystore"
    crypto = document.get("crypto")
    if not isinstance(crypto, dict):
        return "it has no crypto section"
    parameters = crypto.get("kdfparams")
    if not isinstance(parameters, dict) or parameters.get("dklen") != 32:
        return "its key derivation must give 32 bytes"
    if crypto.get("kdf") == "scrypt":
        return _scrypt_problem(*(parameters.get(name) for name in "nrp"))
    if crypto.get("kdf") == "pbkdf2":
        rounds = parameters.get("c")
        if not _is_whole(rounds) or rounds not in _PBKDF2_ROUNDS:
            return "its pbkdf2 rounds are out of bounds"
        return None
    return "its key derivation is neither scrypt nor pbkdf2"


def _scrypt_problem(n: Any, r: Any, p: Any) -> str | None:
    if not all(_is_whole(number) and number > 0 for number in (n, r, p)) or n < 2 or n & (n - 1):
        return "its scrypt cost is not valid"
    if r > _MAX_SCRYPT_R or p > _MAX_SCRYPT_P or 128 * r * (n + p) > _MAX_SCRYPT_MEMORY:
        return "its scrypt cost is out of bounds; re-encrypt it with geth's standard cost"
    return None


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


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

    def store(self, name: str, key: bytes, password: str) -> Address:
        """Encrypt a key under `name` and return its address; never overwrites. Raises KeystoreError."""
        from eth_account import Account
        from eth_utils.exceptions import ValidationError

        path = self.path_of(name)
        try:
            account = Account.from_key(key)
        except (ValueError, TypeError, ValidationError) as error:
            # The library's text may repeat the key.
            raise KeystoreError(
                f"that is not a private key ({type(error).__name__})", hint="give 0x and 64 hex digits"
            ) from None
        document = json.dumps(Account.encrypt(key, password), indent=2) + "\n"
        try:
            write_private(path, document.encode(), replace=False)
        except FileExistsError as error:
            raise KeystoreError(f"the account {name!r} already exists", hint="choose another name") from error
        except OSError as error:
            raise _unusable(path, error.strerror or type(error).__name__) from error
        return Address.parse(account.address)


class KeystoreSigner:
    """Implements the Signer port on one key file; asks for the password when it signs, not before."""

    def __init__(self, key_file: KeyFile, ask_password: Callable[[], str]) -> None:
        self._key_file = key_file
        self._ask_password = ask_password

    def sign(self, request: TransactionRequest) -> bytes:
        """Return the signed bytes of exactly `request`; raises KeystoreError when it cannot."""
        password = self._ask_password()
        return _open(self._key_file, password).sign(request)


class MemorySigner:
    """Implements the Signer port on a key in memory: an opened key file's, or one made for the demo."""

    def __init__(self, key: bytes, name: str = "the key") -> None:
        """`name` stands for the key in errors."""
        from eth_account import Account

        self._account = Account.from_key(key)
        self._name = name

    @property
    def address(self) -> Address:
        """The account that it signs for."""
        return Address.parse(self._account.address)

    def sign(self, request: TransactionRequest) -> bytes:
        """Return the signed bytes of exactly `request`; raises KeystoreError for another sender's."""
        if self.address != request.sender:
            raise KeystoreError(
                f"{self._name} holds the key of {self.address}, not of {request.sender}",
                hint="nothing was signed: choose the account that pays with --account or --keystore",
            )
        return bytes(self._account.sign_transaction(_fields(request)).raw_transaction)


def _open(key_file: KeyFile, password: str) -> MemorySigner:
    key = _decrypt(key_file, password)
    try:
        return MemorySigner(key, key_file.path.name)
    except Exception:  # noqa: BLE001  the library's text may repeat the key
        raise _unusable(key_file.path, "what it holds is not a private key") from None


def _decrypt(key_file: KeyFile, password: str) -> bytes:
    from eth_account import Account

    try:
        return bytes(Account.decrypt(key_file.document, password))
    except ValueError:
        raise KeystoreError(
            f"the password does not open the key file {key_file.path.name}",
            hint="check it; letters with accents can be typed in two forms (NFC and NFD) that differ",
        ) from None
    except (KeyError, TypeError, NotImplementedError) as error:
        raise _unusable(key_file.path, f"its crypto section is incomplete ({type(error).__name__})") from None
    except Exception as error:  # noqa: BLE001  whatever a library says here may repeat the password or the key
        raise _unusable(key_file.path, f"opening it failed ({type(error).__name__})") from None


def _fields(request: TransactionRequest) -> dict[str, Any]:
    """Return the request as eth-account takes it."""
    fields: dict[str, Any] = {
        "chainId": request.chain_id,
        "nonce": request.nonce,
        "gas": request.gas_limit,
        "to": request.to or b"",
        "value": request.value,
        "data": request.data,
    }
    if isinstance(request.fee, MarketFee):
        fields["type"] = 2
        fields["maxFeePerGas"] = request.fee.max_fee_per_gas
        fields["maxPriorityFeePerGas"] = request.fee.max_priority_fee_per_gas
    elif request.fee is not None:
        fields["gasPrice"] = request.fee.gas_price
    return fields


def _unusable(path: Path, problem: str) -> KeystoreError:
    return KeystoreError(
        f"the key file {escape_untrusted(str(path), limit=200)} cannot be used: {problem}",
        hint="nothing was signed: mend it, or choose another with --account or --keystore",
    )
