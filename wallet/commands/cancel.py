"""`wallet cancel`: a payment of nothing to oneself, in the place of one that no block has."""

from __future__ import annotations

from typing import Any

import click

from wallet.flags import output_options, replacement_options
from wallet.options import ConfiguredCommand, Output


@click.command("cancel", cls=ConfiguredCommand, short_help="Take the place of a waiting payment.")
@click.argument("send_id", metavar="ID")
@replacement_options
@output_options
def command(send_id: str, as_json: bool, quiet: bool, verbose: bool, **options: Any) -> int:
    """Sign a payment of nothing to yourself with the nonce of the payment ID and dearer gas.

    Once a block has it, ID can never be paid; until then, it still can. If ID is mined first, this ends with
    exit 8, and says so. It is also the way to free the nonce of a payment that the node refuses for good.

    \b
    Example:
      wallet cancel 1f0c9a2e
    """
    from wallet.replacing import MAKERS, replace_send
    from wallet.wiring import open_session

    output = Output(as_json=as_json, quiet=quiet, verbose=verbose)
    return replace_send(MAKERS["cancel"], send_id, open_session(options, output), options, output)
