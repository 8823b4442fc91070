"""`wallet show`: one send, or one signature."""

from __future__ import annotations

import click

from guard.command_line import emit, print_json
from guard.config import find_home
from wallet.options import engine_settings


@click.command("show", short_help="One send or signature, with all that the journal holds of it.")
@click.argument("send_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def command(send_id: str, as_json: bool) -> None:
    """Show one send or signature by its ID, or a send by its transaction hash.

    \b
    Example:
      wallet show 1f0c9a2e
    """
    from guard.report.screen import record_text
    from wallet.resuming import describe_record, find_record, no_send
    from wallet.signature_records import describe_signature, signature_text
    from wallet.wiring import open_journal

    if not find_home().has_journal():
        raise no_send(send_id)
    with open_journal(engine_settings({})) as journal:
        made = journal.find_signature(send_id)
        if made is not None:
            if as_json:
                print_json(describe_signature(made))
            else:
                emit(signature_text(made))
            return
        record = find_record(journal, send_id)
    if as_json:
        print_json(describe_record(record))
    else:
        emit(record_text(record))
