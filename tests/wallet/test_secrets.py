"""E7: a canary key and password go through every command, in success and in failure, and are found nowhere.

The commands are those that the registries hold: one that comes without a case here fails the first test.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

import guard.wiring
from guard.adapters import keystore, signer_process
from guard.adapters.key_file import ScryptCost
from guard.cli import cli as guard_cli
from guard.core.address import Address
from guard.core.features import FEATURE_NAMES
from guard.core.prediction import PredictionClass
from guard.core.revocation import allowance_question
from guard.errors import NodeError
from tests.wallet.harness import FRIEND, KEY, PASSWORD, PAYER, STRANGER, Desk, Run, private
from tests.wallet.test_signing import PERMIT
from wallet import demonstration
from wallet.cli import cli as wallet_cli

BUILD_PREDICTOR = guard.wiring.build_predictor
BUILD_SHARED_HISTORY = guard.wiring.build_shared_history
"""Before a desk puts a fake in its place."""
NEW_PASSWORD = "second canary pässword 9137"
SECRET_FILES = {"password", "new-password", "canary.key"}
"""What the user keeps the secrets in; everything else is ours."""


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


FORMS = forms(KEY) | {
    form
    for password in (PASSWORD, NEW_PASSWORD)
    for form in forms(password.encode()) | {json.dumps(password).strip('"').encode()}
}


def found_in(content: bytes) -> list[bytes]:
    return [form for form in FORMS if form in content]


def test_the_search_finds_what_it_looks_for() -> None:
    assert found_in(b"..." + KEY.hex().encode()) == [KEY.hex().encode()]
    assert found_in(PASSWORD.encode())
    assert found_in(base64.b64encode(NEW_PASSWORD.encode()))


# One case a command: what is run of it, at least once to its end and once to a failure


Case = Callable[[Desk], list[Run]]


def secrets_of(desk: Desk) -> dict[str, str]:
    return {
        "password": str(desk.password_file),
        "new": str(private(desk.home / "new-password", NEW_PASSWORD)),
        "key": str(private(desk.home / "canary.key", "0x" + KEY.hex())),
    }


def account_new(desk: Desk) -> list[Run]:
    flags = ("--password-file", str(desk.password_file))
    return [desk.wallet("account", "new", name, *flags, "--json") for name in ("second", "second", "../x")]


def account_import(desk: Desk) -> list[Run]:
    files = secrets_of(desk)
    flags = ("--private-key-file", files["key"], "--password-file", files["password"])
    swapped = ("--private-key-file", files["password"], "--password-file", files["key"])
    return [
        desk.wallet("account", "import", "copy", *flags),
        desk.wallet("account", "import", "copy", *flags),
        desk.wallet("account", "import", "bad", *swapped, "--json"),
        # A slip: the secret itself where its file's name belongs.
        desk.wallet("account", "import", "x", "--password-file", files["password"]),
    ]


def account_list(desk: Desk) -> list[Run]:
    private(desk.home / "keystore" / "damaged", "{")
    return [desk.wallet("account", "list"), desk.wallet("account", "list", "--json"), bad(desk, "list")]


def bad(desk: Desk, command: str) -> Run:
    return desk.wallet("account", command, "--keystore-dir", str(desk.password_file), "main")


def account_show(desk: Desk) -> list[Run]:
    return [desk.wallet("account", "show", "main"), desk.wallet("account", "show", "none"), bad(desk, "show")]


def account_passwd(desk: Desk) -> list[Run]:
    files = secrets_of(desk)
    flags = ("--password-file", files["password"], "--new-password-file", files["new"])
    back = ("--password-file", files["new"], "--new-password-file", files["password"])
    done = [desk.wallet("account", "passwd", "main", *flags)]
    done.append(desk.wallet("account", "passwd", "main", *flags))
    return [*done, desk.wallet("account", "passwd", "main", *back, "--json"), bad(desk, "passwd")]


def account_remove(desk: Desk) -> list[Run]:
    refused = desk.wallet("account", "remove", "main", "--json")
    return [refused, desk.at_terminal("main\n", "account", "remove", "main"), bad(desk, "remove")]


def send(desk: Desk) -> list[Run]:
    files = secrets_of(desk)
    runs = [
        desk.send("--yes", "-v"),
        desk.send("--yes", "--json", "--nonce", "8"),
        desk.send("--yes", "--nonce", "8"),
        desk.send("--yes", "-v", "--nonce", "9", to=STRANGER),
        desk.send("--dry-run", "--json"),
        desk.send("--yes", "--nonce", "9", "--keystore", files["key"]),
        desk.send("--yes", "--nonce", "9", "--policy", files["password"]),
    ]
    desk.predictor.answer = PredictionClass.FRAUD
    runs.append(desk.send("--yes", "--nonce", "9"))
    desk.predictor.answer = PredictionClass.SAFE
    desk.chain.fails["broadcast"] = NodeError("no", code="node_refused")
    runs.append(desk.send("--yes", "-v", "--nonce", "9"))
    desk.password_file.write_text(PASSWORD + "x")
    runs.append(desk.send("--yes", "-v", "--nonce", "10"))
    desk.password_file.write_text(PASSWORD)
    return [*runs, *sabotaged_sends(desk)]


def sabotaged_sends(desk: Desk) -> Iterator[Run]:
    """Run sends in which a part that knows a secret fails with the secret in its error."""
    errors = (RuntimeError(PASSWORD), ValueError(KEY), KeyError(KEY.hex()), KeyboardInterrupt(PASSWORD))
    for sabotage in errors:

        def explode(*_: Any, error: BaseException = sabotage, **__: Any) -> None:
            raise error

        for place in (signer_process, keystore):
            name = "_run" if place is signer_process else "sign_in_child"
            with desk.monkeypatch.context() as patch:
                patch.setattr(place, name, explode)
                yield desk.send("--yes", "-v", "--nonce", "10")
                yield desk.send("--yes", "-v", "--json", "--nonce", "10")


def revoke(desk: Desk) -> list[Run]:
    """An allowance and a delegation, to the end and with a password that is wrong or that fails."""
    token, owner = Address("0x" + "1f" * 20), PAYER.address
    asked = (token, allowance_question(owner, Address(FRIEND)))
    desk.chain.codes |= {token: b"\x60", owner: bytes.fromhex("ef0100") + token.to_bytes()}
    desk.chain.views[asked] = (5).to_bytes(32)
    flags = ("--yes", "--async", "--password-file", str(desk.password_file))
    commands = [("revoke", token, "friend", *flags), ("revoke", "--delegation", *flags)]
    runs = [desk.wallet(*command, *more) for command in commands for more in ((), ("--json", "-v"))]
    errors = (RuntimeError(PASSWORD), ValueError(KEY), KeyError(KEY.hex()), KeyboardInterrupt(PASSWORD))
    for sabotage in errors:

        def explode(*_: Any, error: BaseException = sabotage, **__: Any) -> None:
            raise error

        with desk.monkeypatch.context() as patch:
            patch.setattr(keystore, "sign_authorization_in_child", explode)
            runs += [desk.wallet(*commands[1], *more) for more in ((), ("--json",))]
    desk.password_file.write_text(PASSWORD + "x")
    runs += [desk.wallet(*command, "-v") for command in commands]
    desk.password_file.write_text(PASSWORD)
    return [*runs, desk.wallet("revoke", token, str(desk.password_file))]


def check(desk: Desk) -> list[Run]:
    runs = [desk.wallet("check", FRIEND, "--value", "1wei", *flags) for flags in ((), ("-v",), ("--json",))]
    return [*runs, desk.wallet("check", FRIEND, "--keystore", str(desk.password_file))]


def sign_typed(desk: Desk) -> list[Run]:
    path = desk.home / "document.json"
    path.write_text(json.dumps(PERMIT))
    flags = ("--password-file", str(desk.password_file))
    return signed(desk, ("sign-typed", str(path), *flags), ("sign-typed", str(desk.password_file), *flags))


def sign_message(desk: Desk) -> list[Run]:
    flags = ("--password-file", str(desk.password_file))
    return signed(desk, ("sign-message", "hello", *flags), ("sign-message", "0x", *flags))


def signed(desk: Desk, command: tuple[str, ...], slip: tuple[str, ...]) -> list[Run]:
    """Run a signature to its end, to each failure, and with parts that fail with a secret in their error."""
    runs = [
        desk.at_terminal("y\n", *command, "-v"),
        desk.at_terminal("y\n", *command, "--json"),
        desk.at_terminal("n\n", *command),
        desk.wallet(*command, "--dry-run", "--json"),
        desk.wallet(*slip),
        desk.wallet(*slip, "--json"),
        desk.wallet(*command, "--keystore", str(desk.password_file)),
    ]
    desk.password_file.write_text(PASSWORD + "x")
    runs.append(desk.at_terminal("y\n", *command, "-v"))
    desk.password_file.write_text(PASSWORD)
    for error in (RuntimeError(PASSWORD), ValueError(KEY), KeyboardInterrupt(PASSWORD)):

        def explode(*_: Any, error: BaseException = error, **__: Any) -> None:
            raise error

        for place, name in ((signer_process, "_run"), (keystore, "sign_content_in_child")):
            with desk.monkeypatch.context() as patch:
                patch.setattr(place, name, explode)
                runs.append(desk.at_terminal("y\n", *command, "-v"))
                runs.append(desk.at_terminal("y\n", *command, "--json"))
    return [*runs, desk.wallet("history"), desk.wallet("history", "--json")]


def contacts_add(desk: Desk) -> list[Run]:
    return [desk.wallet("contacts", "add", name, STRANGER, "--json") for name in ("zoe", "zoe", "friend")]


def contacts_list(desk: Desk) -> list[Run]:
    good = desk.wallet("contacts", "list")
    (desk.home / "contacts.json").write_text("{")
    return [good, desk.wallet("contacts", "list", "--json")]


def contacts_remove(desk: Desk) -> list[Run]:
    return [desk.wallet("contacts", "remove", "friend") for _ in range(2)]


def after_sends(*commands: tuple[str, ...]) -> Case:
    """Return a case that runs these after one payment that was mined and one that was refused."""

    def case(desk: Desk) -> list[Run]:
        runs = [desk.send("--yes"), desk.send("--yes", "--nonce", "9", to=STRANGER)]
        named = [desk.sends()[0].id if word == "ID" else word for command in commands for word in command]
        words = iter(named)
        runs.extend(desk.wallet(*(next(words) for _ in command)) for command in commands)
        (desk.home / "journal.sqlite3").write_bytes(b"damaged")
        words = iter(named)
        runs.extend(desk.wallet(*(next(words) for _ in command)) for command in commands)
        return runs

    return case


def replaced(command: str) -> Case:
    """Return a case that replaces a payment which the node never took, and one that is not there."""

    def case(desk: Desk) -> list[Run]:
        flags = ("--yes", "--password-file", str(desk.password_file))
        desk.chain.fails["broadcast"] = NodeError("no", code="node_refused")
        runs = [desk.send("--yes", "--async")]
        waiting = desk.sends()[0].id
        runs.append(desk.wallet(command, waiting, *flags, "--async", "-v"))
        del desk.chain.fails["broadcast"]
        runs.append(desk.wallet(command, waiting, *flags, "--json"))
        return [*runs, desk.wallet(command, waiting, *flags), desk.wallet(command, "none", *flags, "--json")]

    return case


def doctor(desk: Desk) -> list[Run]:
    files = secrets_of(desk)
    runs = [desk.send("--yes")]
    for flags in ((), ("--json",), ("--predict-key-file", files["password"])):
        runs.append(desk.guard("doctor", "--predict-url", "embedded", *flags))
    return [
        *runs,
        desk.guard("doctor", "--policy", files["key"]),
        desk.guard("doctor", "--scenarios", "--json"),
    ]


def model_info(desk: Desk) -> list[Run]:
    return [desk.guard("model", "info"), desk.guard("model", "info", "--json"), desk.guard("model", "none")]


def model_evaluate(desk: Desk) -> list[Run]:
    """One table, and a slip: the file of a secret where the table belongs."""
    rows = [
        [*FEATURE_NAMES[:16], "flag"],
        *([float(3 + flag)] * 16 + [flag] for flag in (0, 1) for _ in range(9)),
    ]
    table = desk.home / "accounts.csv"
    table.write_text("\n".join(",".join(map(str, row)) for row in rows))
    runs = [desk.guard("model", "evaluate", str(table), "--resamples", "20")]
    return [*runs, *(desk.guard("model", "evaluate", path, "--json") for path in secrets_of(desk).values())]


def model_explain(desk: Desk) -> list[Run]:
    """A slip: the file of a secret, or the secret's place, where the features belong."""
    slips = [desk.guard("model", "explain", path, "--json") for path in secrets_of(desk).values()]
    vector = desk.home / "features.json"
    vector.write_text(json.dumps([1.0] * 18))
    return [desk.guard("model", "explain", str(vector)), *slips]


