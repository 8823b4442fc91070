"""Every choice of the training, in one place.

What belongs here: numbers, and why they are what they are. What must not: doing anything with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How the trees are grown: chosen by cross-validation on the main table, where all near it is as
    good; more trees cost size and time."""

    trees: int = 280
    """How many."""
    leaves: int = 31
    """Most leaves of one tree."""
    learning_rate: float = 0.07
    """What each tree's answer is multiplied by."""
    feature_share: float = 0.5
    """Part of the features that each tree may look at."""
    min_leaf_rows: int = 5
    """Fewest rows of a leaf."""
    leaf_penalty: float = 0.3
    """L2 penalty on the leaves' values."""
    thresholds: int = 2000
    """Most thresholds tried for one feature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How tables become a model."""

    seed: int = 1
    """Every draw depends on it."""
    other_seeds: tuple[int, ...] = (201, 202, 203, 204, 205, 206)
    """Seeds of further grouped cross-validations, for the card alone: the seed whose trees are shipped must
    not be its own only witness. Shuffles, trees and invented accounts change with each; `seed` itself is
    passed over."""
    growth: Growth = field(default_factory=Growth)
    """How the trees are grown."""
    fold_count: int = 10
    """Folds of the cross-validations."""
    extra_weight: float = 0.3
    """How many rows of the main table one row of the extra table counts for: more costs figures."""
    ordinary_count: int = 3000
    """Invented ordinary young accounts in training."""
    ordinary_weight: float = 0.02
    """How many rows of the main table one of them counts for: more costs recall on real young frauds."""
    phishing_count: int = 600
    """Invented collectors in training."""
    phishing_weight: float = 0.04
    """How many rows of the main table one of them counts for."""
    fraud_rate: float = 0.001
    """Part of benign accounts, out of fold, that may be called FRAUD."""
    suspicious_rate: float = 0.01
    """Part of benign accounts, out of fold, that may be called SUSPICIOUS or FRAUD."""
    judged_count: int = 6000
    """Invented young accounts, not seen in training, on which the thresholds are tried."""
    young_fraud_rate: float = 0.0025
    """Part of those that may be called FRAUD: half of what is promised."""
    young_suspicious_rate: float = 0.025
    """Part of those that may be called SUSPICIOUS or FRAUD: half of what is promised."""
    judged_scale: float = 1.0
    """Part of the usual number of invented accounts that is judged for the card."""
    resamples: int = 300
    """Resamples behind each interval of the card."""
