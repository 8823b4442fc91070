from __future__ import annotations

from dataclasses import fields

import pytest

from guard.core.amounts import MAX_UINT256
from guard.core.policy import Policy
from guard.core.thresholds import OF_ONE_RULE, THRESHOLDS, check_threshold
from guard.errors import ConfigurationError


def test_every_threshold_is_a_field_of_the_policy_and_its_default_is_in_its_range() -> None:
    assert set(THRESHOLDS) <= {field.name for field in fields(Policy)}
    for name, (least, most) in THRESHOLDS.items():
        assert least <= getattr(Policy(), name) <= most
    assert set(THRESHOLDS) - OF_ONE_RULE == {"young_contract_days"}


@pytest.mark.parametrize("name", THRESHOLDS)
def test_the_ends_of_a_range_are_taken_and_nothing_beyond_them(name: str) -> None:
    least, most = THRESHOLDS[name]
    for value in (least, most):
        assert getattr(Policy(**{name: value}), name) == value  # type: ignore[arg-type]
    for value in (least - 1, most + 1):
        with pytest.raises(ConfigurationError):
            Policy(**{name: value})  # type: ignore[arg-type]
        with pytest.raises(ConfigurationError):
            Policy(thresholds_of={"fee.tip": {name: value}})


@pytest.mark.parametrize(
    ("name", "value", "message", "hint"),
    [
        ("repeat_count", 1, "here: repeat_count cannot be 1", "give 2 to 1000000"),
        ("fee_limit_wei", -1, "here: fee_limit_wei cannot be -1", "give 0 to 2^256-1"),
        ("fee_limit_wei", MAX_UINT256 + 1, f"here: fee_limit_wei cannot be {2**256}", "give 0 to 2^256-1"),
        ("nothing", 1, "here: there is no threshold nothing", f"there are {', '.join(THRESHOLDS)}"),
    ],
)
def test_a_fault_is_told_with_its_place_and_the_range(name: str, value: int, message: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_threshold(name, value, "here")
    assert (caught.value.message, caught.value.hint) == (message, hint)
