"""The ordinary transaction from which every rule's examples differ in one thing.

What belongs here: example values. What must not: anything that a review uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from guard.core import abi
from guard.core.act import Act, flatten
from guard.core.address import Address, keccak256
from guard.core.amounts import WEI_PER_ETHER, WEI_PER_GWEI
from guard.core.authorization import Delegation, SignedAuthorization
from guard.core.decode import read
from guard.core.evidence import Acquaintance, Counterparty, Evidence, Observed
from guard.core.features import FeatureKind, contract_vector_from_wei
from guard.core.intent import Approve, AssetKind, Call, Grant, Intent, Permit
from guard.core.policy import Policy
from guard.core.prediction import Prediction, PredictionClass, PredictionSource
from guard.core.reputation import Listing
from guard.core.request import MarketFee, TransactionRequest
from guard.core.rules.rule import Example
from guard.core.signature import Signature
from guard.core.signature_request import BareHash, Content, PersonalMessage, SignatureRequest
from guard.core.spending import NOTHING_SPENT, Commitment, Spending
from guard.core.subject import Subject, observed
from guard.core.typed_data import Domain, TypedData
from guard.core.world import AccountState, FeeMarket, Simulation, SimulationMethod, TokenState

SENDER = Address.parse("0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045")
FRIEND = Address.parse("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf")
STRANGER = Address.parse("0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF")
TOKEN = Address.parse("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48")
ROUTER = Address.parse("0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D")
WALLET = Address.parse("0x5aFE3855358E112B5647B952709E6165e1c1eEEe")
ETHER = WEI_PER_ETHER
COLLECTION = Address.parse("0xBC4CA0EdA7647A8aB7C2061c2E118A18a936f13D")
"""A collection of pieces (ERC-721)."""
NOW = 1_700_000_000
"""When the examples happen, Unix seconds."""
DAY = 86_400
"""Seconds."""
UNIT = 10**6
"""One whole example token, in its smallest unit."""

TRANSFER = TransactionRequest(
    sender=SENDER,
    to=FRIEND,
    value=ETHER // 10,
    chain_id=1,
    nonce=7,
    gas_limit=21_000,
    fee=MarketFee(max_fee_per_gas=20 * WEI_PER_GWEI, max_priority_fee_per_gas=WEI_PER_GWEI),
)
"""0.1 ether to a contact."""

SAFE = Prediction(
    prediction_class=PredictionClass.SAFE,
    probability=0.07,
    source=PredictionSource.EXTERNAL,
    features_kind=FeatureKind.CONTRACT,
    features=contract_vector_from_wei(TRANSFER.value, 20 * WEI_PER_GWEI),
)

FEES = FeeMarket(base_fee=9 * WEI_PER_GWEI, priority_fee=WEI_PER_GWEI, gas_price=10 * WEI_PER_GWEI)

EVIDENCE = Evidence(
    chain_id=Observed(1, "node"),
    balance=Observed(5 * ETHER, "node", 100),
    recipient_code=Observed(b"", "node", 100),
    counterparties=Observed(
        (Counterparty(address=FRIEND, acquaintance=Acquaintance.CONTACT, name="friend"),), "contacts"
    ),
    spending=Observed(NOTHING_SPENT, "journal"),
    accounts=Observed({}, "node", 100),
    tokens=Observed({}, "node", 100),
    fee_market=Observed(FEES, "node", 100),
    simulation=Observed(Simulation(method=SimulationMethod.STATIC, succeeded=True), "node", 100),
    listings=Observed({}, "lists"),
    prediction=SAFE,
)
"""A funded sender, one contact, and a model that says Safe."""


def example(
    title: str,
    request: TransactionRequest = TRANSFER,
    evidence: Evidence = EVIDENCE,
    policy: Policy | None = None,
) -> Example:
    """Return an example of this request in these circumstances."""
    return Example(title=title, subject=subject(request, evidence, policy))


def subject(
    request: TransactionRequest = TRANSFER, evidence: Evidence = EVIDENCE, policy: Policy | None = None
) -> Subject:
    """Return what a rule is shown of this request in these circumstances."""
    return Subject(
        request=request, acts=flatten(read(request)), evidence=evidence, policy=policy or Policy(), now=NOW
    )


def said(prediction_class: PredictionClass, **changes: object) -> Evidence:
    """Return the evidence with another answer of the model."""
    return replace(EVIDENCE, prediction=replace(SAFE, prediction_class=prediction_class, **changes))  # type: ignore[arg-type]


def both(
    *, embedded: PredictionClass, external: PredictionClass, probability: float | None = None
) -> Evidence:
    """Return the evidence with the answers of two witnesses."""
    service = replace(SAFE, prediction_class=external, probability=None, reason="it is asleep")
    model = Prediction(
        prediction_class=embedded,
        probability=probability,
        source=PredictionSource.EMBEDDED,
        features_kind=FeatureKind.ACCOUNT,
    )
    return replace(EVIDENCE, prediction=service, other_predictions=(model,))


def knowing(*addresses: Address, evidence: Evidence = EVIDENCE) -> Evidence:
    """Return the evidence with these among the contacts."""
    parties = observed(evidence.counterparties)
    added = tuple(
        Counterparty(address=address, acquaintance=Acquaintance.CONTACT, name="known")
        for address in addresses
    )
    return replace(evidence, counterparties=Observed((*parties, *added), "contacts"))


def with_accounts(states: Mapping[Address, AccountState], evidence: Evidence = EVIDENCE) -> Evidence:
    """Return the evidence with these accounts besides those that it has."""
    before: Mapping[Address, AccountState] = observed(evidence.accounts)
    accounts = {**before, **states}
    return replace(evidence, accounts=Observed(accounts, "node", 100))


def with_contracts(*addresses: Address, is_young: bool = False, evidence: Evidence = EVIDENCE) -> Evidence:
    """Return the evidence with contracts at these addresses."""
    contract = AccountState(code=b"\x60\x80", nonce=1, balance=0, is_young=is_young)
    return with_accounts(dict.fromkeys(addresses, contract), evidence)


def with_tokens(states: Mapping[Address, TokenState], evidence: Evidence = EVIDENCE) -> Evidence:
    """Return the evidence with these tokens besides those that it has."""
    before: Mapping[Address, TokenState] = observed(evidence.tokens)
    tokens = {**before, **states}
    return replace(evidence, tokens=Observed(tokens, "node", 100))


def holding(token: Address, amount: int, supply: int = 10**15, evidence: Evidence = EVIDENCE) -> Evidence:
    """Return the evidence with a token of 6 decimals of which the sender holds this much."""
    state = TokenState(
        kind=AssetKind.ERC20,
        symbol="USDC",
        name="USD Coin",
        decimals=6,
        total_supply=supply,
        balances={SENDER: amount},
    )
    return with_tokens({token: state}, evidence)


def spent(*signed: Commitment, evidence: Evidence = EVIDENCE) -> Evidence:
    """Return the evidence with a journal of these commitments, and the example's nonce as the next one."""
    return replace(evidence, spending=Observed(Spending(commitments=signed, next_nonce=7), "journal"))


