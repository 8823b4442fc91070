"""Under which names a server may be asked: a page elsewhere that gives its own name our address gets nothing.

What belongs here: the Host header. What must not: origins, keys and tokens.
"""

from __future__ import annotations

from collections.abc import Collection

from flask import Flask, request

from guard.http.problems import Problem, ProblemRaised

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  compared with, and never bound to, here


def allowed_hosts(host: str, port: int, others: Collection[str] = ()) -> frozenset[str] | None:
    """Return the Host headers that a server bound to `host` and `port` answers; None: every one.

    `others` are names under which a proxy passes questions on. A server that is bound to every address has no
    name to be compared with.
    """
    if host in _EVERYWHERE and not others:
        return None
    name = f"[{host}]" if ":" in host else host
    names = {f"{one}:{port}" for one in (*_LOOPBACK, name)}
    if port == 80:
        names |= {*_LOOPBACK, name}
    return frozenset(one.lower() for one in (*names, *others))


def check_hosts(app: Flask, allowed: frozenset[str]) -> None:
    """Refuse with 403, on every path of `app`, what was asked for under another name."""

    @app.before_request
    def known_name() -> None:
        if request.headers.get("Host", "").lower() not in allowed:
            detail = "This server is not asked under this name."
            raise ProblemRaised(Problem(status=403, code="host_not_allowed", detail=detail))
