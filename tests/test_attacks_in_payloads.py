"""What attackers put into calldata so that it is read as something else, or not at all, is named anyway.

What belongs here: lines of group D of `tests/threats.py`, through the whole review. What must not: how one
family is read, or what one rule measures; those have tests of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from guard.adapters.token_facts import token_state
from guard.core.address import Address
from guard.core.evidence import Evidence, Observed
from guard.core.intent import Approve, ApproveAll, AssetKind, Permit
from guard.core.involved import TokenQuestion
from guard.core.policy import Policy
from guard.core.request import TransactionRequest
from guard.core.review import review
from guard.core.rules.examples import (
    AGELESS,
    CONTRACT,
    ETHER,
    NOW,
    PERSON,
    PIECES,
    SENDER,
    STATE,
    STRANGER,
    TOKEN,
    TRANSFER,
    WALLET,
    YOUNG,
    call,
    calldata,
    simulated,
    told,
)
from guard.core.verdict import Decision, Finding, Severity, Verdict
from guard.core.world import AccountState, Simulation, SimulationMethod, TokenState

MOST = 2**256 - 1
SPENDER = STRANGER
PERMIT2 = Address("0x000000000022D473030F116dDEE9F6B43aC78BA3")
ZERO = Address("0x" + "0" * 40)
APPROVE = calldata("approve(address,uint256)", SPENDER, MOST)
WORLD = told(
    accounts={TOKEN: CONTRACT, SPENDER: CONTRACT, WALLET: CONTRACT, PERMIT2: CONTRACT},
    tokens={TOKEN: STATE},
)


def judged(request: TransactionRequest, evidence: Evidence = WORLD) -> Verdict:
    return review(request, evidence, Policy(), NOW)


def paying(to: Address, data: bytes, value: int = 0) -> TransactionRequest:
    return replace(TRANSFER, to=to, value=value, data=data, gas_limit=500_000)


def found(verdict: Verdict, rule: str) -> list[Finding]:
    return [finding for finding in verdict.findings if finding.rule == rule]


def worst(verdict: Verdict) -> Severity:
    return verdict.findings[0].severity


PLAIN = judged(paying(TOKEN, APPROVE))
"""What an unlimited approval to a stranger comes to by itself."""


# D6


@pytest.mark.parametrize(
    ("data", "oddity", "severity"),
    [
        (APPROVE + b"\x00", "1 bytes follow the arguments", Severity.INFO),
        (APPROVE + b"\xff", "1 bytes follow the arguments", Severity.INFO),
        (APPROVE + bytes(32), "32 bytes follow the arguments", Severity.INFO),
        (APPROVE[:-1], "the arguments end 1 bytes early", Severity.WARN),
    ],
    ids=["a zero", "a byte", "a word", "a byte less"],
)
def test_an_approval_with_bytes_too_many_or_too_few_is_an_approval_and_marked(
    data: bytes, oddity: str, severity: Severity
) -> None:
    """D6: 1 or 32 bytes more, or 1 less."""
    verdict = judged(paying(TOKEN, data))
    amount = MOST if len(data) >= len(APPROVE) else MOST - 0xFF
    assert verdict.intent == Approve(
        token=TOKEN, owner=SENDER, spender=SPENDER, amount=amount, form="approve"
    )
    (marked,) = found(verdict, "payload.non-canonical")
    assert (marked.facts["oddity"], marked.severity) == (oddity, severity)
    (unlimited,), (alone,) = found(verdict, "approval.unlimited"), found(PLAIN, "approval.unlimited")
    assert (unlimited.severity, unlimited.message) == (alone.severity, alone.message)
    assert worst(verdict) >= worst(PLAIN)


# D7

EXEC = "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)"
Wrapper = Callable[[Address, bytes], tuple[Address, bytes]]


def in_a_multicall(to: Address, data: bytes) -> tuple[Address, bytes]:
    return to, calldata("multicall(bytes[])", (data,))


def in_an_aggregate(to: Address, data: bytes) -> tuple[Address, bytes]:
    return WALLET, calldata("aggregate3((address,bool,bytes)[])", ((to, True, data),))


def by_a_safe(to: Address, data: bytes) -> tuple[Address, bytes]:
    return WALLET, calldata(EXEC, to, 0, data, 0, 0, 0, 0, ZERO, ZERO, bytes(65))


def by_an_account(to: Address, data: bytes) -> tuple[Address, bytes]:
    return WALLET, calldata("executeBatch((address,uint256,bytes)[])", ((to, 0, data),))


def by_a_module(to: Address, data: bytes) -> tuple[Address, bytes]:
    return WALLET, calldata("execTransactionFromModule(address,uint256,bytes,uint8)", to, 0, data, 0)


WRAPPERS: tuple[Wrapper, ...] = (in_a_multicall, in_an_aggregate, by_a_safe, by_an_account, by_a_module)


@pytest.mark.parametrize("inner", WRAPPERS)
@pytest.mark.parametrize("middle", WRAPPERS)
@pytest.mark.parametrize("outer", WRAPPERS)
def test_an_approval_three_deep_is_as_grave_as_by_itself(
    outer: Wrapper, middle: Wrapper, inner: Wrapper
) -> None:
    """D7: multicall, aggregate3, Safe, smart account and module, in any order."""
    to, data = TOKEN, APPROVE
    for wrap in (inner, middle, outer):
        to, data = wrap(to, data)
    verdict = judged(paying(to, data))
    (unlimited,) = found(verdict, "approval.unlimited")
    (alone,) = found(PLAIN, "approval.unlimited")
    assert len(unlimited.path) == 3
    assert unlimited.facts["spender"] == alone.facts["spender"] == SPENDER
    assert unlimited.severity >= alone.severity
    assert worst(verdict) >= worst(PLAIN)
    assert RANK[verdict.decision] >= RANK[PLAIN.decision]


RANK = {Decision.ALLOW: 0, Decision.WARN: 1, None: 2, Decision.BLOCK: 3}
_DETAILS = "(address,uint160,uint48,uint48)"


@pytest.mark.parametrize("outer", WRAPPERS)
@pytest.mark.parametrize("inner", WRAPPERS)
def test_a_permit_in_a_routers_plan_three_deep_is_named_with_its_spender(
    outer: Wrapper, inner: Wrapper
) -> None:
    """D7: a router's execute with a permit of Permit2 inside, in two more wrappers."""
    permit = calldata(
        f"x(({_DETAILS},address,uint256),bytes)",
        ((TOKEN, 2**160 - 1, NOW + 60, 0), SPENDER, NOW + 60),
        bytes(65),
    )[4:]
    plan = calldata("execute(bytes,bytes[])", b"\x0a", (permit,))
    verdict = judged(paying(*outer(*inner(WALLET, plan))))
    (unlimited,) = found(verdict, "permit.unlimited")
    assert (len(unlimited.path), unlimited.facts["spender"]) == (3, SPENDER)
    assert verdict.decision is not Decision.ALLOW