def simulated(simulation: Simulation, evidence: Evidence = EVIDENCE) -> Evidence:
    """Return the evidence with another outcome of the simulation."""
    return replace(evidence, simulation=Observed(simulation, "node", 100))


def call(to: Address, signature: str, *values: object, value: int = 0) -> TransactionRequest:
    """Return a call of the function with this signature, such as `approve(address,uint256)`."""
    return replace(TRANSFER, to=to, value=value, gas_limit=500_000, data=calldata(signature, *values))


def calldata(signature: str, *values: object) -> bytes:
    """Return the canonical calldata of a call of the function with this signature."""
    types = signature[signature.index("(") + 1 : -1]
    return keccak256(signature.encode())[:4] + abi.write(types, values)


def delegating(delegate: Address, *, chain_id: int, authority: Address | None = None) -> TransactionRequest:
    """Return a set-code transaction that hands one account over to `delegate`'s code."""
    delegation = Delegation(chain_id=chain_id, delegate=delegate, nonce=8)
    signature = Signature(y_parity=0, r=1, s=1)
    return replace(
        TRANSFER,
        gas_limit=100_000,
        authorizations=(
            SignedAuthorization(delegation=delegation, signature=signature, authority=authority),
        ),
    )


def safe_execution(
    to: Address, data: bytes, *, value: int = 0, operation: int = 0, gas_price: int = 0
) -> TransactionRequest:
    """Return an owner's call of `execTransaction` of the example wallet contract."""
    zero = Address.from_bytes(bytes(20))
    return call(
        WALLET,
        "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)",
        *(to, value, data, operation, 0, 0, gas_price, zero, zero, bytes(65)),
    )


def token_transfer(recipient: Address, amount: int = 10**6) -> TransactionRequest:
    """Return a transfer of the example token to `recipient`."""
    request = call(TOKEN, "transfer(address,uint256)", recipient, amount)
    return replace(request, gas_limit=65_000)


