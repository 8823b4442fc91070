"""`wallet sign-typed`: typed data, scored before it is signed."""

from __future__ import annotations

from typing import Any

import click

from wallet.flags import (
    account_options,
    answer_options,
    content_options,
    guard_options,
    node_option,
    output_options,
    signing_options,
)
from wallet.options import ConfiguredCommand, Output


@click.command("sign-typed", cls=ConfiguredCommand, short_help="Sign typed data, scored before it is signed.")
@click.argument("file", metavar="FILE|-")
@account_options
@node_option
@guard_options
@signing_options
@content_options
@answer_options
@output_options
def command(file: str, as_json: bool, quiet: bool, verbose: bool, **options: Any) -> int:
    """Sign the typed data (EIP-712) in FILE, JSON as eth_signTypedData_v4 takes it, or on standard input.

    A permit, an order or a Safe transaction is a payment in another form: the guard reads it, reviews it, and
    holds it to the same limits. A BLOCK is refused (exit 3); a WARN needs a yes at a terminal (exit 5
    without one); without a verdict nothing is signed unattended (exit 4). Prints the signature, 65 bytes in
    hex, once the journal has it.

    \b
    Examples:
      wallet sign-typed permit.json --dry-run --account main --json
      wallet sign-typed permit.json --account main
    """
    from wallet.signing import sign, typed_data
    from wallet.wiring import open_session

    output = Output(as_json=as_json, quiet=quiet, verbose=verbose)
    return sign(typed_data(file), open_session(options, output), options, output)