def test_each_permit_of_a_batch_at_permit2_is_named() -> None:
    """D7: a batch of Permit2."""
    details = tuple((token, 2**160 - 1, NOW + 60, 0) for token in (TOKEN, WALLET))
    data = calldata(
        f"permit(address,({_DETAILS}[],address,uint256),bytes)",
        SENDER,
        (details, SPENDER, NOW + 60),
        bytes(65),
    )
    verdict = judged(paying(PERMIT2, data))
    assert isinstance(verdict.intent, Permit)
    assert [grant.token for grant in verdict.intent.grants] == [TOKEN, WALLET]
    assert len(found(verdict, "permit.unlimited")) == 2
    assert verdict.decision is not Decision.ALLOW


@pytest.mark.parametrize("wrap", WRAPPERS)
def test_whatever_is_nested_nine_deep_is_blocked(wrap: Wrapper) -> None:
    """D7: nothing is deeper than is looked at, and allowed or asked about."""
    to, data = TOKEN, calldata("approve(address,uint256)", SPENDER, 0)
    for _ in range(8):
        to, data = wrap(to, data)
    assert not any("nested more than" in finding.message for finding in judged(paying(to, data)).findings)
    verdict = judged(paying(*wrap(to, data)))
    assert verdict.decision is Decision.BLOCK
    assert "calls are nested more than 8 deep" in found(verdict, "payload.undecoded")[0].message


