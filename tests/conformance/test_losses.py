"""Requests that cost money although everything around them is in order: none may pass without a question.

The node is honest, the model says Safe, the contacts are ordinary, and the policy is the default.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from guard.core.address import Address
from guard.core.authorization import Delegation, SignedAuthorization
from guard.core.bundle import CallBundle
from guard.core.evidence import Acquaintance, Counterparty, Evidence, Observed
from guard.core.intent import Asset, AssetKind
from guard.core.policy import Policy
from guard.core.request import TransactionRequest
from guard.core.review import review
from guard.core.rules.examples import (
    CALLING,
    COLLECTION,
    CONTRACT,
    ETHER,
    FRIEND,
    NOW,
    PERSON,
    PIECES,
    ROUTER,
    SENDER,
    STATE,
    STRANGER,
    TOKEN,
    TRANSFER,
    UNIT,
    WALLET,
    call,
    calldata,
    knowing,
    safe_execution,
    simulated,
    told,
)
from guard.core.signature import Signature
from guard.core.subject import Request
from guard.core.verdict import Decision, Severity
from guard.core.world import AssetChange, Simulation, SimulationMethod, TokenState

JUNK = Address.parse("0x00000000000000000000000000000000000a11ce")
SEAPORT = Address.parse("0x0000000000000068F116a894984e2DB1123eB395")
ZERO = Address.from_bytes(bytes(20))
WORTHLESS = TokenState(kind=AssetKind.ERC20, symbol="JUNK", name="Junk", decimals=18, total_supply=10**30)
BARE = Simulation(method=SimulationMethod.CALL, succeeded=True)
KNOWN: Evidence = knowing(
    ROUTER,
    SEAPORT,
    WALLET,
    evidence=told(
        accounts={
            **dict.fromkeys((ROUTER, SEAPORT, WALLET, STRANGER, TOKEN, COLLECTION, JUNK), CONTRACT),
            **dict.fromkeys((SENDER, FRIEND), PERSON),
        },
        tokens={TOKEN: STATE, COLLECTION: PIECES, JUNK: WORTHLESS},
        evidence=simulated(BARE, CALLING),
    ),
)
"""An exchange, a market and a wallet contract are contacts; the node shows success or failure alone."""


def paid_before(address: Address) -> Evidence:
    parties = KNOWN.counterparties
    assert isinstance(parties, Observed)
    other = Counterparty(address=address, acquaintance=Acquaintance.PAID_BEFORE)
    return replace(KNOWN, counterparties=Observed((*parties.value, other), "contacts"))


def showing(*changes: tuple[Address, Address | None, int, bool]) -> Evidence:
    """Return the evidence with a run in which these parties' assets, None for ether, change."""
    kinds = {None: AssetKind.NATIVE, COLLECTION: AssetKind.ERC721}
    moved = tuple(
        AssetChange(
            party=party,
            asset=Asset(kind=kinds.get(token, AssetKind.ERC20), token=token, amount=amount),
            is_gain=is_gain,
        )
        for party, token, amount, is_gain in changes
    )
    run = Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=moved, variants_agree=True)
    return simulated(run, KNOWN)


def bundle(*calls: TransactionRequest) -> CallBundle:
    return CallBundle(sender=SENDER, calls=calls, chain_id=1)


def order(
    offer: tuple[object, ...], consideration: tuple[object, ...], offerer: Address = STRANGER
) -> tuple[object, ...]:
    """Return the parameters of a market's order, for an hour."""
    ends = (NOW - 3600, NOW + 3600)
    return (offerer, ZERO, offer, consideration, 0, *ends, bytes(32), 0, bytes(32), len(consideration))


_PARAMETERS = (
    "(address,address,(uint8,address,uint256,uint256,uint256)[],"
    "(uint8,address,uint256,uint256,uint256,address)[],uint8,uint256,uint256,bytes32,uint256,bytes32,uint256)"
)


