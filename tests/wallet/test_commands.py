"""Accounts, contacts, and the journal's commands, as their user meets them."""

from __future__ import annotations

import json
import os
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from guard.adapters import keystore
from guard.adapters.key_file import ScryptCost
from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.journal import SendState
from guard.core.prediction import PredictionClass
from guard.errors import NodeError
from tests.wallet.harness import FRIEND, KEY, PAYER, STRANGER, Desk, Run, private


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keystore, "WRITTEN_COST", ScryptCost(n=2, r=1, p=1))


def imported(desk: Desk, file: Path) -> Run:
    files = ("--private-key-file", str(file), "--password-file", str(desk.password_file))
    return desk.wallet("account", "import", "old", *files)


# Accounts


@pytest.mark.usefixtures("cheap")
def test_a_new_account_is_kept_private_listed_and_shown(desk: Desk) -> None:
    made = desk.wallet("account", "new", "second", "--password-file", str(desk.password_file))
    path = desk.home / "keystore" / "second"
    address = made.out.strip()
    assert made.code == 0
    assert made.err.startswith(f"kept in {path}\nwithout this file or its password the account is lost")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    listed = desk.wallet("account", "list")
    assert listed.out == f"{PAYER.address}  main\n{address}  second\n"
    shown = desk.wallet("account", "show", "second")
    assert (shown.code, shown.out, shown.err) == (0, f"{address}\n", f"{path}\n")
    assert desk.send("--yes", "--account", "second").code == 0


@pytest.mark.usefixtures("cheap")
def test_the_objects_of_the_account_commands(desk: Desk) -> None:
    made = desk.wallet("account", "new", "second", "--json", "--password-file", str(desk.password_file))
    address = made.object["address"]
    path = str(desk.home / "keystore" / "second")
    assert made.object == {"ok": True, "name": "second", "address": address, "path": path}
    assert desk.wallet("account", "show", "second", "--json").object == made.object
    assert desk.wallet("account", "list", "--json").object == {
        "ok": True,
        "accounts": [
            {"name": "main", "address": PAYER.address, "problem": None},
            {"name": "second", "address": address, "problem": None},
        ],
    }


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("written", [KEY.hex(), "0x" + KEY.hex(), "0x" + KEY.hex().upper() + "\n"])
def test_a_key_is_imported_from_a_private_file(desk: Desk, written: str) -> None:
    file = private(desk.home / "key", written)
    done = desk.wallet(
        "account",
        "import",
        "old",
        "--private-key-file",
        str(file),
        "--password-file",
        str(desk.password_file),
    )
    assert (done.code, done.out) == (0, f"{PAYER.address}\n")
    assert KEY.hex() not in done.err


@pytest.mark.parametrize(
    "written", ["", "0x12", KEY.hex()[:-1] + "g", "00" * 32, "ff" * 32, KEY.hex() + "00"]
)
def test_what_is_no_key_is_refused_without_being_repeated(desk: Desk, written: str) -> None:
    file = private(desk.home / "key", written)
    done = desk.wallet(
        "account",
        "import",
        "old",
        "--private-key-file",
        str(file),
        "--password-file",
        str(desk.password_file),
    )
    assert (done.code, done.out) == (7, "")
    assert "that is not a private key" in done.err
    assert not written or written not in done.err
    assert not (desk.home / "keystore" / "old").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("new", "main"), "the account 'main' already exists"),
        (("new", "../x"), "cannot be an account's name"),
        (("new", "x"), "nobody is here to type it"),
        (("import", "x"), "a private key is needed and nobody is here to type it"),
        (("show", "nobody"), "there is no account 'nobody'"),
    ],
)
def test_what_an_account_command_cannot_do_is_a_keystore_error(
    desk: Desk, arguments: tuple[str, ...], told: str
) -> None:
    before = (desk.home / "keystore" / "main").read_bytes()
    done = desk.wallet("account", *arguments, "--json")
    assert (done.code, sorted(done.object), done.object["ok"]) == (7, ["error", "ok"], False)
    assert told in done.object["error"]["message"]
    assert (desk.home / "keystore" / "main").read_bytes() == before


def test_unfit_files_are_listed_with_the_reason(desk: Desk) -> None:
    (desk.home / "keystore" / "main").chmod(0o644)
    done = desk.wallet("account", "list")
    assert (done.code, done.out) == (0, "")
    assert "others may use it (mode 0644); mend it with: chmod 600" in done.err
    (account,) = desk.wallet("account", "list", "--json").object["accounts"]
    assert (account["name"], account["address"]) == ("main", None)
    (desk.home / "keystore" / "main").unlink()
    assert "make one with `wallet account new NAME`" in desk.wallet("account", "list").err


