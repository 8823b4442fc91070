"""The `guard` command tree: one file a command, under `guard.commands`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import click

from guard import __version__
from guard.command_line import LazyGroup, run

COMMANDS = ("approve", "audit", "doctor", "lists", "model", "policy", "rpc", "rules", "serve")


@click.group(
    cls=LazyGroup,
    package="guard.commands",
    names=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="guard")
def cli() -> None:
    """The guard's own tools: the route, the rules, the model, the lists, and whether all is right.

    \b
    Examples:
      guard serve
      guard rpc --upstream http://127.0.0.1:8545
      guard rules recipient.lookalike
      guard audit verify
      guard doctor
      guard model info
      guard lists stats
      guard policy check agent

    Shell completion: eval "$(_GUARD_COMPLETE=bash_source guard)"
    """


def _error_object(_arguments: Sequence[str], error: Mapping[str, str]) -> Mapping[str, object]:
    return {"ok": False, "error": error}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    sys.exit(run(cli, "guard", sys.argv[1:] if arguments is None else arguments, _error_object))
