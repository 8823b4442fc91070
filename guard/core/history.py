"""The past of one account, as values, and the 18 account features read from it.

What belongs here: what a history is and how it is counted. What must not: where it came from.

The definitions are those with which the public table was made (Farrugia, Ellul, Azzopardi 2020), found
again from its rows: a gap runs from the previous transaction of any kind, the mean divides by the count
of its own kind, a kind with one transaction has no mean gap, and creations (by the account, or of it) count
nowhere but in their own feature.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from itertools import pairwise
from math import fsum

from guard.core.address import Address
from guard.core.amounts import WEI_PER_ETHER
from guard.core.features import FeatureVector
from guard.core.text import escape_untrusted

MAX_TOKEN_NAME = 64
"""Characters kept of a token's name, which anybody can choose."""
MAX_DECIMALS = 255
"""What `decimals()` may return: it is a uint8. Source: https://eips.ethereum.org/EIPS/eip-20"""

_EXACT = Context(prec=100)
"""2^256 has 78 digits; the default context would round to 28."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTransaction:
    """One top-level transaction of the account: as sender, as recipient, or as the contract it created.

    Failed ones are included.
    """

    timestamp: int
    """Unix seconds of its block."""
    sender: Address
    """Who signed it."""
    recipient: Address | None
    """Its `to`; None where it created a contract."""
    value_wei: int
    """Native value, wei."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMove:
    """One ERC-20 Transfer event in which the account is sender or recipient."""

    sender: Address
    """The event's `from`."""
    recipient: Address
    """The event's `to`."""
    token: Address
    """The contract that emitted it."""
    token_name: str
    """What the token calls itself."""
    amount: Decimal
    """Amount in whole tokens, by the token's own decimals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHistory:
    """Everything known of one account's past, oldest first."""

    account: Address
    """Whose past it is."""
    transactions: tuple[AccountTransaction, ...]
    """Top-level transactions, in chain order."""
    token_moves: tuple[TokenMove, ...] = ()
    """ERC-20 moves, in chain order."""
    source: str
    """Where it was read, such as `block scan`."""
    is_estimate: bool = False
    """Whether numbers were guessed (from nonce and balance, say) and not read; a model abstains on those."""


def whole_tokens(amount: int, decimals: int) -> Decimal:
    """Return an amount of a token's smallest unit in whole tokens, exactly."""
    return Decimal(amount).scaleb(-decimals, context=_EXACT)


def token_name(text: str) -> str:
    """Return what a token calls itself as one short line of what shows."""
    return escape_untrusted(text, limit=MAX_TOKEN_NAME)


def account_vector(history: AccountHistory) -> FeatureVector:
    """Return the 18 account features of `history`: 16 floats, then 2 token names.

    Times are minutes, values ether, token amounts whole tokens.
    """
    ordinary = sorted(
        (entry for entry in history.transactions if entry.recipient is not None),
        key=lambda entry: entry.timestamp,
    )
    sent = [entry for entry in ordinary if entry.sender == history.account]
    received = [entry for entry in ordinary if entry.sender != history.account]
    created = sum(entry.recipient is None for entry in history.transactions)
    total_sent = sum(entry.value_wei for entry in sent)
    total_received = sum(entry.value_wei for entry in received)
    tokens_out = [move for move in history.token_moves if move.sender == history.account]
    tokens_in = [move for move in history.token_moves if move.recipient == history.account]
    return (
        _mean_gap(ordinary, lambda entry: entry.sender == history.account),
        _mean_gap(ordinary, lambda entry: entry.sender != history.account),
        _minutes(ordinary[0].timestamp, ordinary[-1].timestamp) if ordinary else 0.0,
        float(len(sent)),
        float(len(received)),
        float(created),
        max((entry.value_wei for entry in received), default=0) / WEI_PER_ETHER,
        total_received / len(received) / WEI_PER_ETHER if received else 0.0,
        total_sent / len(sent) / WEI_PER_ETHER if sent else 0.0,
        total_sent / WEI_PER_ETHER,
        (total_received - total_sent) / WEI_PER_ETHER,
        _total(tokens_in),
        _total(tokens_out),
        _total(move for move in tokens_out if move.token == history.account),
        float(len({move.recipient for move in tokens_out})),
        float(len({move.token_name for move in tokens_in})),
        _most_frequent_name(tokens_out),
        _most_frequent_name(tokens_in),
    )


def _minutes(start: int, end: int) -> float:
    return (end - start) / 60


def _mean_gap(
    entries: Sequence[AccountTransaction], is_counted: Callable[[AccountTransaction], bool]
) -> float:
    """Return the mean minutes between each counted entry and the entry of any kind before it."""
    count = sum(is_counted(entry) for entry in entries)
    if count <= 1:
        return 0.0
    pairs = pairwise(entries)
    return (
        fsum(_minutes(before.timestamp, entry.timestamp) for before, entry in pairs if is_counted(entry))
        / count
    )


def _total(moves: Iterable[TokenMove]) -> float:
    return float(sum((move.amount for move in moves), Decimal(0)))


def _most_frequent_name(moves: Sequence[TokenMove]) -> str:
    """Return the name in most moves; the first seen of equals, and "" where there is none."""
    counts = Counter(move.token_name for move in moves)
    return counts.most_common(1)[0][0] if counts else ""
