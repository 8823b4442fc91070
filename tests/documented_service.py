"""A loopback server that speaks the external service's documented contract, for the tests of whole chains."""

from __future__ import annotations

import json
import socket
from typing import Any, Final

from tests.loopback import LoopbackServer, body_of, http_answer

SAFE: Final = {"prediction": "Safe", "Type": "Safe Transaction"}
FRAUD: Final = {"prediction": "Fraud", "Type": "Unsafe Transaction"}
NEWER_SAFE: Final = {"prediction": "Non-Fraud", "type": "Safe transaction", "confidence": "93.10%"}
MILDLY_UNSAFE: Final = {"prediction": "Non-Fraud", "type": "Mildly Unsafe - x", "confidence": "80.00%"}
GARBAGE: Final = b"<html>Internal error</html>"

_PING: Final = b"GET /ping "


class DocumentedService(LoopbackServer):
    """Use as `with DocumentedService() as service:`; `service.url` is the `/predict` address.

    `answer` (settable at any time) is the JSON object, or the raw bytes, of the next answers; `status` and
    `headers` go with it. `bodies` are the questions so far, parsed, and `raw_bodies` the same as bytes;
    `pings` counts how often it was asked for a sign of life. `close()` takes it down: connections are refused
    from then on.
    """

    def __init__(
        self,
        answer: dict[str, Any] | bytes = SAFE,
        *,
        status: str = "200 OK",
        headers: tuple[str, ...] = (),
        certificate: str | None = None,
    ) -> None:
        super().__init__(certificate=certificate)
        self.answer: dict[str, Any] | bytes = answer
        self.status = status
        self.headers = headers

    @property
    def raw_bodies(self) -> list[bytes]:
        return [body_of(request) for request in self.requests if not request.startswith(_PING)]

    @property
    def pings(self) -> int:
        return sum(request.startswith(_PING) for request in self.requests)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.raw_bodies]

    def handle(self, client: socket.socket, request: bytes) -> None:
        if request.startswith(_PING):
            client.sendall(http_answer(b"pong"))
            return
        given = self.answer
        body = given if isinstance(given, bytes) else json.dumps(given).encode()
        client.sendall(http_answer(body, status=self.status, headers=self.headers))
