"""`wallet check`: the verdict alone."""

from __future__ import annotations

from typing import Any

import click

from guard.errors import CallerError
from wallet.flags import (
    account_options,
    guard_options,
    node_option,
    output_options,
    payment_options,
)
from wallet.options import ConfiguredCommand, Output, is_typed, option

_OF_A_PAYMENT = {
    "value": "--value",
    "data": "--data",
    "signature": "--call",
    "chain": "--chain",
    "nonce": "--nonce",
    "gas_limit": "--gas-limit",
    "gas_price": "--gas-price",
    "priority_gas_price": "--priority-gas-price",
    "legacy": "--legacy",
    "account": "--account",
    "keystore": "--keystore",
    "sender": "--from",
}
"""Flags that signed bytes and a file have no use for: they tell the whole payment themselves."""


@click.command("check", cls=ConfiguredCommand, short_help="The verdict alone; needs no key.")
@click.argument("to", metavar="[TO]", required=False)
@click.argument("arguments", metavar="[ARG]...", nargs=-1)
@payment_options
@option("--raw", metavar="0x…", help="Check signed bytes instead.")
@option("--tx", metavar="FILE|-", help="Check a JSON transaction, or a whole JSON-RPC request, instead.")
@account_options
@node_option
@guard_options
@output_options
def command(as_json: bool, quiet: bool, verbose: bool, **options: Any) -> int:
    """Print the guard's verdict on a payment to TO, an address or a contact's name.

    Needs no key, asks nothing, signs nothing. Exit code: 0 ALLOW, 3 BLOCK, 4 no verdict, 5 WARN.

    \b
    Examples:
      wallet check 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf --value 0.1ether
      wallet check alice --value 1ether --predict-url embedded --json
      wallet check --raw 0x02f8…
      wallet check --tx transaction.json
    """
    from wallet.checking import check
    from wallet.spelling import tell_unverified
    from wallet.wiring import open_session

    given = [name for name in ("to", "raw", "tx") if options[name] is not None]
    if len(given) != 1:
        raise CallerError(
            "nothing was given to check" if not given else f"both {' and '.join(given)} were given",
            hint="give a recipient with --value, or --raw, or --tx",
        )
    typed = [flag for name, flag in _OF_A_PAYMENT.items() if is_typed(name)]
    if options["to"] is None and typed:
        raise CallerError(
            f"{' and '.join(typed)} cannot go with --{given[0]}, which tells the whole payment",
            hint="nothing is dropped silently: leave one of them out",
        )
    output = Output(as_json=as_json, quiet=quiet, verbose=verbose)
    tell_unverified((options["to"], *options["arguments"]), quiet=quiet)
    return check(open_session(options, output), options, output)
