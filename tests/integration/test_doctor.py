"""`guard doctor` against a real node."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guard.cli import cli
from guard.command_line import run
from tests.integration.node import Node


def doctor(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, tuple[str, str]]]:
    code = run(cli, "guard", ("doctor", "--json", *arguments), lambda _, error: {"error": error})
    checks = json.loads(capsys.readouterr().out)["checks"]
    return code, {check["part"]: (check["result"], check["message"]) for check in checks}


def test_a_real_node_is_on_its_chain_has_a_block_and_simulates(
    node: Node, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    node.call("evm_mine")
    code, told = doctor(capsys, "--rpc-url", node.url, "--chain", "31337", "--predict-url", "embedded")
    assert code == 0
    assert told["node"] == ("ok", "it answers; chain 31337, as pinned")
    assert told["block"][0] == told["clock"][0] == "ok"
    assert told["simulation"] == ("ok", "the node offers eth_simulateV1")
    assert told["model"] == ("ok", "txguard-embedded-2, and its checksum holds")
    assert list(home.iterdir()) == []


def test_a_real_node_on_another_chain_is_exit_1(node: Node, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = doctor(capsys, "--rpc-url", node.url, "--chain", "1", "--predict-url", "embedded")
    assert (code, told["node"]) == (1, ("fail", "it is on chain 31337, and 1 is pinned"))
