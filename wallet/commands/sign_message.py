"""`wallet sign-message`: a text, scored before it is signed."""

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


@click.command("sign-message", cls=ConfiguredCommand, short_help="Sign a text, scored before it is signed.")
@click.argument("text", metavar="TEXT")
@click.option("--hex", "is_hex", is_flag=True, help="TEXT is 0x and hex digits: sign these bytes.")
@account_options
@node_option
@guard_options
@signing_options
@content_options
@answer_options
@output_options
def command(text: str, is_hex: bool, as_json: bool, quiet: bool, verbose: bool, **options: Any) -> int:
    """Sign TEXT as personal_sign does (EIP-191), so that it can be no transaction.

    The guard reviews it first, with the same answers and exit codes as `wallet send`. Prints the signature,
    65 bytes in hex, once the journal has it.

    \b
    Examples:
      wallet sign-message "I own this account" --account main
      wallet sign-message 0x48656c6c6f --hex --dry-run
    """
    from wallet.signing import message, sign
    from wallet.wiring import open_session

    output = Output(as_json=as_json, quiet=quiet, verbose=verbose)
    return sign(message(text, is_hex=is_hex), open_session(options, output), options, output)
