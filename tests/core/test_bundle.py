from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.bundle import CallBundle, bundle_digest
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TRANSFER, token_transfer
from guard.errors import InvalidRequest

BUNDLE = CallBundle(sender=SENDER, calls=(TRANSFER, token_transfer(FRIEND)), chain_id=1)


def test_every_field_and_the_order_of_the_calls_are_in_the_digest() -> None:
    others = [
        BUNDLE,
        replace(BUNDLE, calls=BUNDLE.calls[::-1]),
        replace(BUNDLE, calls=BUNDLE.calls[:1]),
        replace(BUNDLE, chain_id=None),
        replace(BUNDLE, chain_id=10),
        replace(BUNDLE, is_atomic=True),
        CallBundle(sender=STRANGER, calls=(replace(TRANSFER, sender=STRANGER),), chain_id=1),
    ]
    assert len({bundle_digest(bundle) for bundle in others}) == len(others)
    assert bundle_digest(BUNDLE) == bundle_digest(replace(BUNDLE))


@pytest.mark.parametrize("calls", [(), (TRANSFER, replace(TRANSFER, sender=FRIEND))])
def test_no_calls_and_the_calls_of_others_are_refused(calls: tuple[object, ...]) -> None:
    with pytest.raises(InvalidRequest, match="no calls, or calls of several accounts"):
        CallBundle(sender=SENDER, calls=calls)  # type: ignore[arg-type]
