"""The user's lists in their folder: replaced whole or not at all, and never taken for empty."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from guard.adapters import files, reputation_lists
from guard.adapters.list_store import ListFacts
from guard.adapters.reputation_lists import Change, ImportOrder, ReputationLists
from guard.core.reputation import Listing, Standing
from guard.errors import CallerError, ConfigurationError, GuardError, ServiceUnavailable
from guard.ports import Reputation
from guard.testing import FixedClock
from tests.adapters.values import address
from tests.hostile_service import HostileService, answering

ONE, TWO, THREE = (address(number) for number in (1, 2, 3))
NOW = FixedClock().time


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "lists"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "bad.txt"
    path.write_text(f"{ONE} # a thief\n{TWO}\n")
    return path


def order(source: Path, **changes: object) -> ImportOrder:
    asked = ImportOrder(name="bad", path=source, standing=Standing.MALICIOUS)
    return replace(asked, **changes)  # type: ignore[arg-type]


def listing(**changes: object) -> Listing:
    told = Listing(list_name="bad", standing=Standing.MALICIOUS, label="a thief", source="bad.txt", as_of=NOW)
    return replace(told, **changes)  # type: ignore[arg-type]


def imported(folder: Path, source: Path, **changes: object) -> ReputationLists:
    lists = ReputationLists(folder)
    lists.import_list(order(source, **changes), FixedClock())
    return lists


def test_without_a_folder_there_are_no_lists(folder: Path) -> None:
    lists: Reputation = ReputationLists(folder)
    assert lists.listings([ONE]) == {}
    assert not folder.exists()


def test_an_imported_list_tells_its_addresses_and_no_others(folder: Path, source: Path) -> None:
    lists = imported(folder, source)
    assert lists.listings([ONE, TWO, THREE]) == {ONE: (listing(),), TWO: (listing(label=""),)}
    assert lists.listings([]) == {}


def test_every_list_is_told_by_the_order_of_their_names(folder: Path, source: Path) -> None:
    lists = imported(folder, source)
    source.write_text(str(ONE))
    for name, standing in (("z", Standing.KNOWN), ("a.2", Standing.EXCHANGE)):
        lists.import_list(order(source, name=name, standing=standing), FixedClock(time=NOW + 5))
    assert lists.listings([ONE, THREE]) == {
        ONE: (
            listing(list_name="a.2", standing=Standing.EXCHANGE, label="", as_of=NOW + 5),
            listing(),
            listing(list_name="z", standing=Standing.KNOWN, label="", as_of=NOW + 5),
        )
    }


def test_an_import_says_what_it_did(folder: Path, source: Path) -> None:
    lists = ReputationLists(folder)
    facts = ListFacts(
        name="bad",
        format="lines",
        origin=str(source),
        source="bad.txt",
        as_of=NOW,
        standing=Standing.MALICIOUS,
        counts={Standing.MALICIOUS: 2},
    )
    assert lists.import_list(order(source), FixedClock()) == Change(facts=facts, added=2, removed=0)
    assert lists.facts() == (facts,)
    source.write_text(f"{TWO}\n{THREE}\n")
    assert lists.import_list(order(source), FixedClock()) == Change(facts=facts, added=1, removed=1)


def test_the_files_are_their_owners_alone(folder: Path, source: Path) -> None:
    imported(folder, source)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder.parent, folder, folder / "bad.list")]
    assert modes == [0o700, 0o700, 0o600]
    assert [path.name for path in folder.iterdir()] == ["bad.list"]


@pytest.mark.parametrize("name", ["", "Bad", "../bad", "a/b", ".a", "a.", "a..b", "x" * 41, "a\n", "\x1b[2J"])
def test_a_name_that_is_none_is_refused(name: str, folder: Path, source: Path) -> None:
    lists = ReputationLists(folder)
    acts: list[Callable[[], object]] = [
        lambda: lists.import_list(order(source, name=name), FixedClock()),
        lambda: lists.update_list(name, FixedClock()),
        lambda: lists.remove_list(name),
    ]
    imported(folder, source)
    for act in acts:
        with pytest.raises(CallerError, match="cannot be a list's name") as caught:
            act()
        assert caught.value.message.isprintable()
    assert [path.name for path in folder.iterdir()] == ["bad.list"]


# Replaced whole, or not at all


def test_a_list_with_a_fault_is_refused_and_the_old_one_stays(folder: Path, source: Path) -> None:
    lists = imported(folder, source)
    source.write_text(f"{THREE}\nx\n")
    for act in (
        lambda: lists.import_list(order(source), FixedClock()),
        lambda: lists.update_list("bad", FixedClock()),
    ):
        with pytest.raises(CallerError) as caught:
            act()
        assert caught.value.message == "1 of 2 entries cannot be read: line 2: not an address"
        assert caught.value.hint == "mend the list, or leave such entries out with --skip-bad"
    assert lists.listings([ONE, THREE]) == {ONE: (listing(),)}


def test_faults_are_left_out_and_counted_where_that_is_asked_for(folder: Path, source: Path) -> None:
    source.write_text(f"{ONE} # a thief\nx\ny\n")
    lists = imported(folder, source, skips_bad=True)
    assert lists.listings([ONE]) == {ONE: (listing(),)}
    assert [facts.left_out for facts in lists.facts()] == [2]
    source.write_text(f"{ONE}\nx\n")
    assert lists.update_list("bad", FixedClock()).facts.left_out == 1


@pytest.mark.parametrize("skips_bad", [True, False])
def test_a_list_without_an_address_is_refused(skips_bad: bool, folder: Path, source: Path) -> None:
    lists = imported(folder, source)
    source.write_text("# nothing\n")
    with pytest.raises(CallerError, match="holds no address"):
        lists.import_list(order(source, format="lines", skips_bad=skips_bad), FixedClock())
    assert lists.listings([ONE]) == {ONE: (listing(),)}


def test_a_write_that_fails_leaves_the_old_list(
    folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = imported(folder, source)
    source.write_text(str(THREE))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(ConfigurationError, match="cannot be used: No space left on device"):
        lists.import_list(order(source), FixedClock())
    assert lists.listings([ONE, THREE]) == {ONE: (listing(),)}
    assert [path.name for path in folder.iterdir()] == ["bad.list"]


def test_a_damaged_list_may_be_replaced_and_removed(folder: Path, source: Path) -> None:
    lists = imported(folder, source)
    (folder / "bad.list").write_bytes(b"damaged")
    assert lists.import_list(order(source), FixedClock()).added == 2
    assert lists.listings([ONE]) == {ONE: (listing(),)}
    (folder / "bad.list").write_bytes(b"damaged")
    lists.remove_list("bad")
    assert lists.listings([ONE]) == {}


def test_a_list_that_is_not_there_is_an_error(folder: Path, source: Path) -> None:
    for lists in (ReputationLists(folder), imported(folder, source)):
        for act in (
            lambda lists=lists: lists.update_list("no", FixedClock()),
            lambda lists=lists: lists.remove_list("no"),
        ):
            with pytest.raises(CallerError, match="there is no list 'no'"):
                act()


# Updates


def test_an_update_reads_the_same_file_again_as_it_was_read(folder: Path, source: Path) -> None:
    lists = imported(folder, source)
    source.write_text(f"{ONE}\n{THREE}\n")
    change = lists.update_list("bad", FixedClock(time=NOW + 9))
    assert (change.added, change.removed) == (1, 1)
    assert lists.listings([ONE, TWO, THREE]) == {
        one: (listing(label="", as_of=NOW + 9),) for one in (ONE, THREE)
    }


def test_an_update_in_another_format_is_refused(folder: Path, source: Path) -> None:
    lists = imported(folder, source)
    source.write_text(f'{{"{ONE}": {{"name": "", "labels": []}}}}')
    with pytest.raises(CallerError, match="1 of 1 entries cannot be read: line 1: not an address"):
        lists.update_list("bad", FixedClock())


def test_an_update_that_would_drop_more_than_half_is_refused(folder: Path, source: Path) -> None:
    source.write_text("\n".join(map(str, (ONE, TWO, THREE))))
    lists = imported(folder, source)
    source.write_text(str(TWO))
    with pytest.raises(ConfigurationError, match="the list has 1 addresses now, and had 3 before"):
        lists.update_list("bad", FixedClock())
    assert set(lists.listings([ONE, TWO, THREE])) == {ONE, TWO, THREE}
    lists.import_list(order(source), FixedClock())
    assert set(lists.listings([ONE, TWO, THREE])) == {TWO}


def test_an_update_that_drops_half_is_taken(folder: Path, source: Path) -> None:
    lists = imported(folder, source)
    source.write_text(str(TWO))
    lists.update_list("bad", FixedClock())
    assert set(lists.listings([ONE, TWO])) == {TWO}


def test_an_update_from_a_file_that_is_gone_names_it(folder: Path, source: Path) -> None:
    lists = imported(folder, source)
    source.unlink()
    with pytest.raises(CallerError) as caught:
        lists.update_list("bad", FixedClock())
    assert caught.value.message == f"the file of the list cannot be read: No such file or directory: {source}"
    assert lists.listings([ONE]) == {ONE: (listing(),)}


def test_a_list_is_downloaded_and_updated_from_the_url_that_was_given(folder: Path) -> None:
    with HostileService(answering(f"{ONE} # a thief\n".encode())) as service:
        url = f"{service.url}?key=canary"
        lists = ReputationLists(folder)
        asked = ImportOrder(name="bad", url=url, standing=Standing.MALICIOUS)
        lists.import_list(asked, FixedClock())
        assert lists.listings([ONE]) == {ONE: (listing(source=service.url),)}
        lists.update_list("bad", FixedClock(time=NOW + 1))
        assert [request.split(b" ")[1] for request in service.requests] == [b"/predict?key=canary"] * 2
    assert lists.listings([ONE]) == {ONE: (listing(source=service.url, as_of=NOW + 1),)}
    with pytest.raises(ServiceUnavailable):
        lists.update_list("bad", FixedClock())
    assert lists.listings([ONE]) == {ONE: (listing(source=service.url, as_of=NOW + 1),)}


def test_a_file_is_imported_and_its_url_asked_at_the_update(folder: Path, source: Path) -> None:
    with HostileService(answering(f"{ONE}\n{THREE}\n".encode())) as service:
        lists = imported(folder, source, url=service.url)
        assert service.requests == []
        assert lists.listings([ONE]) == {ONE: (listing(),)}
        lists.update_list("bad", FixedClock())
        assert lists.listings([THREE]) == {THREE: (listing(label="", source=service.url),)}


def test_a_url_that_may_not_be_asked_is_refused_before_anything_is_read(folder: Path, source: Path) -> None:
    with pytest.raises(ConfigurationError, match="plain http"):
        imported(folder, source, url="http://example.org/list")
    with pytest.raises(CallerError, match="there is no list to import"):
        ReputationLists(folder).import_list(ImportOrder(name="bad"), FixedClock())
    assert not folder.exists()


# Changes are noticed without a restart


def test_a_change_by_another_process_is_noticed_at_the_next_look(folder: Path, source: Path) -> None:
    lists = imported(folder, source)
    assert set(lists.listings([ONE, THREE])) == {ONE}
    source.write_text(f"{THREE}\n{TWO}\n")
    program = (
        "import sys\nfrom pathlib import Path\n"
        "from guard.adapters.reputation_lists import ReputationLists\nfrom guard.testing import FixedClock\n"
        "ReputationLists(Path(sys.argv[1])).update_list('bad', FixedClock())"
    )
    subprocess.run([sys.executable, "-c", program, str(folder)], check=True, timeout=60)
    assert set(lists.listings([ONE, THREE])) == {THREE}
    (folder / "bad.list").unlink()
    assert lists.listings([ONE, THREE]) == {}


def test_a_list_that_did_not_change_is_not_read_again(
    folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = imported(folder, source)
    lists.listings([ONE])

    def read(*_: object) -> None:
        raise AssertionError("it was read again")

    monkeypatch.setattr(ReputationLists, "_read", read)
    assert lists.listings([ONE]) == {ONE: (listing(),)}


def test_a_list_of_the_same_size_and_time_in_its_place_is_noticed(folder: Path, source: Path) -> None:
    lists = imported(folder, source)
    assert set(lists.listings([TWO, THREE])) == {TWO}
    before = (folder / "bad.list").stat()
    source.write_text(f"{ONE} # a thief\n{THREE}\n")
    imported(folder, source)
    os.utime(folder / "bad.list", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (folder / "bad.list").stat().st_size == before.st_size
    assert set(lists.listings([TWO, THREE])) == {THREE}


@pytest.mark.parametrize("step", ["_names", "_signatures"])
def test_a_list_that_is_removed_during_the_look_is_none_and_the_others_stay(
    step: str, folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = imported(folder, source)
    imported(folder, source, name="other")
    real = getattr(ReputationLists, step)

    def then_gone(self: ReputationLists) -> object:
        found = real(self)
        (folder / "bad.list").unlink(missing_ok=True)
        return found

    monkeypatch.setattr(ReputationLists, step, then_gone)
    assert lists.listings([ONE]) == {ONE: (listing(list_name="other"),)}


def test_looks_during_replacements_see_the_old_list_or_the_new_one(folder: Path, source: Path) -> None:
    source.write_text(f"{ONE}\n")
    other = source.with_name("other.txt")
    other.write_text(f"{TWO}\n")
    lists = imported(folder, source)
    seen: list[set[object]] = []
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            seen.append(set(lists.listings([ONE, TWO])))

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(40):
        ReputationLists(folder).import_list(order(other if number % 2 else source), FixedClock())
    over.set()
    for reader in readers:
        reader.join(10)
    assert {frozenset(one) for one in seen} <= {frozenset({ONE}), frozenset({TWO})}
    assert len(seen) > 0


# What cannot be read is never taken for no list


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: os.truncate(path, 100),
        lambda path: path.chmod(0o666),
        lambda path: path.parent.chmod(0o777),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: (path.unlink(), path.symlink_to(path.parent / "elsewhere")),
        lambda path: (path.unlink(), os.mkfifo(path)),
        lambda path: path.rename(path.with_name("other.list")),
    ],
    ids=["emptied", "cut", "truncated", "writable", "folder", "a folder", "a link", "a pipe", "renamed"],
)
def test_a_list_that_cannot_be_used_is_an_error_in_an_open_book_and_a_new_one(
    damage: Callable[[Path], object], folder: Path, source: Path
) -> None:
    lists = imported(folder, source)
    assert set(lists.listings([ONE])) == {ONE}
    damage(folder / "bad.list")
    for looking in (lists, ReputationLists(folder)):
        with pytest.raises(ConfigurationError, match="cannot be used"):
            looking.listings([THREE])


def test_a_pipe_in_the_place_of_a_list_is_named_as_such(folder: Path) -> None:
    folder.mkdir(parents=True)
    os.mkfifo(folder / "bad.list")
    with pytest.raises(ConfigurationError, match="the list 'bad' cannot be used: it is not a regular file"):
        ReputationLists(folder).listings([ONE])


def test_one_bad_list_spoils_the_answer_of_the_others(folder: Path, source: Path) -> None:
    lists = imported(folder, source)
    (folder / "worse.list").write_bytes(b"?")
    with pytest.raises(ConfigurationError, match="the list 'worse' cannot be used"):
        lists.listings([ONE])


def test_a_folder_that_cannot_be_read_is_an_error(folder: Path, tmp_path: Path) -> None:
    folder.parent.mkdir()
    folder.symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigurationError, match="it is a link that leads nowhere"):
        ReputationLists(folder).listings([ONE])
    folder.unlink()
    folder.write_bytes(b"")
    for act in (
        lambda: ReputationLists(folder).listings([ONE]),
        lambda: ReputationLists(folder).remove_list("x"),
    ):
        with pytest.raises(GuardError, match="Not a directory"):
            act()


def test_a_list_that_is_too_large_to_be_one_is_not_read(
    folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(folder, source)
    monkeypatch.setattr(reputation_lists, "MAX_STORE_BYTES", 10)
    with pytest.raises(ConfigurationError, match="it has more than 10 bytes"):
        ReputationLists(folder).listings([ONE])


def test_files_that_are_no_lists_are_passed_over(folder: Path, source: Path) -> None:
    lists = imported(folder, source)
    for name in ("notes.txt", ".txguard.bad.list.abcdefgh.tmp", "BAD.list", ".list"):
        (folder / name).write_bytes(b"?")
    assert set(lists.listings([ONE])) == {ONE}
