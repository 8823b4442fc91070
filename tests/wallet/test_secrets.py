"""A canary key and password go through every command, in success and in failure, and are found nowhere."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from guard.core.prediction import PredictionClass
from guard.errors import NodeError
from tests.wallet.harness import FRIEND, KEY, PASSWORD, STRANGER, Desk, Run, private


def forms(secret: bytes) -> set[bytes]:
    """Return a secret raw, in hex, in base64, as JSON escapes it, as a number, and each of them reversed."""
    written = {
        secret,
        secret.hex().encode(),
        secret.hex().upper().encode(),
        base64.b64encode(secret).rstrip(b"="),
        base64.urlsafe_b64encode(secret).rstrip(b"="),
        json.dumps(secret.decode("latin-1")).strip('"').encode(),
        repr(secret).encode()[2:-1],
        str(int.from_bytes(secret, "big")).encode(),
        secret[::-1].hex().encode(),
    }
    return written | {text[::-1] for text in written}


FORMS = forms(KEY) | forms(PASSWORD.encode()) | {json.dumps(PASSWORD).strip('"').encode()}


def found_in(content: bytes) -> list[bytes]:
    return [form for form in FORMS if form in content]


def test_the_search_finds_what_it_looks_for() -> None:
    assert found_in(b"..." + KEY.hex().encode()) == [KEY.hex().encode()]
    assert found_in(PASSWORD.encode())


def everything_runs(desk: Desk) -> list[Run]:
    password = ("--password-file", str(desk.password_file))
    key_file = private(desk.home / "canary.key", "0x" + KEY.hex())
    runs = [
        desk.send("--yes", "-v"),
        desk.send("--yes", "--json", "--nonce", "8"),
        desk.send("--yes", "--nonce", "8"),
        desk.send("--yes", "-v", "--nonce", "9", to=STRANGER),
        desk.send("--dry-run", "--json"),
        desk.wallet("check", FRIEND, "--value", "1wei", "-v"),
        desk.wallet("account", "import", "copy", "--private-key-file", str(key_file), *password),
        desk.wallet("account", "import", "copy", "--private-key-file", str(key_file), *password),
        desk.wallet("account", "import", "bad", "--private-key-file", str(desk.password_file), *password),
        desk.wallet("account", "list", "--json"),
        desk.wallet("account", "show", "main"),
        desk.wallet("history"),
        desk.wallet("show", desk.sends()[0].id, "--json"),
        desk.wallet("contacts", "list"),
        desk.wallet("resume"),
        desk.guard("audit", "verify"),
    ]
    (desk.home / "keystore" / "copy").unlink()
    desk.predictor.answer = PredictionClass.FRAUD
    runs.append(desk.send("--yes", "--nonce", "9"))
    desk.predictor.answer = PredictionClass.SAFE
    desk.chain.fails["broadcast"] = NodeError("no", code="node_refused")
    runs.append(desk.send("--yes", "-v", "--nonce", "9"))
    desk.password_file.write_text(PASSWORD + "x")
    runs.append(desk.send("--yes", "-v", "--nonce", "10"))
    desk.password_file.write_text(PASSWORD)
    for sabotage in (RuntimeError(PASSWORD), ValueError(KEY), KeyError(KEY), KeyboardInterrupt()):

        def explode(*_: Any, error: BaseException = sabotage, **__: Any) -> None:
            raise error

        with desk.monkeypatch.context() as patch:
            patch.setattr(Account, "decrypt", explode)
            runs.append(desk.send("--yes", "-v", "--nonce", "10"))
        with desk.monkeypatch.context() as patch:
            patch.setattr(Account, "from_key", explode)
            runs.append(desk.send("--yes", "-v", "--json", "--nonce", "10"))
    return runs


def kept(folder: Path) -> dict[str, bytes]:
    mine = {"password", "canary.key"}
    return {
        path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name not in mine
    }


def test_neither_key_nor_password_reaches_an_output_the_journal_or_any_file(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Account.encrypt

    def encrypt(key: bytes, password: str, **_: object) -> dict[str, Any]:
        return real(key, password, kdf="pbkdf2", iterations=1000)

    monkeypatch.setattr(Account, "encrypt", encrypt)
    runs = everything_runs(desk)
    assert {run.code for run in runs} == {0, 1, 3, 5, 7, 8, 130}
    for number, done in enumerate(runs):
        assert found_in((done.out + done.err).encode()) == [], number
    files = kept(desk.home)
    assert {"journal.sqlite3", "contacts.json", "main"} <= set(files)
    for name, content in files.items():
        assert found_in(content) == [], name


def test_an_error_whose_text_is_the_key_is_journaled_without_it(desk: Desk) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError(PASSWORD)

    desk.monkeypatch.setattr(Account, "decrypt", explode)
    done = desk.send("--yes")
    assert done.code == 7
    assert "opening it failed (RuntimeError)" in done.err
    (record,) = desk.sends()
    assert found_in(record.note.encode()) == []
