"""`wallet demo`: the whole flow on an embedded chain and the embedded predictor, without a network."""

from __future__ import annotations

from collections.abc import Sequence

import click

from guard.command_line import run
from wallet.options import EmbeddedNode


@click.command("demo", short_help="The whole flow in this process, without a network.")
def command() -> int:
    """Run three real sends on a chain in this process: one mined, one held, one blocked.

    The chain, the accounts' past and the payments are real, the verdicts are the shipped model's and rules';
    only the people are missing. Nothing is kept.

    \b
    Example:
      wallet demo
    """
    try:
        from wallet.demonstration import demonstrate
    except ModuleNotFoundError as error:
        from guard.wiring import missing_extra

        raise missing_extra("the demo", error, extra="demo") from error
    from guard.cli import cli as guard_cli
    from wallet.cli import cli as wallet_cli
    from wallet.cli import error_object

    node = EmbeddedNode()
    groups = {"wallet": wallet_cli, "guard": guard_cli}

    def run_command(program: str, arguments: Sequence[str]) -> int:
        return run(groups[program], program, arguments, error_object, shared=node)

    return demonstrate(run_command, node.put)
