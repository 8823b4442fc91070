"""The kill harness, run as a person runs it: the shipped protocol holds, the broken ones are found out."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        timeout=115,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def row(table: str, protocol: str) -> dict[str, int]:
    (line,) = re.findall(rf"^{protocol} +(.*)$", table, re.MULTILINE)
    names = ("kills", "sends", "lost", "doubled", "gaps", "unfinished")
    return dict(zip(names, map(int, line.split()[:6]), strict=True))


def test_f1_f2_f3_f13_nothing_is_lost_doubled_or_left_out_by_deaths_at_any_moment_and_every_boundary() -> (
    None
):
    """300 kills; `--kills 10000` by hand. The exit code also says that every recovery took under 2 s."""
    table = run("tests.harness.kills", "--only", "shipped", "--kills", "300")
    told = row(table, "shipped")
    assert told.pop("kills") >= 300
    assert told.pop("sends") > 100
    assert told == {"lost": 0, "doubled": 0, "gaps": 0, "unfinished": 0}
    boundaries = re.search(r"^shipped: (\d+) boundaries", table, re.MULTILINE)
    assert boundaries is not None
    assert int(boundaries[1]) >= 26


@pytest.mark.parametrize(
    ("protocol", "found"),
    [
        ("journal after broadcast", ["doubled"]),
        ("nonce kept, bytes not", ["doubled", "gaps"]),
        ("marked sent before broadcast", ["lost", "gaps"]),
    ],
)
def test_a_broken_protocol_is_found_out(protocol: str, found: list[str]) -> None:
    table = run("tests.harness.kills", "--only", protocol, "--broken-kills", "80")
    assert [name for name in ("lost", "doubled", "gaps") if row(table, protocol)[name] > 0] == found


def test_f6_fifty_processes_at_once_use_consecutive_nonces_and_the_daily_limit_holds_exactly() -> None:
    told = json.loads(run("tests.harness.crowd", "--processes", "50", "--fitting", "20"))
    assert (told["paid"], told["said_to_be_paid"], told["refused"], told["most_to_one"]) == (20, 20, 30, 1)
    assert told["nonces"] == list(range(20))


def test_f15_a_copy_of_journal_and_log_at_any_instant_knows_every_payment_that_the_node_has() -> None:
    assert re.search(
        r"20 snapshots, [1-9]\d* payments known to the node, 0 missing", run("tests.harness.snapshots")
    )
