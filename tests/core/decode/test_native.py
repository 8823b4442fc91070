from __future__ import annotations

from dataclasses import replace

from guard.core.decode.native import decode

from guard.core.intent import Transfer
from guard.core.rules.examples import FRIEND, SENDER, TRANSFER


def test_a_recipient_and_no_payload_are_a_transfer_of_the_chains_own_coin() -> None:
    assert decode(TRANSFER) == Transfer(token=None, owner=SENDER, recipient=FRIEND, amount=10**17)


def test_a_payload_or_a_creation_is_of_another_family() -> None:
    assert decode(replace(TRANSFER, data=b"\x00")) is None
    assert decode(replace(TRANSFER, to=None)) is None
