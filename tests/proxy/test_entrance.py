from __future__ import annotations

import pytest

from guard.errors import ConfigurationError
from guard.proxy.entrance import Entrance


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "node.example", "::ffff:127.0.0.1"])
def test_g5_beyond_loopback_there_is_a_token(host: str) -> None:
    """G5: without one the program does not start."""
    with pytest.raises(ConfigurationError, match="needs a token"):
        Entrance(host=host)
    Entrance(host=host, token="t")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.9.9.9"])
def test_on_loopback_there_need_be_none(host: str) -> None:
    assert Entrance(host=host).turned({"Host": "localhost:8547"}) is None


@pytest.mark.parametrize(
    "origin", ["*", "null", "app.example", "https://", "https://a.example/", "HTTPS://A", ""]
)
def test_what_no_browser_sends_is_no_origin(origin: str) -> None:
    with pytest.raises(ConfigurationError, match="is no origin"):
        Entrance(host="127.0.0.1", origins=frozenset({origin}))


def test_a_machine_that_listens_on_every_address_is_named_by_any_of_them_and_by_no_name() -> None:
    entrance = Entrance(host="0.0.0.0", token="t")
    headers = {"Authorization": "Bearer t"}
    told = {
        host: entrance.turned({"Host": host, **headers}) is None
        for host in (
            "192.168.1.5:8547",
            "[fe80::1]:8547",
            "localhost",
            "evil.example",
            "1.2.3.4.evil.example",
        )
    }
    assert list(told.values()) == [True, True, True, False, False]


def test_the_address_that_is_listened_on_is_a_name() -> None:
    entrance = Entrance(host="guard.lan", token="t")
    assert entrance.turned({"Host": "GUARD.lan:8547", "Authorization": "Bearer t"}) is None
    assert entrance.turned({"Host": "other.lan", "Authorization": "Bearer t"}) is not None


@pytest.mark.parametrize("shown", ["Bearer é", "Bearer", "", "t", "Bearer t t", "Bearer T"])
def test_another_token_is_turned_away(shown: str) -> None:
    turned = Entrance(host="127.0.0.1", token="t").turned({"Host": "localhost", "Authorization": shown})
    assert turned is not None
    assert turned.status == 401
