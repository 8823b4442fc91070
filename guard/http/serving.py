"""Serving the application with waitress: problems for what waitress itself refuses, and a graceful stop.

What belongs here: the server. What must not: the application. Needs the extra `serve`.
"""

from __future__ import annotations

import functools
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer

from guard.http.body import MAX_BODY_BYTES
from guard.http.capacity import THREADS
from guard.http.problems import COMMON_HEADERS, PROBLEM_TYPE, Problem, new_request_id

IDLE_S = 1
"""Seconds without a byte after which a connection with an incomplete request is closed."""
READ_LIMIT_S = 10.0
"""Seconds for one whole request, however its bytes are spread, from the connection's start or from the end of
the answer before."""
LONGEST_STOP_S = 30.0
"""How long requests in flight may go on after a stop, seconds; the service's usual deadline fits in."""

# A body a little over the route's limit is read and refused by the application; a larger one by its
# announced or counted length, here, without reading on.
_SERVER_BODY_LIMIT = MAX_BODY_BYTES + 4096

# Waitress takes no more beyond it until one is closed; a process usually has 1,024 descriptors.
_MOST_CONNECTIONS = 900

_CODES = {400: "malformed", 413: "too_large", 431: "headers_too_large", 501: "not_implemented"}


class _WaitressProblem:
    """What waitress refuses before the application is asked, said as a problem."""

    def __init__(self, refused: Any) -> None:
        self._problem = Problem(
            status=refused.code,
            code=_CODES.get(refused.code, "malformed"),
            detail="The request cannot be read, or is larger than this server takes.",
        )
        self._reason = refused.reason

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        headers = [("Content-Type", PROBLEM_TYPE), *COMMON_HEADERS.items()]
        return f"{self._problem.status} {self._reason}", headers, self._problem.body(new_request_id())


def _bind(host: str, port: int) -> list[socket.socket]:
    """Bind every address of `host`, all to one port; waitress leaves sockets behind when it cannot."""
    bound: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            listener = socket.socket(family, kind, protocol)
            bound.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            # Port 0 is chosen once, by the first address.
            listener.bind((address[0], bound[0].getsockname()[1] or port, *address[2:]))
    except OSError:
        for listener in bound:
            listener.close()
        raise
    return bound


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    error: Any

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if self.error is not None and not isinstance(self.error, _WaitressProblem):
            self.error = _WaitressProblem(self.error)
        return consumed


class _Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = _Parser

    def __init__(self, *arguments: Any, read_limit_s: float, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._read_limit_s = read_limit_s
        self._reading_since = time.monotonic()

    def readable(self) -> bool:
        # Asked at each turn of the loop. Waitress itself closes silent connections only, and a byte now and
        # then, or an empty line, is no silence.
        now = time.monotonic()
        if self.requests:
            self._reading_since = now
        elif now - self._reading_since > self._read_limit_s:
            self.will_close = True
        return bool(super().readable())

    def service(self) -> None:
        super().service()
        # Here too, for an answer that comes and goes within one turn.
        self._reading_since = time.monotonic()


class Serving:
    """A bound server: `run` serves until `stop` is called from a signal handler or another thread."""

    def __init__(
        self,
        app: Callable[..., Any],
        *,
        host: str,
        port: int,
        longest_stop_s: float = LONGEST_STOP_S,
        read_limit_s: float = READ_LIMIT_S,
    ) -> None:
        """Bind and listen; OSError when the address cannot be had. Port 0 takes a free one."""
        self._longest_stop_s = longest_stop_s
        self._sockets: dict[int, Any] = {}
        create_server(
            app,
            map=self._sockets,
            sockets=_bind(host, port),
            threads=THREADS,
            ident="",
            channel_timeout=IDLE_S,
            cleanup_interval=IDLE_S,
            connection_limit=_MOST_CONNECTIONS,
            max_request_body_size=_SERVER_BODY_LIMIT,
        )
        self._listeners = [entry for entry in self._sockets.values() if isinstance(entry, BaseWSGIServer)]
        for listener in self._listeners:
            listener.channel_class = functools.partial(_Channel, read_limit_s=read_limit_s)
        self._stopping = threading.Event()
        # Reentrant, because a signal handler runs in the thread that may hold it.
        self._closing = threading.RLock()
        self._closed = False

    @property
    def urls(self) -> tuple[str, ...]:
        """Where it listens, such as `http://127.0.0.1:8080`; one for each address that the host has."""
        return tuple(
            f"http://{f'[{name}]' if ':' in name else name}:{port}"
            for name, port in ((entry.effective_host, entry.effective_port) for entry in self._listeners)
        )

    def run(self) -> None:
        """Serve until stopped, then finish what is in flight and close."""
        try:
            while not self._stopping.is_set():
                self._turn(timeout=1.0)
        finally:
            self._finish()

    def stop(self) -> None:
        """Ask `run` to take no more connections, finish what is in flight, and return."""
        self._stopping.set()
        with self._closing:
            # A trigger that is closed is a descriptor that may be somebody else's by now.
            if not self._closed:
                for listener in self._listeners:
                    listener.pull_trigger()

    def _turn(self, *, timeout: float) -> None:
        wasyncore.loop(timeout=timeout, map=self._sockets, use_poll=True, count=1)

    def _finish(self) -> None:
        for listener in self._listeners:
            # Only the listening socket: the trigger that carries answers out of the threads stays.
            wasyncore.dispatcher.close(listener)
        give_up_at = time.monotonic() + self._longest_stop_s
        while self._busy() and time.monotonic() < give_up_at:
            self._turn(timeout=0.1)
        self._listeners[0].task_dispatcher.shutdown()
        with self._closing:
            self._closed = True
            wasyncore.close_all(self._sockets)

    def _busy(self) -> bool:
        channels = [entry for entry in self._sockets.values() if isinstance(entry, HTTPChannel)]
        return any(channel.requests or channel.total_outbufs_len for channel in channels)
