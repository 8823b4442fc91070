from __future__ import annotations

from decimal import Decimal

from guard.core.acquaintance import paid_by
from guard.core.address import Address
from guard.core.history import AccountHistory, AccountTransaction, TokenMove
from guard.core.rules.examples import FRIEND, ROUTER, SENDER, STRANGER, TOKEN, WALLET


def sent(recipient: Address | None, value_wei: int, sender: Address = SENDER) -> AccountTransaction:
    return AccountTransaction(timestamp=1, sender=sender, recipient=recipient, value_wei=value_wei)


def moved(recipient: Address, amount: int, token: Address = TOKEN, sender: Address = SENDER) -> TokenMove:
    return TokenMove(sender=sender, recipient=recipient, token=token, token_name="x", amount=Decimal(amount))


def past(*entries: AccountTransaction | TokenMove) -> AccountHistory:
    return AccountHistory(
        account=SENDER,
        transactions=tuple(entry for entry in entries if isinstance(entry, AccountTransaction)),
        token_moves=tuple(entry for entry in entries if isinstance(entry, TokenMove)),
        source="test",
    )


def test_ether_that_it_sent_and_tokens_through_a_contract_that_it_called_make_acquaintances() -> None:
    history = past(sent(FRIEND, 5), sent(TOKEN, 0), moved(STRANGER, 1), sent(FRIEND, 1), sent(ROUTER, 2))
    assert paid_by(history) == (FRIEND, ROUTER, STRANGER)


def test_nothing_that_others_can_write_into_a_past_makes_one() -> None:
    fake = Address.from_bytes(b"\x99" * 20)
    noise = (
        sent(FRIEND, 0),
        sent(None, 5),
        sent(SENDER, 5),
        sent(TOKEN, 0),
        sent(SENDER, 1, sender=STRANGER),
        moved(STRANGER, 0),
        moved(STRANGER, 1_000, token=fake),
        moved(SENDER, 5, sender=WALLET),
        moved(WALLET, 5, sender=STRANGER),
    )
    assert paid_by(past(*noise)) == ()
