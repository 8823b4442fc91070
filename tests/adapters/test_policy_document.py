from __future__ import annotations

from dataclasses import fields
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.adapters.policy_document import MissingSection, Thresholds, units
from guard.core.amounts import MAX_UINT256
from guard.core.evidence import Evidence
from guard.core.policy import MAY_BE_MISSING, Policy
from guard.core.thresholds import THRESHOLDS
from guard.errors import ConfigurationError


@given(st.integers(0, MAX_UINT256), st.integers(0, 77))
def test_an_amount_in_whole_tokens_is_exact(amount: int, decimals: int) -> None:
    text = f"{Decimal(amount).scaleb(-decimals):f}" if amount < 10**25 else str(amount // 10**decimals)
    expected = amount if amount < 10**25 else amount // 10**decimals * 10**decimals
    assert units(text, decimals) == expected


def test_the_largest_amount_is_taken_and_one_more_is_not() -> None:
    assert units(str(MAX_UINT256), 0) == MAX_UINT256
    with pytest.raises(ConfigurationError, match="above"):
        units(str(MAX_UINT256 + 1), 0)
    with pytest.raises(ConfigurationError, match="finer"):
        units("0.0", 0)


def test_every_source_can_be_named_under_missing_and_noted_where_the_policy_lets_it() -> None:
    sources = {field.name for field in fields(Evidence) if "prediction" not in field.name}
    assert set(MissingSection.model_fields) == {"level", *sources}
    for source in sources:
        told = MissingSection.model_json_schema()["properties"][source]
        assert ("info" in str(told)) is (source in MAY_BE_MISSING)


def test_every_threshold_can_be_set() -> None:
    section = Thresholds(
        **{name: "1wei" if name == "priority_fee" else 5 for name in Thresholds.model_fields}  # type: ignore[arg-type]
    )
    assert set(section.told()) == set(THRESHOLDS) - {"stranger_limit_wei", "fee_limit_wei"}
    assert Policy(**section.told()).grant_days == 5  # type: ignore[arg-type]
