"""What both console scripts share: commands loaded when named, and one place where errors become exits.

What belongs here: the frame of a command line. What must not: any command.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from importlib import import_module
from typing import Any

import click

from guard import exit_codes
from guard.core.text import escape_untrusted
from guard.errors import CallerError, GuardError

_EXACT_IN_JSON = 2**53
"""Integers up to here are exact in every JSON reader; larger ones are written as strings."""

ErrorObject = Callable[[Sequence[str], Mapping[str, str]], Mapping[str, object]]
"""Makes the object that `--json` prints for an error, from the arguments and the error."""


class LazyGroup(click.Group):
    """A group whose commands are modules of one package, each with a click command named `command`."""

    def __init__(self, *, package: str, names: Sequence[str], **settings: Any) -> None:
        super().__init__(**settings)
        self._package = package
        self._names = tuple(names)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, sorted."""
        return sorted(self._names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, importing its module, or None for a name that is none."""
        if cmd_name not in self._names:
            return None
        command: click.Command = import_module(f"{self._package}.{cmd_name.replace('-', '_')}").command
        return command


def run(
    group: click.Group,
    name: str,
    arguments: Sequence[str],
    error_object: ErrorObject,
    *,
    shared: object = None,
) -> int:
    """Run one command line and return its exit code; every error ends as one line, or one object.

    `shared` reaches the commands as click's context object.
    """
    as_json = "--json" in arguments
    # click strips colours where there is no terminal; https://no-color.org asks for more.
    color = False if os.environ.get("NO_COLOR") else None
    try:
        result = group.main(
            args=list(arguments), prog_name=name, standalone_mode=False, obj=shared, color=color
        )
        return result if isinstance(result, int) else exit_codes.DONE
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.format_message())
        return exit_codes.USAGE
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        hint = "" if context is None else f"see `{context.command_path} --help`"
        given = CallerError(escape_untrusted(error.format_message()), hint=hint)
        return _report(given, as_json, arguments, error_object)
    except GuardError as error:
        return _report(error, as_json, arguments, error_object)
    except (KeyboardInterrupt, click.Abort):
        _report(GuardError("interrupted", code="interrupted"), as_json, arguments, error_object)
        return exit_codes.INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # The reader went away, which click answers by ending the process; there is nobody left to tell.
        return exit_codes.FAILED
    except Exception as error:  # noqa: BLE001  the last line: a fault of ours is told, without its values
        return _report(_fault(error), as_json, arguments, error_object)
    finally:
        _drop_unwritable()


def say(text: str) -> None:
    """Tell a person on standard error; never raises, because no payment may hang on who listens."""
    with suppress(OSError, ValueError):
        click.echo(text, err=True)


def emit(text: str, *, instead: str = "") -> None:
    """Print a result on standard output.

    Raises GuardError where that fails, with `instead` as its hint: what must be told all the same. Without
    it a reader that went away is left to `run`.
    """
    problem = "it is closed"
    try:
        # Python leaves None in the place of a stream that was closed before it started.
        if sys.stdout:
            click.echo(text)
            return
    except (OSError, ValueError) as error:
        if isinstance(error, BrokenPipeError) and not instead:
            raise
        problem = getattr(error, "strerror", None) or type(error).__name__
    raise GuardError(f"standard output cannot be written: {problem}", hint=instead, code="output")


def print_json(value: Mapping[str, object], *, instead: str = "") -> None:
    """Print one object on standard output, as `emit` does."""
    emit(json.dumps(jsonable(value), allow_nan=False), instead=instead)


def jsonable(value: object) -> object:
    """Return `value` with integers above 2^53 as strings, so that no reader rounds them.

    A member of an Enum is told by its value.
    """
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= _EXACT_IN_JSON else str(value)
    if isinstance(value, Enum):
        return jsonable(value.value)
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    return value


def _report(error: GuardError, as_json: bool, arguments: Sequence[str], error_object: ErrorObject) -> int:
    told = False
    if as_json:
        with suppress(GuardError, OSError):
            print_json(error_object(arguments, error.as_mapping()))
            told = True
    if not told:
        say(f"error: {error.message}")
        if error.hint:
            say(f"       {error.hint}")
    return exit_codes.of_error(error)


def _drop_unwritable() -> None:
    """Let go of what could not be written: Python would try again at its end, and change the exit code."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _fault(error: Exception) -> GuardError:
    """Return an error that names the kind and the place of a fault, and none of its values."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(frame.filename)}:{frame.lineno}"
    return GuardError(
        f"internal error: {type(error).__name__} at {place}",
        hint="this is a fault of txguard: please report it with this line",
        code="internal",
    )
