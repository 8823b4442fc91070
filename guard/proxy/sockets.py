"""The same door by WebSocket: what reads goes both ways as it is, subscriptions too; the rest is guarded.

What belongs here: frames. What must not: who is let in, which was asked before; what a call means.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol

import aiohttp
from aiohttp import web

from guard.errors import NodeError
from guard.proxy.answers import Fault, encoded, fault_of
from guard.proxy.calls import MAX_BODY_BYTES, Call
from guard.proxy.guarded import IsGone
from guard.proxy.upstream import MAX_KEPT_BYTES, Upstream

MOST_SOCKETS = 256
"""WebSockets open at one time; each has one to the node."""
MOST_GUARDED = 32
"""Guarded calls of one socket at one time; beyond it the next frame is not read before one has ended."""

_IDLE_S = 60.0
_CLOSE_S = 5.0


class Answers(Protocol):
    """Who reads and answers calls."""

    async def read(self, body: bytes) -> Call | list[Call] | Fault:
        """Return the calls of a message."""
        ...

    async def answer_calls(self, read: Call | list[Call], is_gone: IsGone) -> bytes:
        """Return the answer to what does not only read."""
        ...


class Sockets:
    """Every open WebSocket."""

    def __init__(self, answers: Answers, upstream: Upstream) -> None:
        self._answers = answers
        self._upstream = upstream
        self._count = 0

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one socket until either side closes it."""
        if self._count >= MOST_SOCKETS:
            return web.Response(status=503, text="too many sockets")
        self._count += 1
        try:
            return await self._serve(request)
        finally:
            self._count -= 1

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            node = await self._upstream.socket(MAX_KEPT_BYTES)
        except NodeError as error:
            return web.Response(
                body=encoded(None, fault_of(error)), status=502, content_type="application/json"
            )
        caller = web.WebSocketResponse(
            max_msg_size=MAX_BODY_BYTES, heartbeat=_IDLE_S, compress=False, timeout=_CLOSE_S
        )
        try:
            await caller.prepare(request)
            await _Line(self._answers, caller, node).run()
        finally:
            await node.close()
        return caller


class _Line:
    """One caller's socket and the node's."""

    def __init__(
        self, answers: Answers, caller: web.WebSocketResponse, node: aiohttp.ClientWebSocketResponse
    ) -> None:
        self._answers = answers
        self._caller = caller
        self._node = node
        self._room = asyncio.Semaphore(MOST_GUARDED)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Pass on in both directions until one side ends, and then end the other."""
        both = [asyncio.ensure_future(self._from_caller()), asyncio.ensure_future(self._from_node())]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in (*both, *self._tasks):
                one.cancel()
            await asyncio.gather(*both, *self._tasks, return_exceptions=True)
            with suppress(ConnectionError):
                await self._caller.close()

    async def _from_node(self) -> None:
        async for message in self._node:
            if message.type is aiohttp.WSMsgType.TEXT:
                await self._caller.send_str(message.data)
            elif message.type is aiohttp.WSMsgType.BINARY:
                await self._caller.send_bytes(message.data)

    async def _from_caller(self) -> None:
        async for message in self._caller:
            # Some clients, web3.py among them, write calls as bytes, and nodes read both alike.
            if message.type is aiohttp.WSMsgType.TEXT:
                body = message.data.encode("utf-8", "surrogatepass")
            elif message.type is aiohttp.WSMsgType.BINARY:
                body = bytes(message.data)
            else:
                return
            read = await self._answers.read(body)
            if isinstance(read, Fault):
                await self._caller.send_str(encoded(None, read).decode())
            elif not all(call.is_read for call in ([read] if isinstance(read, Call) else read)):
                await self._begin(read)
            elif message.type is aiohttp.WSMsgType.TEXT:
                await self._node.send_str(message.data)
            else:
                await self._node.send_bytes(body)

    async def _begin(self, read: Call | list[Call]) -> None:
        await self._room.acquire()
        task = asyncio.get_running_loop().create_task(self._answer(read))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._room.release())

    async def _answer(self, read: Call | list[Call]) -> None:
        answer = await self._answers.answer_calls(read, lambda: self._caller.closed)
        with suppress(ConnectionError):
            await self._caller.send_str(answer.decode())
