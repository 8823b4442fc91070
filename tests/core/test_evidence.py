from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from guard.core.address import Address
from guard.core.evidence import Acquaintance, Counterparty, Missing, Observed
from guard.core.rules.examples import EVIDENCE


def test_observed_and_missing_are_values_that_never_equal_each_other() -> None:
    assert Observed(1, "node") == Observed(1, "node", None)
    assert Observed(1, "node") != Observed(1, "node", 5)
    assert Missing("down") == Missing("down") != Missing("slow")
    assert Missing("down") == Missing("down", is_failure=False) != Missing("down", is_failure=True)
    assert Observed("down", "node") != Missing("down")


def test_evidence_cannot_be_changed_after_it_was_gathered() -> None:
    with pytest.raises(FrozenInstanceError):
        EVIDENCE.balance = Observed(0, "node")  # type: ignore[misc]


def test_a_counterparty_needs_no_name() -> None:
    address = Address.from_bytes(bytes(20))
    party = Counterparty(address=address, acquaintance=Acquaintance.PAID_BEFORE)
    assert party == Counterparty(address=address, acquaintance=Acquaintance.PAID_BEFORE, name="")
