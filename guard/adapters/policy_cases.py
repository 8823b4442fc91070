"""Cases for a policy, in TOML or JSON: requests, what is assumed around them, and what is expected.

What belongs here: the form of the file, and what a case assumes where it says nothing. What must not: the
trial; `guard.core.policy_case` makes it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from guard.adapters.policy_document import Amount, Party, Section, Text, fault_text
from guard.adapters.policy_layers import merged
from guard.core.act import flatten, parties
from guard.core.address import Address
from guard.core.amounts import WEI_PER_ETHER, WEI_PER_GWEI, parse_amount
from guard.core.decode import read
from guard.core.evidence import Acquaintance, Counterparty, Evidence, Missing, Observed
from guard.core.features import FeatureKind
from guard.core.intent import AssetKind
from guard.core.policy_case import Case
from guard.core.prediction import Prediction, PredictionClass, PredictionSource
from guard.core.reputation import Listing, Standing
from guard.core.request import MarketFee, TransactionRequest
from guard.core.review import ENGINE_FINDINGS
from guard.core.rpc_request import parse_request
from guard.core.rpc_transaction import parse_transaction
from guard.core.rules import ALL_RULES
from guard.core.signature_request import SignatureRequest
from guard.core.signed import SignedTransaction
from guard.core.spending import Commitment, Spending, payload_of
from guard.core.strict_json import parse_object
from guard.core.subject import Request
from guard.core.text import escape_untrusted
from guard.core.verdict import Decision
from guard.core.world import AccountState, FeeMarket, Simulation, SimulationMethod, TokenState
from guard.errors import CallerError, GuardError

DEFAULT_NOW = 1_800_000_000
"""When a case happens that does not say it: 15 January 2027."""

_BALANCE = 1000 * WEI_PER_ETHER
_FEE = MarketFee(max_fee_per_gas=20 * WEI_PER_GWEI, max_priority_fee_per_gas=WEI_PER_GWEI)
_MARKET = FeeMarket(base_fee=9 * WEI_PER_GWEI, priority_fee=WEI_PER_GWEI, gas_price=10 * WEI_PER_GWEI)
_PLAIN_GAS = 21_000
_CALL_GAS = 300_000
_SOME_CODE = b"\x60\x80"
_ASSUMED = "the case assumes it"
_HOUR_S = 3600
_RULES = {*(rule.id for rule in ALL_RULES), *ENGINE_FINDINGS}
_NO_VERDICT = "NO VERDICT"


def _moment(value: object) -> int:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return int(value.timestamp())
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError("write a time with its offset, such as 2027-01-31T18:00:00Z, or Unix seconds")


def _units(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError("write units of the token's smallest size, digits alone")


def _rule(rule_id: str) -> str:
    if rule_id not in _RULES:
        raise ValueError(f"there is no rule '{escape_untrusted(rule_id, limit=60)}'")
    return rule_id


Units = Annotated[int, BeforeValidator(_units)]
Source = Literal[
    "chain_id",
    "balance",
    "recipient_code",
    "counterparties",
    "spending",
    "accounts",
    "tokens",
    "fee_market",
    "simulation",
    "listings",
]


class _Spent(Section):
    hours_ago: float = Field(ge=0)
    native: Amount = 0
    tokens: dict[Party, Units] = Field(default_factory=dict)
    same: bool = False


class _Token(Section):
    address: Party
    decimals: int = Field(default=18, ge=0, le=255)
    supply: Units = 10**30
    balance: Units = 0
    symbol: Text = "TOKEN"


class _Listed(Section):
    address: Party
    standing: Literal["malicious", "suspicious", "exchange", "known"]


class _Given(Section):
    known: list[Party] = Field(default_factory=list)
    contracts: list[Party] = Field(default_factory=list)
    young: list[Party] = Field(default_factory=list)
    balance: Amount = _BALANCE
    prediction: Literal["FRAUD", "SUSPICIOUS", "SAFE", "ABSTAINED", "UNKNOWN"] = "SAFE"
    features: Literal["contract", "account"] = "contract"
    reverts: bool = False
    missing: list[Source] = Field(default_factory=list)
    spent: list[_Spent] = Field(default_factory=list)
    token: list[_Token] = Field(default_factory=list)
    listing: list[_Listed] = Field(default_factory=list)


class _Case(Section):
    name: Text
    expect: Literal["ALLOW", "WARN", "BLOCK", "NO VERDICT"]
    rule: Annotated[str, AfterValidator(_rule)] | None = None
    now: Annotated[int, BeforeValidator(_moment)] = DEFAULT_NOW
    request: dict[str, Any]
    given: _Given = _Given()


class _Document(Section):
    version: Literal[1]
    given: _Given = _Given()
    case: list[_Case] = Field(min_length=1)


def load_cases(path: Path) -> tuple[Case, ...]:
    """Return the cases in the file, JSON where its name ends in .json, TOML otherwise.

    Raises CallerError that names the place of every fault.
    """
    try:
        content = path.read_bytes()
        if path.suffix == ".json":
            return parse_cases(parse_object(content), str(path))
        return parse_cases(tomllib.loads(content.decode()), str(path))
    except (OSError, ValueError, RecursionError) as error:
        problem = getattr(error, "strerror", None) or f"it is not TOML: {escape_untrusted(str(error))}"
        raise _unusable(str(path), problem) from error
    except GuardError as error:
        if isinstance(error, _CasesFault):
            raise
        raise _unusable(str(path), error.message) from error


class _CasesFault(CallerError):
    """The faults of a file of cases."""


def parse_cases(table: Mapping[str, Any], origin: str) -> tuple[Case, ...]:
    """Return the cases in this table; `origin` names it in errors. Raises CallerError."""
    try:
        document = _Document.model_validate(table)
        # What is given for all lies below what a single case says.
        below = table.get("given", {})
        given = [_Given.model_validate(merged(below, one.get("given", {}))) for one in table["case"]]
    except ValidationError as error:
        raise _unusable(origin, "; ".join(map(fault_text, error.errors()))) from error
    faults, cases = [], []
    for number, (one, assumed) in enumerate(zip(document.case, given, strict=True), start=1):
        try:
            cases.append(_case(one, assumed))
        except GuardError as error:
            faults.append(f"case[{number}].request: {error.message}")
    if faults:
        raise _unusable(origin, "; ".join(faults))
    return tuple(cases)


def _case(one: _Case, given: _Given) -> Case:
    request = _request(one.request)
    return Case(
        name=one.name,
        request=request,
        evidence=_evidence(request, given, one.now),
        now=one.now,
        expected=None if one.expect == _NO_VERDICT else Decision[one.expect],
        rule=one.rule,
    )


def _request(table: Mapping[str, Any]) -> Request:
    """Return the request: a whole one, or a transaction whose amount may be written with its unit."""
    if "method" in table:
        found = parse_request(table)
        if isinstance(found, SignedTransaction):
            raise CallerError("signed bytes are no case", hint="give the transaction instead")
        return _filled(found) if isinstance(found, TransactionRequest) else found
    value = table.get("value")
    if isinstance(value, str) and not value.startswith("0x"):
        table = {**table, "value": hex(parse_amount(value))}
    return _filled(parse_transaction(table))


def _filled(request: TransactionRequest) -> TransactionRequest:
    """Return the request with ordinary values where it is silent: a wallet fills them in too."""
    return replace(
        request,
        chain_id=1 if request.chain_id is None else request.chain_id,
        nonce=0 if request.nonce is None else request.nonce,
        gas_limit=request.gas_limit or (_CALL_GAS if request.data else _PLAIN_GAS),
        fee=request.fee or _FEE,
    )


def _evidence(request: Request, given: _Given, now: int) -> Evidence:
    to = request.to if isinstance(request, TransactionRequest) else None
    accounts = _accounts(request, given)
    code = b"" if to is None else accounts[to].code
    simulation = Simulation(method=SimulationMethod.STATIC, succeeded=not given.reverts)
    evidence = Evidence(
        chain_id=Observed(request.chain_id or 1, _ASSUMED),
        balance=Observed(given.balance, _ASSUMED),
        recipient_code=Observed(code, _ASSUMED),
        counterparties=Observed(_known(given), _ASSUMED),
        spending=Observed(_spending(request, given, now), _ASSUMED),
        accounts=Observed(accounts, _ASSUMED),
        tokens=Observed(_tokens(request, given), _ASSUMED),
        fee_market=Observed(_MARKET, _ASSUMED),
        simulation=Observed(simulation, _ASSUMED),
        listings=Observed(_listings(given, now), _ASSUMED),
        prediction=_prediction(given),
    )
    missing: dict[str, Any] = {name: Missing(_ASSUMED) for name in given.missing}
    return replace(evidence, **missing)


def _accounts(request: Request, given: _Given) -> dict[Address, AccountState]:
    contracts = {*given.contracts, *given.young, *(token.address for token in given.token)}
    to = [request.to] if isinstance(request, TransactionRequest) and request.to is not None else []
    everyone = [request.sender, *to, *contracts, *parties(flatten(read(request)))]
    return {
        address: AccountState(
            code=_SOME_CODE if address in contracts else b"",
            nonce=1,
            balance=0,
            is_young=address in given.young if address in contracts else None,
        )
        for address in everyone
    }


def _known(given: _Given) -> tuple[Counterparty, ...]:
    return tuple(
        Counterparty(address=address, acquaintance=Acquaintance.CONTACT, name=f"known {number}")
        for number, address in enumerate(given.known, start=1)
    )


def _spending(request: Request, given: _Given, now: int) -> Spending:
    same = frozenset(
        {payload_of(request)} if isinstance(request, TransactionRequest | SignatureRequest) else ()
    )
    signed = tuple(
        Commitment(
            at=now - int(one.hours_ago * _HOUR_S),
            wei=one.native,
            tokens=one.tokens,
            payloads=same if one.same else frozenset(),
        )
        for one in given.spent
    )
    nonce = request.nonce if isinstance(request, TransactionRequest) else None
    return Spending(commitments=signed, next_nonce=nonce)


def _tokens(request: Request, given: _Given) -> dict[Address, TokenState]:
    return {
        token.address: TokenState(
            kind=AssetKind.ERC20,
            symbol=token.symbol,
            name=token.symbol,
            decimals=token.decimals,
            total_supply=token.supply,
            balances={request.sender: token.balance},
        )
        for token in given.token
    }


def _listings(given: _Given, now: int) -> dict[Address, tuple[Listing, ...]]:
    found: dict[Address, tuple[Listing, ...]] = {}
    for one in given.listing:
        listing = Listing(
            list_name="case", standing=Standing(one.standing), label="", source=_ASSUMED, as_of=now
        )
        found[one.address] = (*found.get(one.address, ()), listing)
    return found


def _prediction(given: _Given) -> Prediction:
    return Prediction(
        prediction_class=PredictionClass[given.prediction],
        source=PredictionSource.EXTERNAL,
        features_kind=FeatureKind(given.features),
    )


def _unusable(origin: str, problem: str) -> CallerError:
    return _CasesFault(
        f"the cases in {escape_untrusted(origin, limit=200)} cannot be used: {problem}",
        hint="mend them; no case was tried",
    )
