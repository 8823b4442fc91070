"""Where a list comes from: a file, or a URL that is asked once, whole, in time, and not redirected."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from guard.adapters import list_source
from guard.adapters.list_source import checked_path, checked_url, is_url, read_source, shown_source
from guard.errors import CallerError, ConfigurationError, DeadlineExceeded, GuardError, ServiceInvalid
from tests.hostile_service import HostileService, answering, redirecting, silent


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[HostileService]:
    """A proxy that the environment names, and that must not be asked."""
    with HostileService(answering(b"a proxy was here")) as service:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{service.port}")
            monkeypatch.delenv("no_proxy", raising=False)
        yield service


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"\x00\xff\n")
    assert read_source(str(tmp_path / "list")) == b"\x00\xff\n"


def test_a_file_that_cannot_be_read_is_told_without_its_name(tmp_path: Path) -> None:
    for path in (tmp_path / "secret", tmp_path, Path("secret\0")):
        with pytest.raises(CallerError, match="the file of the list cannot be read") as caught:
            read_source(str(path))
        assert "secret" not in caught.value.message


def test_a_file_that_is_too_large_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_source, "MAX_SOURCE_BYTES", 3)
    (tmp_path / "list").write_bytes(b"1234")
    with pytest.raises(CallerError, match="more than 3 bytes"):
        read_source(str(tmp_path / "list"))
    (tmp_path / "list").write_bytes(b"123")
    assert read_source(str(tmp_path / "list")) == b"123"


def test_a_url_is_asked_once_and_no_proxy_is(proxy: HostileService) -> None:
    with HostileService(answering(b"the list")) as service:
        assert read_source(service.url) == b"the list"
        assert len(service.requests) == 1
        assert service.requests[0].startswith(b"GET /predict HTTP/1.1\r\n")
    assert proxy.requests == []


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "204 No Content"])
def test_another_answer_than_the_list_is_refused(status: str) -> None:
    with (
        HostileService(answering(b"", status=status)) as service,
        pytest.raises(ServiceInvalid, match=f"/predict answered {status[:3]}"),
    ):
        read_source(service.url)


def test_a_redirect_is_not_followed() -> None:
    with HostileService(answering(b"other")) as other, HostileService(redirecting(other.url)) as service:
        with pytest.raises(ServiceInvalid, match="redirect"):
            read_source(service.url)
        assert other.requests == []


def test_an_answer_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_source, "MAX_SOURCE_BYTES", 10_000)
    with (
        HostileService(answering(bytes(10_001))) as service,
        pytest.raises(ServiceInvalid, match="more than 10000 bytes"),
    ):
        read_source(service.url)


def test_a_server_that_says_nothing_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_source, "DOWNLOAD_SECONDS", 0.2)
    with HostileService(silent) as service, pytest.raises(DeadlineExceeded):
        read_source(service.url)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/list",
        "https://user:canary@example.org/",
        "https://example.org/#canary",
        "https://example.org/" + "x" * 2048,
        "ftp://example.org/list",
        "file:///etc/passwd",
        "https://example.org/\nlist",
    ],
)
def test_only_https_and_loopback_may_be_asked(url: str) -> None:
    with pytest.raises(ConfigurationError, match="--url"):
        checked_url(url)
    if is_url(url):
        with pytest.raises(GuardError):
            read_source(url)


def test_https_and_loopback_may_be_asked() -> None:
    for url in ("https://example.org/list?key=1", "http://127.0.0.1:8080/list", "http://localhost/"):
        assert checked_url(url) == url


def test_a_source_is_shown_without_folders_queries_and_controls() -> None:
    assert shown_source("/home/me/li\x1b[2Jst.csv") == "li\\x1b[2Jst.csv"
    assert shown_source("https://example.org/list?key=canary") == "https://example.org/list"


def test_a_path_is_kept_in_its_absolute_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert checked_path(Path("a/../list")) == str(tmp_path / "list")
    with pytest.raises(CallerError, match="is not UTF-8"):
        checked_path(Path(os.fsdecode(b"li\xffst")))
