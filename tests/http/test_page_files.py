"""The files of the page as `guard serve` gives them away."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from guard.errors import ConfigurationError
from guard.http import pages
from guard.http.pages import PAGE_HEADERS, page_folder
from guard.http.served import served_app

ROOT = Path(__file__).parent.parent.parent
PUBLIC = ROOT / "public"


def test_every_file_is_served_with_the_pages_headers_and_nothing_else_is() -> None:
    client = served_app(observers=(), desk=None).test_client()
    files = [path for path in PUBLIC.rglob("*") if path.is_file()]
    for path in files:
        response = client.get(f"/{path.relative_to(PUBLIC)}")
        assert (response.status_code, response.data) == (200, path.read_bytes())
        assert {name: response.headers[name] for name in PAGE_HEADERS} == dict(PAGE_HEADERS)
    assert client.get("/").data == (PUBLIC / "index.html").read_bytes()
    assert client.get("/app/main.js").content_type == "text/javascript; charset=utf-8"
    for place in ("/app/", "/../pyproject.toml", "/app/..%2f..%2fpyproject.toml", "/index"):
        assert client.get(place).status_code == 404
    assert client.post("/").status_code == 405


def test_the_deployment_sends_the_same_headers() -> None:
    """I2: what Vercel and what `guard serve` say about the page is one policy."""
    [rule] = json.loads((ROOT / "vercel.json").read_text())["headers"]
    told = {header["key"]: header["value"] for header in rule["headers"]}
    # Of no use on a machine of one's own, which speaks plain http to itself.
    assert told.pop("Strict-Transport-Security")
    assert told == dict(PAGE_HEADERS)


def test_the_policy_is_closed() -> None:
    """I2: nothing but this server's own scripts, styles and answers; no text becomes markup; no frame."""
    directives = dict(part.split(" ", 1) for part in PAGE_HEADERS["Content-Security-Policy"].split("; "))
    assert directives == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


def test_no_script_makes_markup_of_text() -> None:
    for path in PUBLIC.rglob("*.js"):
        source = path.read_text()
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "Function(",
            ".srcdoc",
        ):
            assert word not in source, f"{path.name} has {word}"


def test_the_wheel_brings_the_page_along(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT],
        capture_output=True,
        text=True,
    )
    if built.returncode != 0 and "hatchling" in built.stderr:
        pytest.skip("the build tool hatchling cannot be fetched")
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        packed = {name for name in wheel.namelist() if name.startswith("guard/http/public/")}
    assert packed == {
        f"guard/http/public/{path.relative_to(PUBLIC)}" for path in PUBLIC.rglob("*") if path.is_file()
    }


def test_without_the_files_the_command_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "__file__", str(tmp_path / "guard" / "http" / "pages.py"))
    with pytest.raises(ConfigurationError, match="the files of the page are not installed"):
        page_folder()
