"""txguard: a local-first transaction guard for Ethereum-style wallets.

The public names, imported when they are first used, so that `import guard` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guard.core.address import Address
    from guard.core.amounts import format_ether, parse_amount
    from guard.core.features import FEATURE_NAMES, contract_vector
    from guard.core.history import account_vector
    from guard.core.policy import Policy
    from guard.core.prediction import Prediction, PredictionClass
    from guard.core.request import LegacyFee, MarketFee, TransactionRequest
    from guard.core.verdict import Decision, Finding, Severity, Verdict
    from guard.engine import Guard
    from guard.errors import ConfirmationRequired, GuardError, NoVerdict, TransactionBlocked
    from guard.middleware import guard_provider, install_guard

__version__ = "0.1.0"

_HOMES = {
    "account_vector": "guard.core.history",
    "Address": "guard.core.address",
    "ConfirmationRequired": "guard.errors",
    "contract_vector": "guard.core.features",
    "Decision": "guard.core.verdict",
    "FEATURE_NAMES": "guard.core.features",
    "Finding": "guard.core.verdict",
    "format_ether": "guard.core.amounts",
    "Guard": "guard.engine",
    "guard_provider": "guard.middleware",
    "GuardError": "guard.errors",
    "install_guard": "guard.middleware",
    "LegacyFee": "guard.core.request",
    "MarketFee": "guard.core.request",
    "NoVerdict": "guard.errors",
    "parse_amount": "guard.core.amounts",
    "Policy": "guard.core.policy",
    "Prediction": "guard.core.prediction",
    "PredictionClass": "guard.core.prediction",
    "Severity": "guard.core.verdict",
    "TransactionBlocked": "guard.errors",
    "TransactionRequest": "guard.core.request",
    "Verdict": "guard.core.verdict",
}

__all__ = [
    "account_vector",
    "Address",
    "ConfirmationRequired",
    "contract_vector",
    "Decision",
    "FEATURE_NAMES",
    "Finding",
    "format_ether",
    "Guard",
    "guard_provider",
    "GuardError",
    "install_guard",
    "LegacyFee",
    "MarketFee",
    "NoVerdict",
    "parse_amount",
    "Policy",
    "Prediction",
    "PredictionClass",
    "Severity",
    "TransactionBlocked",
    "TransactionRequest",
    "Verdict",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'guard' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
