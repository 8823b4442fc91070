"""The node, for everything that only reads: the same bytes there, its own bytes back.

What belongs here: one exchange with a total deadline, and what can go wrong with it. What must not: what is
asked. No error here holds the node's address: its path may be a key.
"""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp

from guard.errors import ConfigurationError, NodeError
from guard.predict.destination import check_destination, is_loopback

TOTAL_TIMEOUT_S = 60.0
"""Seconds for one exchange, however it is answered."""
CONNECT_TIMEOUT_S = 10.0
HEALTH_TIMEOUT_S = 2.0
MAX_ANSWER_BYTES = 256 * 1024 * 1024
"""Bytes of one answer that is passed on piece by piece."""
MAX_KEPT_BYTES = 32 * 1024 * 1024
"""Bytes of one answer that has to be held as a whole."""

_CONNECTIONS = 256
_PIECE_BYTES = 64 * 1024
_HEADERS = {
    "Content-Type": "application/json",
    # What is not encoded cannot be inflated.
    "Accept-Encoding": "identity",
    "User-Agent": "txguard",
}
_SHORTEST_SECRET = 8


def check_upstream(url: str, *, setting: str) -> str:
    """Return the node's address if it may be asked; raises ConfigurationError without repeating it."""
    try:
        return check_destination(url, setting=setting)
    except ConfigurationError:
        raise ConfigurationError(
            f"{setting}: what was given is no address of a node that may be asked",
            hint="give https://host/path, without a user name; plain http is accepted for loopback alone",
        ) from None


def check_socket(url: str, *, setting: str) -> str:
    """Return the address of the node's sockets, ws or wss; raises ConfigurationError likewise."""
    kind, _, rest = url.partition("://")
    # What is no address of a socket is made none of a node, so that the one refusal serves both.
    check_upstream({"ws": "http", "wss": "https"}.get(kind, kind + "?") + "://" + rest, setting=setting)
    return url


class Upstream:
    """Asks one node."""

    def __init__(
        self, url: str, *, socket_url: str | None = None, timeout_s: float = TOTAL_TIMEOUT_S
    ) -> None:
        self._url = url
        # The one address serves both on most nodes; geth has a port of its own for sockets.
        self._socket_url = url.replace("http", "ws", 1) if socket_url is None else socket_url
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(CONNECT_TIMEOUT_S, timeout_s))
        self._session: aiohttp.ClientSession | None = None
        self._sockets: aiohttp.ClientSession | None = None
        self._secrets = [part.encode() for part in _secrets_of(url)]

    async def open(self) -> None:
        """Make the connections possible; to be called within the loop that uses them."""
        self._session = self._opened(_CONNECTIONS)
        # Apart: a socket keeps its connection, and open ones must leave those of HTTP alone. Whoever opens
        # them bounds how many there are.
        self._sockets = self._opened(0)

    def _opened(self, connections: int) -> aiohttp.ClientSession:
        redirects = aiohttp.TraceConfig()
        redirects.on_request_redirect.append(_refuse_redirect)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections, limit_per_host=connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            headers=_HEADERS,
            auto_decompress=False,
            # Neither a proxy nor a .netrc of the environment may come between the guard and its node.
            trust_env=False,
            trace_configs=[redirects],
        )

    async def close(self) -> None:
        """End every connection."""
        for session in (self._session, self._sockets):
            if session is not None:
                await session.close()

    @asynccontextmanager
    async def asking(self, body: bytes) -> AsyncIterator[Answer]:
        """Put a body before the node and give its answer, whose pieces are still to be read.

        Raises NodeError for a node that is down or slow, redirects, or encodes. A connection that the node
        had closed meanwhile is tried once more: what is asked here changes nothing.
        """
        assert self._session is not None
        with translated():
            try:
                response = await self._post(body)
            except (aiohttp.ServerDisconnectedError, ConnectionResetError):
                response = await self._post(body)
        try:
            encoding = response.headers.get("Content-Encoding", "identity").lower()
            if 300 <= response.status < 400 or encoding not in ("", "identity"):
                raise _unreadable("it redirects, or encodes its answer")
            yield Answer(response)
        finally:
            response.close() if not response.content.is_eof() else response.release()

    async def _post(self, body: bytes) -> aiohttp.ClientResponse:
        assert self._session is not None
        # A large body is written piece by piece, so that nobody waits for all of it.
        data = body if len(body) <= _PIECE_BYTES else io.BytesIO(body)
        return await self._session.post(self._url, data=data, allow_redirects=False)

    async def ask(self, body: bytes) -> bytes:
        """Return a whole answer of status 200; raises NodeError."""
        async with self.asking(body) as answer:
            if answer.status != 200:
                raise _unreadable(f"its status is {answer.status}")
            return await answer.whole(MAX_KEPT_BYTES)

    async def socket(self, max_bytes: int) -> aiohttp.ClientWebSocketResponse:
        """Return a WebSocket to the node, not yet used; raises NodeError."""
        assert self._sockets is not None
        with translated():
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                return await self._sockets.ws_connect(self._socket_url, max_msg_size=max_bytes, compress=0)

    async def latency_ms(self) -> float | None:
        """Return how long the node takes to tell its chain, in milliseconds; None where it does not tell."""
        question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}).encode()
        started = time.monotonic()
        try:
            async with asyncio.timeout(HEALTH_TIMEOUT_S):
                answer = await self.ask(question)
        except (NodeError, TimeoutError):
            return None
        return round(1000 * (time.monotonic() - started), 1) if b'"result"' in answer else None

    def is_at(self, port: int) -> bool:
        """Say whether the node's address is this port of this machine."""
        parts = urlsplit(self._url)
        default = 443 if parts.scheme == "https" else 80
        return is_loopback(parts.hostname or "") and (parts.port or default) == port

    def tells_secret(self, body: bytes) -> bool:
        """Say whether a body repeats a part of the node's address that may be a key."""
        return any(secret in body for secret in self._secrets)


