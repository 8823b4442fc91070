from __future__ import annotations

from typing import Any

import pytest

from guard.core.access_list import AccessEntry, check_access_list
from guard.core.rules.examples import FRIEND
from guard.errors import InvalidRequest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"address": str(FRIEND)}, "the access list's address cannot be"),
        ({"storage_keys": (bytes(31),)}, "the access list's storage key cannot be"),
        ({"storage_keys": ("0x",)}, "the access list's storage key cannot be"),
    ],
)
def test_an_entry_that_is_none_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        AccessEntry(**({"address": FRIEND} | change))
    assert message in caught.value.message


def test_addresses_and_keys_are_counted_together() -> None:
    entry = AccessEntry(address=FRIEND, storage_keys=(bytes(32),) * 16_383)
    check_access_list((entry,))
    with pytest.raises(InvalidRequest, match="16385 items"):
        check_access_list((entry, AccessEntry(address=FRIEND)))
