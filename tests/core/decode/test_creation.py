from __future__ import annotations

from dataclasses import replace

from guard.core.decode.creation import decode
from guard.core.intent import Deploy
from guard.core.rules.examples import TRANSFER


def test_a_request_without_a_recipient_deploys_its_data() -> None:
    assert decode(replace(TRANSFER, to=None, data=b"\x60\x80", value=5)) == Deploy(code_size=2, value=5)
    assert decode(replace(TRANSFER, to=None)) == Deploy(code_size=0, value=TRANSFER.value)


def test_a_request_with_a_recipient_is_of_another_family() -> None:
    assert decode(TRANSFER) is None
