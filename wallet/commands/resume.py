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
@click.option(
    "--sent-as", metavar="HASH", help="The hash under which another wallet sent what it was handed."
)
@click.option("--not-sent", is_flag=True, help="It never did: asked about at the terminal.")
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

    One that was handed to a wallet that signs by itself counts against your limits until you say what became
    of it: --sent-as compares the bytes that the node shows with what was reviewed.

    \b
    Examples:
      wallet resume
      wallet resume 1f0c9a2e --sent-as 0x5c50…
    """
    from wallet.handed import Word, settled
    from wallet.resuming import find_record, resume_all
    from wallet.wiring import open_journal, open_session

    output, word = Output(as_json=as_json, quiet=quiet, verbose=verbose), Word.of(options, send_id)
    if not find_home().has_journal():
        raise CallerError("nothing was sent from here yet", hint="the first send makes the journal")
    session = open_session(options, output)
    with open_journal(session.settings) as journal:
        records = journal.open_sends()
        if send_id is not None:
            records = [settled(find_record(journal, send_id), word, session, journal, output)]
        return resume_all(records, session, journal, None if no_wait else receipt_timeout, output)
