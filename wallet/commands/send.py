"""`wallet send`: a payment, scored before it is signed."""

from __future__ import annotations

from typing import Any

import click

from guard.core.text import escape_untrusted
from guard.errors import CallerError
from wallet.flags import (
    account_options,
    answer_options,
    guard_options,
    node_option,
    output_options,
    payment_options,
    signing_options,
    waiting_options,
)
from wallet.options import ConfiguredCommand, Output, combine, option


def _readable_key(context: click.Context, parameter: click.Parameter, key: str | None) -> str | None:
    """Refuse a key that cannot be told from another by reading it: empty, or with bytes that do not show."""
    if key is not None and (not key.strip() or not key.isprintable()):
        raise CallerError(
            f"'{escape_untrusted(key, limit=80)}' cannot be an idempotency key",
            hint="give printable text, such as an order's number",
        )
    return key


send_options = combine(
    option(
        "--idempotency-key",
        metavar="KEY",
        callback=_readable_key,
        help="The same key never pays twice.",
    ),
    waiting_options,
    option("--dry-run", is_flag=True, help="The verdict only; nothing is asked, signed or sent."),
    answer_options,
)


@click.command("send", cls=ConfiguredCommand, short_help="Send a payment, scored before it is signed.")
@click.argument("to", metavar="TO")
@click.argument("arguments", metavar="[ARG]...", nargs=-1)
@payment_options
@account_options
@node_option
@guard_options
@signing_options
@send_options
@output_options
def command(as_json: bool, quiet: bool, verbose: bool, **options: Any) -> int:
    """Send a payment to TO, an address or a contact's name.

    The guard reviews it first. A BLOCK is refused (exit 3); a WARN needs a yes at a terminal (exit 5 without
    one); without a verdict nothing is signed unattended (exit 4). Only then is the key opened, the signed
    bytes compared with what was scored, written to the journal, and broadcast.

    \b
    Examples:
      wallet send 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf --value 0.1ether
      wallet send alice --value 5gwei --account main --yes
      wallet send 0xA0b8…eB48 --call "transfer(address,uint256)" 0x7E5F… 1000
      wallet send alice --value 1ether --dry-run --json
    """
    from wallet.checking import check
    from wallet.sending import send
    from wallet.spelling import tell_unverified
    from wallet.wiring import open_session

    output = Output(as_json=as_json, quiet=quiet, verbose=verbose)
    tell_unverified((options["to"], *options["arguments"]), quiet=quiet)
    session = open_session(options, output)
    if options["dry_run"]:
        return check(session, options, output)
    return send(session, options, output)
