"""`guard doctor` from the command line: exits, the question before the service is asked, nothing written."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from guard.cli import cli
from guard.command_line import run
from tests import hostile_service as hostile
from tests.documented_service import DocumentedService
from tests.hostile_service import HostileService

SECRET = "v3/5e4c7e7a11"


def doctor(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(cli, "guard", ("doctor", *arguments), lambda _, error: {"ok": False, "error": error})
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def parts(out: str) -> dict[str, str]:
    return {check["part"]: check["result"] for check in json.loads(out)["checks"]}


def test_all_well_is_exit_0_and_leaves_the_home_empty(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    code, out, err = doctor(capsys, "--predict-url", "embedded")
    assert (code, err, list(home.iterdir())) == (0, "", [])
    assert out.splitlines()[-1] == "6 ok, 2 warn, 0 fail"
    assert [line for line in out.splitlines() if len(line) > 80] == []


def test_something_that_failed_is_exit_1_and_no_address_of_a_node_shows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with HostileService(hostile.HTML) as node:
        url = f"http://user:{SECRET.replace('/', '')}@127.0.0.1:{node.port}/{SECRET}"
        monkeypatch.setenv("ETH_RPC_URL", url)
        code, out, err = doctor(capsys, "--predict-url", "embedded", "--json")
    assert (code, parts(out)["node"], json.loads(out)["ok"]) == (1, "fail", False)
    assert not [secret for secret in (SECRET, "v35e4c", str(node.port)) if secret in out + err]


@pytest.mark.parametrize("as_json", [True, False])
def test_a_configuration_file_that_cannot_be_used_is_exit_9_and_nothing_else_is_asked(
    capsys: pytest.CaptureFixture[str], home: Path, as_json: bool
) -> None:
    (home / "config.toml").write_text("no_such_setting = 1\n")
    code, out, _ = doctor(capsys, *(["--json"] if as_json else []))
    assert code == 9
    assert "no_such_setting" in out
    if as_json:
        assert parts(out) == {"configuration": "fail"}


def test_a_policy_that_cannot_be_used_is_exit_9_and_the_rest_is_still_told(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    (home / "policy.toml").write_text("version = 99\n")
    code, out, _ = doctor(capsys, "--predict-url", "embedded", "--json")
    told = parts(out)
    assert (code, told.pop("policy"), "fail" in told.values()) == (9, "fail", False)


@pytest.mark.parametrize("chain", ["x", "-1", "1.0", "1_0", "\u0663", "9" * 30])
def test_a_chain_that_is_none_is_usage(capsys: pytest.CaptureFixture[str], chain: str) -> None:
    assert doctor(capsys, f"--chain={chain}")[0] == 2


def test_a_chain_may_be_pinned_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(capsys, "--chain", "sepolia", "--predict-url", "embedded")[0] == 0


def test_the_service_is_never_asked_for_a_prediction_without_scenarios(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with DocumentedService() as service:
        monkeypatch.setenv("TXGUARD_UPSTREAM_URL", service.url)
        assert doctor(capsys)[0] == 0
        assert [request[:10] for request in service.requests] == [b"GET /ping "]


def test_scenarios_of_the_embedded_model_need_no_yes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = doctor(capsys, "--scenarios", "--predict-url", "embedded")
    assert (code, err) == (0, "")
    assert "16 of 16 hold the contract" in out


@pytest.mark.parametrize("as_json", [True, False])
def test_scenarios_on_this_machine_say_what_is_stored_and_ask_nobody(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    with DocumentedService() as service:
        monkeypatch.setenv("TXGUARD_UPSTREAM_URL", service.url)
        code, out, err = doctor(capsys, "--scenarios", *(["--json"] if as_json else []))
    assert code == 0
    assert f"This asks the service at 127.0.0.1:{service.port} about 15 made-up transactions" in err
    assert "stores what it is asked" in err
    if as_json:
        assert [row["held"] for row in json.loads(out)["scenarios"]] == [True] * 16


def test_scenarios_that_do_not_hold_are_exit_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with HostileService(hostile.HTML) as service:
        monkeypatch.setenv("TXGUARD_UPSTREAM_URL", service.url)
        code, out, _ = doctor(capsys, "--scenarios", "--json")
    assert (code, json.loads(out)["ok"]) == (1, False)


class _Asked:
    """A route that counts, in place of one on the network."""

    count = 0

    def __init__(self, url: str, *, api_key: str | None) -> None:
        """Take any address."""

    def ask(self, body: bytes, deadline: Any) -> Any:
        from guard.doctor.trial import Refusal

        type(self).count += 1
        return Refusal(status=422)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> type[_Asked]:
    monkeypatch.setattr("guard.doctor.trial.RemoteRoute", _Asked)
    monkeypatch.setattr(_Asked, "count", 0)
    return _Asked


REMOTE = ("--scenarios", "--predict-url", "https://route.example/api/predict")


def test_with_nobody_to_ask_a_remote_route_is_not_asked_and_it_is_exit_5(
    capsys: pytest.CaptureFixture[str], asked: type[_Asked]
) -> None:
    code, out, err = doctor(capsys, *REMOTE)
    assert (code, out, asked.count) == (5, "", 0)
    assert "This asks the route at route.example" in err
    assert "nobody is here to be asked" in err


def test_yes_asks_a_remote_route(capsys: pytest.CaptureFixture[str], asked: type[_Asked]) -> None:
    assert doctor(capsys, *REMOTE, "--yes")[0] == 1
    assert asked.count == 15


@pytest.mark.parametrize(("word", "code", "count"), [(True, 1, 15), (False, 5, 0)])
def test_a_person_is_asked_first_and_a_no_asks_nothing(
    capsys: pytest.CaptureFixture[str],
    asked: type[_Asked],
    monkeypatch: pytest.MonkeyPatch,
    word: bool,
    code: int,
    count: int,
) -> None:
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(click, "confirm", lambda *_, **__: word)
    assert (doctor(capsys, *REMOTE)[0], asked.count) == (code, count)


def test_the_shipped_model_named_by_the_flag_is_looked_at_alone(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    (home / "config.toml").write_text(
        '[predict]\npredictors = ["external", "embedded"]\nrequire = "external"\n'
    )
    code, out, _ = doctor(capsys, "--predict-url", "embedded", "--json")
    told = parts(out)
    assert (code, told["model"]) == (0, "warn")
    assert not {"service", "route", "witnesses"} & set(told)