CALLING = replace(EVIDENCE, recipient_code=Observed(b"\x60\x80", "node", 100))
"""The same, where a contract is called."""
PERSON = AccountState(code=b"", nonce=3, balance=ETHER)
"""An account without code."""
CONTRACT = AccountState(code=b"\x60\x80\x60\x40", nonce=1, balance=0, is_young=False)
"""A contract that has stood for long."""
YOUNG = replace(CONTRACT, is_young=True)
"""A contract that had no code a few days ago."""
AGELESS = replace(CONTRACT, is_young=None)
"""A contract whose age nobody told."""
STATE = TokenState(
    kind=AssetKind.ERC20,
    symbol="USDC",
    name="USD Coin",
    decimals=6,
    total_supply=40_000_000_000 * UNIT,
    balances={SENDER: 1_000 * UNIT},
)
"""The example token: 1,000 of it are the sender's."""
PIECES = TokenState(kind=AssetKind.ERC721, symbol="BAYC", name="Bored Ape Yacht Club", total_supply=10_000)
"""The example collection."""


def told(
    *,
    accounts: Mapping[Address, AccountState] | None = None,
    tokens: Mapping[Address, TokenState] | None = None,
    listings: Mapping[Address, tuple[Listing, ...]] | None = None,
    evidence: Evidence = CALLING,
) -> Evidence:
    """Return the evidence with what the node and the lists tell of these addresses, and of no others."""
    return replace(
        evidence,
        accounts=Observed(accounts or {}, "node", 100),
        tokens=Observed(tokens or {}, "node", 100),
        listings=Observed(listings or {}, "lists"),
    )


def call_doing(
    intent: Intent, *, to: Address | None = TOKEN, value: int = 0, actor: Address = SENDER
) -> Call:
    """Return a call that does this, whatever its bytes."""
    return Call(actor=actor, to=to, value=value, data_size=68, selector="0x00000000", intent=intent)


def doing(
    title: str,
    done: Intent | Call,
    evidence: Evidence = CALLING,
    policy: Policy | None = None,
) -> Example:
    """Return an example of a transaction that does this, in these circumstances."""
    return Example(title=title, subject=acts_subject(done, evidence, policy))


def acts_subject(done: Intent | Call, evidence: Evidence = CALLING, policy: Policy | None = None) -> Subject:
    """Return what a rule is shown of a transaction that does this, with every call inside of it."""
    outer = done if isinstance(done, Call) else call_doing(done)
    request = replace(TRANSFER, to=outer.to, value=outer.value, gas_limit=90_000, data=bytes(outer.data_size))
    return _subject_of(request, flatten(outer), evidence, policy)


def signing(
    title: str,
    intent: Intent,
    evidence: Evidence = EVIDENCE,
    policy: Policy | None = None,
    content: Content | None = None,
) -> Example:
    """Return an example of a signature that says this, in these circumstances."""
    return Example(title=title, subject=signed_subject(intent, evidence, policy, content))


def signed_subject(
    intent: Intent,
    evidence: Evidence = EVIDENCE,
    policy: Policy | None = None,
    content: Content | None = None,
) -> Subject:
    """Return what a rule is shown of a signature that says this; without a content, of structured data."""
    request = SignatureRequest(sender=SENDER, content=content or typed(), chain_id=1)
    outer = Call(actor=SENDER, to=None, value=0, data_size=0, selector=None, intent=intent)
    return _subject_of(request, flatten(outer), evidence, policy)


def typed(chain_id: int | None = 1, verifying_contract: Address | None = TOKEN) -> TypedData:
    """Return structured data for this chain and contract; what it says is the intent's matter."""
    declared = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    return TypedData(
        domain=Domain(name="USD Coin", version="2", chain_id=chain_id, verifying_contract=verifying_contract),
        primary_type="Permit",
        encoded_type=declared,
        message={},
        domain_separator=bytes(32),
        message_hash=bytes(32),
    )


HASH = BareHash(data=bytes(32))
"""Thirty-two bytes as they are."""
MESSAGE = PersonalMessage(data=b"hello")
"""A text."""


def _subject_of(
    request: TransactionRequest | SignatureRequest,
    acts: tuple[Act, ...],
    evidence: Evidence,
    policy: Policy | None,
) -> Subject:
    return Subject(request=request, acts=acts, evidence=evidence, policy=policy or Policy(), now=NOW)


def approval(spender: Address = ROUTER, amount: int = 100 * UNIT, **changes: object) -> Approve:
    """Return an approval of the example token, of the sender's."""
    approve = Approve(token=TOKEN, owner=SENDER, spender=spender, amount=amount, form="approve")
    return replace(approve, **changes)  # type: ignore[arg-type]


def permit(spender: Address = ROUTER, amount: int = 100 * UNIT, **changes: object) -> Permit:
    """Return a permit over the example token, of the sender's, that can be handed in within the hour."""
    grants = (Grant(token=TOKEN, amount=amount, expires_at=None),)
    value = Permit(owner=SENDER, spender=spender, grants=grants, deadline=NOW + 3600, form="permit")
    return replace(value, **changes)  # type: ignore[arg-type]
