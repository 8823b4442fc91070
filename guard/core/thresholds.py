"""The figures of a policy that rules compare with, and the range of each.

What belongs here: names and ranges. What must not: defaults, which are the policy's, or what a rule does.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from guard.core.amounts import MAX_UINT256
from guard.errors import ConfigurationError

_MANY = 10**6

THRESHOLDS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "stranger_limit_wei": (0, MAX_UINT256),
        "fee_limit_wei": (0, MAX_UINT256),
        "unlimited_supply_percent": (1, 100),
        "allowance_balance_multiple": (1, _MANY),
        "grant_days": (0, 36_500),
        "young_contract_days": (0, 36_500),
        "portfolio_percent": (1, 100),
        "priority_fee_limit_wei": (0, MAX_UINT256),
        "priority_fee_multiple": (1, _MANY),
        "fee_over_market_percent": (0, _MANY),
        "repeat_count": (2, _MANY),
        "repeat_minutes": (1, 24 * 60),
    }
)
"""Field of the policy to the least and the most that it may be. Beyond it a rule would be off without
saying so, or would fire for everything."""

OF_ONE_RULE = frozenset(THRESHOLDS) - {"young_contract_days"}
"""Those that can be set for one rule alone. With the days of a young contract the node is asked, once."""


def check_threshold(name: str, value: int, place: str) -> None:
    """Raise ConfigurationError, naming `place`, for a threshold that does not exist or is out of range."""
    if name not in THRESHOLDS:
        raise ConfigurationError(
            f"{place}: there is no threshold {name}", hint=f"there are {', '.join(THRESHOLDS)}"
        )
    least, most = THRESHOLDS[name]
    if not least <= value <= most:
        raise ConfigurationError(
            f"{place}: {name} cannot be {value}",
            hint=f"give {least} to {'2^256-1' if most == MAX_UINT256 else most}",
        )
