"""`guard rpc` as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from guard import exit_codes
from guard.cli import cli
from guard.command_line import run


def typed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = run(cli, "guard", ["rpc", *arguments], lambda _, error: {"error": error})
    return code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), exit_codes.USAGE, "where the node is"),
        (("--upstream", "http://node.example/v3/secret-key"), exit_codes.CONFIGURATION, "plain http"),
        (("--upstream", "https://name:secret-key@node.example/"), exit_codes.CONFIGURATION, "user name"),
        (("--upstream", "secret-key"), exit_codes.CONFIGURATION, "no address of a node"),
        (("--upstream", "wss://node.example/secret-key"), exit_codes.CONFIGURATION, "no address of a node"),
        (
            ("--upstream", "http://127.0.0.1:9/", "--upstream-ws", "ws://node.example/secret-key"),
            exit_codes.CONFIGURATION,
            "--upstream-ws",
        ),
        (
            ("--upstream", "http://127.0.0.1:9/", "--upstream-ws", "http://127.0.0.1:9/"),
            exit_codes.CONFIGURATION,
            "--upstream-ws",
        ),
        (
            ("--upstream", "http://127.0.0.1:9/", "--host", "0.0.0.0"),
            exit_codes.CONFIGURATION,
            "needs a token",
        ),
        (
            ("--upstream", "http://127.0.0.1:9/", "--token-file", "/nowhere"),
            exit_codes.CONFIGURATION,
            "the key file /nowhere",
        ),
        (("--upstream", "http://127.0.0.1:9/", "--policy", "/nowhere"), exit_codes.CONFIGURATION, "/nowhere"),
        (("--upstream", "http://127.0.0.1:9/", "--allow-origin", "*"), exit_codes.CONFIGURATION, "no origin"),
        (("--upstream", "http://127.0.0.1:9/", "--port", "70000"), exit_codes.USAGE, "--port"),
        (
            (
                "--upstream",
                "http://127.0.0.1:9/",
                "--host",
                "127.0.0.1",
                "--predict-url",
                "http://a.example/",
            ),
            exit_codes.CONFIGURATION,
            "plain http",
        ),
        (
            ("--upstream", "http://127.0.0.1:9/", "--host", "no.such.name.invalid"),
            exit_codes.CONFIGURATION,
            "token",
        ),
    ],
)
def test_g5_g9_what_cannot_be_used_ends_it_before_it_listens(
    arguments: tuple[str, ...], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """G5 G9: with its own exit code, one line, and nothing of the node's address."""
    told, text = typed(capsys, *arguments)
    assert (told, said in text, "secret-key" in text) == (code, True, False), text


def test_a_journal_that_cannot_be_used_ends_it_at_the_start(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "journal.sqlite3").write_bytes(b"not a database")
    code, text = typed(capsys, "--upstream", "http://127.0.0.1:9/")
    assert (code, "journal" in text) == (exit_codes.FAILED, True)
