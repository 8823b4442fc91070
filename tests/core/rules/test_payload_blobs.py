from __future__ import annotations

from dataclasses import replace

from guard.core.bundle import CallBundle
from guard.core.rules.examples import FRIEND, SENDER, TRANSFER, token_transfer
from guard.core.rules.payload_blobs import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import ask

BLOB = b"\x01" + bytes(31)
WITH_BLOBS = replace(TRANSFER, blob_versioned_hashes=(BLOB, BLOB, BLOB), max_fee_per_blob_gas=1)


def test_a_transaction_with_blobs_is_refused_and_they_are_counted() -> None:
    """D13: a transaction of type 3."""
    assert ask(RULE, WITH_BLOBS) == (
        Finding(
            rule="payload.blobs",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message="3 blobs go with the transaction, and what is in them cannot be read",
            advice="do not sign; no payment needs a blob",
            facts={"blobs": 3},
        ),
    )


def test_a_transaction_without_blobs_is_quiet() -> None:
    assert [ask(RULE, request) for request in (TRANSFER, token_transfer(FRIEND))] == [(), ()]


def test_a_bundle_has_none() -> None:
    bundle = CallBundle(sender=SENDER, calls=(TRANSFER, token_transfer(FRIEND)))
    assert ask(RULE, bundle) == ()  # type: ignore[arg-type]