@pytest.mark.usefixtures("cheap")
def test_a_password_is_changed_and_the_account_pays_with_the_new_one(desk: Desk) -> None:
    new = private(desk.home / "new", "another pässword\n")
    files = ("--password-file", str(desk.password_file), "--new-password-file", str(new))
    done = desk.wallet("account", "passwd", "main", *files)
    assert (done.code, done.out) == (0, f"{PAYER.address}\n")
    assert "copies of" in done.err
    assert desk.send("--yes").code == 7
    desk.password_file.write_text("another pässword\n")
    assert desk.send("--yes").code == 0
    told = desk.wallet("account", "passwd", "main", "--json", *files).object
    assert told == {
        "ok": True,
        "name": "main",
        "address": PAYER.address,
        "path": str(desk.home / "keystore" / "main"),
    }


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("passwd", "nobody"), "there is no account 'nobody'"),
        (("passwd", "main"), "the password of main is needed and nobody is here to type it"),
        (("passwd", "main", "--password-file", "password"), "a new password of main is needed"),
        (("passwd", "main", "--password-file", "wrong", "--new-password-file", "password"), "does not open"),
        (
            ("passwd", "main", "--password-file", "password", "--new-password-file", "none"),
            "cannot be empty",
        ),
        (("remove", "nobody"), "there is no account 'nobody'"),
        (("remove", "../x"), "cannot be an account's name"),
    ],
)
def test_a_password_or_an_account_that_cannot_be_changed_stays(
    desk: Desk, arguments: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.home)
    private(desk.home / "wrong", "wrong")
    private(desk.home / "none", "\n")
    before = (desk.home / "keystore" / "main").read_bytes()
    done = desk.wallet("account", *arguments, "--json")
    assert (done.code, done.object["error"]["code"]) == (7, "keystore")
    assert told in done.object["error"]["message"]
    assert os.listdir(desk.home / "keystore") == ["main"]
    assert (desk.home / "keystore" / "main").read_bytes() == before


def test_an_account_is_removed_when_its_name_is_typed_and_its_file_is_kept(desk: Desk) -> None:
    before = (desk.home / "keystore" / "main").read_bytes()
    done = desk.at_terminal("main\n", "account", "remove", "main")
    assert done.code == 0
    assert f"removing main, {PAYER.address}, kept in {desk.home}/keystore/main" in done.err
    kept = Path(done.out.strip())
    assert kept.parent == desk.home / "keystore" / ".removed"
    assert kept.read_bytes() == before
    assert desk.wallet("account", "list").out == ""


@pytest.mark.parametrize("typed", ["y\n", "yes\n", "Main\n", "main \n"])
def test_no_other_answer_removes_an_account(desk: Desk, typed: str) -> None:
    done = desk.at_terminal(typed, "account", "remove", "main")
    assert (done.code, done.out) == (5, "")
    assert "not removed: another name was typed" in done.err
    assert os.listdir(desk.home / "keystore") == ["main"]


@pytest.mark.parametrize("flags", [(), ("--no-input",), ("--yes",), ("-y",)])
def test_no_flag_removes_an_account(desk: Desk, flags: tuple[str, ...]) -> None:
    done = desk.wallet("account", "remove", "main", *flags)
    assert (done.code, done.out) == (2 if flags and "y" in flags[0] else 5, "")
    assert os.listdir(desk.home / "keystore") == ["main"]


def test_a_damaged_file_is_removed_like_any_other(desk: Desk) -> None:
    private(desk.home / "keystore" / "main", "damaged")
    done = desk.at_terminal("main\n", "account", "remove", "main", "--json")
    assert (done.code, sorted(done.object)) == (0, ["kept_in", "name", "ok"])
    assert "removing main, whose file cannot be used" in done.err
    assert Path(done.object["kept_in"]).read_text() == "damaged"


@pytest.mark.parametrize("command", ["list", "show"])
def test_e5_the_next_command_clears_what_a_killed_one_left(desk: Desk, command: str) -> None:
    left = desk.home / "keystore" / ".txguard.main.abcd1234.tmp"
    left.touch()
    assert desk.wallet("account", command, *(["main"] if command == "show" else [])).code == 0
    assert os.listdir(desk.home / "keystore") == ["main"]


# Contacts


