"""Key files, judged: version 3 keystores as geth, cast, ethers and eth-account write them.

Rule: a file is judged whole, its cost above all, before its key derivation runs, which can be made to take
hours and gigabytes. Nothing here knows a password or a key.

Source: https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage/
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guard.adapters.files import folder_problem, modes_problem
from guard.core.address import Address
from guard.core.strict_json import parse_object
from guard.core.text import escape_untrusted
from guard.errors import CallerError, InvalidJson, KeystoreError

CIPHER = "aes-128-ctr"
HASH = "hmac-sha256"
DERIVED_BYTES = 32

_MAX_FILE_BYTES = 64 * 1024
_MAX_SCRYPT_MEMORY = 512 * 1024 * 1024
"""Bytes, 128 * r * (n + p); geth's standard cost needs 256 MiB."""
_MAX_SCRYPT_R = 64
_MAX_SCRYPT_P = 16
_PBKDF2_ROUNDS = range(1_000, 20_000_001)
_HEX = re.compile(r"(?:0x)?((?:[0-9a-fA-F]{2})*)")
_MAX_FIELD_BYTES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ScryptCost:
    """What one scrypt derivation takes, RFC 7914."""

    n: int
    """Steps, a power of two; with `r` the memory, 128 * n * r bytes."""
    r: int
    """Size of a block, in 128 bytes."""
    p: int
    """Repetitions."""


GETH_COST = ScryptCost(n=262144, r=8, p=1)
"""What geth calls its standard: 256 MiB, and about a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encryption:
    """The crypto section of a key file, read and found to be within bounds."""

    derivation: ScryptCost | int
    """The cost of scrypt, or the rounds of PBKDF2 with HMAC-SHA-256."""
    salt: bytes
    """Goes into the derivation."""
    iv: bytes
    """The counter's start, 16 bytes; the MAC does not cover it."""
    ciphertext: bytes
    """The key, encrypted by AES-128 in counter mode."""
    mac: bytes
    """Keccak-256 over half of what is derived, and the ciphertext."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """A key file that has been judged and not opened."""

    path: Path
    """Where it is."""
    address: Address | None
    """The account that it says it holds; cast writes none."""
    encryption: Encryption
    """How its key is encrypted."""
    content: bytes
    """The file, byte for byte."""
    others: tuple[str, ...] = ()
    """What else it holds, by name: ethers keeps a mnemonic beside the key."""


def load_key_file(path: Path) -> KeyFile:
    """Read and judge a key file; raises KeystoreError naming what is wrong and how to mend it."""
    try:
        problem = modes_problem(path, forbidden=0o077)
        if problem is None:
            problem = folder_problem(path.parent)
        if problem is not None:
            raise unusable(path, problem)
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise unusable(path, "it is too large for a key file")
        content = path.read_bytes()
        document = _lower_keys(parse_object(content, max_bytes=_MAX_FILE_BYTES))
    except OSError as error:
        raise unusable(path, error.strerror or type(error).__name__) from error
    except InvalidJson as error:
        raise unusable(path, error.message) from error
    # `1 == True` and `3 == 3.0`: the version is a whole number, or it is another format.
    if not _is_whole(document.get("version")) or document["version"] != 3:
        raise unusable(path, "it is not a version 3 keystore")
    address = document.get("address")
    try:
        parsed = None if address is None else Address.parse("0x" + str(address).lower().removeprefix("0x"))
        encryption = _read_encryption(document.get("crypto"))
    except CallerError as error:
        raise unusable(path, error.message) from error
    others = tuple(sorted(set(document) - {"address", "crypto", "id", "version"}))
    return KeyFile(path=path, address=parsed, encryption=encryption, content=content, others=others)


def unusable(path: Path, problem: str) -> KeystoreError:
    """Return the error that names a key file and what is wrong with it."""
    return KeystoreError(
        f"the key file {escape_untrusted(str(path), limit=200)} cannot be used: {problem}",
        hint="nothing was signed: mend it, or choose another with --account or --keystore",
    )


def _lower_keys(value: object) -> Any:
    """Return `value` with all keys in lower case, which is how geth reads them.

    Raises InvalidJson where two keys differ by case alone: one would be judged and the other used.
    """
    if not isinstance(value, dict):
        return value
    lowered = {key.lower(): _lower_keys(item) for key, item in value.items()}
    if len(lowered) != len(value):
        raise InvalidJson("it has two keys that differ by case alone")
    return lowered


def _read_encryption(crypto: object) -> Encryption:
    if not isinstance(crypto, dict):
        raise KeystoreError("it has no crypto section")
    parameters = crypto.get("kdfparams")
    if not isinstance(parameters, dict) or not _is_number(parameters.get("dklen"), DERIVED_BYTES):
        raise KeystoreError("its key derivation must give 32 bytes")
    derivation: ScryptCost | int
    if crypto.get("kdf") == "scrypt":
        derivation = _scrypt_cost(*(parameters.get(name) for name in "nrp"))
    elif crypto.get("kdf") == "pbkdf2":
        derivation = _pbkdf2_rounds(parameters)
    else:
        raise KeystoreError("its key derivation is neither scrypt nor pbkdf2")
    if crypto.get("cipher") != CIPHER:
        raise KeystoreError(f"its cipher is not {CIPHER}")
    cipher = crypto.get("cipherparams")
    return Encryption(
        derivation=derivation,
        salt=_bytes(parameters, "salt"),
        iv=_bytes(cipher if isinstance(cipher, dict) else {}, "iv", length=16),
        ciphertext=_bytes(crypto, "ciphertext", length=32),
        mac=_bytes(crypto, "mac", length=32),
    )


def _scrypt_cost(n: Any, r: Any, p: Any) -> ScryptCost:
    if not all(_is_whole(number) and number > 0 for number in (n, r, p)) or n < 2 or n & (n - 1):
        raise KeystoreError("its scrypt cost is not valid")
    if r > _MAX_SCRYPT_R or p > _MAX_SCRYPT_P or 128 * r * (n + p) > _MAX_SCRYPT_MEMORY:
        raise KeystoreError("its scrypt cost is out of bounds; re-encrypt it with geth's standard cost")
    return ScryptCost(n=n, r=r, p=p)


def _pbkdf2_rounds(parameters: dict[str, Any]) -> int:
    rounds = parameters.get("c")
    if not isinstance(rounds, int) or isinstance(rounds, bool) or rounds not in _PBKDF2_ROUNDS:
        raise KeystoreError("its pbkdf2 rounds are out of bounds")
    if parameters.get("prf") != HASH:
        raise KeystoreError(f"its pbkdf2 is not over {HASH}")
    return rounds


def _bytes(section: dict[str, Any], name: str, *, length: int | None = None) -> bytes:
    text = section.get(name)
    match = _HEX.fullmatch(text) if isinstance(text, str) else None
    content = None if match is None else bytes.fromhex(match[1])
    fits = content is not None and len(content) <= _MAX_FIELD_BYTES and length in (None, len(content))
    if content is None or not fits:
        raise KeystoreError(f"its {name} is not {'hex' if length is None else f'{length} bytes in hex'}")
    return content


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _is_number(given: object, number: int) -> bool:
    return _is_whole(given) and given == number