def lists_import(desk: Desk) -> list[Run]:
    """A slip: the file of a secret, or the secret itself, where the list belongs."""
    slips = [*secrets_of(desk).values(), PASSWORD, KEY.hex()]
    flags = ("--name", "bad", "--standing", "known")
    runs = [desk.guard("lists", "import", path, *flags, "--json") for path in slips]
    forced = ("--format", "lines", "--skip-bad")
    return [imported(desk), *runs, *(desk.guard("lists", "import", path, *flags, *forced) for path in slips)]


def imported(desk: Desk) -> Run:
    (desk.home / "list.txt").write_text(f"{FRIEND} # a friend\n")
    return desk.guard("lists", "import", str(desk.home / "list.txt"), "--name", "good", "--standing", "known")


def lists_update(desk: Desk) -> list[Run]:
    runs = [imported(desk), desk.guard("lists", "update")]
    (desk.home / "list.txt").write_text("0x" + KEY.hex())
    runs += [desk.guard("lists", "update", "good"), desk.guard("lists", "update", "none", "--json")]
    (desk.home / "list.txt").unlink()
    return runs


def after_import(*words: str) -> Case:
    """Return a case that runs one command on a list, and again when its file is damaged and it is gone."""

    def case(desk: Desk) -> list[Run]:
        runs = [imported(desk), desk.guard("lists", *words)]
        (desk.home / "lists").mkdir(exist_ok=True)
        (desk.home / "lists" / "good.list").write_bytes(KEY)
        runs.append(desk.guard("lists", *words, "--json"))
        (desk.home / "lists" / "good.list").unlink(missing_ok=True)
        return [*runs, desk.guard("lists", *words)]

    return case


