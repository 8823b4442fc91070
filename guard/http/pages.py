"""The pages of `public/`, as `guard serve` gives them away: these files, these headers, and nothing else.

What belongs here: finding the files, and the headers of a page. What must not: what is in a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from flask import Flask, Response, request

from guard.errors import ConfigurationError

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        # Nothing may turn a text into markup or code, whatever a later change of a script does with it.
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
PAGE_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
)
"""What every file of the page is sent with; `vercel.json` says the same, and a test compares them."""

_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FIRST = "index.html"
_METHODS = ("GET", "HEAD", "OPTIONS")


def page_folder() -> Path:
    """Return the folder of the page: packed beside this module, or that of the checkout it lies in.

    Raises ConfigurationError where there is neither.
    """
    here = Path(__file__).parent
    for folder in (here / "public", here.parent.parent / "public"):
        if (folder / _FIRST).is_file():
            return folder
    raise ConfigurationError("the files of the page are not installed", hint="install txguard again")


def add_pages(app: Flask, folder: Path) -> None:
    """Serve every file of `folder` under its own name, and `/` as the first page.

    They are read once: what is asked for is looked up among them, and never as a path of a disk.
    """
    files = {
        f"/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in _TYPES and path.is_file()
    }
    files["/"] = files[f"/{_FIRST}"]

    def page() -> Response:
        if request.method == "OPTIONS":
            return Response(status=204, headers={"Allow": ", ".join(_METHODS)})
        mimetype = _TYPES[Path(request.path).suffix or ".html"]
        return Response(files[request.path], mimetype=mimetype, headers=dict(PAGE_HEADERS))

    for place in files:
        app.add_url_rule(place, f"page {place}", page, methods=_METHODS, provide_automatic_options=False)
