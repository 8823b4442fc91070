"""`wallet revoke`: rights over tokens, or over the account itself, taken back."""

from __future__ import annotations

from typing import Any

import click

from guard.errors import CallerError
from wallet.commands.send import send_options
from wallet.flags import (
    account_options,
    guard_options,
    node_option,
    output_options,
    signing_options,
    transaction_options,
)
from wallet.options import ConfiguredCommand, Output, WholeNumber, combine, is_given, option

_CHOICES = {
    "token_id": "--token-id",
    "operator": "--operator",
    "allowance": "--allowance",
    "permit2": "--permit2",
    "delegation": "--delegation",
}

right_options = combine(
    option(
        "--token-id", type=WholeNumber(), metavar="N", help="The right to one piece of an ERC-721 collection."
    ),
    option(
        "--operator",
        is_flag=True,
        help="The right to everything in a collection alone, also where it does not say that it is one.",
    ),
    option("--allowance", is_flag=True, help="The token's own allowance alone."),
    option("--permit2", is_flag=True, help="The allowance within Permit2 alone."),
    option("--delegation", is_flag=True, help="The account's own delegation to code (EIP-7702)."),
)


def _check_flags(options: dict[str, Any]) -> None:
    """Raise CallerError for flags and arguments that do not go together."""
    chosen = [flag for name, flag in _CHOICES.items() if is_given(options[name])]
    if len(chosen) > 1:
        raise CallerError(f"both {' and '.join(chosen)} were given", hint="give one of them, or none")
    given = [options[name] for name in ("token", "spender") if options[name] is not None]
    if not options["delegation"] and len(given) < 2:
        raise CallerError(
            "it is not said what to take back",
            hint="give TOKEN and SPENDER, addresses or contacts' names, or --delegation",
        )
    if not options["delegation"]:
        return
    if given:
        raise CallerError(
            "--delegation is about the account itself", hint="leave TOKEN and SPENDER out, or --delegation"
        )
    if options["legacy"]:
        raise CallerError("--legacy cannot go with --delegation", hint="leave it out: type 4 has two prices")
    if options["dry_run"]:
        raise CallerError(
            "--dry-run signs nothing, and what --delegation sends cannot be judged without its signature",
            hint="leave it out: nothing leaves before the verdict, nor without a yes at a terminal or --yes",
        )


@click.command("revoke", cls=ConfiguredCommand, short_help="Take back a right over your tokens or account.")
@click.argument("token", metavar="[TOKEN]", required=False)
@click.argument("spender", metavar="[SPENDER]", required=False)
@right_options
@transaction_options
@account_options
@node_option
@guard_options
@signing_options
@send_options
@output_options
def command(as_json: bool, quiet: bool, verbose: bool, **options: Any) -> int:
    """Take back every right that SPENDER has over your TOKEN, each an address or a contact's name.

    The contracts are asked what stands: an ERC-20 allowance, one within Permit2, an operator (ERC-721, 1155,
    777). Each right takes a transaction that is reviewed and sent as by `wallet send`, with its exit codes;
    the first that fails ends the command. Afterwards the contract is asked again: exit 1 if the right still
    stands. Where nothing stands nothing is sent (exit 0). The right to one piece of a collection needs
    --token-id: no contract lists them. What you signed and nobody has handed in yet is not seen.

    --delegation: your account stops running the code it was delegated to (EIP-7702). The key signs an
    authorization of the zero address and the transaction that carries it; both leave after the verdict alone.

    \b
    Examples:
      wallet revoke 0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48 old-router
      wallet revoke usdc old-router --dry-run
      wallet revoke apes market --token-id 42
      wallet revoke --delegation --account main
    """
    from wallet.revoking import revoke
    from wallet.wiring import open_session

    _check_flags(options)
    output = Output(as_json=as_json, quiet=quiet, verbose=verbose)
    return revoke(open_session(options, output), options, output)
