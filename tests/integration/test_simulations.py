"""Requests run on a real node: what a person would gain and lose, and contracts that try to hide it.

The group D17 of the threats: contracts that branch on what gives a simulation away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from guard.adapters.chain_facts import NodeFacts
from guard.adapters.simulation import NodeSimulator
from guard.adapters.web3_chain import Web3Chain
from guard.core.act import flatten
from guard.core.address import Address
from guard.core.changes import in_words
from guard.core.decode import read
from guard.core.evidence import Missing, Observed
from guard.core.intent import AssetKind
from guard.core.involved import TokenQuestion
from guard.core.request import MarketFee, TransactionRequest
from guard.core.rpc_transaction import parse_transaction
from guard.core.world import AllowanceGiven, Simulation, SimulationMethod
from guard.deadline import Deadline
from tests.contracts.attacks.attack import Attack
from tests.contracts.attacks.simulations import (
    ATTACKS,
    TWO_FACED,
    bonus_turned_over_before_the_block,
    token_that_only_says_so,
)
from tests.contracts.chain import ETHER, Chain, WalletRequest, calldata, running_chain
from tests.needs import anvil

MAX = 2**256 - 1


@pytest.fixture(scope="module")
def running() -> Iterator[Chain]:
    with running_chain(anvil()) as chain:
        yield chain


@pytest.fixture
def chain(running: Chain) -> Iterator[Chain]:
    with running.restored():
        yield running


def simulated(chain: Chain, *requests: TransactionRequest) -> Simulation:
    """Return what the requests come to, run on the node."""
    acts = tuple(act for request in requests for act in flatten(read(request)))
    found = NodeSimulator(Web3Chain(chain.node.web3)).simulate(requests, acts, Deadline.after(30))
    assert isinstance(found, Observed), found
    return found.value


def asked(request: WalletRequest) -> TransactionRequest:
    return parse_transaction(request.params[0])


def call(chain: Chain, to: Address, signature: str, *arguments: Any, value: int = 0) -> TransactionRequest:
    return TransactionRequest(
        sender=chain.user.address, to=to, value=value, data=calldata(signature, *arguments)
    )


def words(chain: Chain, found: Simulation, *tokens: Address) -> str:
    questions = [TokenQuestion(token=token) for token in tokens]
    states = NodeFacts(Web3Chain(chain.node.web3)).tokens(questions, Deadline.after(30))
    return in_words(found, chain.user.address, states)


@pytest.mark.parametrize("attack", TWO_FACED, ids=str)
def test_a_contract_that_looks_for_a_simulation_does_not_find_one(chain: Chain, attack: Attack) -> None:
    """D17: contracts branching on coinbase, prevrandao, basefee, gasprice and gas left."""
    scene = attack.prepare(chain)
    assert chain.preview(scene.request) == scene.promise
    found = simulated(chain, asked(scene.request))
    assert found.succeeded
    assert words(chain, found) == "you send 1 ether, you receive nothing"


def test_a_token_whose_events_lie_contradicts_its_own_balances(chain: Chain) -> None:
    scene = token_that_only_says_so(chain)
    found = simulated(chain, asked(scene.request))
    token = asked(scene.request).to
    assert token is not None
    assert found.is_contradicted
    assert words(chain, found, token) == f"you send 1 ether, you receive 2 WETH ({token})"


def test_what_is_honest_until_the_block_is_shown_as_it_is_now(chain: Chain) -> None:
    found = simulated(chain, asked(bonus_turned_over_before_the_block(chain).request))
    assert (found.variants_agree, found.is_contradicted) == (True, False)
    assert words(chain, found) == "you send nothing, you receive 1 ether"


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_every_attack_on_simulations_is_run_by_the_best_method_and_nothing_falls_short(
    chain: Chain, attack: Attack
) -> None:
    found = simulated(chain, asked(attack.prepare(chain).request))
    assert (found.method, found.shortfalls) == (SimulationMethod.SIMULATE, ())


NUMBER, TIMESTAMP = 0x43, 0x42


def pays_back_until(opcode: int, bound: int) -> bytes:
    """Return creation code of a contract that sends the ether back while the block's field is below this."""
    # PUSH4 bound, the field, LT, PUSH1 11, JUMPI, STOP, JUMPDEST, and the caller paid with what it sent.
    code = bytes.fromhex(f"63{bound:08x}{opcode:02x}10600b57005b5f5f5f5f34335af100")
    return bytes.fromhex(f"60{len(code):02x}600c60003960{len(code):02x}6000f3") + code


