"""A loopback TCP server of raw sockets, on which the tests' services are built.

What belongs here: accepting, reading one HTTP request to its end, and closing. What must not: answers.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from types import TracebackType
from typing import Self


class LoopbackServer:
    """A context manager; each connection has a thread, and its request is recorded before the answer."""

    path = "/predict"

    def __init__(self, *, certificate: str | None = None) -> None:
        self.over = threading.Event()
        self.asked = threading.Event()
        self.connections = 0
        self.received = b""
        self.requests: list[bytes] = []
        self._tls = None
        if certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    @property
    def url(self) -> str:
        return f"{'http' if self._tls is None else 'https'}://127.0.0.1:{self.port}{self.path}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the door and every connection; from then on connections are refused."""
        if self.over.is_set():
            return
        self.over.set()
        # shutdown wakes accept(); close alone would leave it waiting.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join(5)
        for client in self._open:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join(5)
        self._listener.close()

    def handle(self, client: socket.socket, request: bytes) -> None:
        raise NotImplementedError

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(client)
            thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        try:
            if self._tls is not None:
                client = self._tls.wrap_socket(client, server_side=True)
                self._open.append(client)
            request = self._read_request(client)
            if request:
                self.requests.append(request)
                self.asked.set()
                self.handle(client, request)
        except OSError:
            return  # the other side went away, as half of these tests want it to
        finally:
            client.close()

    def _read_request(self, client: socket.socket) -> bytes:
        request = b""
        while b"\r\n\r\n" not in request:
            piece = client.recv(65536)
            self.received += piece
            if not piece:
                return b""
            request += piece
        head, _, body = request.partition(b"\r\n\r\n")
        fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:] if b": " in line)
        length = int(fields.get(b"content-length", b"0"))
        while len(body) < length:
            piece = client.recv(65536)
            self.received += piece
            if not piece:
                return b""
            body += piece
        return head + b"\r\n\r\n" + body


def body_of(request: bytes) -> bytes:
    """Return the body of a recorded request."""
    return request.partition(b"\r\n\r\n")[2]


def http_answer(body: bytes, *, status: str = "200 OK", headers: tuple[str, ...] = ()) -> bytes:
    """Return a whole HTTP answer."""
    lines = (
        f"HTTP/1.1 {status}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
