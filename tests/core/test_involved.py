from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.act import flatten
from guard.core.address import Address
from guard.core.intent import (
    Administer,
    Approve,
    ApproveAll,
    Asset,
    AssetKind,
    Batch,
    Call,
    Delegate,
    Grant,
    Intent,
    Message,
    NftTransfer,
    Order,
    Payout,
    Permit,
    SafeCall,
    Swap,
    Transfer,
)
from guard.core.involved import (
    MAX_ACCOUNTS,
    MAX_HOLDINGS,
    MAX_TOKENS,
    TokenQuestion,
    involved_accounts,
    involved_tokens,
    moved_tokens,
    paid,
    paid_contracts,
    simulated_parties,
    too_many,
)
from guard.core.rules import ALL_RULES
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN, TRANSFER
from guard.core.rules.moves import moved_to, moved_token
from guard.core.signature_request import PersonalMessage, SignatureRequest
from guard.core.typed_data import Domain, TypedData
from guard.core.world import (
    AccountState,
    AllowanceGiven,
    AssetChange,
    Simulation,
    SimulationMethod,
)
from tests.core.test_intent import authorization, safe_call


def numbered(number: int) -> Address:
    return Address.from_bytes(number.to_bytes(20, "big"))


OTHER, SAFE, MARKET = numbered(0xA), numbered(0xB), numbered(0xC)


def call(intent: Intent, to: Address | None = TOKEN, actor: Address = SENDER) -> Call:
    return Call(actor=actor, to=to, value=0, data_size=4, selector=None, intent=intent)


def coins(token: Address | None = TOKEN, amount: int = 5) -> Asset:
    kind = AssetKind.NATIVE if token is None else AssetKind.ERC20
    return Asset(kind=kind, token=token, amount=amount)


PAYMENT = Transfer(token=None, owner=SENDER, recipient=FRIEND, amount=1)
TOKEN_PAYMENT = Transfer(token=TOKEN, owner=STRANGER, recipient=FRIEND, amount=1)
NFT = NftTransfer(collection=OTHER, owner=SENDER, recipient=STRANGER, token_ids=(1,), amounts=(1,))
APPROVE = Approve(token=TOKEN, owner=SENDER, spender=STRANGER, amount=1, form="approve")
OPERATOR = ApproveAll(collection=OTHER, owner=SENDER, operator=STRANGER, approved=True)
PERMIT = Permit(
    owner=SENDER,
    spender=STRANGER,
    grants=(Grant(token=TOKEN, amount=1, expires_at=None), Grant(token=OTHER, amount=1, expires_at=None)),
    deadline=None,
    form="permit2",
)
ORDER = Order(
    market=MARKET,
    offerer=SENDER,
    gives=(coins(OTHER),),
    payouts=(Payout(asset=coins(), recipient=FRIEND), Payout(asset=coins(None), recipient=STRANGER)),
    taker=None,
    expires_at=None,
    form="seaport",
)
SWAP = Swap(
    venue=MARKET, gives=coins(), receives=coins(OTHER), recipient=FRIEND, expires_at=None, form="wrap"
)


@pytest.mark.parametrize(
    ("intent", "accounts"),
    [
        (PAYMENT, (FRIEND,)),
        (TOKEN_PAYMENT, (FRIEND, STRANGER)),
        (NFT, (STRANGER,)),
        (APPROVE, (STRANGER,)),
        (OPERATOR, (STRANGER,)),
        (PERMIT, (STRANGER,)),
        (ORDER, (FRIEND, STRANGER, MARKET)),
        (replace(ORDER, market=None, payouts=()), ()),
        (SWAP, (FRIEND, MARKET)),
        (replace(SWAP, venue=None), (FRIEND,)),
        (Administer(contract=SAFE, action="add an owner", subject=STRANGER), (STRANGER, SAFE)),
        (Delegate(authorizations=(authorization(OTHER),), call=None), (OTHER,)),
        (Message(text="hello", size=5), ()),
    ],
)
def test_everyone_that_an_intent_names_is_involved(intent: Intent, accounts: tuple[Address, ...]) -> None:
    found = involved_accounts(TRANSFER, flatten(call(intent)))
    assert found == tuple(dict.fromkeys((SENDER, TOKEN, *accounts)))


