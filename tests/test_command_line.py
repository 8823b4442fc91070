"""The frame of both console scripts: every error ends as one line, or one object, and one exit code."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping, Sequence

import click
import pytest

from guard.command_line import LazyGroup, emit, jsonable, print_json, run, say
from guard.errors import GuardError, KeystoreError


def error_object(_: Sequence[str], error: Mapping[str, str]) -> Mapping[str, object]:
    return {"ok": False, "error": error}


def group(raises: BaseException | None = None, returns: int | None = None) -> click.Group:
    @click.group()
    def cli() -> None: ...

    @cli.command("act")
    @click.option("--json", "as_json", is_flag=True)
    def act(as_json: bool) -> int | None:
        if raises is not None:
            raise raises
        click.echo(click.style("red", fg="red"))
        return returns

    return cli


def ran(capsys: pytest.CaptureFixture[str], cli: click.Group, *arguments: str) -> tuple[int, str, str]:
    code = run(cli, "prog", arguments, error_object)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize(("returns", "code"), [(None, 0), (0, 0), (5, 5)])
def test_what_a_command_returns_is_the_exit_code(
    capsys: pytest.CaptureFixture[str], returns: int | None, code: int
) -> None:
    assert ran(capsys, group(returns=returns), "act")[0] == code


ENDINGS = [
    (KeystoreError("no key", hint="make one"), 7, "keystore", "no key", "make one"),
    (GuardError("plain"), 1, "error", "plain", ""),
    (click.UsageError("wrong"), 2, "usage", "wrong", ""),
    (KeyboardInterrupt(), 130, "interrupted", "interrupted", ""),
    (click.Abort(), 130, "interrupted", "interrupted", ""),
]


@pytest.mark.parametrize(("error", "code", "word", "message", "hint"), ENDINGS, ids=range(len(ENDINGS)))
def test_every_error_is_a_line_or_an_object_and_never_a_traceback(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, word: str, message: str, hint: str
) -> None:
    plain = ran(capsys, group(error), "act")
    assert plain[:2] == (code, "")
    assert message in plain[2]
    assert "Traceback" not in plain[2]
    told_code, out, err = ran(capsys, group(error), "act", "--json")
    assert (told_code, err.strip()) == (code, "")
    told = json.loads(out)
    assert told["ok"] is False
    assert (told["error"]["code"], told["error"]["message"]) == (word, message)
    if code != 2:
        assert told["error"]["hint"] == hint


@pytest.mark.parametrize("error", [RuntimeError("secret"), MemoryError("secret"), RecursionError("secret")])
def test_a_fault_of_ours_is_told_by_kind_and_place_and_without_its_values(
    capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    code, out, err = ran(capsys, group(error), "act")
    assert (code, out) == (1, "")
    assert f"internal error: {type(error).__name__} at test_command_line.py:" in err
    assert "secret" not in err


@pytest.mark.parametrize("value", ["1", "yes", "true"])
def test_no_color_takes_colours_away_even_where_they_would_be_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_: False)
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda _stream=None, color=None: color is False)
    assert ran(capsys, group(), "act")[1] == "\x1b[31mred\x1b[0m\n"
    monkeypatch.setenv("NO_COLOR", value)
    assert ran(capsys, group(), "act")[1] == "red\n"
    monkeypatch.setenv("NO_COLOR", "")
    assert ran(capsys, group(), "act")[1] == "\x1b[31mred\x1b[0m\n"


def test_integers_that_a_double_cannot_hold_are_strings_at_any_depth(
    capsys: pytest.CaptureFixture[str],
) -> None:
    big = 2**53 + 1
    print_json({"a": [big, 2**53, -big, (True, None, 1.5)], "b": {"c": big}})
    assert json.loads(capsys.readouterr().out) == {
        "a": [str(big), 2**53, str(-big), [True, None, 1.5]],
        "b": {"c": str(big)},
    }
    assert jsonable("text") == "text"


def test_what_json_cannot_say_is_never_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        print_json({"a": float("nan")})
    assert capsys.readouterr().out == ""


def test_a_command_is_imported_when_it_is_named_and_a_stranger_is_none() -> None:
    lazy = LazyGroup(package="guard.commands", names=("audit", "rules"))
    context = click.Context(lazy)
    assert lazy.list_commands(context) == ["audit", "rules"]
    assert lazy.get_command(context, "os") is None
    rules = lazy.get_command(context, "rules")
    assert rules is not None
    assert rules.name == "rules"


class Unwritable(io.StringIO):
    """A stream on a full disk, or whose reader went away."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        raise self.error


FULL = OSError(28, "No space left on device")
BROKEN = [FULL, BrokenPipeError(32, "Broken pipe"), ValueError("I/O operation on closed file")]


@pytest.mark.parametrize("error", BROKEN, ids=repr)
def test_what_is_said_on_standard_error_never_raises(
    monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    monkeypatch.setattr(sys, "stderr", Unwritable(error))
    say("signing")
    monkeypatch.setattr(sys, "stderr", None)
    say("signing")


@pytest.mark.parametrize("stream", [*map(Unwritable, BROKEN), None], ids=range(4))
def test_a_result_that_cannot_be_written_is_an_error_with_what_must_be_told(
    monkeypatch: pytest.MonkeyPatch, stream: object
) -> None:
    monkeypatch.setattr(sys, "stdout", stream)
    with pytest.raises(GuardError, match="standard output cannot be written") as caught:
        print_json({"hash": "0x12"}, instead="the hash is 0x12")
    assert (caught.value.code, caught.value.hint) == ("output", "the hash is 0x12")


@pytest.mark.parametrize("flags", [(), ("--json",)])
@pytest.mark.parametrize(("error", "told"), [(FULL, True), (BROKEN[1], False)], ids=["full", "pipe"])
def test_an_error_of_output_is_one_line_and_no_fault_of_ours(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    told: bool,
    flags: tuple[str, ...],
) -> None:
    @click.group()
    def cli() -> None: ...

    @cli.command("act")
    @click.option("--json", "as_json", is_flag=True)
    def act(as_json: bool) -> None:
        emit("result")

    monkeypatch.setattr(sys, "stdout", Unwritable(error))
    assert run(cli, "prog", ["act", *flags], error_object) == 1
    line = "error: standard output cannot be written: No space left on device\n"
    assert capsys.readouterr().err == (line if told else "")
