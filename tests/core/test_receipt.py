from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from guard.core.receipt import Receipt

RECEIPT = Receipt(hash="0x01", status=1, block_number=5, gas_used=21_000, effective_gas_price=10**9)


def test_a_receipt_holds_what_a_payer_needs_and_cannot_be_changed() -> None:
    names = [field.name for field in fields(RECEIPT)]
    assert names == ["hash", "status", "block_number", "gas_used", "effective_gas_price"]
    with pytest.raises(FrozenInstanceError):
        RECEIPT.status = 0  # type: ignore[misc]