def approve(desk: Desk) -> list[Run]:
    """A slip: a secret where the digest belongs."""
    runs = [desk.guard("approve"), desk.guard("approve", "0x" + KEY.hex())]
    return [*runs, desk.guard("approve", PASSWORD, "--json"), desk.guard("approve", KEY.hex(), "--decline")]


def audit_verify(desk: Desk) -> list[Run]:
    runs = [desk.send("--yes"), desk.guard("audit", "verify"), desk.guard("audit", "verify", "--json")]
    (desk.home / "journal.sqlite3").write_bytes(b"damaged")
    return [*runs, desk.guard("audit", "verify")]


def policy_check(desk: Desk) -> list[Run]:
    """A slip: the file of a secret where the policy, or the cases, belong."""
    runs = [desk.guard("policy", "check", "personal")]
    for path in secrets_of(desk).values():
        runs.append(desk.guard("policy", "check", path))
        runs.append(desk.guard("policy", "check", "personal", "--cases", path, "--json"))
    return runs


def rules(desk: Desk) -> list[Run]:
    return [desk.guard("rules"), desk.guard("rules", "recipient.lookalike"), desk.guard("rules", "none")]


def serve(desk: Desk) -> list[Run]:
    from guard.http.serving import Serving

    real = Serving.run

    def stopped(self: Serving) -> None:
        self.stop()
        real(self)

    with desk.monkeypatch.context() as patch:
        patch.setattr(Serving, "run", stopped)
        served = desk.guard("serve", "--port", "0")
    return [served, desk.guard("serve", "--port", "99999")]


