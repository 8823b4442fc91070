"""The node: what its answers mean, and what it says over a real socket; its address never shows."""

from __future__ import annotations

import json
import re
import socket

import pytest

from guard.config import find_home
from guard.deadline import Deadline
from guard.doctor.check import Check, Result, examine
from guard.doctor.examination import _node_look
from guard.doctor.node import judge_block, judge_chain, judge_simulation
from guard.wiring import Settings
from tests import hostile_service as hostile
from tests.hostile_service import Fault, HostileService
from tests.loopback import LoopbackServer, body_of, http_answer

SECRET = "v3/5e4c7e7a11"


class ScriptedNode(LoopbackServer):
    """A node that answers each method with the JSON it is told; `null` where it is told nothing."""

    path = f"/{SECRET}"

    def __init__(self, **answers: object) -> None:
        super().__init__()
        self.answers = answers
        self.methods: list[str] = []

    def handle(self, client: socket.socket, request: bytes) -> None:
        asked = json.loads(body_of(request))
        self.methods.append(asked["method"])
        given = self.answers.get(asked["method"])
        answer = given if isinstance(given, dict) and "error" in given else {"result": given}
        client.sendall(http_answer(json.dumps({"jsonrpc": "2.0", "id": asked["id"], **answer}).encode()))


NO_METHOD = {"error": {"code": -32601, "message": "Method not found"}}


def look(url: str, *, pinned: int | None = None, seconds: float = 5.0) -> list[tuple[str, Result, str]]:
    settings = Settings(home=find_home(), rpc_url=url)
    checks = examine([_node_look(settings, pinned)], Deadline.after(seconds))
    assert not any(SECRET in check.said + check.advice for check in checks)
    return [(check.part, check.result, check.said) for check in checks]


def test_a_pinned_chain_that_is_another_one_is_a_failure() -> None:
    assert judge_chain(1, 1).said == "it answers; chain 1, as pinned"
    assert judge_chain(1, None).said == "it answers; chain 1 (--chain would pin it)"
    assert judge_chain(1, 5) == Check(
        part="node",
        result=Result.FAIL,
        said="it is on chain 1, and 5 is pinned",
        advice="name a node of the right chain, or change --chain",
    )


@pytest.mark.parametrize(
    ("block_time", "block", "clock"),
    [
        (1000, Result.OK, Result.OK),
        (1000 - 300, Result.OK, Result.OK),
        (1000 - 301, Result.WARN, Result.OK),
        (1000 + 15, Result.OK, Result.OK),
        (1000 + 16, Result.OK, Result.WARN),
    ],
)
def test_the_latest_block_is_judged_against_this_machines_clock(
    block_time: int, block: Result, clock: Result
) -> None:
    checks = judge_block(block_time, 1000)
    assert [(check.part, check.result) for check in checks] == [("block", block), ("clock", clock)]


@pytest.mark.parametrize(
    ("ahead", "told"), [(30, "30 s"), (200, "3 minutes"), (7300, "2 hours"), (200_000, "2 days")]
)
def test_a_difference_is_told_in_a_unit_that_fits(ahead: int, told: str) -> None:
    assert judge_block(ahead, 0)[1].said == f"the latest block is {told} ahead of this machine's clock"
    assert judge_block(0, ahead)[0].said == f"the latest is {told} old"


def test_a_node_that_cannot_simulate_is_a_warning() -> None:
    assert (judge_simulation(True).result, judge_simulation(False).result) == (Result.OK, Result.WARN)


def test_a_node_is_asked_three_questions_and_none_that_changes_anything() -> None:
    with ScriptedNode(
        eth_chainId="0x1", eth_getBlockByNumber={"timestamp": "0x1"}, eth_simulateV1=[]
    ) as node:
        told = look(node.url, pinned=1)
    assert node.methods == ["eth_chainId", "eth_getBlockByNumber", "eth_simulateV1"]
    assert [(part, result) for part, result, _ in told] == [
        ("node", Result.OK),
        ("block", Result.WARN),
        ("clock", Result.OK),
        ("simulation", Result.OK),
    ]


def test_a_node_without_simulation_says_so_and_one_that_refuses_is_quoted_escaped() -> None:
    with ScriptedNode(eth_chainId="0x1", eth_simulateV1=NO_METHOD) as node:
        told = look(node.url)
    assert told[1][:2] == ("block", Result.FAIL)
    assert told[2] == (
        "simulation",
        Result.WARN,
        "the node does not offer eth_simulateV1: a payment cannot be tried out on it",
    )
    refusal = {"error": {"code": -32000, "message": "no\x1b[31m\u202e"}}
    with ScriptedNode(eth_chainId="0x1", eth_simulateV1=refusal) as node:
        told = look(node.url)
    assert told[2] == (
        "simulation",
        Result.WARN,
        "the node refused to simulate nothing: no\\x1b[31m\\u202e",
    )


@pytest.mark.parametrize("chain_id", ["x", None, -1, [1]])
def test_a_chain_id_that_is_none_is_one_failure(chain_id: object) -> None:
    with ScriptedNode(eth_chainId=chain_id) as node:
        told = look(node.url)
    assert [(part, result) for part, result, _ in told] == [("node", Result.FAIL)]


@pytest.mark.parametrize(
    "fault", [hostile.silent, hostile.drip_body, hostile.HTML, hostile.not_http, hostile.gzip_bomb]
)
def test_a_node_that_breaks_its_contract_is_one_failure_in_time(fault: Fault) -> None:
    with HostileService(fault) as service:
        told = look(f"{service.url}/{SECRET}", seconds=0.4)
    assert [(part, result) for part, result, _ in told] == [("node", Result.FAIL)]


def test_a_node_that_is_down_is_one_failure() -> None:
    with ScriptedNode() as node:
        node.close()
        told = look(node.url)
    assert [(part, result) for part, result, _ in told] == [("node", Result.FAIL)]
    assert re.fullmatch(r"the node could not be asked for its chain id \(\w+\)", told[0][2])


def test_without_a_node_there_is_a_warning() -> None:
    (check,) = examine([_node_look(Settings(home=find_home()), None)], Deadline.after(5))
    assert (check.part, check.result) == ("node", Result.WARN)