def taken(parameters: tuple[object, ...], *, value: int = 0) -> TransactionRequest:
    signature = f"fulfillOrder(({_PARAMETERS},bytes),bytes32)"
    return call(SEAPORT, signature, (parameters, b""), bytes(32), value=value)


def taken_for(parameters: tuple[object, ...], recipient: Address, *, value: int = 0) -> TransactionRequest:
    signature = (
        f"fulfillAdvancedOrder(({_PARAMETERS},uint120,uint120,bytes,bytes),"
        "(uint256,uint8,uint256,uint256,bytes32[])[],bytes32,address)"
    )
    return call(SEAPORT, signature, (parameters, 1, 1, b"", b""), (), bytes(32), recipient, value=value)


def planned(commands: bytes, *steps: tuple[object, ...], value: int = 0) -> TransactionRequest:
    """Return a plan of payments, each with token, recipient and a number, that an exchange carries out."""
    inputs = tuple(calldata("x(address,address,uint256)", *step)[4:] for step in steps)
    return call(ROUTER, "execute(bytes,bytes[],uint256)", commands, inputs, NOW + 600, value=value)


PIECE_FOR_ME = (2, COLLECTION, 7, 1, 1)
MY_PIECE = (2, COLLECTION, 7, 1, 1, STRANGER)
REVOKED = SignedAuthorization(
    delegation=Delegation(chain_id=1, delegate=ZERO, nonce=8), signature=Signature(y_parity=0, r=1, s=1)
)
CLAIM = call(STRANGER, "claim()")


@dataclass(frozen=True)
class Loss:
    """What is signed, what is known, and what is the least that has to come of it."""

    title: str
    request: Request
    evidence: Evidence = KNOWN
    decision: Decision = Decision.WARN


