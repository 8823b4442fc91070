"""A yes goes along with a nonce that was left open, and with no other change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.address import Address
from guard.core.consent import Consent, renumbered
from guard.core.request import MarketFee, digest
from guard.core.rules.examples import TRANSFER
from guard.core.verdict import Confirmation

OPEN = replace(TRANSFER, nonce=None)
YES = Consent(
    digest=digest(OPEN),
    confirmation=Confirmation.WARNING,
    warnings=frozenset({"recipient.first-time"}),
    has_verdict=True,
    expires_at=2_000_000_000,
)


def test_it_is_the_same_yes_under_the_digest_with_the_nonce() -> None:
    assert renumbered(YES, OPEN, TRANSFER) == replace(YES, digest=digest(TRANSFER))


@pytest.mark.parametrize(
    "change",
    [
        {"to": Address.from_bytes(b"\xbb" * 20)},
        {"value": TRANSFER.value + 1},
        {"data": b"\x00"},
        {"gas_limit": 21_001},
        {"fee": MarketFee(max_fee_per_gas=99 * 10**9, max_priority_fee_per_gas=10**9)},
        {"chain_id": 5},
        {"sender": Address.from_bytes(b"\xbb" * 20)},
    ],
)
def test_any_other_change_takes_it_away(change: dict[str, object]) -> None:
    assert renumbered(YES, OPEN, replace(TRANSFER, **change)) is None  # type: ignore[arg-type]


def test_a_yes_to_another_request_is_none() -> None:
    assert renumbered(YES, TRANSFER, TRANSFER) is None
