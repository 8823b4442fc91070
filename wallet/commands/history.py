"""`wallet history`: the latest sends."""

from __future__ import annotations

import click

from guard.command_line import emit, print_json, say
from guard.config import find_home
from wallet.options import engine_settings


@click.command("history", short_help="The latest sends, newest first.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def command(limit: int, as_json: bool) -> None:
    """List the latest sends, newest first: what was refused, and what was sent.

    \b
    Example:
      wallet history --limit 5
    """
    from wallet.resuming import describe_record, record_line
    from wallet.wiring import open_journal

    records = []
    if find_home().has_journal():
        with open_journal(engine_settings({})) as journal:
            records = journal.sends(limit)
    if as_json:
        print_json({"ok": True, "sends": [describe_record(record) for record in records]})
        return
    for record in records:
        emit(record_line(record))
    if not records:
        say("nothing was sent from here yet")
