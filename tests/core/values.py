"""Values that several tests of the core begin from: a signed payment, a verdict, a finding."""

from __future__ import annotations

from dataclasses import replace

from guard.adapters.keystore import MemorySigner
from guard.core.policy import Policy
from guard.core.request import LegacyFee
from guard.core.review import review
from guard.core.rules.examples import EVIDENCE, TRANSFER
from guard.core.verdict import Confidence, Finding, Severity

KEY = bytes(31) + b"\x03"
SIGNER = MemorySigner(KEY)
MARKET = replace(TRANSFER, sender=SIGNER.address)
LEGACY = replace(MARKET, fee=LegacyFee(gas_price=20 * 10**9))
RAW_MARKET = SIGNER.sign(MARKET)
RAW_LEGACY = SIGNER.sign(LEGACY)

NOW = 1_700_000_000
REVIEWED = review(TRANSFER, EVIDENCE, Policy(), NOW)
"""ALLOW, without a finding."""

NOTE = Finding(
    rule="a.note",
    severity=Severity.INFO,
    confidence=Confidence.HIGH,
    message="seen",
    advice="look",
    facts={},
)