def test_contacts_are_added_listed_and_removed(desk: Desk) -> None:
    assert desk.wallet("contacts", "add", "zoe", STRANGER).out == f"added zoe, {STRANGER}\n"
    assert desk.wallet("contacts", "list").out == f"{FRIEND}  friend\n{STRANGER}  zoe\n"
    assert desk.wallet("contacts", "list", "--json").object == {
        "ok": True,
        "contacts": [{"name": "friend", "address": FRIEND}, {"name": "zoe", "address": STRANGER}],
    }
    assert desk.send("--yes", to="ZOE", value="1ether").code == 0
    assert desk.wallet("contacts", "remove", "zoe", "--json").object == {
        "ok": True,
        "contact": {"name": "zoe", "address": STRANGER},
    }
    desk.wallet("contacts", "remove", "friend")
    empty = desk.wallet("contacts", "list")
    assert (empty.out, empty.err) == ("", "no contacts; add one with `wallet contacts add NAME ADDRESS`\n")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("add", "friend", STRANGER), 2, "the name 'friend' already belongs to"),
        (("add", "other", FRIEND), 2, "is already a contact, 'friend'"),
        (("add", FRIEND, STRANGER), 2, "cannot be a contact's name"),
        (("add", "x", "0x12"), 2, "not an address"),
        (("remove", "nobody"), 2, "there is no contact named 'nobody'"),
    ],
)
def test_what_contacts_cannot_do_is_usage(
    desk: Desk, arguments: tuple[str, ...], code: int, told: str
) -> None:
    done = desk.wallet("contacts", *arguments, "--json")
    assert (done.code, done.object["ok"]) == (code, False)
    assert told in done.object["error"]["message"]
    assert told in desk.wallet("contacts", *arguments).err


def test_a_contact_in_the_file_cannot_stand_for_an_address_that_was_typed(desk: Desk) -> None:
    """A name that reads as an address gets there only by hand, and the file is refused as a whole."""
    contacts = {"version": 1, "contacts": {FRIEND: STRANGER}}
    (desk.home / "contacts.json").write_text(json.dumps(contacts))
    done = desk.wallet("check", "somebody", "--value", "1wei")
    assert done.code == 9
    assert "cannot be a contact's name" in done.err


# The journal's commands


def test_history_tells_refused_and_sent_newest_first(desk: Desk) -> None:
    assert desk.wallet("history").err == "nothing was sent from here yet\n"
    assert desk.wallet("history", "--json").object == {"ok": True, "sends": [], "signatures": []}
    desk.send("--yes")
    desk.predictor.answer = PredictionClass.FRAUD
    desk.chain.nonce += 1
    desk.send("--yes", value="1wei")
    sent, blocked = desk.sends()
    listed = desk.wallet("history").out
    assert listed.index(blocked.id) < listed.index("blocked") < listed.index(sent.id) < listed.index("mined")
    assert listed.count(FRIEND) == 2
    assert [line for line in listed.splitlines() if len(line) > 80] == []
    told = desk.wallet("history", "--json").object["sends"]
    assert [record["id"] for record in told] == [blocked.id, sent.id]
    assert sent.id not in desk.wallet("history", "--limit", "1").out
    assert desk.wallet("history", "--limit", "0").code == 2


def test_one_send_is_shown_by_its_id_and_by_its_hash(desk: Desk) -> None:
    desk.send("--yes")
    (record,) = desk.sends()
    by_id, by_hash = desk.wallet("show", record.id), desk.wallet("show", str(record.hash))
    assert by_id.out == by_hash.out
    for text in (FRIEND, PAYER.address, "0.1 ether (100000000000000000 wei)", "mined", record.digest):
        assert text in by_id.out
    told = desk.wallet("show", record.id, "--json").object
    assert (told["state"], told["hash"], told["transaction"]["value"]) == ("mined", record.hash, hex(10**17))
    missing = desk.wallet("show", "nothing", "--json")
    assert (missing.code, missing.object["error"]["message"]) == (2, "there is no send 'nothing'")


def test_resume_brings_every_open_send_to_its_end_with_the_same_bytes(desk: Desk) -> None:
    assert desk.wallet("resume").code == 2
    desk.chain.mines = False
    desk.send("--yes", "--async")
    desk.chain.fails["broadcast"] = NodeError("cut off", code="node_unreachable")
    desk.chain.nonce += 1
    desk.send("--yes", value="0.2ether")
    assert [record.state for record in desk.sends()] == [SendState.BROADCAST, SendState.SIGNED]
    bytes_before = [record.raw for record in desk.sends()]
    del desk.chain.fails["broadcast"]
    desk.chain.mines = True
    done = desk.wallet("resume", "--json")
    assert done.code == 0
    assert [told["state"] for told in done.object["sends"]] == ["mined", "mined"]
    assert desk.chain.sent == bytes_before == [record.raw for record in desk.sends()]
    desk.chain.head = 100 + 11
    final = desk.wallet("resume", "--json").object["sends"]
    assert [(told["state"], told["final"]) for told in final] == [("mined", True)] * 2
    again = desk.wallet("resume")
    assert (again.code, again.out, again.err) == (0, "", "... nothing is left to bring to an end\n")


