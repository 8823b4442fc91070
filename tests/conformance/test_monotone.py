"""More value, a larger allowance, or fewer acquaintances never make the guard say less."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from guard.core.address import Address
from guard.core.amounts import MAX_UINT256
from guard.core.evidence import Acquaintance, Counterparty, Observed
from guard.core.intent import (
    AllowanceChange,
    Approve,
    ApproveAll,
    Batch,
    Call,
    Grant,
    Intent,
    Invoke,
    NftTransfer,
    Permit,
    Transfer,
    Unknown,
)
from guard.core.review import judge
from guard.core.rules.examples import (
    AGELESS,
    COLLECTION,
    CONTRACT,
    FRIEND,
    NOW,
    PERSON,
    PIECES,
    ROUTER,
    SENDER,
    STATE,
    STRANGER,
    TOKEN,
    YOUNG,
    acts_subject,
    call_doing,
    told,
)
from guard.core.subject import Subject
from guard.core.verdict import Decision

KEEPER = Address.parse("0x7e57004bb0c8bde16c55b3aa1ec1ce23b6bd1e55")
TWIN = Address.parse("0x7e57004bb0c8bde16c55b3aa1ec1ce23b6bd0e55")
"""Imitates a contact that is never taken out: who is not known cannot be imitated."""
SILENT_TOKEN = Address.from_bytes(b"\x33" * 20)
TOKENS = {TOKEN: STATE, COLLECTION: PIECES, SILENT_TOKEN: replace(STATE, kind=None, total_supply=None)}

parties = st.sampled_from([FRIEND, STRANGER, ROUTER, TWIN, SENDER, TOKEN, Address.from_bytes(bytes(20))])
amounts = st.sampled_from([0, 1, 99, 10**6, 10**9, 10**10, 10**17, 2**64 - 1, 2**159, MAX_UINT256])
tokens = st.sampled_from(list(TOKENS))
owners = st.sampled_from([SENDER, SENDER, STRANGER])
ends = st.sampled_from([None, NOW - 1, NOW + 60, NOW + 40 * 86_400])

grants = st.builds(Grant, token=tokens, amount=amounts, expires_at=ends)
approvals = st.builds(
    Approve,
    token=tokens,
    owner=st.just(SENDER),
    spender=parties,
    amount=amounts,
    change=st.sampled_from(AllowanceChange),
    expires_at=st.none(),
    form=st.sampled_from(["approve", "increase", "permit2-approve"]),
)
permits = st.builds(
    Permit,
    owner=owners,
    spender=parties,
    grants=st.lists(grants, min_size=1, max_size=3).map(tuple),
    deadline=ends,
    form=st.sampled_from(["permit", "permit2", "permit2-transfer"]),
)
transfers = st.builds(
    Transfer, token=st.none() | tokens, owner=owners, recipient=parties, amount=amounts, expires_at=ends
)
pieces = st.builds(
    NftTransfer,
    collection=st.just(COLLECTION),
    owner=owners,
    recipient=parties,
    token_ids=st.just((1,)),
    amounts=st.just((1,)),
)
operators = st.builds(
    ApproveAll,
    collection=st.just(COLLECTION),
    owner=st.just(SENDER),
    operator=parties,
    approved=st.booleans(),
)
others = st.sampled_from(
    [
        Invoke(function="claim()", is_bait=True),
        Invoke(function="deposit()"),
        Unknown(reason="no such function", selector=None),
    ]
)
intents: st.SearchStrategy[Intent] = approvals | permits | transfers | pieces | operators | others


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """Return a call of some party that does something, with a value now and then."""
    intent = draw(intents)
    if isinstance(intent, Transfer) and intent.token is None:
        intent = replace(intent, owner=SENDER)
        return replace(call_doing(intent, to=intent.recipient, value=intent.amount), data_size=0)
    return call_doing(intent, to=draw(parties | tokens), value=draw(st.sampled_from([0, 0, 1, 10**18])))


@st.composite
def subjects(draw: st.DrawFn) -> Subject:
    """Return something done, alone or in a batch, in a world drawn at random."""
    states = st.sampled_from([PERSON, CONTRACT, YOUNG, AGELESS])
    everyone = (FRIEND, STRANGER, ROUTER, TWIN, TOKEN, COLLECTION, SILENT_TOKEN)
    accounts = {address: draw(states) for address in everyone}
    acquaintances = {one: draw(st.none() | st.sampled_from(Acquaintance)) for one in everyone}
    known = [Counterparty(address=address, acquaintance=how) for address, how in acquaintances.items() if how]
    known.append(Counterparty(address=KEEPER, acquaintance=Acquaintance.CONTACT))
    evidence = replace(
        told(accounts=accounts, tokens=TOKENS), counterparties=Observed(tuple(known), "contacts")
    )
    inner = tuple(draw(st.lists(calls(), min_size=1, max_size=3)))
    done = inner[0] if len(inner) == 1 else call_doing(Batch(form="multicall", calls=inner), to=ROUTER)
    return acts_subject(done, replace(evidence, balance=Observed(2**256, "node")))


def decision(subject: Subject) -> int:
    """Return the decision as a number: a refusal is the most, and no verdict is more than a question."""
    verdict = judge(subject).decision
    return {Decision.ALLOW: 0, Decision.WARN: 1, None: 2, Decision.BLOCK: 3}[verdict]


def larger(call: Call, by: int) -> Call:
    """Return the call with its amount raised, and its value with it where it is ether that moves."""
    intent = call.intent
    match intent:
        case Transfer(token=None):
            more = min(intent.amount + by, MAX_UINT256)
            return replace(call, value=more, intent=replace(intent, amount=more))
        case Transfer() | Approve():
            return replace(call, intent=replace(intent, amount=min(intent.amount + by, MAX_UINT256)))
        case Permit():
            grown = tuple(replace(one, amount=min(one.amount + by, MAX_UINT256)) for one in intent.grants)
            return replace(call, intent=replace(intent, grants=grown))
        case Batch():
            return replace(
                call, intent=replace(intent, calls=tuple(larger(inner, by) for inner in intent.calls))
            )
        case _:
            return replace(call, value=min(call.value + by, MAX_UINT256))


@settings(max_examples=1000)
@given(subjects(), st.sampled_from([1, 10**6, 10**12, 10**18, 2**70, 2**160, MAX_UINT256]))
def test_a_larger_value_or_allowance_never_lowers_the_decision(subject: Subject, by: int) -> None:
    raised = acts_subject(larger(subject.acts[0].call, by), subject.evidence)
    assert decision(raised) >= decision(subject)


@settings(max_examples=1000)
@given(subjects(), parties | tokens)
def test_knowing_somebody_less_never_lowers_the_decision(subject: Subject, forgotten: Address) -> None:
    book = subject.evidence.counterparties
    assert isinstance(book, Observed)
    rest = tuple(party for party in book.value if party.address != forgotten)
    less = replace(subject.evidence, counterparties=Observed(rest, "contacts"))
    assert decision(replace(subject, evidence=less)) >= decision(subject)
