"""`wallet speed-up`: the same payment once more, with dearer gas."""

from __future__ import annotations

from typing import Any

import click

from wallet.flags import output_options, replacement_options
from wallet.options import ConfiguredCommand, Output


@click.command("speed-up", cls=ConfiguredCommand, short_help="Offer more for the gas of a waiting payment.")
@click.argument("send_id", metavar="ID")
@replacement_options
@output_options
def command(send_id: str, as_json: bool, quiet: bool, verbose: bool, **options: Any) -> int:
    """Sign the payment ID once more, with the same nonce and both fees a tenth higher or at the market's.

    The guard reviews it like any payment. At most one of the two can be mined, so it is paid once; both
    hashes are kept, and whichever a block takes ends the payment.

    \b
    Example:
      wallet speed-up 1f0c9a2e
    """
    from wallet.replacing import MAKERS, replace_send
    from wallet.wiring import open_session

    output = Output(as_json=as_json, quiet=quiet, verbose=verbose)
    return replace_send(MAKERS["speed-up"], send_id, open_session(options, output), options, output)
