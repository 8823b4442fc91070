from __future__ import annotations

from guard.core.decode import read
from guard.core.intent import Asset, AssetKind, Swap
from guard.core.rules.examples import SENDER, TOKEN
from tests.core.decode.calling import call, intent_of


def wrap(gives: Asset, receives: Asset) -> Swap:
    return Swap(venue=TOKEN, gives=gives, receives=receives, recipient=SENDER, expires_at=None, form="wrap")


def test_ether_is_changed_for_its_token_and_back_one_for_one() -> None:
    ether = Asset(kind=AssetKind.NATIVE, token=None, amount=5)
    wrapped = Asset(kind=AssetKind.ERC20, token=TOKEN, amount=5)
    assert intent_of("deposit()", value=5) == wrap(ether, wrapped)
    assert intent_of("withdraw(uint256)", 5) == wrap(wrapped, ether)


def test_ether_sent_along_with_a_withdrawal_is_named() -> None:
    carried = read(call("withdraw(uint256)", 5, value=1)).oddities
    assert carried == ("it carries ether that the function does not take",)