@pytest.mark.parametrize("opcode", [NUMBER, TIMESTAMP])
def test_runs_that_differ_with_the_block_are_told(chain: Chain, opcode: int) -> None:
    """D17: contracts branching on number and timestamp, whose one preview may be as it should."""
    block: Any = chain.node.call("eth_getBlockByNumber", "latest", False)
    # Between the two variants: the next block after the deployment's, and two blocks later.
    bound = int(block["number"], 16) + 3 if opcode == NUMBER else 2**32 - 1
    if opcode == TIMESTAMP:
        chain.node.call("evm_setNextBlockTimestamp", hex(int(block["timestamp"], 16) + 100))
        bound = int(block["timestamp"], 16) + 100 + 24
    game = Address.parse(chain.send(chain.deployer, None, pays_back_until(opcode, bound))["contractAddress"])
    found = simulated(chain, call(chain, game, "play()", value=ETHER))
    assert (found.succeeded, found.variants_agree) == (True, False)
    assert words(chain, found) == "you send nothing, you receive nothing"


def token(chain: Chain, decimals: int = 6, amount: int = 1000) -> Address:
    found = chain.deploy("Token", "USD Coin", "USDC", decimals)
    chain.call(chain.deployer, found, "mint(address,uint256)", chain.user.address, amount)
    return found


def test_a_token_transfer_a_refusal_and_an_approval_are_told(chain: Chain) -> None:
    coin = token(chain, amount=5_000_000)
    thief = chain.thief.address
    sent = simulated(chain, call(chain, coin, "transfer(address,uint256)", thief, 1_500_000))
    assert (sent.succeeded, sent.variants_agree, sent.is_contradicted) == (True, True, False)
    assert words(chain, sent, coin) == f"you send 1.5 USDC ({coin}), you receive nothing"
    given = simulated(chain, call(chain, coin, "approve(address,uint256)", thief, MAX))
    assert (given.changes, given.allowances) == (
        (),
        (AllowanceGiven(token=coin, owner=chain.user.address, spender=thief, amount=MAX),),
    )
    refused = simulated(chain, call(chain, coin, "transfer(address,uint256)", thief, 5_000_001))
    assert (refused.succeeded, refused.changes, refused.variants_agree) == (False, (), True)
    assert refused.revert_reason


def test_a_bundle_is_run_in_order_in_one_block(chain: Chain) -> None:
    router = chain.deploy("SwapRouter")
    coin, gold = token(chain), chain.deploy("Token", "Gold", "GLD", 0)
    for minted in (coin, gold):
        chain.call(chain.deployer, minted, "mint(address,uint256)", router, 1000)
    user = chain.user.address
    approve = call(chain, coin, "approve(address,uint256)", router, 1000)
    swap = call(
        chain,
        router,
        "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
        *(1000, 1, (coin, gold), user, 2**40),
    )
    assert not simulated(chain, swap).succeeded
    found = simulated(chain, approve, swap)
    assert (found.succeeded, found.variants_agree, found.is_contradicted) == (True, True, False)
    assert words(chain, found, coin, gold) == f"you send 0.001 USDC ({coin}), you receive 500 GLD ({gold})"
    reverted = simulated(chain, swap, approve)
    assert not reverted.succeeded
    assert str(reverted.revert_reason).startswith("call 1")


def test_who_cannot_pay_is_still_shown_what_the_call_would_do(chain: Chain) -> None:
    coin = token(chain)
    chain.node.fund(chain.user.address, 0)
    fee = MarketFee(max_fee_per_gas=10**11, max_priority_fee_per_gas=10**9)
    request = replace(
        call(chain, coin, "transfer(address,uint256)", chain.thief.address, 10), fee=fee, gas_limit=100_000
    )
    found = simulated(chain, request)
    assert (found.method, found.succeeded) == (SimulationMethod.SIMULATE, True)
    assert [change.asset.amount for change in found.changes or ()] == [10, 10]
    with_value = simulated(chain, replace(request, value=ETHER))
    assert (with_value.succeeded, with_value.changes) == (False, None)
    assert "funds" in str(with_value.revert_reason).lower()


