"""A loopback service that breaks its contract: one fault a function, all over raw sockets.

What belongs here: faults. What must not: anything that a well-behaved service does (`documented_service`).
"""

from __future__ import annotations

import json
import socket
import struct
import zlib
from collections.abc import Callable
from typing import TypeAlias

from tests.loopback import LoopbackServer, http_answer

Fault: TypeAlias = Callable[["HostileService", socket.socket], None]

_DRIP_S = 0.01
_GOOD = b'{"prediction": "Safe", "Type": "Safe Transaction"}'


def _bomb() -> bytes:
    # Made piece by piece: the tests measure the memory of this same process.
    packer = zlib.compressobj(wbits=31)
    return b"".join(packer.compress(b" " * 100_000) for _ in range(300)) + packer.flush()


_BOMB = _bomb()


class HostileService(LoopbackServer):
    """`with HostileService(fault) as service:` answers every request with that fault."""

    def __init__(self, fault: Fault, *, certificate: str | None = None) -> None:
        super().__init__(certificate=certificate)
        self._fault = fault

    def handle(self, client: socket.socket, request: bytes) -> None:
        self._fault(self, client)


def answering(body: bytes, *, status: str = "200 OK", headers: tuple[str, ...] = ()) -> Fault:
    """Answer with these bytes in a well-formed HTTP answer."""

    def fault(service: HostileService, client: socket.socket) -> None:
        client.sendall(http_answer(body, status=status, headers=headers))

    return fault


def redirecting(url: str, *, status: str = "307 Temporary Redirect") -> Fault:
    """Send the caller to another server."""
    return answering(_GOOD, status=status, headers=(f"Location: {url}",))


def silent(service: HostileService, client: socket.socket) -> None:
    """Take the request and say nothing."""
    service.over.wait()


def _forever(
    service: HostileService, client: socket.socket, head: bytes, piece: bytes, every_s: float
) -> None:
    client.sendall(head)
    while not service.over.wait(every_s):
        client.sendall(piece)


def drip_body(service: HostileService, client: socket.socket) -> None:
    """Send the body byte by byte, without end."""
    _forever(service, client, b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", b" ", _DRIP_S)


def drip_headers(service: HostileService, client: socket.socket) -> None:
    """Send one header byte by byte, without end."""
    _forever(service, client, b"HTTP/1.1 200 OK\r\nX: ", b"x", _DRIP_S)


def drip_status(service: HostileService, client: socket.socket) -> None:
    """Send the status line byte by byte, without end."""
    _forever(service, client, b"HTTP/1.1 200 ", b"O", _DRIP_S)


def flood_continue(service: HostileService, client: socket.socket) -> None:
    """Send interim answers as fast as they are taken, without end."""
    _forever(service, client, b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0.0)


def drip_continue(service: HostileService, client: socket.socket) -> None:
    """Send interim answers slowly, without end."""
    _forever(service, client, b"", b"HTTP/1.1 100 Continue\r\n\r\n", _DRIP_S)


def flood_headers(service: HostileService, client: socket.socket) -> None:
    """Send header after header, without end."""
    _forever(service, client, b"HTTP/1.1 200 OK\r\n", b"X-Filler: 0\r\n" * 100, 0.0)


def flood_chunks(service: HostileService, client: socket.socket) -> None:
    """Send a chunked body without end."""
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    _forever(service, client, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk, 0.0)


def flood_body(service: HostileService, client: socket.socket) -> None:
    """Announce a gigabyte and send it as fast as it is taken."""
    _forever(service, client, b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", b" " * 65536, 0.0)


def interim_only(service: HostileService, client: socket.socket) -> None:
    """Answer with an interim status that is never followed by a final one."""
    client.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")


def gzip_bomb(service: HostileService, client: socket.socket) -> None:
    """Send 30 MB of spaces as 30 kB of gzip, asked for or not."""
    client.sendall(http_answer(_BOMB, headers=("Content-Encoding: gzip",)))


def no_content(service: HostileService, client: socket.socket) -> None:
    """Answer 204."""
    client.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


def cut_off(service: HostileService, client: socket.socket) -> None:
    """Announce more than is sent; what is sent is a whole Safe."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(_GOOD) + 1}\r\n\r\n"
    client.sendall(head.encode() + _GOOD)


def reset_after_request(service: HostileService, client: socket.socket) -> None:
    """Take the whole request, then reset the connection."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def close_after_request(service: HostileService, client: socket.socket) -> None:
    """Take the whole request, then close without a word."""


def not_http(service: HostileService, client: socket.socket) -> None:
    """Answer in another protocol."""
    client.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")


HTML = answering(b"<html>deploying</html>")
EMPTY = answering(b"")
ARRAY = answering(b'[{"prediction": "Safe", "Type": "Safe Transaction"}]')
NAN = answering(b'{"prediction": "Safe", "Type": "Safe Transaction", "score": NaN}')
TRACEBACK = answering(b"Traceback: secret-of-the-service", status="500 Internal Server Error")
DUPLICATE_SAFE_LAST = answering(b'{"prediction": "Fraud", "prediction": "Safe", "Type": "Safe Transaction"}')
DUPLICATE_FRAUD_LAST = answering(b'{"prediction": "Safe", "prediction": "Fraud", "Type": "Safe Transaction"}')
TEN_MEGABYTES = answering(json.dumps({"prediction": "Safe", "Type": "x" * 10_000_000}).encode())
