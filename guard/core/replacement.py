"""Taking the place of a payment that no block has: the same nonce, dearer gas.

What belongs here: the requests that do it. What must not: whether they may; the guard reviews them like any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from guard.core.request import Fee, LegacyFee, MarketFee, TransactionRequest

BUMP_PERCENT = 10
"""By how much nodes want each fee field raised before one transaction may take the place of another: the
default of geth (txpool.pricebump), of reth, besu and nethermind alike."""


def speed_up(
    request: TransactionRequest, rivals: Sequence[TransactionRequest], market: Fee
) -> TransactionRequest:
    """Return this one of the rivals of one nonce with fees that outbid them all, and the market.

    Not the newest one: that may be a cancellation, and who speeds up a payment wants it paid.
    """
    return replace(request, fee=outbidding(rivals, market))


def cancellation(
    request: TransactionRequest, rivals: Sequence[TransactionRequest], market: Fee
) -> TransactionRequest:
    """Return a payment of nothing to the sender itself, of the same nonce, that outbids all of the rivals.

    Its gas limit is open: the node is asked, for the sender's account may have code.
    """
    return TransactionRequest(
        sender=request.sender,
        to=request.sender,
        chain_id=request.chain_id,
        nonce=request.nonce,
        fee=outbidding(rivals, market),
    )


def outbidding(rivals: Sequence[TransactionRequest], market: Fee) -> Fee:
    """Return fees that are a tenth above those of every rival, rounded up, and at least the market's.

    The kind is the newest rival's: nodes compare the two fields of a fee-market transaction each by itself,
    and take a single price for both.
    """
    fees = [rival.fee for rival in rivals if rival.fee is not None]
    tip = max([_raised(_tip(fee)) for fee in fees] + [_tip(market)])
    ceiling = max([_raised(fee.ceiling) for fee in fees] + [market.ceiling])
    if isinstance(rivals[-1].fee, LegacyFee):
        return LegacyFee(gas_price=ceiling)
    return MarketFee(max_fee_per_gas=ceiling, max_priority_fee_per_gas=min(tip, ceiling))


def _tip(fee: Fee) -> int:
    return fee.gas_price if isinstance(fee, LegacyFee) else fee.max_priority_fee_per_gas


def _raised(wei: int) -> int:
    """Return a tenth more, rounded up, and at least 1 wei more: nodes want it strictly above."""
    return max(wei + 1, -(-wei * (100 + BUMP_PERCENT) // 100))
