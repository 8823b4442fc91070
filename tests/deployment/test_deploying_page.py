"""docs/deploying.md tells what the code does: its settings, its commands, its numbers."""

from __future__ import annotations

import re
from pathlib import Path

from guard.http import gunicorn_settings
from guard.http.body import MAX_BODY_BYTES
from guard.http.metrics import MetricsObserver
from guard.predict.settings import DEFAULT_UPSTREAM_TIMEOUT_S
from tests.http.test_gunicorn import GUNICORN

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_readme_leads_here() -> None:
    assert "[docs/deploying.md](docs/deploying.md)" in README


def test_every_setting_that_the_route_reads_is_told_and_no_other() -> None:
    read = {
        name
        for package in ("http", "predict")
        for path in (ROOT / "guard" / package).rglob("*.py")
        for name in re.findall(r'"(TXGUARD_[A-Z_]+|PROMETHEUS_[A-Z_]+|WEB_[A-Z_]+)"', path.read_text())
    }
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE)) == read
    assert set(re.findall(r"TXGUARD_[A-Z_]+", PAGE)) <= read


def test_the_command_of_gunicorn_is_the_one_that_is_tested() -> None:
    command = " ".join(["gunicorn", *GUNICORN[3:], "guard.http.wsgi:app"])
    assert f"/opt/txguard/bin/{command}\n" in PAGE
    assert f"ExecStart=/opt/txguard/bin/{command}\n" in block("ini")
    assert f"\n{command} " in README


def test_the_settings_of_gunicorn_are_the_shipped_ones() -> None:
    told = dict(re.findall(r"^\| `(bind|workers)` \| `?([^`|]+?)`? \|", PAGE, re.MULTILINE))
    assert told == {"bind": gunicorn_settings.bind, "workers": str(gunicorn_settings.workers)}
    assert f"| `{gunicorn_settings.worker_class}`, {gunicorn_settings.threads} |" in PAGE
    assert f"| {gunicorn_settings.max_requests:,}, {gunicorn_settings.max_requests_jitter:,} |" in PAGE


def test_a_stop_waits_longer_than_the_workers_and_the_proxies_longer_than_the_service() -> None:
    stop_s = re.search(r"^TimeoutStopSec=(\d+)$", block("ini"), re.MULTILINE)
    assert stop_s is not None
    assert int(stop_s[1]) > gunicorn_settings.graceful_timeout
    reads_s = [*re.findall(r"proxy_read_timeout (\d+)s", PAGE), *re.findall(r"header_timeout (\d+)s\n", PAGE)]
    assert len(reads_s) == 2
    assert min(map(int, reads_s)) > DEFAULT_UPSTREAM_TIMEOUT_S


def test_the_proxies_take_what_the_route_takes() -> None:
    assert re.findall(r"client_max_body_size (\d+)k|max_size (\d+)KiB", PAGE) == [
        (str(MAX_BODY_BYTES // 1024), ""),
        ("", str(MAX_BODY_BYTES // 1024)),
    ]


def test_every_metric_is_told_with_its_labels() -> None:
    told = {
        name: tuple(re.findall(r"`(\w+)`", labels))
        for name, labels in re.findall(r"^\| `(txguard_\w+)` \| ([^|]*)\|", PAGE, re.MULTILINE)
    }
    metrics = vars(MetricsObserver()).values()
    made = {
        metric._name + ("_total" if metric._type == "counter" else ""): tuple(metric._labelnames)
        for metric in metrics
        if hasattr(metric, "_labelnames")
    }
    assert told == made
