from __future__ import annotations

import pytest

from guard.errors import ConfigurationError
from guard.http.settings import Rate, RouteSettings, read_route_settings

KEY = "0123456789abcdef"


def test_an_empty_environment_lets_everyone_ask_120_times_a_minute() -> None:
    assert read_route_settings({}) == RouteSettings(
        api_keys=(),
        allowed_origins=frozenset(),
        rate=Rate(count=120, seconds=60.0),
        client_address_header=None,
    )


def test_every_setting_is_read() -> None:
    assert read_route_settings(
        {
            "TXGUARD_API_KEYS": f"{KEY}, other-{KEY}",
            "TXGUARD_ALLOWED_ORIGINS": "https://Wallet.example, http://127.0.0.1:8000,http://[::1]:1",
            "TXGUARD_RATE_LIMIT": "10/s",
            "TXGUARD_CLIENT_ADDRESS_HEADER": "X-Real-IP",
        }
    ) == RouteSettings(
        api_keys=(KEY, f"other-{KEY}"),
        allowed_origins=frozenset({"https://wallet.example", "http://127.0.0.1:8000", "http://[::1]:1"}),
        rate=Rate(count=10, seconds=1.0),
        client_address_header="X-Real-IP",
    )


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("5", Rate(count=5, seconds=60.0)),
        ("5/min", Rate(count=5, seconds=60.0)),
        ("5/m", Rate(count=5, seconds=60.0)),
        ("5/minute", Rate(count=5, seconds=60.0)),
        ("5/second", Rate(count=5, seconds=1.0)),
        ("1000/h", Rate(count=1000, seconds=3600.0)),
        ("0", None),
        ("0/s", None),
    ],
)
def test_a_rate_is_a_count_and_a_time(text: str, rate: Rate | None) -> None:
    assert read_route_settings({"TXGUARD_RATE_LIMIT": text}).rate == rate


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.5", "1 /s", "1/day", "٣", "99999999", "1_000"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^TXGUARD_RATE_LIMIT: "):
        read_route_settings({"TXGUARD_RATE_LIMIT": text})


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{KEY},",
        ",",
        "a space in the key",
        f"{KEY}\x1b",
        "ключ-ключ-ключ-ключ",
        "x" * 201,
    ],
)
def test_a_key_that_cannot_be_used_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^TXGUARD_API_KEYS: key [12] is ") as caught:
        read_route_settings({"TXGUARD_API_KEYS": text})
    assert len(text) < 2 or text not in caught.value.message + caught.value.hint
    assert KEY not in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "wallet.example",
        "https://wallet.example/",
        "https://*.example",
        "ftp://x.example",
        "https://x y",
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^TXGUARD_ALLOWED_ORIGINS: "):
        read_route_settings({"TXGUARD_ALLOWED_ORIGINS": text})


@pytest.mark.parametrize("text", ["", "X Real", "X-Real-IP:", "-x"])
def test_what_is_no_name_of_a_header_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^TXGUARD_CLIENT_ADDRESS_HEADER: "):
        read_route_settings({"TXGUARD_CLIENT_ADDRESS_HEADER": text})


def test_on_vercel_the_platforms_own_header_tells_the_address() -> None:
    assert read_route_settings({"VERCEL": "1"}).client_address_header == "X-Vercel-Forwarded-For"
