"""The connection under one exchange: held so that it can be cut, verified so that it can be trusted.

What belongs here: sockets, TLS and the hook into requests. What must not: retries, statuses and bodies.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
import threading
from typing import Any, cast

from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from guard.errors import DeadlineExceeded


class Line:
    """What the caller of an exchange holds of its connection, to cut it from another thread.

    A second descriptor of the same socket is kept, because TLS takes the first one over, and because a
    descriptor that is ours cannot be closed and reused under our hands. Shutting it down ends every read and
    write on the connection, below TLS too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._cut = threading.Event()
        self.bytes_may_have_left = False
        """Whether any part of the request may have been sent; from then on nothing is repeated."""

    def hold(self, connected: socket.socket) -> None:
        """Take hold of a fresh connection; raises DeadlineExceeded if the line was cut meanwhile."""
        with self._lock:
            if not self._cut.is_set():
                self._sockets.append(connected.dup())
                return
        connected.close()
        raise DeadlineExceeded("the connection was made too late")

    def cut(self) -> None:
        """End the exchange, whatever it is doing."""
        with self._lock:
            self._cut.set()
            for held in self._sockets:
                # Already closed by the other side: there is nothing left to cut.
                with contextlib.suppress(OSError):
                    held.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Let go of the connections; the exchange is over."""
        with self._lock:
            for held in self._sockets:
                held.close()
            self._sockets.clear()

    def pause(self, seconds: float) -> bool:
        """Wait, and tell whether the line was cut meanwhile."""
        return self._cut.wait(seconds)


class _HeldConnection(HTTPConnection):
    """A plain connection that hands its socket to the line."""

    def __init__(self, *args: Any, line: Line, **options: Any) -> None:
        super().__init__(*args, **options)
        self._line = line

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        self._line.hold(connected)
        return connected

    def send(self, data: Any) -> None:
        # Connect first: a connection that fails has carried nothing, and may be tried again.
        if self.sock is None:
            self.connect()
        self._line.bytes_may_have_left = True
        super().send(data)


class _HeldTlsConnection(_HeldConnection, HTTPSConnection):
    """The same below TLS: the socket is held before the handshake, which can drip as well."""


class LineAdapter(HTTPAdapter):
    """requests' transport for one exchange over one line: no pool kept, no proxy, TLS always verified."""

    def __init__(self, line: Line) -> None:
        self._line = line
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> HTTPConnectionPool:
        pool = cast(HTTPConnectionPool, super().get_connection_with_tls_context(*args, **options))
        kind = _HeldTlsConnection if pool.scheme == "https" else _HeldConnection
        pool.ConnectionCls = functools.partial(kind, line=self._line)  # type: ignore[assignment]
        return pool

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        """Give the pool our own TLS context; what a caller says about verification is not asked."""
        host, _ = super().build_connection_pool_key_attributes(request, True, None)
        return host, {"ssl_context": tls_context()} if host["scheme"] == "https" else {}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Change nothing: the context verifies already, and loading its authorities again takes time."""


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Return the context of every TLS connection: verified names and certificates, TLS 1.2 or later.

    Made by hand, for `ssl.create_default_context` and urllib3 both obey SSLKEYLOGFILE.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context
