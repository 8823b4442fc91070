"""What the sender has more or less of after a request: known without running anything, and told in words.

What belongs here: the change that a plain payment is, and the sentence that a person reads. What must not:
how a run is made, or what is thought of its result.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Context, Decimal

from guard.core.address import Address
from guard.core.amounts import format_ether
from guard.core.intent import Asset, AssetKind
from guard.core.request import TransactionRequest
from guard.core.world import AssetChange, Simulation, SimulationMethod, TokenState

NOTHING_RUNS = Simulation(method=SimulationMethod.STATIC, succeeded=True)
"""What a signature comes to by itself: nothing is executed, so nothing fails, and what others do with it
later no run can show (`changes` is None, not empty)."""

_SHOWN = 8
"""Assets that a sentence names on each side; it says how many more there are."""
_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9.$+_-]{0,15}")
"""Symbols that can stand in a sentence: none of them can be taken for a part of it."""
_EXACT = Context(prec=100)


def plain_payments(
    transactions: Sequence[TransactionRequest], without_code: Collection[Address]
) -> Simulation | None:
    """Return what plain payments of ether come to, or None where something would run.

    Value without calldata to an account without code runs nothing and cannot revert, unless the transaction
    itself gives accounts code (EIP-7702). Whether the sender has
    that much is not asked here. `without_code` are the accounts known to have none.
    """
    totals: dict[Address, int] = {}
    for one in transactions:
        if one.data or one.authorizations or one.to is None or one.to not in without_code:
            return None
        totals[one.sender] = totals.get(one.sender, 0) - one.value
        totals[one.to] = totals.get(one.to, 0) + one.value
    changes = tuple(
        AssetChange(
            party=party,
            asset=Asset(kind=AssetKind.NATIVE, token=None, amount=abs(total)),
            is_gain=total > 0,
        )
        for party, total in totals.items()
        if total
    )
    return Simulation(method=SimulationMethod.STATIC, succeeded=True, changes=changes)


def in_words(simulation: Simulation, party: Address, tokens: Mapping[Address, TokenState]) -> str:
    """Return one sentence for `party`, such as `you send 3 WETH (0x…), you receive nothing`.

    Amounts are in whole tokens where the token tells its decimals, otherwise in its smallest unit; every
    token is named with its contract, for anybody can call a token anything. Gas is not counted.
    """
    if not simulation.succeeded:
        because = "" if simulation.revert_reason is None else f": {simulation.revert_reason}"
        return f"it would fail{because}"
    if simulation.changes is None:
        return "what you would send and receive is not known"
    mine = [change for change in simulation.changes if change.party == party]
    sent = _listed([change.asset for change in mine if not change.is_gain], tokens)
    received = _listed([change.asset for change in mine if change.is_gain], tokens)
    return f"you send {sent}, you receive {received}"


def asset_in_words(asset: Asset, tokens: Mapping[Address, TokenState]) -> str:
    """Return an amount of one asset with its contract, such as `3 WETH (0x…)`."""
    if asset.token is None:
        return format_ether(asset.amount)
    state = tokens.get(asset.token)
    symbol = _symbol(state)
    if asset.kind is AssetKind.ERC20:
        decimals = None if state is None else state.decimals
        if decimals is None:
            return f"{asset.amount} of the smallest unit of {symbol or 'the token'} ({asset.token})"
        return f"{_whole(asset.amount, decimals)} {symbol or 'of the token'} ({asset.token})"
    which = "" if asset.token_id is None else f" no. {asset.token_id}"
    return f"{asset.amount} {symbol or 'of the collection'}{which} ({asset.token})"


def _listed(assets: Sequence[Asset], tokens: Mapping[Address, TokenState]) -> str:
    if not assets:
        return "nothing"
    named = [asset_in_words(asset, tokens) for asset in assets[:_SHOWN]]
    if len(assets) > _SHOWN:
        named.append(f"{len(assets) - _SHOWN} assets more")
    return " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))


def _symbol(state: TokenState | None) -> str:
    """Return a symbol that can stand in a sentence; another one is quoted, and its letters are told."""
    if state is None or not state.symbol:
        return ""
    if _SYMBOL.fullmatch(state.symbol):
        return state.symbol
    quoted = '"' + state.symbol.replace('"', "'") + '"'
    return quoted if state.symbol.isascii() else f"{quoted} [not in plain letters]"


def _whole(amount: int, decimals: int) -> str:
    text = f"{Decimal(amount).scaleb(-decimals, context=_EXACT):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
