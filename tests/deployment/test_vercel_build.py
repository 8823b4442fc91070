"""What is deployed to Vercel: small, closed, and right when it is asked.

What pip lays out is tested everywhere. What Vercel's own builder makes is tested where its tools are
(`make vercel-tools`, and a Python 3.12 or newer); without them those tests are skipped, in CI too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from guard.http.pages import PAGE_HEADERS
from tests.deployment.builders import (
    FUNCTIONS,
    ROOT,
    Output,
    ToolMissing,
    build_by_pip,
    build_by_vercel,
    copy_of_the_project,
)
from tests.deployment.bundle import Bundle
from tests.deployment.questions import SENDER
from tests.deployment.vercel_build import MAX_BUNDLE_BYTES, converse

Built = tuple[Output, list[Bundle]]


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("pip")
    return build_by_pip(copy_of_the_project(folder / "project"), folder / "bundle")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("vercel")
    try:
        return build_by_vercel(copy_of_the_project(folder / "project"), folder / "bundles")
    except ToolMissing as missing:
        pytest.skip(str(missing))


def requests_in(log: str) -> Iterator[dict[str, object]]:
    for line in log.splitlines():
        if '"event": "request"' in line:
            yield json.loads(line)


def files_of(bundle: Bundle) -> list[str]:
    return [str(path.relative_to(bundle.folder)) for path in bundle.folder.rglob("*") if path.is_file()]


def test_what_pip_lays_out_is_small_answers_and_logs_no_address(laid_out: Bundle) -> None:
    assert laid_out.size() < MAX_BUNDLE_BYTES
    log = converse(laid_out)
    assert [(seen["route"], seen["status"], seen["source"]) for seen in requests_in(log)] == [
        ("/api/predict", 200, "external"),
        ("/api/predict", 200, "cache"),
        ("/api/predict", 400, None),
        ("/api/health", 200, None),
        ("/api/openapi.json", 200, None),
        ("/docs", 200, None),
    ]
    assert SENDER.lower() not in log.lower()


def test_a_bundle_is_looked_at_part_by_part(laid_out: Bundle) -> None:
    parts = dict(laid_out.parts())
    assert {"api", "guard", "_vendor/flask", "_vendor/pydantic_core", "_vendor/Crypto"} <= set(parts)
    assert sum(parts.values()) + laid_out.not_in_it == laid_out.size()
    assert parts["guard"] == sum(
        (laid_out.folder / name).stat().st_size for name in files_of(laid_out) if name.startswith("guard/")
    )


def test_a_bundle_imports_nothing_of_this_machine(laid_out: Bundle, tmp_path: Path) -> None:
    assert laid_out.import_cpu_s(cached=True, repeats=1) > 0
    without = Bundle(name="predict", folder=tmp_path, python=laid_out.python, has_runtime=False)
    with pytest.raises(AssertionError, match="No module named 'api'"), without.served({}):
        pass


def test_the_builder_serves_what_is_in_public_and_no_other_file(built: Built) -> None:
    output, _ = built
    assert output.static() == sorted(
        str(path.relative_to(ROOT / "public")) for path in (ROOT / "public").rglob("*") if path.is_file()
    )


@pytest.mark.parametrize(
    ("path", "answered_by"),
    [
        ("/api/predict", "functions/api/predict"),
        ("/api/health", "functions/api/health"),
        ("/api/openapi.json", "functions/api/health"),
        ("/docs", "functions/api/health"),
        ("/", "static/index.html"),
        ("/style.css", "static/style.css"),
        ("/app/main.js", "static/app/main.js"),
        ("/api/review", None),
        ("/api/approvals", None),
        ("/api", None),
        ("/api/other", None),
        ("/docs/commands.md", None),
        ("/guard/http/app.py", None),
        ("/pyproject.toml", None),
        ("/tests/needs.py", None),
        ("/vercel.json", None),
        ("/.ci/run", None),
    ],
)
def test_each_path_reaches_its_function_or_nothing(built: Built, path: str, answered_by: str | None) -> None:
    output, _ = built
    assert output.destination(path) == answered_by


def test_pages_get_the_headers_of_the_platform_and_the_functions_give_their_own(built: Built) -> None:
    output, _ = built
    for path in ("/", "/style.css", "/app/main.js", "/docs/x"):
        told = output.headers(path)
        assert {name: told[name] for name in PAGE_HEADERS} == dict(PAGE_HEADERS)
    for path in ("/api/predict", "/api/health", "/api/openapi.json", "/docs"):
        assert output.headers(path) == {}


def test_the_built_functions_have_their_time_and_nothing_that_they_do_not_need(built: Built) -> None:
    output, bundles = built
    assert [bundle.name for bundle in bundles] == list(FUNCTIONS)
    for bundle in bundles:
        folder = output.folder / "functions" / "api" / f"{bundle.name}.func"
        configuration = json.loads((folder / ".vc-config.json").read_text())
        assert (configuration["maxDuration"], configuration["memory"]) == (60, 512)
        assert bundle.size() < MAX_BUNDLE_BYTES
        ours = {name.partition("/")[0] for name in files_of(bundle)} - {"_vendor"}
        assert ours == {
            ".python-version",
            "LICENSE",
            "api",
            "guard",
            "pyproject.toml",
            "vc__handler__python.py",
        }
        installed = {name.split("/")[1] for name in files_of(bundle) if name.startswith("_vendor/")}
        assert installed.isdisjoint({"web3", "eth_account", "numpy", "lightgbm", "waitress", "gunicorn"})


def test_the_built_functions_answer_under_the_platforms_own_runtime(built: Built) -> None:
    _, (predict, health) = built
    log = converse(predict)
    seen = [(one["route"], one["status"], one["source"]) for one in requests_in(log)]
    assert seen == [
        ("/api/predict", 200, "external"),
        ("/api/predict", 200, "cache"),
        ("/api/predict", 400, None),
    ]
    assert SENDER.lower() not in log.lower()
    seen = [(one["route"], one["status"], one["source"]) for one in requests_in(converse(health))]
    assert seen == [("/api/health", 200, None), ("/api/openapi.json", 200, None), ("/docs", 200, None)]


def test_the_pages_hold_no_script_of_their_own_and_load_nothing_from_elsewhere() -> None:
    for path in (ROOT / "public").rglob("*.html"):
        page = path.read_text()
        assert re.findall(r"<script[^>]*>[^<]*", page) == ['<script type="module" src="/app/main.js">']
        assert re.search(r"\bon[a-z]+\s*=|javascript:|style\s*=|<style|<iframe|action\s*=", page) is None
        assert re.findall(r'(?:src|href)="(?!/(?!/))', page) == []
    for path in (ROOT / "public").rglob("*.js"):
        imported = re.findall(r'(?:from|import) "([^"]+)"', path.read_text())
        assert [name for name in imported if not (path.parent / name).is_file()] == []


def test_every_link_of_the_first_page_leads_somewhere(built: Built) -> None:
    output, _ = built
    links = re.findall(r'href="([^"]+)"', (ROOT / "public" / "index.html").read_text())
    assert links == ["/icon.svg", "/style.css", "/docs", "/api/openapi.json", "/api/health"]
    assert [link for link in links if output.destination(link) is None] == []