def test_a_creation_is_run(chain: Chain) -> None:
    request = TransactionRequest(sender=chain.user.address, to=None, value=3, data=bytes.fromhex("5f5ff3"))
    found = simulated(chain, request)
    assert found.succeeded
    assert [change.is_gain for change in found.changes or ()] == [False, True]


def test_facts_of_real_tokens_are_told_by_the_tokens(chain: Chain) -> None:
    coin, collection = token(chain, amount=5), chain.deploy("Collection")
    several = chain.deploy("MultiCollection")
    user, thief = chain.user.address, chain.thief.address
    chain.call(chain.user, coin, "approve(address,uint256)", thief, 77)
    facts = NodeFacts(Web3Chain(chain.node.web3))
    states = facts.tokens(
        [
            TokenQuestion(token=coin, owners=(user, thief), allowances=((user, thief),)),
            TokenQuestion(token=collection, owners=(user,)),
            TokenQuestion(token=several),
            TokenQuestion(token=user),
        ],
        Deadline.after(30),
    )
    told = states[coin]
    assert (told.kind, told.symbol, told.name, told.decimals) == (AssetKind.ERC20, "USDC", "USD Coin", 6)
    assert (told.total_supply, told.balances) == (5, {user: 5, thief: 0})
    assert told.allowances == {(user, thief): 77}
    assert [states[one].kind for one in (collection, several, user)] == [
        AssetKind.ERC721,
        AssetKind.ERC1155,
        None,
    ]
    assert (states[user].symbol, states[user].balances) == (None, {})


def test_accounts_are_told_and_a_contract_is_young_until_some_days_have_passed(chain: Chain) -> None:
    coin = token(chain)
    facts, user = NodeFacts(Web3Chain(chain.node.web3)), chain.user.address

    def is_young() -> bool | None:
        return facts.accounts([coin], young_days=3, deadline=Deadline.after(30))[coin].is_young

    accounts = facts.accounts([coin, user], young_days=3, deadline=Deadline.after(30))
    assert accounts[coin].code
    assert (accounts[coin].nonce, accounts[user].code, accounts[user].is_young) == (1, b"", None)
    assert accounts[user].balance == chain.node.balance(user)
    assert is_young() is True
    chain.node.call("anvil_mine", hex(100), hex(3600))
    assert is_young() is False


def test_gas_costs_what_the_node_says(chain: Chain) -> None:
    market = NodeFacts(Web3Chain(chain.node.web3)).fee_market(Deadline.after(30))
    block: Any = chain.node.call("eth_getBlockByNumber", "latest", False)
    assert market.base_fee == int(block["baseFeePerGas"], 16)
    assert market.gas_price > 0
    assert market.priority_fee is not None


def test_a_bundle_on_a_node_that_cannot_run_several_is_missing(chain: Chain) -> None:
    coin = token(chain)
    request = call(chain, coin, "approve(address,uint256)", chain.thief.address, 1)
    bundle = (request, request)

    class Old(Web3Chain):
        def ask(self, what: str, question: Any) -> Any:
            if what == "eth_simulateV1":
                return {"error": {"code": -32601, "message": "Method not found"}}
            return super().ask(what, question)

    acts = tuple(act for one in bundle for act in flatten(read(one)))
    simulator = NodeSimulator(Old(chain.node.web3))
    assert simulator.simulate(bundle, acts, Deadline.after(30)) == Missing("the node has no eth_simulateV1")
    alone = simulator.simulate((request,), acts, Deadline.after(30))
    assert isinstance(alone, Observed)
    assert alone.value.method is SimulationMethod.TRACE
    assert alone.value.shortfalls == ("the node has no eth_simulateV1",)
    assert alone.value.allowances == (
        AllowanceGiven(token=coin, owner=chain.user.address, spender=chain.thief.address, amount=1),
    )