def test_resume_needs_no_key_and_works_under_a_broken_policy(desk: Desk) -> None:
    desk.chain.mines = False
    desk.send("--yes", "--async")
    (desk.home / "keystore" / "main").unlink()
    desk.policy("junk = 1")
    desk.chain.mines = True
    assert desk.wallet("resume", desk.sends()[0].id).code == 0
    assert [record.state for record in desk.sends()] == [SendState.MINED]


def test_resume_of_a_reverted_or_unknown_send_has_its_exit_code(desk: Desk) -> None:
    desk.chain.mines = False
    desk.send("--yes", "--async")
    assert desk.wallet("resume", "--receipt-timeout", "0.1").code == 1
    assert desk.wallet("resume", "--async").code == 0
    desk.chain.mines, desk.chain.status = True, 0
    assert desk.wallet("resume").code == 6
    assert desk.wallet("resume", "nobody").code == 2


def test_resume_on_another_chain_sends_nothing(desk: Desk) -> None:
    desk.chain.mines = False
    desk.send("--yes", "--async")
    sent = list(desk.chain.sent)
    desk.chain.id = 5
    done = desk.wallet("resume")
    assert done.code == 1
    assert "is for chain 1, and the node is on chain 5" in done.err
    assert desk.chain.sent == sent


def test_when_another_payment_took_the_nonce_it_is_a_conflict(desk: Desk) -> None:
    desk.chain.fails["broadcast"] = NodeError("nonce too low", code="node_refused")
    desk.send("--yes")
    desk.chain.nonce = 8
    done = desk.wallet("resume", "--json")
    assert done.code == 8
    assert done.object["sends"][0]["error"]["code"] == "journal_conflict"
    assert desk.chain.sent == []


def test_the_audit_trail_is_verified_from_the_command_line(desk: Desk) -> None:
    assert desk.guard("audit", "verify").code == 2
    desk.send("--yes")
    assert desk.guard("audit", "verify").out == "the audit trail is whole: 4 entries\n"
    with closing(SqliteJournal(desk.home / "journal.sqlite3")) as journal:
        journal._connection.execute("UPDATE audit SET at = 0 WHERE sequence = 2")
    done = desk.guard("audit", "verify", "--json")
    assert (done.code, done.object["error"]["code"]) == (1, "journal_damaged")
    assert done.object["error"]["message"] == "audit entry 2 was changed after it was written"


def test_resume_of_a_send_that_has_ended_needs_no_node(desk: Desk) -> None:
    desk.send("--yes")
    desk.predictor.answer = PredictionClass.FRAUD
    desk.chain.nonce += 1
    desk.send("--yes")
    mined, blocked = desk.sends()
    desk.chain.head = 100 + 11
    desk.wallet("resume")
    desk.node.chain = None
    assert desk.wallet("resume", mined.id).code == 0
    assert desk.wallet("resume", blocked.id).code == 3


def test_resume_goes_on_where_what_it_says_cannot_be_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.chain.mines = False
    desk.send("--yes", "--async")
    desk.chain.nonce += 1
    desk.send("--yes", "--async", value="0.2ether")
    desk.chain.mines = True
    with open("/dev/full", "w") as full, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", full)
        done = desk.wallet("resume")
    assert done.code == 1
    assert "error: standard output cannot be written: No space left on device" in done.err
    assert [record.state for record in desk.sends()] == [SendState.MINED] * 2


@pytest.mark.usefixtures("cheap")
def test_a_new_account_in_a_fresh_home_makes_no_folder_that_others_may_use(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "fresh" / "home"
    monkeypatch.setenv("TXGUARD_HOME", str(home))
    before = os.umask(0)
    try:
        done = desk.wallet("account", "new", "main", "--password-file", str(desk.password_file))
    finally:
        os.umask(before)
    assert done.code == 0
    for folder in (home.parent, home, home / "keystore"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_new_account_with_an_empty_password_is_refused(desk: Desk) -> None:
    empty = private(desk.home / "none", "\n")
    assert desk.wallet("account", "new", "second", "--password-file", str(empty)).code == 7
    assert not (desk.home / "keystore" / "second").exists()


def test_a_keystore_or_a_home_that_cannot_be_read_is_no_fault_of_ours(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = private(desk.home / "file", "")
    assert desk.wallet("account", "list", "--keystore-dir", str(file)).code == 7
    assert desk.wallet("account", "show", "main", "--keystore-dir", str(file)).code == 7
    assert desk.send("--yes", "--keystore-dir", str(file)).code == 7
    monkeypatch.setenv("TXGUARD_HOME", str(file))
    for arguments in (("history",), ("show", "x"), ("resume",), ("contacts", "list"), ("check", FRIEND)):
        done = desk.wallet(*arguments)
        assert (done.code, "internal" in done.err) == (9, False)
