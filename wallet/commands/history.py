"""`wallet history`: the latest sends and signatures."""

from __future__ import annotations

import click

from guard.command_line import emit, print_json, say
from guard.config import find_home
from wallet.options import engine_settings


@click.command("history", short_help="The latest sends and signatures, newest first.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def command(limit: int, as_json: bool) -> None:
    """List the latest sends and signatures, newest first: what was refused, and what was signed.

    \b
    Example:
      wallet history --limit 5
    """
    from wallet.resuming import describe_record, record_line
    from wallet.signature_records import describe_signature, signature_line
    from wallet.wiring import open_journal

    records, signatures = [], []
    if find_home().has_journal():
        with open_journal(engine_settings({})) as journal:
            records = journal.sends(limit)
            signatures = journal.latest_signatures(limit)
    if as_json:
        sends = [describe_record(record) for record in records]
        print_json(
            {"ok": True, "sends": sends, "signatures": [describe_signature(made) for made in signatures]}
        )
        return
    told = [(record.created_at, record_line(record)) for record in records]
    told += [(made.created_at, signature_line(made)) for made in signatures]
    # The sort keeps what is of one second in the order of the journal.
    for _, line in sorted(told, key=lambda each: each[0], reverse=True)[:limit]:
        emit(line)
    if not told:
        say("nothing was sent from here yet")