def test_a_batch_of_too_many_calls_is_blocked_however_harmless_each_is() -> None:
    """D7: more than 256 calls."""
    harmless = calldata("approve(address,uint256)", SPENDER, 0)
    for count, is_blocked in ((200, False), (256, True), (800, True)):
        verdict = judged(paying(TOKEN, calldata("multicall(bytes[])", (harmless,) * count)))
        is_told = any("more than 256 calls" in one.message for one in found(verdict, "payload.undecoded"))
        assert is_told == is_blocked
        assert (verdict.decision is Decision.BLOCK) == is_blocked


# D8


@pytest.mark.parametrize("state", [CONTRACT, YOUNG, AGELESS])
@pytest.mark.parametrize("selector", ["deadbeef", "00000001", "ffffffff"])
def test_a_function_that_cannot_be_read_is_at_least_asked_about(selector: str, state: AccountState) -> None:
    """D8: an unknown selector to a contract."""
    evidence = told(accounts={STRANGER: state})
    verdict = judged(paying(STRANGER, bytes.fromhex(selector) + bytes(64)), evidence)
    assert found(verdict, "payload.undecoded")[0].severity >= Severity.WARN
    assert verdict.decision in (Decision.WARN, Decision.BLOCK)


@pytest.mark.parametrize("data", [bytes.fromhex("deadbeef"), bytes.fromhex("4e71d92d"), b"\x01", APPROVE])
@pytest.mark.parametrize("value", [0, ETHER])
def test_calldata_to_an_account_without_code_is_blocked(data: bytes, value: int) -> None:
    """D8: an address without code, with data."""
    evidence = replace(told(accounts={STRANGER: PERSON}), recipient_code=Observed(b"", "node", 100))
    verdict = judged(paying(STRANGER, data, value), evidence)
    assert verdict.decision is Decision.BLOCK
    assert found(verdict, "recipient.no-code")[0].severity is Severity.BLOCK


# D9

PERMITTED = "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"
DAI = "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)"
SIGNED = (27, bytes(32), bytes(32))
GRANTS: dict[str, tuple[TransactionRequest, str]] = {
    "approve": (paying(TOKEN, APPROVE), "approval.unlimited"),
    "increaseAllowance": (
        paying(TOKEN, calldata("increaseAllowance(address,uint256)", SPENDER, MOST)),
        "approval.unlimited",
    ),
    "increaseApproval": (
        paying(TOKEN, calldata("increaseApproval(address,uint256)", SPENDER, MOST)),
        "approval.unlimited",
    ),
    "EIP-2612": (paying(TOKEN, calldata(PERMITTED, SENDER, SPENDER, MOST, NOW, *SIGNED)), "permit.unlimited"),
    "DAI": (paying(TOKEN, calldata(DAI, SENDER, SPENDER, 0, 0, True, *SIGNED)), "permit.unlimited"),
    "Permit2 approve": (
        paying(
            PERMIT2,
            calldata("approve(address,address,uint160,uint48)", TOKEN, SPENDER, 2**160 - 1, NOW + 60),
        ),
        "approval.unlimited",
    ),
    "Permit2 permit": (
        paying(
            PERMIT2,
            calldata(
                f"permit(address,({_DETAILS},address,uint256),bytes)",
                SENDER,
                ((TOKEN, 2**160 - 1, NOW + 60, 0), SPENDER, NOW + 60),
                bytes(65),
            ),
        ),
        "permit.unlimited",
    ),
}


@pytest.mark.parametrize("form", GRANTS)
def test_each_form_of_an_unlimited_right_is_named_with_spender_and_amount(form: str) -> None:
    """D9: approvals and permits, whatever the function is called."""
    request, rule = GRANTS[form]
    verdict = judged(request)
    named = found(verdict, rule)
    assert len(named) == 1, [finding.rule for finding in verdict.findings]
    assert SPENDER in named[0].message
    assert f"any amount of {TOKEN}" in named[0].message
    assert verdict.decision in (Decision.WARN, Decision.BLOCK)


