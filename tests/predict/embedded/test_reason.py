import pytest

from guard.core.history import AccountHistory, account_vector
from guard.predict.embedded.reason import describe
from tests.predict.embedded.histories import DAY, HOUR, MINUTE, history, received, sent


def told(past: AccountHistory) -> str:
    return describe([value for value in account_vector(past) if not isinstance(value, str)])


@pytest.mark.parametrize(
    ("past", "line"),
    [
        (
            history([*(received(index * HOUR, 0.9) for index in range(30)), sent(44 * HOUR, 26.4)]),
            "received 30 payments of 0.9 ether on average within 44 hours and forwarded 98 % of it",
        ),
        (history([received(0, 130)]), "received one payment of 130 ether and sent none"),
        (history([sent(0, 0.25)]), "sent one payment of 0.25 ether and received none"),
        (
            history([received(0, 1), sent(90 * MINUTE, 0.004)]),
            "received one payment of 1 ether within 90 minutes and forwarded less than 1 % of it",
        ),
        (
            history([received(0, 1), sent(5 * HOUR, 1)]),
            "received one payment of 1 ether within 5 hours and forwarded 100 % of it",
        ),
        (
            history([received(0, 1), sent(5 * HOUR, 0.9996)]),
            "received one payment of 1 ether within 5 hours and forwarded more than 99 % of it",
        ),
        (
            history([received(0, 0.00001), sent(4 * DAY, 3), sent(4 * DAY, 5)]),
            "received one payment of less than 0.0001 ether within 4 days and sent 2 payments of 4 ether on"
            " average",
        ),
    ],
)
def test_the_facts_of_an_account_are_told_in_one_line(past: AccountHistory, line: str) -> None:
    assert told(past) == line
