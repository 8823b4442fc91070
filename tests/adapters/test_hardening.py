"""What a process that takes in a secret asks of the system; each in a process of its own."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from guard.adapters import hardening
from guard.errors import KeystoreError

linux = pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")

_DUMPABLE = "ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)"
"""PR_GET_DUMPABLE"""


def in_a_process(code: str) -> list[str]:
    script = f"import ctypes, resource\nfrom guard.adapters.hardening import *\n{code}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.split()


@linux
def test_e8_core_files_are_off_and_debuggers_are_kept_out() -> None:
    state = f"print(*resource.getrlimit(resource.RLIMIT_CORE), {_DUMPABLE})"
    raised = "resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)"
    assert in_a_process(state)[-1] == "1"
    assert in_a_process(f"{raised}\nforbid_core_dumps()\n{state}") == ["0", "0", "0"]


@linux
def test_the_child_is_told_when_its_parent_ends() -> None:
    asked = "told = ctypes.c_int()\nctypes.CDLL(None).prctl(2, ctypes.byref(told), 0, 0, 0)"
    assert in_a_process(f"die_with_parent()\n{asked}\nprint(told.value)") == ["9"]


def test_where_core_files_cannot_be_turned_off_no_secret_is_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    with pytest.raises(KeystoreError, match="no secret is taken in here: core files cannot be turned off"):
        hardening.forbid_core_dumps()


@linux
def test_where_debuggers_cannot_be_kept_out_no_secret_is_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardening, "_prctl", lambda *_: -1)
    with pytest.raises(KeystoreError, match="the process cannot be closed to debuggers"):
        hardening.forbid_core_dumps()


def test_on_another_system_what_there_is_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(hardening, "_prctl", lambda *_: pytest.fail("prctl is Linux's"))
    hardening.forbid_core_dumps()
    hardening.die_with_parent()
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