def test_an_operator_over_a_collection_is_named() -> None:
    """D9: setApprovalForAll(true)."""
    world = told(accounts={SPENDER: CONTRACT}, tokens={TOKEN: PIECES})
    verdict = judged(paying(TOKEN, calldata("setApprovalForAll(address,bool)", SPENDER, True)), world)
    assert verdict.intent == ApproveAll(collection=TOKEN, owner=SENDER, operator=SPENDER, approved=True)
    (named,) = found(verdict, "approval.operator")
    assert SPENDER in named.message
    assert TOKEN in named.message
    assert verdict.decision in (Decision.WARN, Decision.BLOCK)


def test_the_approval_of_one_piece_is_named_as_one_piece() -> None:
    """D9: ERC-721 approve, whose calldata is that of an ERC-20 approval."""
    world = told(accounts={SPENDER: CONTRACT}, tokens={TOKEN: PIECES})
    verdict = judged(paying(TOKEN, calldata("approve(address,uint256)", SPENDER, 7)), world)
    told_of = [finding for finding in verdict.findings if f"piece 7 of {TOKEN}" in finding.message]
    assert told_of != []
    assert all(SPENDER in finding.message for finding in told_of)
    assert verdict.decision in (Decision.WARN, Decision.BLOCK)


# D14


@pytest.mark.parametrize(
    ("symbol", "shown", "is_marked"),
    [
        ("\u202eCDSU", "\\u202eCDSU", True),
        ("US\u200bDC", "US\\u200bDC", True),
        ("USD\u0421", "USD\u0421", True),
        ("USDC\x1b[2J", "USDC\\x1b[2J", True),
        ("U" + "\u0301" * 30, None, True),
        ("USDC", "USDC", False),
    ],
)
def test_a_symbol_that_imitates_is_escaped_marked_and_never_without_its_contract(
    symbol: str, shown: str | None, is_marked: bool
) -> None:
    """D14: override, zero width, flood of marks, Cyrillic letter, ESC."""
    state = token_called(symbol)
    read = state.symbol
    assert read is not None
    assert shown in (None, read)
    verdict = judged(paying(TOKEN, APPROVE), told(accounts={SPENDER: CONTRACT}, tokens={TOKEN: state}))
    assert bool(found(verdict, "token.confusable")) == is_marked
    texts = [finding.message for finding in verdict.findings]
    assert all(text.isprintable() for text in texts)
    assert all(TOKEN in text for text in texts if read in text)
    # More than two marks upon one letter are told by their numbers.
    assert "\u0301" * 3 not in "".join(texts)


def token_called(symbol: str) -> TokenState:
    """Return what a node's answers of a token with this symbol are read as."""
    answers = {
        "symbol": _string(symbol),
        "name": _string("USD Coin"),
        "decimals": (6).to_bytes(32, "big"),
        "supply": (10**12).to_bytes(32, "big"),
        "is erc721": bytes(32),
        "is erc1155": bytes(32),
    }
    state = token_state(TokenQuestion(token=TOKEN), answers)
    assert state.kind is AssetKind.ERC20
    return state


def _string(text: str) -> bytes:
    return calldata("x(string)", text)[4:]


# D16

BAITS = ("claim()", "securityUpdate()", "connect()")


@pytest.mark.parametrize("state", [YOUNG, CONTRACT])
@pytest.mark.parametrize("name", BAITS)
def test_ether_under_a_name_that_takers_use_is_blocked(name: str, state: AccountState) -> None:
    """D16: payable bait functions, to a young contract or an old one."""
    world = told(accounts={STRANGER: state})
    verdict = judged(call(STRANGER, name, value=ETHER), world)
    (named,) = found(verdict, "call.bait")
    assert (verdict.decision, named.severity) == (Decision.BLOCK, Severity.BLOCK)
    assert name in named.message
    assert STRANGER in named.message
    assert "1 ether" in named.message


# D17


def test_runs_that_differ_with_the_block_are_flagged() -> None:
    """D17: a contract that branches on the block; that the simulator sees it is tested on a real node."""
    ran = Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=(), variants_agree=False)
    request = call(STRANGER, "claim()")
    world = told(accounts={STRANGER: CONTRACT})
    quiet = judged(request, simulated(replace(ran, variants_agree=True), world))
    verdict = judged(request, simulated(ran, world))
    assert found(quiet, "simulation.differs") == []
    assert found(verdict, "simulation.differs")[0].severity >= Severity.WARN
    assert verdict.decision in (Decision.WARN, Decision.BLOCK)
