"""The user's files: can each be read, and is each its owner's alone? Nothing is made or changed.

What belongs here: looks at files. What must not: the reading itself; the adapters do that.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from guard.adapters.contacts import ContactsFile
from guard.adapters.journal_mark import read_mark
from guard.adapters.keystore import KeystoreFolder
from guard.adapters.sqlite_journal import SqliteJournal
from guard.config import is_present
from guard.doctor.check import Check, Result, shown_path
from guard.wiring import Settings, build_policy, build_predict_key


def look_at_configuration(settings: Settings) -> Sequence[Check]:
    """Say which configuration file was read; `read_settings` has read it."""
    path = settings.home.config_file
    if is_present(path):
        return (_ok("configuration", f"{shown_path(path)} was read"),)
    return (_ok("configuration", f"there is no {shown_path(path)}: environment and defaults count"),)


def look_at_policy(settings: Settings) -> Sequence[Check]:
    """Read the policy as a review would; raises ConfigurationError for one that cannot be used."""
    policy = build_policy(settings)
    path = settings.policy_path or settings.home.policy_file
    if settings.policy_path is None and not is_present(path):
        return (_ok("policy", "there is no policy file: the defaults count"),)
    return (_ok("policy", f"{shown_path(path)} was read: '{shown_path(policy.name)}'"),)


def look_at_contacts(settings: Settings) -> Sequence[Check]:
    """Read the contacts; raises ConfigurationError for a file that cannot be used."""
    count = len(ContactsFile(settings.home.contacts_file).load())
    return (_ok("contacts", _counted(count, "contact")),)


def look_at_route_key(settings: Settings) -> Sequence[Check]:
    """Read the key for the route; raises ConfigurationError for a file that cannot be used."""
    build_predict_key(settings)
    return (_ok("route key", f"{shown_path(settings.predict_key_file)} was read"),)


def look_at_home(settings: Settings) -> Sequence[Check]:
    """Check owner and modes of the folders that hold everything."""
    folders = dict.fromkeys((settings.home.config_dir, settings.home.data_dir))
    problems = [check for folder in folders if (check := _folder_problem("home", folder)) is not None]
    if problems:
        return problems
    kept = " and ".join(shown_path(folder) for folder in folders if is_present(folder))
    return (_ok("home", f"{kept}: yours alone" if kept else "nothing has been kept yet"),)


def look_at_keystore(settings: Settings) -> Sequence[Check]:
    """Check the key files and their folder, as the wallet judges them before it uses one."""
    folder = settings.keystore_dir or settings.home.keystore_dir
    if not is_present(folder):
        return (_ok("keystore", f"there is no {shown_path(folder)}: no account has been made yet"),)
    store = KeystoreFolder(folder)
    unfit = store.problem()
    if unfit is not None:
        return (Check(part="keystore", result=Result.FAIL, said=unfit.message, advice=unfit.hint),)
    problem = _folder_problem("keystore", folder)
    return (problem or _ok("keystore", _counted(len(store.names()), "key file")),)


def look_at_journal(settings: Settings) -> Sequence[Check]:
    """Read the journal and recompute its audit trail; raises JournalDamaged. The file is opened to read."""
    path = settings.home.journal_file
    if not is_present(path) and read_mark(path) is None:
        return (_ok("journal", "there is none yet: the first send makes it"),)
    with closing(SqliteJournal(path, read_only=True)) as journal:
        count = journal.verify_audit()
        unfinished = len(journal.open_sends())
    said = f"the audit trail is whole: {_counted(count, 'entry', 'entries')}"
    if unfinished:
        return (
            Check(
                part="journal",
                result=Result.WARN,
                said=f"{said}; {_counted(unfinished, 'send')} not at an end",
                advice="`wallet resume` brings them to one",
            ),
        )
    return (_ok("journal", said),)


def _folder_problem(part: str, folder: Path) -> Check | None:
    try:
        if not is_present(folder):
            return None
        status = folder.stat()
    except OSError as error:
        said = f"{shown_path(folder)} cannot be looked at: {error.strerror or type(error).__name__}"
        return Check(part=part, result=Result.FAIL, said=said, advice="mend the folder")
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISDIR(status.st_mode):
        return Check(
            part=part, result=Result.FAIL, said=f"{shown_path(folder)} is no folder", advice="move it away"
        )
    if status.st_uid != os.geteuid():
        said = f"{shown_path(folder)} belongs to another user"
        return Check(part=part, result=Result.FAIL, said=said, advice="use a folder of your own")
    others, result = ("write", Result.FAIL) if mode & 0o022 else ("look", Result.WARN)
    if mode & 0o077 == 0:
        return None
    return Check(
        part=part,
        result=result,
        said=f"others may {others} into {shown_path(folder)} (mode {mode:04o})",
        advice=f"chmod 700 {shown_path(folder)}",
    )


def _ok(part: str, said: str) -> Check:
    return Check(part=part, result=Result.OK, said=said)


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