def test_calls_at_every_depth_are_looked_into_and_everyone_is_named_once() -> None:
    inner = safe_call(call(APPROVE, OTHER, SAFE))
    batch = Batch(form="multicall", calls=(call(PAYMENT, FRIEND), call(inner, SAFE)))
    refunded = replace(inner, refund_receiver=MARKET)
    assert involved_accounts(TRANSFER, flatten(call(batch, None))) == (
        SENDER,
        FRIEND,
        SAFE,
        inner.safe,
        OTHER,
        *([STRANGER] if inner.safe != STRANGER else []),
    )
    assert MARKET in involved_accounts(TRANSFER, flatten(call(refunded)))


def test_the_contract_for_which_typed_data_is_meant_is_involved() -> None:
    def request(domain: Domain) -> SignatureRequest:
        data = TypedData(
            domain=domain,
            primary_type="Mail",
            encoded_type="Mail(string contents)",
            message={"contents": "x"},
            domain_separator=bytes(32),
            message_hash=bytes(32),
        )
        return SignatureRequest(sender=SENDER, content=data)

    acts = flatten(call(Message(text=None, size=0), None))
    assert involved_accounts(request(Domain(verifying_contract=MARKET)), acts) == (MARKET, SENDER)
    assert involved_accounts(request(Domain()), acts) == (SENDER,)
    text = SignatureRequest(sender=SENDER, content=PersonalMessage(data=b"x"))
    assert involved_accounts(text, acts) == (SENDER,)


def question(token: Address, *owners: Address, spender: Address | None = None) -> TokenQuestion:
    pairs = () if spender is None else tuple((owner, spender) for owner in owners)
    return TokenQuestion(token=token, owners=owners, allowances=pairs)


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        (PAYMENT, ()),
        (TOKEN_PAYMENT, (question(TOKEN, STRANGER),)),
        (NFT, (question(OTHER, SENDER),)),
        (APPROVE, (question(TOKEN, SENDER, spender=STRANGER),)),
        (OPERATOR, (question(OTHER, SENDER),)),
        (PERMIT, (question(TOKEN, SENDER, spender=STRANGER), question(OTHER, SENDER, spender=STRANGER))),
        (ORDER, (question(OTHER, SENDER), question(TOKEN))),
        (SWAP, (question(TOKEN, SENDER), question(OTHER))),
        (replace(SWAP, gives=None, receives=None), ()),
        (Message(text="hello", size=5), ()),
    ],
)
def test_every_token_is_asked_about_with_the_holdings_in_question(
    intent: Intent, expected: tuple[TokenQuestion, ...]
) -> None:
    assert involved_tokens(flatten(call(intent))) == expected


def test_the_token_in_which_a_wallets_gas_is_paid_back_is_asked_about() -> None:
    paid_back = replace(safe_call(call(PAYMENT)), gas_token=OTHER)
    assert involved_tokens(flatten(call(paid_back))) == (question(OTHER, paid_back.safe),)
    assert involved_tokens(flatten(call(replace(paid_back, gas_token=None)))) == ()


def test_a_token_that_is_named_twice_is_asked_about_once_with_all_its_owners() -> None:
    batch = Batch(form="multicall", calls=(call(TOKEN_PAYMENT), call(APPROVE), call(APPROVE)))
    assert involved_tokens(flatten(call(batch))) == (
        TokenQuestion(token=TOKEN, owners=(STRANGER, SENDER), allowances=((SENDER, STRANGER),)),
    )


def test_more_than_the_bounds_is_told_and_the_bounds_themselves_are_not() -> None:
    accounts = [numbered(number) for number in range(MAX_ACCOUNTS + 1)]
    tokens = [question(address) for address in accounts[: MAX_TOKENS + 1]]
    assert too_many(accounts[:-1], tokens[:-1]) == ("", "")
    assert too_many(accounts, tokens) == (
        "there are 65 accounts, and 64 at most are looked at",
        "there are 33 tokens, and 32 at most are looked at",
    )
    owners = [numbered(number) for number in range(MAX_HOLDINGS)]
    assert too_many((), [question(TOKEN, *owners)]) == ("", "")
    assert too_many((), [question(TOKEN, *owners), question(OTHER, SENDER)]) == (
        "",
        "there are 129 token holdings, and 128 at most are looked at",
    )


