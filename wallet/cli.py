"""The `wallet` command tree: one file a command, under `wallet.commands`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import click

from guard import __version__
from guard.command_line import LazyGroup, run

COMMANDS = (
    "account",
    "cancel",
    "check",
    "contacts",
    "demo",
    "history",
    "resume",
    "revoke",
    "send",
    "show",
    "sign-message",
    "sign-typed",
    "speed-up",
)
_OWN_KEYS: Mapping[str, Mapping[str, object]] = {
    "send": {},
    "check": {},
    "speed-up": {},
    "cancel": {},
    "sign-typed": {"signature": None},
    "sign-message": {"signature": None},
    "revoke": {"rights": []},
}
"""Command that comes to a verdict, to what its object holds besides what that of a send does."""


@click.group(
    cls=LazyGroup,
    package="wallet.commands",
    names=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="wallet")
def cli() -> None:
    """Send ether with a guard in front of the signature.

    \b
    Examples:
      wallet demo
      wallet account new main
      wallet check 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf --value 0.1ether
      wallet send 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf --value 0.1ether

    Shell completion: eval "$(_WALLET_COMPLETE=bash_source wallet)"
    """


def error_object(arguments: Sequence[str], error: Mapping[str, str]) -> Mapping[str, object]:
    """Return what `--json` prints for an error: the command's own object, empty but for the error."""
    own = _OWN_KEYS.get(arguments[0]) if arguments else None
    if own is None:
        return {"ok": False, "error": error}
    from guard.report.objects import no_result

    return {**no_result(error), **own}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    sys.exit(run(cli, "wallet", sys.argv[1:] if arguments is None else arguments, error_object))
