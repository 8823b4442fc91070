"""The server: from listening to a stop that lets what was begun end.

What belongs here: the life of the process. What must not: any one request.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from guard.core.text import escape_untrusted
from guard.errors import ConfigurationError
from guard.proxy.door import Door
from guard.proxy.entrance import Entrance
from guard.proxy.guarded import GuardedCalls
from guard.proxy.reviews import Reviews
from guard.proxy.telling import Telling
from guard.proxy.upstream import Upstream

IDLE_TIMEOUT_S = 25.0
"""Seconds without a whole request head, from the first byte or between two, after which a line is closed."""

MOST_LINES = 1024
"""Connections of callers open at one time; beyond it the next is closed at once."""

_SPARE_FILES = 1024
"""Descriptors kept for the node, the journal, and lines that are taken to be closed. Without one a payment
stands still, and the loop, which cannot take the next line then, spins."""
_BACKLOG = 256
_SHUTDOWN_S = 2.0


class Serving:
    """Listens on one address until it is stopped."""

    def __init__(
        self, entrance: Entrance, upstream: Upstream, guarded: GuardedCalls, telling: Telling
    ) -> None:
        self._entrance = entrance
        self._upstream = upstream
        self._guarded = guarded
        self._telling = telling
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """End serving from another thread, or from a signal."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def run(self, port: int, *, listening: Callable[[str], None], longest_stop_s: float) -> None:
        """Serve until `stop`, or a SIGINT or SIGTERM where this is the main thread.

        `listening` is told the address. What the guard has begun is waited for, at most `longest_stop_s`
        seconds. Raises ConfigurationError where the address cannot be had.
        """
        self._loop = asyncio.get_running_loop()
        self._catch_signals()
        # aiohttp tells of what callers do wrong on its logger, with texts of theirs.
        logger = logging.getLogger("guard.proxy.silent")
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
        reviews = Reviews(self._guarded, self._telling.note)
        door = Door(self._entrance, self._upstream, reviews, self._telling)
        server = _BoundedServer(
            door.handle,
            access_log=None,
            logger=logger,
            keepalive_timeout=IDLE_TIMEOUT_S,
            # What is encoded is refused, not inflated.
            auto_decompress=False,
        )
        runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        await self._upstream.open()
        try:
            site = await self._listen(runner, port)
            listening(_address(self._entrance.host, runner))
            await self._stopping.wait()
            # Nobody new; what was begun is answered, and the pool ends with it.
            await site.stop()
            await reviews.drain(longest_stop_s)
            await asyncio.sleep(0)
        finally:
            await runner.cleanup()
            await self._upstream.close()
            self._loop = None

    async def _listen(self, runner: web.ServerRunner, port: int) -> web.TCPSite:
        host = self._entrance.host.strip("[]")
        site = web.TCPSite(runner, host, port, backlog=_BACKLOG)
        try:
            await site.start()
        except (OSError, OverflowError) as error:
            raise ConfigurationError(
                f"cannot listen on {escape_untrusted(host, limit=80)} port {port}",
                hint="choose another --host or --port; the port may be taken",
            ) from error
        if self._upstream.is_at(runner.addresses[0][1]):
            raise ConfigurationError(
                "the node's address is the guard's own: it would ask itself",
                hint="give the node's by --upstream; ETH_RPC_URL may name the guard already",
            )
        return site

    def _catch_signals(self) -> None:
        assert self._loop is not None
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                self._loop.add_signal_handler(number, self._stopping.set)
            except (RuntimeError, ValueError):
                # Not the main thread: whoever started this has the signals.
                return


class _BoundedServer(web.Server):
    """A server that keeps no more connections than it may."""

    def __init__(
        self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], **how: Any
    ) -> None:
        super().__init__(handler, **how)
        self._most = _most_lines()

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Take a connection, or close it where there are enough."""
        super().connection_made(handler, transport)
        if len(self.connections) > self._most:
            # Not before the handler has begun: it takes that for a fault.
            asyncio.get_running_loop().call_soon(transport.abort)


def _most_lines() -> int:
    """Return how many connections may be open, once the system has given as many descriptors as it will."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_LINES + _SPARE_FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return MOST_LINES
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(MOST_LINES, max(soft - _SPARE_FILES, soft // 4))


def _address(host: str, runner: web.ServerRunner) -> str:
    port = runner.addresses[0][1]
    name = host if not _needs_brackets(host) else f"[{host}]"
    return f"http://{name}:{port}"


def _needs_brackets(host: str) -> bool:
    return ":" in host and not host.startswith("[")