CONTRACT = AccountState(code=b"\x60", nonce=1, balance=0)
EMPTY = AccountState(code=b"", nonce=0, balance=0)


def test_contracts_that_are_paid_may_be_tokens_and_are_asked_about_once() -> None:
    batch = Batch(form="multicall", calls=(call(PAYMENT), call(NFT), call(replace(PAYMENT, recipient=OTHER))))
    acts = flatten(call(batch))
    assert paid(acts) == (FRIEND, STRANGER, OTHER)
    accounts = {FRIEND: EMPTY, STRANGER: CONTRACT, OTHER: CONTRACT}
    assert paid_contracts(acts, accounts, [question(OTHER)]) == (question(STRANGER),)
    assert paid_contracts(acts, {}, []) == ()


def ran(*changes: AssetChange, allowances: tuple[AllowanceGiven, ...] = ()) -> Simulation:
    return Simulation(
        method=SimulationMethod.SIMULATE, succeeded=True, changes=changes, allowances=allowances
    )


def change(party: Address, token: Address | None, is_gain: bool) -> AssetChange:
    return AssetChange(party=party, asset=coins(token), is_gain=is_gain)


def test_tokens_that_a_run_moves_for_those_who_act_are_asked_about_with_what_is_left() -> None:
    found = ran(
        change(SENDER, TOKEN, is_gain=False),
        change(SENDER, OTHER, is_gain=False),
        change(SENDER, MARKET, is_gain=True),
        change(SENDER, None, is_gain=True),
        change(FRIEND, SAFE, is_gain=True),
    )
    acts = flatten(call(PAYMENT))
    assert moved_tokens(acts, found, [question(TOKEN)]) == (question(OTHER, SENDER), question(MARKET))
    assert moved_tokens(acts, replace(found, changes=None), []) == ()
    many = ran(*(change(SENDER, numbered(number), is_gain=True) for number in range(MAX_TOKENS + 9)))
    assert len(moved_tokens(acts, many, [])) == MAX_TOKENS


def test_everyone_whom_a_run_names_is_found_once() -> None:
    given = AllowanceGiven(token=OTHER, owner=SENDER, spender=STRANGER, amount=None)
    found = ran(change(SENDER, None, is_gain=False), change(FRIEND, TOKEN, is_gain=True), allowances=(given,))
    assert simulated_parties(found) == (SENDER, FRIEND, TOKEN, STRANGER, OTHER)
    assert simulated_parties(replace(found, changes=None, allowances=())) == ()


def test_a_wallet_that_is_called_is_asked_about_as_the_one_who_acts() -> None:
    inside = SafeCall(
        safe=SAFE,
        call=call(replace(TOKEN_PAYMENT, owner=SAFE), TOKEN, SAFE),
        gas_token=None,
        gas_price=0,
        refund_receiver=None,
        form="execTransaction",
    )
    assert involved_tokens(flatten(call(inside, SAFE))) == (question(TOKEN, SAFE),)


def test_everyone_whom_a_rule_looks_up_is_asked_about() -> None:
    """An address that nobody asked about would be taken for harmless."""
    subjects = [example.subject for rule in ALL_RULES for example in (*rule.fires, *rule.quiet)]
    for subject in subjects:
        accounts = set(involved_accounts(subject.request, subject.acts))
        tokens = {question.token for question in involved_tokens(subject.acts)}
        moves = [(moved_to(act.intent), moved_token(act.intent)) for act in subject.acts]
        looked_up = {
            subject.sender,
            *subject.involved,
            *(right.spender for right in subject.rights),
            *(recipient for recipient, _ in moves if recipient is not None),
        }
        assert looked_up <= accounts
        assert {right.token for right in subject.rights} <= tokens
        assert {token for _, token in moves if token is not None} <= tokens
