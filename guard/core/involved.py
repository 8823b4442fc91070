"""Who and which tokens take part in what is reviewed: what the chain is asked about.

What belongs here: the reading of acts, and the bounds on it. What must not: asking.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from guard.core.act import Act
from guard.core.address import Address
from guard.core.intent import (
    Administer,
    Approve,
    ApproveAll,
    Asset,
    Intent,
    NftTransfer,
    Order,
    Permit,
    SafeCall,
    Swap,
    Transfer,
)
from guard.core.parties import trusted
from guard.core.signature_request import SignatureRequest
from guard.core.subject import Request
from guard.core.typed_data import TypedData
from guard.core.world import AccountState, Simulation

MAX_ACCOUNTS = 64
"""Accounts that one review looks at; a request with more leaves what the chain tells of them Missing."""
MAX_TOKENS = 32
"""Token contracts that one review looks at; likewise."""
MAX_HOLDINGS = 128
"""Balances and allowances of tokens that one review looks at; likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenQuestion:
    """What is to be learned of one token besides its own description."""

    token: Address
    """The token's contract."""
    owners: tuple[Address, ...] = ()
    """Whose balances."""
    allowances: tuple[tuple[Address, Address], ...] = ()
    """Which allowances, by owner and spender."""

    @property
    def holdings(self) -> int:
        """How many balances and allowances it asks for."""
        return len(self.owners) + len(self.allowances)


def involved_accounts(request: Request, acts: Collection[Act]) -> tuple[Address, ...]:
    """Return everyone who acts, is called, paid, given a right to or made to run code, each once, in order.

    The contract for which typed data is meant is called by nobody yet, and is among them.
    """
    found: dict[Address, None] = {}
    if isinstance(request, SignatureRequest) and isinstance(request.content, TypedData):
        meant = request.content.domain.verifying_contract
        found.update({} if meant is None else {meant: None})
    for act in acts:
        called = () if act.call.to is None else (act.call.to,)
        found.update(dict.fromkeys((act.call.actor, *called, *trusted(act.intent), *_parties(act.intent))))
    return tuple(found)


def involved_tokens(acts: Collection[Act]) -> tuple[TokenQuestion, ...]:
    """Return every token that is moved, granted or traded, with the holdings in question, each once."""
    owners: dict[Address, dict[Address, None]] = {}
    allowances: dict[Address, dict[tuple[Address, Address], None]] = {}
    for act in acts:
        for token, owner, spender in _holdings(act):
            held, granted = owners.setdefault(token, {}), allowances.setdefault(token, {})
            if owner is not None:
                held[owner] = None
                if spender is not None:
                    granted[owner, spender] = None
    return tuple(
        TokenQuestion(token=token, owners=tuple(held), allowances=tuple(allowances[token]))
        for token, held in owners.items()
    )


def paid(acts: Collection[Act]) -> tuple[Address, ...]:
    """Return everyone to whom ether or a token goes, each once, in order."""
    moves = (act.intent for act in acts if isinstance(act.intent, Transfer | NftTransfer))
    return tuple(dict.fromkeys(move.recipient for move in moves))


def simulated_parties(simulation: Simulation) -> tuple[Address, ...]:
    """Return everyone who gains, loses or is given a right in a run, and the contracts concerned."""
    found: dict[Address, None] = {}
    for change in simulation.changes or ():
        token = () if change.asset.token is None else (change.asset.token,)
        found.update(dict.fromkeys((change.party, *token)))
    for given in simulation.allowances:
        found.update(dict.fromkeys((given.owner, given.spender, given.token)))
    return tuple(found)


def paid_contracts(
    acts: Collection[Act], accounts: Mapping[Address, AccountState], known: Collection[TokenQuestion]
) -> tuple[TokenQuestion, ...]:
    """Return the contracts that are paid, which may be tokens themselves; `known` are asked about anyway."""
    asked = {question.token for question in known}
    return tuple(
        TokenQuestion(token=address)
        for address in paid(acts)
        if address not in asked and address in accounts and accounts[address].code
    )


def moved_tokens(
    acts: Collection[Act], simulation: Simulation, known: Collection[TokenQuestion]
) -> tuple[TokenQuestion, ...]:
    """Return the tokens that a run moves to or from somebody who acts, so that their amounts can be told.

    `known` are asked about anyway; of the others, no more than `MAX_TOKENS`.
    """
    asked = {question.token for question in known}
    actors = {act.call.actor for act in acts}
    owners: dict[Address, dict[Address, None]] = {}
    for change in simulation.changes or ():
        token = change.asset.token
        if token is not None and token not in asked and change.party in actors:
            held = owners.setdefault(token, {})
            if not change.is_gain:
                held[change.party] = None
    fresh = [TokenQuestion(token=token, owners=tuple(held)) for token, held in owners.items()]
    return tuple(fresh[:MAX_TOKENS])


def too_many(accounts: Collection[Address], tokens: Collection[TokenQuestion]) -> tuple[str, str]:
    """Return why the accounts, and why the tokens, are more than is looked at; "" where they are not."""
    holdings = sum(question.holdings for question in tokens)
    of_accounts = of_tokens = ""
    if len(accounts) > MAX_ACCOUNTS:
        of_accounts = f"there are {len(accounts)} accounts, and {MAX_ACCOUNTS} at most are looked at"
    if len(tokens) > MAX_TOKENS:
        of_tokens = f"there are {len(tokens)} tokens, and {MAX_TOKENS} at most are looked at"
    elif holdings > MAX_HOLDINGS:
        of_tokens = f"there are {holdings} token holdings, and {MAX_HOLDINGS} at most are looked at"
    return of_accounts, of_tokens


def _parties(intent: Intent) -> Iterator[Address]:
    """Yield who takes part besides the one who is trusted."""
    match intent:
        case Transfer() | NftTransfer() | Approve() | ApproveAll() | Permit():
            yield intent.owner
        case Order():
            yield intent.offerer
            yield from (payout.recipient for payout in intent.payouts)
            yield from () if intent.market is None else (intent.market,)
        case Swap():
            yield from () if intent.venue is None else (intent.venue,)
        case Administer():
            yield intent.contract
        case SafeCall():
            yield intent.safe
            yield from () if intent.refund_receiver is None else (intent.refund_receiver,)
        case _:
            return


def _holdings(act: Act) -> Iterator[tuple[Address, Address | None, Address | None]]:
    """Yield each token with the owner, and the spender, whose holdings are in question."""
    intent = act.intent
    match intent:
        case Transfer(token=token) if token is not None:
            yield token, intent.owner, None
        case NftTransfer():
            yield intent.collection, intent.owner, None
        case Approve():
            yield intent.token, intent.owner, intent.spender
        case ApproveAll():
            yield intent.collection, intent.owner, None
        case Permit():
            yield from ((grant.token, intent.owner, intent.spender) for grant in intent.grants)
        case Order():
            yield from _assets(intent.gives, intent.offerer)
            yield from _assets([payout.asset for payout in intent.payouts], None)
        case Swap():
            yield from _assets([intent.gives], act.call.actor)
            yield from _assets([intent.receives], None)
        case SafeCall(gas_token=gas_token) if gas_token is not None:
            yield gas_token, intent.safe, None
        case _:
            return


def _assets(
    assets: Collection[Asset | None], owner: Address | None
) -> Iterator[tuple[Address, Address | None, Address | None]]:
    for asset in assets:
        if asset is not None and asset.token is not None:
            yield asset.token, owner, None
