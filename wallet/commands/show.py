"""`wallet show`: one send."""

from __future__ import annotations

import click

from guard.command_line import emit, print_json
from guard.config import find_home, is_present
from guard.core.text import escape_untrusted
from guard.errors import CallerError
from wallet.options import engine_settings


@click.command("show", short_help="One send, with everything that the journal holds of it.")
@click.argument("send_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def command(send_id: str, as_json: bool) -> None:
    """Show one send by its ID, or by its transaction hash.

    \b
    Example:
      wallet show 1f0c9a2e
    """
    from wallet.render import record_text
    from wallet.resuming import describe_record
    from wallet.wiring import open_journal

    record = None
    if is_present(find_home().journal_file):
        with open_journal(engine_settings({})) as journal:
            record = journal.find(send_id) or journal.find_by_hash(send_id)
    if record is None:
        raise CallerError(
            f"there is no send '{escape_untrusted(send_id, limit=80)}'", hint="`wallet history` lists them"
        )
    if as_json:
        print_json(describe_record(record))
    else:
        emit(record_text(record))
