from __future__ import annotations

import pytest

from guard.errors import ConfigurationError
from guard.predict.destination import check_destination


@pytest.mark.parametrize(
    "url",
    [
        "https://service.example/predict",
        "https://service.example:8443/a/b?c=d",
        "https://service.example",
        "https://[2001:db8::1]/predict",
        "http://localhost:8080/predict",
        "http://127.0.0.1/predict",
        "http://127.9.9.9:1/predict",
        "http://[::1]:8080/predict",
    ],
)
def test_https_anywhere_and_http_on_loopback_may_be_asked(url: str) -> None:
    assert check_destination(url, setting="x") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://service.example/predict",
        "http://10.0.0.1/predict",
        "http://169.254.169.254/predict",
        "http://0.0.0.0/predict",
        "http://[::]/predict",
        "http://[::ffff:127.0.0.1]/predict",
        "http://127.1/predict",
        "http://2130706433/predict",
        "http://0x7f000001/predict",
        "http://127.0.0.1.example/predict",
        "http://localhost.example/predict",
        "http://localhost@evil.example/predict",
        "http://127.0.0.1\\@evil.example/predict",
        "https://user:secret@service.example/predict",
        "https://service.example/predict#part",
        "https://service.example:0/predict",
        "https://service.example:65536/predict",
        "https://service.example:/predict",
        "https:///predict",
        "https://-x.example/",
        "https://sérvice.example/predict",
        "https://service.example/pre dict",
        "https://service.example/predict\n",
        " https://service.example/predict",
        "HTTPS://service.example/predict",
        "ftp://service.example/predict",
        "file:///etc/passwd",
        "service.example/predict",
        "",
    ],
)
def test_every_other_address_is_refused_naming_the_setting(url: str) -> None:
    """B11: plain http to loopback alone, and one spelling of a host."""
    with pytest.raises(ConfigurationError, match="TXGUARD_UPSTREAM_URL: ") as caught:
        check_destination(url, setting="TXGUARD_UPSTREAM_URL")
    assert "secret" not in caught.value.message