def rpc(desk: Desk) -> list[Run]:
    """The proxy with a secret where the node's address, its token or its policy belongs."""
    from guard.proxy.serving import Serving

    async def stop(self: Serving, port: int, **_: object) -> None:
        raise_if_taken(port)

    def raise_if_taken(port: int) -> None:
        if port == 1:
            raise RuntimeError(f"{PASSWORD} {KEY.hex()}")

    files, node = secrets_of(desk), ("--upstream", f"http://127.0.0.1:9/{KEY.hex()}")
    with desk.monkeypatch.context() as patch:
        patch.setattr(Serving, "run", stop)
        runs = [
            desk.guard("rpc", *node, "--port", "0"),
            desk.guard("rpc", *node, "--port", "1"),
            desk.guard("rpc", *node, "--policy", files["password"]),
            desk.guard("rpc", *node, "--token-file", files["password"]),
            desk.guard("rpc", *node, "--host", "0.0.0.0", "--token-file", files["key"]),
        ]
    for address in (f"http://node.example/{KEY.hex()}", f"https://{PASSWORD}@node.example/", KEY.hex()):
        runs.append(desk.guard("rpc", "--upstream", address))
    return [*runs, desk.guard("rpc"), desk.guard("rpc", *node, "--allow-origin", "*")]


