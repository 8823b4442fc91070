"""Pasts of accounts as values, for the tests of the embedded predictor."""

import random
from collections.abc import Sequence

from guard.core.address import Address
from guard.core.history import AccountHistory, AccountTransaction

ACCOUNT = Address.from_bytes(bytes(19) + b"\x01")
SINK = Address.from_bytes(bytes(19) + b"\x02")
WEI = 10**18
START = 1_600_000_000
MINUTE, HOUR, DAY = 60, 3600, 86_400


def payer(number: int) -> Address:
    return Address.from_bytes(bytes(17) + (1000 + number).to_bytes(3, "big"))


def received(at: float, ether: float, number: int = 0) -> AccountTransaction:
    return AccountTransaction(
        timestamp=int(at), sender=payer(number), recipient=ACCOUNT, value_wei=int(ether * WEI)
    )


def sent(at: float, ether: float, recipient: Address = SINK) -> AccountTransaction:
    return AccountTransaction(
        timestamp=int(at), sender=ACCOUNT, recipient=recipient, value_wei=int(ether * WEI)
    )


def history(transactions: Sequence[AccountTransaction], *, is_estimate: bool = False) -> AccountHistory:
    ordered = tuple(sorted(transactions, key=lambda entry: entry.timestamp))
    return AccountHistory(account=ACCOUNT, transactions=ordered, source="test", is_estimate=is_estimate)


def phishing_like(
    seed: int = 0, *, receipts: int = 30, sweep_ether: float | None = None, earlier: int = 0, jitter: int = 0
) -> AccountHistory:
    """Receipts of 0.25 to 1.9 ether, one each 90 minutes; half-way and at the end nearly all is moved on.

    `sweep_ether` is what each sweep moves, 98 % of what is held where it is None; `earlier` is how many
    receipts came in the days before; `jitter` moves each receipt by up to so many seconds.
    """
    chance = random.Random(seed)
    amounts = [0.25 + 1.65 * chance.random() ** 1.45 for _ in range(receipts - 1)] + [1.9]
    chance.shuffle(amounts)
    transactions = [
        received(
            START - (index + 1) * chance.choice((HOUR, 6 * HOUR, 3 * DAY)), chance.choice((0.02, 0.5, 1))
        )
        for index in range(earlier)
    ]
    held = 0.0
    for index, amount in enumerate(amounts, start=1):
        at = START + index * 90 * MINUTE + chance.randint(-jitter, jitter)
        transactions.append(received(at, amount, index))
        held += amount
        if index in (receipts // 2, receipts):
            swept = held * 0.98 if sweep_ether is None else min(sweep_ether, held)
            transactions.append(sent(at + 10 * MINUTE, swept))
            held -= swept
    return history(transactions)


def ordinary(
    *, pay: float = 2.0, pays: int = 4, payment: float = 0.3, payments: int = 20, days_between: int = 17
) -> AccountHistory:
    """A quarter's pay each 90 days, and a small payment to one of five others each 17 days."""
    return history(
        [
            *(received(START + index * 90 * DAY, pay) for index in range(pays)),
            *(
                sent(START + 7 * HOUR + index * days_between * DAY, payment, payer(10 + index % 5))
                for index in range(payments)
            ),
        ]
    )
