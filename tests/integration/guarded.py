"""The guard of a careful user on a real node: all is real but the model, which says Safe of everything.

What belongs here: how a wallet's request is reviewed on a chain. What must not: assertions.
"""

from __future__ import annotations

import json
from dataclasses import replace

from guard.adapters.node_history import NodeHistory
from guard.adapters.past_book import PastBook
from guard.adapters.web3_chain import Web3Chain
from guard.completion import complete
from guard.core.evidence import Acquaintance, Counterparty
from guard.core.policy import Policy
from guard.core.request import TransactionRequest
from guard.core.rpc_request import parse_request
from guard.core.strict_json import parse_object
from guard.core.subject import Request
from guard.core.verdict import Verdict
from guard.engine import Guard
from guard.ports import Simulator
from guard.testing import FakeAddressBook, FakePredictor
from guard.wiring import build_world
from tests.contracts.chain import Chain, WalletRequest


def request_of(asked: WalletRequest, node: Web3Chain) -> Request:
    """Return what a page asks for as `wallet check --tx` reads it, completed by the node."""
    request = parse_request(parse_object(asked.as_json().encode(), max_bytes=10**6))
    assert isinstance(request, Request)
    if isinstance(request, TransactionRequest):
        return complete(replace(request, chain_id=node.chain_id()), node, legacy=False).request
    return replace(request, chain_id=node.chain_id())


def reviewed(
    asked: WalletRequest, chain: Chain, policy: Policy | None = None, simulator: Simulator | None = None
) -> Verdict:
    """Return what the guard says of it to a user with one contact, a colleague."""
    node = Web3Chain(chain.web3)
    facts, of_node = build_world(node)
    colleague = Counterparty(
        address=chain.colleague.address, acquaintance=Acquaintance.CONTACT, name="colleague"
    )
    guard = Guard(
        predictor=FakePredictor(),
        policy=policy,
        chain=node,
        chain_facts=facts,
        simulator=simulator or of_node,
        address_book=PastBook(FakeAddressBook((colleague,)), NodeHistory(chain.web3)),
        timeout_s=20.0,
    )
    return guard.review(request_of(asked, node))


def told(verdict: Verdict) -> str:
    """Return the verdict in one line for the message of a failed assertion."""
    findings = [f"{finding.severity.name} {finding.rule}: {finding.message}" for finding in verdict.findings]
    return json.dumps({"decision": str(verdict.decision), "findings": findings}, indent=1)