class Answer:
    """One answer of the node, read piece by piece within the exchange's deadline."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.content_type = response.headers.get("Content-Type", "application/json")

    async def whole(self, limit: int) -> bytes:
        """Return all of it; raises NodeError where it is more than `limit` bytes or ends early."""
        length = self._response.content_length
        if length is not None and length <= limit:
            with translated():
                return await self._response.read()
        body = bytearray()
        async for piece in self.pieces(limit):
            body += piece
        return bytes(body)

    async def pieces(self, limit: int = MAX_ANSWER_BYTES) -> AsyncIterator[bytes]:
        """Yield it piece by piece; raises NodeError as `whole` does."""
        count = 0
        while True:
            with translated():
                piece = await self._response.content.read(_PIECE_BYTES)
            if not piece:
                return
            count += len(piece)
            if count > limit:
                raise _unreadable(f"its answer has more than {limit} bytes")
            yield piece

    @property
    def is_small(self) -> bool:
        """Whether it is known to fit into one piece."""
        length = self._response.content_length
        return length is not None and length <= _PIECE_BYTES


class translated:
    """Turn whatever the network raises into NodeError, without the node's address."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TimeoutError):
            raise NodeError(
                "the node did not answer in time",
                hint="ask again, or see to the node",
                code="node_unreachable",
            ) from None
        if isinstance(error, aiohttp.ClientError | OSError):
            raise NodeError(
                f"the node could not be asked ({type(error).__name__})",
                hint="check that it runs, and --upstream",
                code="node_unreachable",
            ) from None


async def _refuse_redirect(
    session: aiohttp.ClientSession, context: object, told: aiohttp.TraceRequestRedirectParams
) -> None:
    """Raise NodeError before another address is asked: aiohttp follows redirects of sockets by itself."""
    told.response.close()
    raise _unreadable("it redirects")


def _unreadable(problem: str) -> NodeError:
    return NodeError(
        f"the node's answer cannot be passed on: {problem}", hint="check --upstream", code="node_invalid"
    )


def _secrets_of(url: str) -> list[str]:
    """Return the parts of an address that may be keys: each step of its path, and its query."""
    parts = urlsplit(url)
    return [part for part in (*parts.path.split("/"), parts.query) if len(part) >= _SHORTEST_SECRET]
