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
from wallet.options import ConfiguredCommand, Output, WholeNumber, combine, option

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

    The contracts are asked what stands: the allowance of an ERC-20 token, the one within Permit2, an operator
    of an ERC-721, ERC-1155 or ERC-777 contract. Each right takes one transaction, reviewed, asked about and
    sent as by `wallet send`, with the same exit codes; the first that does not succeed ends the command. When
    a block has it, the contract is asked again, and exit 1 tells that the right still stands. Where nothing
    stands nothing is sent, and the exit code is 0.

    Rights to single pieces of a collection are looked for by --token-id alone: no contract lists them. What
    you signed and nobody has handed in yet is on no chain, and is not seen.

    --delegation takes no TOKEN and SPENDER: your account stops running the code it was delegated to. The key
    signs twice, an authorization of the zero address and the transaction that carries it; both leave only
    after the verdict.

    \b
    Examples:
      wallet revoke 0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48 0x1111111254EEB25477B68fb85Ed929f73A960582
      wallet revoke usdc old-router --dry-run
      wallet revoke apes market --token-id 42
      wallet revoke --delegation --account main
    """
    from wallet.revoking import revoke
    from wallet.wiring import open_session

    chosen = [flag for name, flag in _CHOICES.items() if options[name] not in (None, False)]
    if len(chosen) > 1:
        raise CallerError(f"both {' and '.join(chosen)} were given", hint="give one of them, or none")
    given = [options[name] for name in ("token", "spender") if options[name] is not None]
    if options["delegation"] and given:
        raise CallerError(
            "--delegation is about the account itself", hint="leave TOKEN and SPENDER out, or --delegation"
        )
    if not options["delegation"] and len(given) < 2:
        raise CallerError(
            "it is not said what to take back",
            hint="give TOKEN and SPENDER, addresses or contacts' names, or --delegation",
        )
    if options["delegation"] and options["legacy"]:
        raise CallerError("--legacy cannot go with --delegation", hint="leave it out: type 4 has two prices")
    output = Output(as_json=as_json, quiet=quiet, verbose=verbose)
    return revoke(open_session(options, output), options, output)
