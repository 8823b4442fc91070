"""`guard audit verify`: is the audit trail whole?

What belongs here: the command. What must not: the check; `guard.core.journal` makes it.
"""

from __future__ import annotations

from contextlib import closing

import click

from guard.command_line import emit, print_json
from guard.config import find_home
from guard.errors import CallerError


@click.group("audit", short_help="Check the audit trail.")
def command() -> None:
    """Check the audit trail that every send leaves in the journal."""


@command.command("verify")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def verify(as_json: bool) -> None:
    """Recompute the chain of hashes over every entry, and compare every send with what the trail says of it.

    The first entry, or the first send, that does not fit is named. A trail that was edited, reordered, or cut
    is noticed, and so is an edited table of sends; a file that was replaced as a whole, mark included, by
    somebody who can write it, is not.

    \b
    Example:
      guard audit verify
    """
    from guard.adapters.sqlite_journal import SqliteJournal

    home = find_home()
    if not home.has_journal():
        raise CallerError(f"there is no journal at {home.journal_file}", hint="it is made by the first send")
    with closing(SqliteJournal(home.journal_file)) as journal:
        count = journal.verify_audit()
    if as_json:
        print_json({"ok": True, "entries": count})
    else:
        emit(f"the audit trail is whole: {count} entries")
