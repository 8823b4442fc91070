"""Every command's help, and the guard's own small commands."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from guard import __version__
from guard.cli import cli as guard_cli
from guard.command_line import run
from guard.core.review import ENGINE_FINDINGS
from guard.core.rules import ALL_RULES
from guard.core.rules.rule import HEADINGS
from wallet.cli import cli as wallet_cli

GROUPS = {"wallet": wallet_cli, "guard": guard_cli}


def lines_of() -> Iterator[tuple[str, ...]]:
    for program, group in GROUPS.items():
        yield (program,)
        context = click.Context(group)
        for name in group.list_commands(context):
            yield program, name
            command = group.get_command(context, name)
            if isinstance(command, click.Group):
                yield from ((program, name, inner) for inner in command.commands)


LINES = list(lines_of())


def ran(capsys: pytest.CaptureFixture[str], program: str, *arguments: str) -> tuple[int, str, str]:
    code = run(GROUPS[program], program, arguments, lambda _, error: {"ok": False, "error": error})
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_every_command_has_help_that_fits_80_columns(
    line: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = ran(capsys, *line, "--help")
    assert (code, err) == (0, "")
    assert [text for text in out.splitlines() if len(text) > 80] == []


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_every_command_shows_an_example_of_itself(
    line: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = ran(capsys, *line, "--help")
    is_group = len(line) == 2 and "Commands:" in out
    assert is_group or f"\n    {' '.join(line)}" in out.partition("Example")[2]


@pytest.mark.parametrize("program", GROUPS)
def test_without_a_command_the_help_is_shown_and_it_is_usage(
    program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = ran(capsys, program)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: ")


@pytest.mark.parametrize("program", GROUPS)
def test_a_command_that_does_not_exist_is_usage(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = ran(capsys, program, "nothing")
    assert (code, err.splitlines()[0]) == (2, "error: No such command 'nothing'.")


@pytest.mark.parametrize("program", GROUPS)
def test_the_version_is_told(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(capsys, program, "--version") == (0, f"{program}, version {__version__}\n", "")


def test_the_rules_are_listed_with_their_level(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "guard", "rules")
    assert code == 0
    assert [line for line in out.splitlines() if len(line) > 80] == []
    assert [line.split()[0] for line in out.splitlines() if not line.startswith(" ")] == [
        *(rule.id for rule in ALL_RULES),
        *ENGINE_FINDINGS,
    ]
    _, out, _ = ran(capsys, "guard", "rules", "--json")
    told = json.loads(out)["rules"]
    assert [rule["id"] for rule in told] == [rule.id for rule in ALL_RULES]
    assert list(told[0]["text"]) == list(HEADINGS)


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_each_rule_is_explained_within_80_columns(rule: object, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "guard", "rules", rule.id)  # type: ignore[attr-defined]
    assert code == 0
    for heading in (*HEADINGS, "Fires for", "Stays quiet for"):
        assert f"\n{heading}\n" in out
    assert [line for line in out.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("finding", ENGINE_FINDINGS)
def test_the_engines_own_findings_are_explained(finding: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(capsys, "guard", "rules", finding)[0] == 0
    told = json.loads(ran(capsys, "guard", "rules", finding, "--json")[1])
    assert told == {"ok": True, "rule": {"id": finding, "text": ENGINE_FINDINGS[finding]}}


def test_a_rule_that_does_not_exist_is_usage(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = ran(capsys, "guard", "rules", "no.such\x1b[2J")
    assert code == 2
    assert "there is no rule 'no.such" in err
    assert "\x1b" not in err


def test_help_imports_neither_web3_nor_eth_account() -> None:
    program = (
        "import sys\nfrom wallet.cli import main\n"
        "try:\n    main(['send', '--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'web3', 'eth_account', 'flask', 'requests', 'pydantic'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
