"""E5: account commands killed by SIGKILL leave whole key files that open, and nothing unfinished for long."""

from __future__ import annotations

import re
import subprocess
import sys


def kills(*flags: str) -> tuple[int, dict[str, int], str]:
    """Run the kills in a process of their own, for it forks, and return its figures."""
    command = [sys.executable, "-m", "tests.integration.killed_accounts", *flags]
    done = subprocess.run(command, capture_output=True, text=True)
    figures = {
        name.strip(): int(number) for name, number in re.findall(r"^(\w.*?) {2,}(\d+)$", done.stdout, re.M)
    }
    return done.returncode, figures, done.stdout + done.stderr


def test_e5_after_every_kill_the_old_file_or_the_new_one_is_whole_and_opens() -> None:
    code, figures, told = kills("--kills", "48")
    assert (code, figures["problems"]) == (0, 0), told
    killed = {name: number for name, number in figures.items() if " at a " in name}
    assert sum(killed.values()) == 48
    assert {name.split()[0] for name in killed} == {"new", "import", "passwd"}
    # The kills fell before, between and after the writes.
    assert min(figures["none"], figures["old"], figures["new"]) > 0, told
    assert figures["unfinished files, then removed"] > 0, told


def test_e5_the_same_kills_find_the_damage_of_a_writer_that_writes_in_place() -> None:
    code, figures, told = kills("--kills", "12", "--in-place")
    assert code == 1, told
    assert figures["problems"] > 0
    assert "cannot be used" in told
