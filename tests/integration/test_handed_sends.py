"""Sends handed to a wallet that signs by itself, on a real node: here the node itself holds the key."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest

from guard.adapters.sent_bytes import NodeSentBytes
from guard.adapters.web3_chain import Web3Chain
from guard.core.address import Address
from guard.core.journal import SendState
from guard.deadline import Deadline
from guard.desk_wiring import build_desk
from guard.handover import Handover
from guard.wiring import read_settings
from tests.documented_service import SAFE, DocumentedService
from tests.integration.node import Node
from tests.integration.wallet import wallet


@pytest.fixture
def handover(node: Node, monkeypatch: pytest.MonkeyPatch) -> Any:
    with DocumentedService(SAFE) as service:
        monkeypatch.setenv("TXGUARD_UPSTREAM_URL", service.url)
        monkeypatch.setenv("ETH_RPC_URL", node.url)
        parts = build_desk(read_settings())
        assert (parts.reason, parts.chain_id()) == (None, 31337)
        assert parts.handover is not None
        yield parts.handover


def asked(node: Node, value: int = 10**15) -> dict[str, object]:
    recipient = str(Address.from_bytes(secrets.token_bytes(20)))
    return {"from": node.web3.eth.accounts[3], "to": recipient, "value": hex(value), "chainId": "0x7a69"}


def test_a_send_goes_from_review_to_its_block(handover: Handover, node: Node, home: Path) -> None:
    made = handover.review(asked(node))
    assert not (home / "journal.sqlite3").exists()
    handover.begin(made.id)
    given = handover.accept(made.id).transaction
    assert given is not None
    transaction_hash = str(node.call("eth_sendTransaction", given))
    step = handover.sent(made.id, transaction_hash)
    assert (step.state, step.hash) == (SendState.BROADCAST, transaction_hash)
    assert handover.look(made.id).state is SendState.MINED


def test_a_wallet_that_raised_the_fee_sent_something_else(handover: Handover, node: Node) -> None:
    made = handover.review(asked(node))
    handover.begin(made.id)
    given = handover.accept(made.id).transaction
    assert given is not None
    raised = {**given, "maxFeePerGas": hex(50 * 10**9)}
    transaction_hash = str(node.call("eth_sendTransaction", raised))
    step = handover.sent(made.id, transaction_hash)
    assert (step.state, step.hash) == (SendState.HANDED, None)
    assert step.note == (
        f"the wallet says that it sent {transaction_hash}; "
        "the signed bytes are not the transaction that was scored"
    )
    assert handover.look(made.id).state is SendState.HANDED


def test_what_was_left_behind_is_finished_by_the_hash_that_the_wallet_named(
    handover: Handover, node: Node
) -> None:
    """Not by the hash of anything else, however much it looks like it."""
    made = handover.review(asked(node))
    handed = handover.begin(made.id).send_id
    given = handover.accept(made.id).transaction
    assert given is not None
    other = str(node.call("eth_sendTransaction", {**given, "value": "0x1"}))
    told = wallet("resume", handed, "--sent-as", other, "--rpc-url", node.url, "--json")
    assert (told.code, told.object["error"]["code"]) == (1, "digest_mismatch")
    told = wallet("resume", handed, "--sent-as", "0x12", "--rpc-url", node.url, "--json")
    assert (told.code, told.object["error"]["code"]) == (2, "invalid_request")
    made = handover.review(asked(node))
    handed = handover.begin(made.id).send_id
    transaction_hash = str(node.call("eth_sendTransaction", handover.accept(made.id).transaction))
    told = wallet("resume", handed, "--sent-as", transaction_hash, "--rpc-url", node.url, "--json")
    (send,) = told.object["sends"]
    assert (told.code, send["id"], send["state"], send["hash"]) == (0, handed, "mined", transaction_hash)


def test_a_whole_request_of_a_page_is_read_too(handover: Handover, node: Node) -> None:
    whole = handover.review({"method": "eth_sendTransaction", "params": [asked(node)]})
    assert whole.problem is None
    raw = handover.review({"method": "personal_sign", "params": ["hello", node.web3.eth.accounts[3]]})
    assert raw.problem == "only a transaction that is to be sent can be handed to a wallet here"


def test_the_node_is_asked_until_it_has_heard_of_it_or_the_time_is_over(node: Node) -> None:
    shown = NodeSentBytes(Web3Chain(node.web3))
    assert shown.sent("0x" + "ab" * 32, Deadline.after(0.3)) is None
    sent = str(node.call("eth_sendTransaction", asked(node)))
    raw = shown.sent(sent, Deadline.after(5))
    assert raw is not None
    assert raw[0] == 2


def test_without_a_node_there_are_no_reviews_and_questions_are_answered() -> None:
    parts = build_desk(read_settings())
    assert (parts.handover, parts.reason) == (None, "no node is named, by rpc_url or ETH_RPC_URL")
    assert (parts.chain_id(), parts.questions.questions()) == (None, [])