def demo(desk: Desk) -> list[Run]:
    """Run the demo with the canary as its password."""
    with desk.monkeypatch.context() as patch:
        patch.setattr(guard.wiring, "build_predictor", BUILD_PREDICTOR)
        patch.setattr(guard.wiring, "build_shared_history", BUILD_SHARED_HISTORY)
        randomness = SimpleNamespace(token_hex=lambda _: PASSWORD, token_bytes=secrets.token_bytes)
        patch.setattr(demonstration, "secrets", randomness)
        done = desk.wallet("demo")
        patch.setattr(demonstration, "stage", lambda *_: 1 // 0)
        return [done, desk.wallet("demo")]


CASES: dict[str, Case] = {
    "wallet account new": account_new,
    "wallet account import": account_import,
    "wallet account list": account_list,
    "wallet account show": account_show,
    "wallet account passwd": account_passwd,
    "wallet account remove": account_remove,
    "wallet send": send,
    "wallet revoke": revoke,
    "wallet check": check,
    "wallet sign-message": sign_message,
    "wallet sign-typed": sign_typed,
    "wallet contacts add": contacts_add,
    "wallet contacts list": contacts_list,
    "wallet contacts remove": contacts_remove,
    "wallet history": after_sends(("history",), ("history", "--json")),
    "wallet show": after_sends(("show", "ID"), ("show", "ID", "--json"), ("show", "none")),
    "wallet resume": after_sends(("resume",), ("resume", "ID", "--json"), ("resume", "none")),
    "wallet speed-up": replaced("speed-up"),
    "wallet cancel": replaced("cancel"),
    "wallet demo": demo,
    "guard approve": approve,
    "guard audit verify": audit_verify,
    "guard doctor": doctor,
    "guard lists import": lists_import,
    "guard lists update": lists_update,
    "guard lists stats": after_import("stats"),
    "guard lists show": after_import("show", FRIEND),
    "guard lists remove": after_import("remove", "good"),
    "guard model info": model_info,
    "guard model evaluate": model_evaluate,
    "guard model explain": model_explain,
    "guard policy check": policy_check,
    "guard rpc": rpc,
    "guard rules": rules,
    "guard serve": serve,
}


def leaf_commands() -> dict[str, click.Command]:
    """Return every command that can be run, by what is typed for it."""

    def walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
        if not isinstance(command, click.Group):
            yield path, command
            return
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from walk(f"{path} {name}", child)

    return dict([*walk("wallet", wallet_cli), *walk("guard", guard_cli)])


def test_e7_every_command_has_a_case() -> None:
    assert set(CASES) == set(leaf_commands())


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder and a working directory of this test's own, to be searched afterwards."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.monkeypatch.setattr(keystore, "WRITTEN_COST", ScryptCost(n=2, r=1, p=1))
    return desk


def kept(*folders: Path) -> dict[Path, bytes]:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {path: path.read_bytes() for path in files if path.name not in SECRET_FILES}


def assert_nowhere(runs: list[Run], files: dict[Path, bytes], log: str) -> None:
    for number, done in enumerate(runs):
        assert found_in((done.out + done.err).encode("utf-8", "surrogateescape")) == [], number
    for path, content in files.items():
        assert found_in(content) == [], path
        assert found_in(str(path).encode()) == [], path
    assert found_in(log.encode("utf-8", "surrogateescape")) == []


@pytest.mark.parametrize("name", CASES)
def test_e7_no_command_lets_a_secret_out_in_success_or_in_failure(
    name: str, desk: Desk, temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # With all that libraries have to say.
    caplog.set_level(logging.DEBUG)
    runs = CASES[name](desk)
    assert 0 in {run.code for run in runs}, [run.err for run in runs]
    assert {run.code for run in runs} - {0}, "no run of this case fails"
    assert_nowhere(runs, kept(desk.home, temporary), caplog.text)


@pytest.mark.parametrize("name", CASES)
def test_e7_an_error_of_ours_that_holds_a_secret_is_told_without_it(
    name: str, desk: Desk, temporary: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    command = leaf_commands()[name]
    program, *words = name.split()
    arguments = [*words, *(["x"] * sum(isinstance(part, click.Argument) for part in command.params))]
    for part in command.params:
        arguments += [part.opts[0], "x"] if isinstance(part, click.Option) and part.required else []

    def explode(*_: object, **__: object) -> None:
        raise RuntimeError(f"{PASSWORD} {KEY.hex()} {NEW_PASSWORD}")

    desk.monkeypatch.setattr(command, "callback", explode)
    runs = [desk._run(program, arguments), desk._run(program, [*arguments, "--json"])]
    assert {run.code for run in runs} <= {1, 2}
    assert runs[0].code == 1
    assert "internal error: RuntimeError at test_secrets.py" in runs[0].err
    assert_nowhere(runs, kept(desk.home, temporary), caplog.text)


def test_e7_while_a_payment_is_on_its_way_no_open_file_holds_a_secret(desk: Desk, temporary: Path) -> None:
    open_files: dict[Path, bytes] = {}
    real = type(desk.chain).broadcast

    def look(self: Any, *given: Any) -> Any:
        open_files.update(kept(desk.home, temporary))
        return real(self, *given)

    desk.monkeypatch.setattr(type(desk.chain), "broadcast", look)
    done = desk.send("--yes")
    assert done.code == 0
    names = {path.name for path in open_files}
    assert {"journal.sqlite3", "journal.sqlite3-wal", "contacts.json", "main"} <= names
    assert_nowhere([done], open_files, "")


def test_a_note_in_the_journal_holds_no_secret_that_an_error_held(desk: Desk) -> None:
    def explode(*_: object, **__: object) -> None:
        raise RuntimeError(PASSWORD)

    desk.monkeypatch.setattr(keystore, "sign_in_child", explode)
    done = desk.send("--yes")
    assert (done.code, PAYER.address in done.err) == (1, True)
    (record,) = desk.sends()
    assert record.note == "RuntimeError"
    assert os.listdir(desk.home / "keystore") == ["main"]
