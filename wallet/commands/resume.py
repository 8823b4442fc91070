"""`wallet resume`: finish what a crash left behind, byte for byte."""

from __future__ import annotations

from typing import Any

import click

from guard.config import find_home, is_present
from guard.core.text import escape_untrusted
from guard.errors import CallerError
from guard.interceptor import DEFAULT_RECEIPT_TIMEOUT_S
from wallet.options import ConfiguredCommand, Output, Seconds, node_option, option, output_options


@click.command("resume", cls=ConfiguredCommand, short_help="Finish what a crash left behind.")
@click.argument("send_id", metavar="[ID]", required=False)
@node_option
@option("--async", "no_wait", is_flag=True, help="Do not wait for a block.")
@option(
    "--receipt-timeout",
    setting="receipt_timeout",
    type=Seconds(min=0.1),
    default=DEFAULT_RECEIPT_TIMEOUT_S,
    show_default=True,
    help="Seconds to wait for a block.",
)
@output_options
def command(
    *,
    send_id: str | None,
    no_wait: bool,
    receipt_timeout: float,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    **options: Any,
) -> int:
    """Bring the send ID, or every send that has not ended, to its end.

    A send that was interrupted before a signature is marked as abandoned: nothing was sent. One with signed
    bytes is looked up on the chain and, if no block has it, broadcast again: the same bytes, never new ones.
    Needs no key.

    \b
    Example:
      wallet resume
    """
    from wallet.resuming import resume_all
    from wallet.wiring import open_journal, open_session

    output = Output(as_json=as_json, quiet=quiet, verbose=verbose)
    if not is_present(find_home().journal_file):
        raise CallerError("nothing was sent from here yet", hint="the first send makes the journal")
    timeout_s = None if no_wait else receipt_timeout
    session = open_session(options, output)
    with open_journal(session.settings) as journal:
        records = journal.open_sends()
        if send_id is not None:
            record = journal.find(send_id)
            if record is None:
                raise CallerError(
                    f"there is no send '{escape_untrusted(send_id, limit=80)}'",
                    hint="`wallet history` lists them",
                )
            records = [record]
        return resume_all(records, session, journal, timeout_s, output)