LOSSES = (
    Loss(
        "an order is taken that asks for one's piece and gives nothing",
        taken(order((), (MY_PIECE,))),
        decision=Decision.BLOCK,
    ),
    Loss(
        "an order is taken that asks for one's piece and gives a speck of a token",
        taken(order(((1, JUNK, 0, 5, 5),), (MY_PIECE,))),
        decision=Decision.BLOCK,
    ),
    Loss(
        "an order is taken that asks for one's tokens and gives nothing",
        taken(order((), ((1, TOKEN, 0, 900 * UNIT, 900 * UNIT, STRANGER),))),
        decision=Decision.BLOCK,
    ),
    Loss(
        "a piece is bought, and a stranger gets it",
        taken_for(order((PIECE_FOR_ME,), ((0, ZERO, 0, ETHER, ETHER, STRANGER),)), STRANGER, value=ETHER),
        decision=Decision.BLOCK,
    ),
    Loss(
        "an order is taken that asks for one's piece and gives many of a token that nobody knows",
        taken(order(((1, JUNK, 0, 10**27, 10**27),), (MY_PIECE,))),
    ),
    Loss(
        "a piece is bought, and the page adds a tip of its own",
        taken(
            order((PIECE_FOR_ME,), ((0, ZERO, 0, 1000, 1000, STRANGER), (0, ZERO, 0, ETHER, ETHER, JUNK))),
            value=ETHER + 1000,
        ),
    ),
    Loss(
        "everything in a collection, to a contract that was paid once",
        call(COLLECTION, "setApprovalForAll(address,bool)", STRANGER, True),
        paid_before(STRANGER),
    ),
    Loss(
        "all of a token that is held, to a contract that was paid once",
        call(TOKEN, "approve(address,uint256)", STRANGER, 1_000 * UNIT),
        paid_before(STRANGER),
    ),
    Loss(
        "a contract is handed over to somebody who was paid once",
        call(ROUTER, "transferOwnership(address)", STRANGER),
        paid_before(STRANGER),
    ),
    Loss(
        "a swap pays somebody who was paid once",
        call(
            ROUTER,
            "swapExactETHForTokens(uint256,address[],address,uint256)",
            *(10**9, (JUNK, TOKEN), STRANGER, NOW + 600),
            value=ETHER,
        ),
        paid_before(STRANGER),
    ),
    Loss(
        "one's own role of administrator is taken away",
        call(ROUTER, "revokeRole(bytes32,address)", bytes(32), SENDER),
    ),
    Loss(
        "a creation that is given an ether",
        replace(TRANSFER, to=None, data=b"\x60\x80", value=ETHER, gas_limit=200_000),
    ),
    Loss(
        "many calls that each carry what may go to a stranger",
        bundle(*[replace(call(STRANGER, "deposit()", value=ETHER // 20), fee=None)] * 20),
        showing((SENDER, None, ETHER, False)),
    ),
    Loss(
        "a call and a payment that each carry what may go to a stranger",
        bundle(
            call(STRANGER, "deposit()", value=ETHER // 20),
            replace(TRANSFER, to=STRANGER, value=ETHER // 20),
        ),
        showing((SENDER, None, ETHER // 10, False), (SENDER, TOKEN, 1, True)),
    ),
    Loss(
        "a small call in a bundle for which nothing comes back",
        bundle(call(STRANGER, "deposit()", value=ETHER // 50), replace(TRANSFER, value=1)),
        showing((SENDER, None, ETHER // 50, False)),
    ),
    Loss(
        "a known exchange sweeps the ether that it was sent to a stranger",
        planned(b"\x04", (ZERO, STRANGER, 0), value=ETHER),
    ),
    Loss(
        "a known exchange pays the ether that it was sent out in portions",
        planned(b"\x06" * 40, *[(ZERO, STRANGER, 300)] * 40, value=ETHER),
    ),
    Loss(
        "an old right is used, and one worthless piece comes back",
        CLAIM,
        showing((SENDER, TOKEN, 900 * UNIT, False), (SENDER, JUNK, 1, True)),
    ),
    Loss(
        "an old right is used beside a payment of the same token",
        bundle(call(TOKEN, "transfer(address,uint256)", FRIEND, UNIT), CLAIM),
        showing((SENDER, TOKEN, 900 * UNIT, False)),
        Decision.BLOCK,
    ),
    Loss(
        "an old right of a wallet contract is used",
        safe_execution(STRANGER, calldata("claim()")),
        showing((WALLET, TOKEN, 900 * UNIT, False)),
        Decision.BLOCK,
    ),
    Loss(
        "a known exchange takes tokens in and pays nothing out",
        call(ROUTER, "multicall(bytes[])", (calldata("pull(address,uint256)", TOKEN, 900 * UNIT),)),
    ),
    Loss(
        "a known exchange keeps the proceeds of a swap",
        call(
            ROUTER,
            "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))",
            (TOKEN, JUNK, 500, Address.from_bytes(bytes(19) + b"\x02"), 900 * UNIT, 10**20, 0),
        ),
    ),
    Loss(
        "a swap for two of the smallest unit",
        call(
            ROUTER,
            "swapExactETHForTokens(uint256,address[],address,uint256)",
            *(2, (JUNK, TOKEN), SENDER, NOW + 600),
            value=ETHER,
        ),
    ),
    Loss(
        "a swap whose least is a hundredth of what the run shows",
        call(
            ROUTER,
            "swapExactETHForTokens(uint256,address[],address,uint256)",
            *(20 * UNIT, (JUNK, TOKEN), SENDER, NOW + 600),
            value=ETHER,
        ),
        showing((SENDER, None, ETHER, False), (SENDER, TOKEN, 2_000 * UNIT, True)),
    ),
    Loss(
        "a delegation is taken back while an account without code is called",
        replace(
            call(FRIEND, "claim()", value=ETHER),
            authorizations=(REVOKED,),
            gas_limit=100_000,
        ),
        replace(KNOWN, recipient_code=Observed(b"", "node")),
        Decision.BLOCK,
    ),
)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.title)
def test_no_loss_passes_without_a_question(loss: Loss) -> None:
    verdict = review(loss.request, loss.evidence, Policy(), NOW)
    decisions = (Decision.ALLOW, Decision.WARN, Decision.BLOCK)
    assert verdict.decision is not None
    assert decisions.index(verdict.decision) >= decisions.index(loss.decision), verdict.findings


@pytest.mark.parametrize(
    ("rule", "request_", "severity"),
    [
        ("approval.increase", call(TOKEN, "increaseAllowance(address,uint256)", STRANGER, 5), Severity.WARN),
        (
            "approval.excessive",
            call(TOKEN, "approve(address,uint256)", STRANGER, 20_000 * UNIT),
            Severity.WARN,
        ),
        (
            "safe.administration",
            call(WALLET, "addOwnerWithThreshold(address,uint256)", STRANGER, 1),
            Severity.BLOCK,
        ),
        ("call.bait", call(STRANGER, "claim()", value=ETHER), Severity.WARN),
    ],
)
def test_having_paid_somebody_once_is_no_reason_to_trust_them(
    rule: str, request_: TransactionRequest, severity: Severity
) -> None:
    findings = review(request_, paid_before(STRANGER), Policy(), NOW).findings
    assert {finding.rule: finding.severity for finding in findings}[rule] is severity


def test_a_payment_beside_a_paid_call_counts_both() -> None:
    limit = Policy().stranger_limit_wei
    paid = replace(TRANSFER, to=STRANGER, value=limit)
    found = [
        next(
            one
            for one in review(request, KNOWN, Policy(), NOW).findings
            if one.rule == "recipient.first-time"
        )
        for request in (bundle(paid), bundle(call(STRANGER, "deposit()", value=1), paid))
    ]
    assert [finding.severity for finding in found] == [Severity.INFO, Severity.WARN]


ORDINARY = (
    Loss(
        "a known exchange checks the least of a swap when it pays it out",
        call(
            ROUTER,
            "multicall(bytes[])",
            (
                calldata(
                    "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))",
                    (JUNK, TOKEN, 500, Address.from_bytes(bytes(19) + b"\x02"), 10**18, 0, 0),
                ),
                calldata("sweepToken(address,uint256,address)", TOKEN, 100 * UNIT, SENDER),
            ),
        ),
    ),
    Loss(
        "a piece is bought with ether, with fees",
        taken(
            order(
                (PIECE_FOR_ME,),
                ((0, ZERO, 0, 975, 975, STRANGER), (0, ZERO, 0, 25, 25, JUNK)),
            ),
            value=1000,
        ),
    ),
    Loss(
        "a bid for one's piece is taken, with fees out of the bid",
        taken(
            order(
                ((1, TOKEN, 0, 100 * UNIT, 100 * UNIT),),
                (MY_PIECE, (1, TOKEN, 0, 3 * UNIT, 3 * UNIT, JUNK)),
            )
        ),
    ),
    Loss(
        "a known exchange takes tokens in, swaps them and pays the ether out",
        call(
            ROUTER,
            "multicall(bytes[])",
            (
                calldata("pull(address,uint256)", TOKEN, 100 * UNIT),
                calldata(
                    "exactInputSingle((address,address,uint24,address,uint256,uint256,uint160))",
                    (TOKEN, JUNK, 500, Address.from_bytes(bytes(19) + b"\x02"), 0, 10**16, 0),
                ),
                calldata("unwrapWETH9(uint256,address)", 10**16, SENDER),
            ),
        ),
    ),
    Loss(
        "an exchange takes its fee of the ether, and pays the rest to the sender",
        planned(b"\x06\x04", (ZERO, STRANGER, 25), (ZERO, Address.from_bytes(bytes(19) + b"\x01"), 0)),
    ),
)


@pytest.mark.parametrize("ordinary", ORDINARY, ids=lambda ordinary: ordinary.title)
def test_what_markets_and_exchanges_do_every_day_passes(ordinary: Loss) -> None:
    assert review(ordinary.request, ordinary.evidence, Policy(), NOW).decision is Decision.ALLOW
