"""`guard lists`: what it prints of an import, an update, a count and a question, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import guard.engine
from guard.adapters.list_formats import FORMATS
from guard.cli import cli
from guard.command_line import run
from guard.commands import lists
from guard.core.text import MAX_TEXT
from guard.testing import FixedClock
from tests.adapters.values import address
from tests.hostile_service import HostileService, answering

ONE, TWO, THREE = (address(number) for number in (1, 2, 3))
CLOCK = FixedClock()
FACTS = {
    "name": "bad",
    "addresses": 2,
    "standings": {"malicious": 2},
    "left_out": 0,
    "format": "lines",
    "source": "bad.txt",
    "as_of": CLOCK.time,
}


@pytest.fixture(autouse=True)
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list in the working directory, and a home of this test's own at a time that stands still."""
    monkeypatch.setenv("TXGUARD_HOME", str(tmp_path / "kept"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(guard.engine, "SystemClock", lambda: CLOCK)
    monkeypatch.setattr(CLOCK, "time", CLOCK.time)
    (tmp_path / "bad.txt").write_text(f"{ONE} # a thief\n{TWO}\n")
    return tmp_path / "bad.txt"


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run(cli, "guard", ("lists", *words), lambda _, error: {"ok": False, "error": error})
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def imported(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    return ran(capsys, "import", "bad.txt", "--name", "bad", "--standing", "malicious", *words)


def test_the_formats_that_are_offered_are_those_that_are_read() -> None:
    assert tuple(FORMATS) == lists.FORMATS


def test_the_help_of_an_import_names_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = ran(capsys, "import", "--help")
    section = out.partition("Formats:\n")[2]
    named = [line.split()[0] for line in section.splitlines() if line.strip()]
    assert named == list(FORMATS)


def test_an_import_tells_what_the_list_holds_now(capsys: pytest.CaptureFixture[str], source: Path) -> None:
    assert imported(capsys) == (0, "bad: 2 addresses (2 malicious), 2 new, 0 gone\n", "")
    source.write_text(f"{THREE}\nx\ny\n")
    assert imported(capsys, "--skip-bad") == (
        0,
        "bad: 1 address (1 malicious), 1 new, 2 gone\n    2 entries could not be read and were left out\n",
        "",
    )


def test_an_import_as_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = imported(capsys, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {"ok": True, "list": {**FACTS, "added": 2, "removed": 0}}


def test_a_list_with_faults_is_refused_with_its_lines(
    capsys: pytest.CaptureFixture[str], source: Path
) -> None:
    source.write_text(f"{ONE}\n\x1b[2Jcanary\n")
    assert imported(capsys) == (
        2,
        "",
        "error: 1 of 2 entries cannot be read: line 2: not an address\n"
        "       mend the list, or leave such entries out with --skip-bad\n",
    )
    assert ran(capsys, "stats")[1] == "there are no lists; `guard lists import` brings one in\n"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("bad.txt",), "Missing option '--name'."),
        (("--name", "x"), "there is no list to import"),
        (("none.txt", "--name", "x"), "the file of the list cannot be read: No such file or directory"),
        (("bad.txt", "--name", "x"), "the format lines does not say how its addresses stand"),
        (("bad.txt", "--name", "x", "--format", "y"), "Invalid value for '--format': 'y' is not one of"),
        (("bad.txt", "--name", "X"), "'X' cannot be a list's name"),
    ],
)
def test_what_cannot_be_imported_is_usage(
    words: tuple[str, ...], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = ran(capsys, "import", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {problem}")


def test_a_url_that_may_not_be_asked_is_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = imported(capsys, "--url", "http://example.org/")
    assert (code, err.splitlines()[0]) == (
        9,
        "error: --url: 'http://example.org/' is plain http, which anyone on the way can read and change",
    )


def test_an_update_tells_of_every_list(capsys: pytest.CaptureFixture[str], source: Path) -> None:
    assert ran(capsys, "update") == (0, "there are no lists\n", "")
    imported(capsys)
    source.with_name("other.txt").write_text(str(THREE))
    ran(capsys, "import", "other.txt", "--name", "other", "--standing", "exchange")
    source.write_text(f"{TWO}\n{THREE}\n")
    assert ran(capsys, "update") == (
        0,
        "bad: 2 addresses (2 malicious), 1 new, 1 gone\nother: 1 address (1 exchange), 0 new, 0 gone\n",
        "",
    )
    assert ran(capsys, "update", "other") == (0, "other: 1 address (1 exchange), 0 new, 0 gone\n", "")


def test_a_list_that_cannot_be_updated_keeps_the_others_from_nothing(
    capsys: pytest.CaptureFixture[str], source: Path
) -> None:
    imported(capsys)
    with HostileService(answering(f"{ONE}\n".encode())) as service:
        words = ("import", "--url", service.url, "--name", "a", "--standing", "known")
        assert ran(capsys, *words)[0] == 0
    code, out, err = ran(capsys, "update")
    assert (code, out) == (1, "bad: 2 addresses (2 malicious), 0 new, 0 gone\n")
    assert err.startswith("error: a is not updated: the service could not be reached: Connection refused\n")
    code, out, err = ran(capsys, "update", "--json")
    told = json.loads(out)
    assert (code, err, told["ok"]) == (1, "", False)
    assert [(one["name"], one["ok"]) for one in told["lists"]] == [("a", False), ("bad", True)]
    assert told["lists"][0]["error"]["code"] == "unavailable"
    assert told["lists"][1] == {**FACTS, "added": 0, "removed": 0, "ok": True}
    source.unlink()
    assert ran(capsys, "update", "bad")[0] == 2


def test_an_update_of_a_list_that_is_not_there_is_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(capsys, "update", "none")[0] == 2
    code, out, _ = ran(capsys, "update", "\x1b[2J" + "x" * MAX_TEXT, "--json")
    assert code == 2
    (told,) = json.loads(out)["lists"]
    assert told["name"].startswith("\\x1b[2Jx")
    assert len(told["name"]) == 60


@pytest.mark.parametrize(
    ("seconds", "age"),
    [
        (0, "less than a minute"),
        (60, "1 minute"),
        (7199, "1 hour"),
        (7200, "2 hours"),
        (86_400 * 400, "400 days"),
        (-5, "less than a minute"),
    ],
)
def test_the_stats_tell_standings_age_and_source(
    seconds: int, age: str, capsys: pytest.CaptureFixture[str]
) -> None:
    imported(capsys)
    CLOCK.time += seconds
    assert ran(capsys, "stats") == (
        0,
        f"bad: 2 addresses (2 malicious)\n    from bad.txt (lines), {age} old\n",
        "",
    )
    assert json.loads(ran(capsys, "stats", "--json")[1]) == {
        "ok": True,
        "lists": [{**FACTS, "age_s": seconds}],
    }


def test_the_stats_count_every_standing_and_what_was_left_out(
    capsys: pytest.CaptureFixture[str], source: Path
) -> None:
    entries = {
        ONE: {"name": "", "labels": ["heist"]},
        TWO: {"name": "", "labels": ["dex"]},
        THREE: {"name": "", "labels": ["kraken"]},
        address(4): {"name": "", "labels": ["spam-token"]},
        "x": {"name": "", "labels": []},
    }
    source.write_text(json.dumps(entries))
    assert ran(capsys, "import", "bad.txt", "--name", "labels", "--skip-bad")[0] == 0
    assert ran(capsys, "stats")[1] == (
        "labels: 4 addresses (1 malicious, 1 suspicious, 1 exchange, 1 known)\n"
        "    from bad.txt (etherscan-labels), less than a minute old\n"
        "    1 entries could not be read and were left out\n"
    )


def test_an_address_is_shown_with_what_each_list_says(capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys)
    ran(capsys, "import", "bad.txt", "--name", "also", "--standing", "suspicious")
    assert ran(capsys, "show", ONE.lower()) == (
        0,
        "suspicious also: a thief\nmalicious  bad: a thief\n",
        "",
    )
    assert ran(capsys, "show", TWO)[1] == "suspicious also\nmalicious  bad\n"
    assert ran(capsys, "show", THREE) == (0, f"{THREE} is on no list\n", "")
    assert json.loads(ran(capsys, "show", TWO, "--json")[1]) == {
        "ok": True,
        "address": TWO,
        "listings": [
            {"list": name, "standing": standing, "label": "", "source": "bad.txt", "as_of": CLOCK.time}
            for name, standing in (("also", "suspicious"), ("bad", "malicious"))
        ],
    }
    assert ran(capsys, "show", "0x12")[0] == 2


def test_a_list_is_removed(capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys)
    assert ran(capsys, "remove", "bad") == (0, "removed bad\n", "")
    assert ran(capsys, "show", ONE)[1] == f"{ONE} is on no list\n"
    assert ran(capsys, "remove", "bad")[0] == 2
    imported(capsys)
    assert json.loads(ran(capsys, "remove", "bad", "--json")[1]) == {"ok": True, "removed": "bad"}


def test_a_damaged_list_is_an_error_that_says_how_to_mend_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    imported(capsys)
    (tmp_path / "kept" / "lists" / "bad.list").write_bytes(b"\x1b[2J")
    for words in (("stats",), ("show", ONE), ("update",)):
        assert ran(capsys, *words) == (
            9,
            "",
            "error: the list 'bad' cannot be used: it is cut short\n"
            "       import it again, or `guard lists remove bad`; "
            "a list that fails is never taken for empty\n",
        )
    assert imported(capsys)[0] == 0
    assert ran(capsys, "stats")[0] == 0
