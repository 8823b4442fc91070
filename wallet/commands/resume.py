"""`wallet resume`: finish what a crash left behind, byte for byte."""

from __future__ import annotations

from typing import Any

import click

from guard.config import find_home
from guard.errors import CallerError
from wallet.flags import node_option, output_options, waiting_options
from wallet.options import ConfiguredCommand, Output


@click.command("resume", cls=ConfiguredCommand, short_help="Finish what a crash left behind.")
@click.argument("send_id", metavar="[ID]", required=False)
@node_option
@waiting_options
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
    bytes is looked up on the chain and, if no block has it, or none has it any more after a reorganisation,
    broadcast again: the same bytes, never new ones. One whose block is deep enough is final, and is not
    looked at again. Needs no key.

    \b
    Example:
      wallet resume
    """
    from wallet.resuming import find_record, resume_all
    from wallet.wiring import open_journal, open_session

    output = Output(as_json=as_json, quiet=quiet, verbose=verbose)
    if not find_home().has_journal():
        raise CallerError("nothing was sent from here yet", hint="the first send makes the journal")
    timeout_s = None if no_wait else receipt_timeout
    session = open_session(options, output)
    with open_journal(session.settings) as journal:
        records = journal.open_sends()
        if send_id is not None:
            records = [find_record(journal, send_id)]
        return resume_all(records, session, journal, timeout_s, output)
