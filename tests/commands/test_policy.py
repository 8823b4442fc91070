"""`guard policy check`: the summary, the cases, and one exit code for each end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guard.adapters.policy_file import preset_text
from guard.cli import cli
from guard.command_line import run
from guard.core.presets import PRESETS
from guard.core.rules.examples import FRIEND, SENDER, STRANGER
from tests.documentation import ROOT

POLICY = f"""\
version = 1
name = "household"
[[deny]]
address = "{FRIEND}"
note = "fell out"
[[scope]]
chain = 5
[scope.limits]
daily = "1ether"
[[scope]]
account = "{SENDER}"
"""
CASES = f"""\
version = 1
[[case]]
name = "to somebody denied"
expect = "BLOCK"
[case.request]
from = "{SENDER}"
to = "{FRIEND}"
value = "1wei"
[[case]]
name = "to a stranger"
expect = "BLOCK"
rule = "recipient.first-time"
[case.request]
from = "{SENDER}"
to = "{STRANGER}"
value = "1ether"
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("policy.toml", POLICY), ("cases.toml", CASES)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    return tmp_path


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run(cli, "guard", ("policy", "check", *words), lambda _, error: {"ok": False, "error": error})
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_policy_is_told_in_words_with_what_differs_in_its_scopes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = ran(capsys, "policy.toml")
    assert (code, err) == (0, "")
    assert (
        out
        == f"""\
policy 'household'
everywhere:
  - A person is asked.
  - A first payment above 0.05 ether is asked about.
  - A fee that may come to more than 0.05 ether is asked about.
  - A counterparty that is not known is noted, and other rules look at it.
  - What the model calls fraud is refused.
  - What it calls suspicious by an account's history is asked about.
  - What it calls suspicious by amount and gas price is noted.
  - What cannot be learned leaves no verdict.
  - Deny entry 1: everything with {FRIEND}
    is refused (fell out).
chain 5:
  - More than 1 ether within 24 hours, fees included, is refused.
account {SENDER}:
  - nothing differs
chain 5, account {SENDER}:
  - More than 1 ether within 24 hours, fees included, is refused.
"""
    )


def test_each_case_is_told_with_the_entry_that_decided_and_a_miss_is_exit_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = ran(capsys, "policy.toml", "--cases", "cases.toml")
    assert (code, err) == (1, "")
    assert (
        out[out.index("pass") :]
        == """\
pass  to somebody denied: BLOCK
      policy.denied: deny entry 1
FAIL  to a stranger: WARN
      expected BLOCK, by recipient.first-time
      recipient.first-time: its own level
1 of 2 cases came out as expected
"""
    )


def test_the_same_as_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capsys, "policy.toml", "--cases", "cases.toml", "--json")
    told = json.loads(out)
    assert (code, err, told["ok"], told["policy"]) == (1, "", False, "household")
    assert list(told["does"]) == ["everywhere", "chain 5", f"account {SENDER}", f"chain 5, account {SENDER}"]
    assert [case.pop("deciding")[0].keys() for case in told["cases"]] == [
        {"rule", "decided_by", "message"}
    ] * 2
    assert told["cases"] == [
        {
            "name": "to somebody denied",
            "ok": True,
            "decision": "BLOCK",
            "expected": "BLOCK",
            "expected_rule": None,
        },
        {
            "name": "to a stranger",
            "ok": False,
            "decision": "WARN",
            "expected": "BLOCK",
            "expected_rule": "recipient.first-time",
        },
    ]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_checked_by_its_name_and_passes_its_published_cases(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = str(ROOT / "docs" / "policy-cases" / f"{name}.toml")
    code, out, _ = ran(capsys, name, "--cases", cases)
    assert (code, "FAIL" in out) == (0, False)
    assert out.startswith(f"policy '{name}'\n")
    assert [line for line in out.splitlines() if len(line) > 80] == []
    assert preset_text(name).startswith("# For ")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_text("version = 1\nunknown = 1\n"),
        lambda path: path.write_text(POLICY + f'[[deny]]\naddress = "{FRIEND.lower()}"\n'),
        lambda path: path.write_text("version = 1\n[rules.'fee.tip']\nlevel='off'\n[rules.'fee.tip']\n"),
        lambda path: path.write_text("version = 1\n[limits]\ndaily = 1.5\n"),
        lambda path: path.chmod(0o666),
        lambda path: path.unlink(),
    ],
    ids=["unknown key", "duplicate entry", "duplicate rule", "bad type", "mode 0666", "missing"],
)
def test_c6_a_policy_that_cannot_be_used_is_exit_9(
    spoil: object, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(files / "policy.toml")  # type: ignore[operator]
    code, out, err = ran(capsys, "policy.toml", "--cases", "cases.toml")
    assert (code, out) == (9, "")
    assert err.startswith("error: the policy policy.toml cannot be used: ")


def test_cases_that_cannot_be_read_are_malformed_input(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "cases.toml").write_text(
        CASES.replace("to somebody denied", "a\\u001b[2J").replace("expect", "expct")
    )
    code, out, err = ran(capsys, "policy.toml", "--cases", "cases.toml")
    assert (code, out) == (2, "")
    assert err.startswith("error: the cases in cases.toml cannot be used: case[1].expect: Field required")
    code, out, _ = ran(capsys, "policy.toml", "--cases", "none.toml", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (2, "usage")
