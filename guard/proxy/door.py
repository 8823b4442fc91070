"""One HTTP request: let in, read, and answered by the node, the guard, or a refusal.

What belongs here: HTTP. What must not: what a call means.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import nullcontext
from dataclasses import dataclass

from aiohttp import web

from guard import __version__
from guard.errors import NodeError
from guard.proxy.answers import INVALID_REQUEST, SERVER_ERROR, Fault, Result, encoded, fault_of
from guard.proxy.batches import answer_batch
from guard.proxy.calls import MAX_BODY_BYTES, Call, read_body
from guard.proxy.entrance import Entrance, Turned
from guard.proxy.guarded import IsGone
from guard.proxy.reviews import Reviews, internal
from guard.proxy.sockets import Sockets
from guard.proxy.telling import Telling
from guard.proxy.upstream import Answer, Upstream

BODY_TIMEOUT_S = 30.0
"""Seconds in which a body must have come."""
TAKING_TIMEOUT_S = 60.0
"""Seconds in which a caller must take an answer, or a piece of a large one: what nobody takes holds memory
and one of the connections to the node."""
MAX_ON_LOOP_BYTES = 64 * 1024
"""Bytes that are read as JSON while every other request waits; larger bodies are read in a thread."""
MOST_LARGE = 128
"""Bodies larger than that, or of no declared length, that are held at one time; the next one waits."""

_KEPT_HEALTH_S = 5.0
_BUFFER_BYTES = 1024 * 1024
_JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Health:
    at: float
    latency_ms: float | None


class Door:
    """Answers every request that reaches the port."""

    def __init__(self, entrance: Entrance, upstream: Upstream, reviews: Reviews, telling: Telling) -> None:
        self._entrance = entrance
        self._upstream = upstream
        self._reviews = reviews
        self._telling = telling
        self._sockets = Sockets(self, upstream)
        self._health: _Health | None = None
        self._large = asyncio.Semaphore(MOST_LARGE)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; nothing that it holds is repeated but ids and names of methods."""
        turned = self._entrance.turned(request.headers, is_preflight=_is_preflight(request))
        if turned is not None:
            return self._turn_away(turned)
        try:
            response = await self._let_in(request)
        except ConnectionError:
            # Of the caller, who is gone, which is no fault of ours: the node's are NodeError.
            response = web.Response()
        except Exception as error:  # noqa: BLE001  the last line: a fault of ours is told, without its values
            fault = internal(error, self._telling.note)
            response = web.Response(body=encoded(None, fault), status=500, content_type=_JSON)
        if not response.prepared:
            response.headers.update(_told_origin(request))
            await _give(request, response)
        return response

    async def _let_in(self, request: web.BaseRequest) -> web.StreamResponse:
        path, method = request.path, request.method
        if path == "/health" and method == "GET":
            return await self._tell_health()
        if path != "/":
            return self._turn_away(
                Turned(status=404, problem="there is / and /health here, and nothing else")
            )
        if method == "GET" and request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._sockets.serve(request)
        if _is_preflight(request):
            return _preflight()
        if method != "POST":
            response = self._turn_away(Turned(status=405, problem="calls come by POST"))
            response.headers["Allow"] = "POST"
            return response
        turned = self._entrance.turned_type(request.headers)
        if turned is not None:
            return self._turn_away(turned)
        length = request.content_length
        async with nullcontext() if length is not None and length <= MAX_ON_LOOP_BYTES else self._large:
            body = await _body(request)
            return self._turn_away(body) if isinstance(body, Turned) else await self._answer(request, body)

    async def _answer(self, request: web.BaseRequest, body: bytes) -> web.StreamResponse:
        started = time.monotonic()
        read = await self.read(body)
        try:
            if isinstance(read, Fault):
                return _json(encoded(None, read))
            calls = [read] if isinstance(read, Call) else read
            if all(call.is_read for call in calls):
                return await self._pass_on(request, body, read)
            return _json(await self.answer_calls(read, lambda: _is_gone(request)))
        finally:
            self._telling.request(read, time.monotonic() - started)

    async def read(self, body: bytes) -> Call | list[Call] | Fault:
        """Return the calls of a body."""
        if len(body) <= MAX_ON_LOOP_BYTES:
            return read_body(body)
        return await asyncio.to_thread(read_body, body)

    async def answer_calls(self, read: Call | list[Call], is_gone: IsGone) -> bytes:
        """Return the answer to what does not only read."""

        async def answer_one(call: Call) -> bytes:
            return encoded(call.identity, await self._decide(call, is_gone))

        if isinstance(read, Call):
            return await answer_one(read)
        return await answer_batch(read, answer_one, self._upstream.ask)

    async def _decide(self, call: Call, is_gone: IsGone) -> Result | Fault:
        answer = call.fault or await self._reviews.answer(call, is_gone)
        if call.fault is None:
            self._telling.decision(call, answer)
        return answer

    async def _pass_on(
        self, request: web.BaseRequest, body: bytes, read: Call | list[Call]
    ) -> web.StreamResponse:
        """Give the node's answer back as the bytes it is, or say that there is none."""
        try:
            async with self._upstream.asking(body) as answer:
                if answer.is_small or answer.status != 200:
                    return self._whole(await answer.whole(_BUFFER_BYTES), answer)
                return await _stream(request, answer)
        except NodeError as error:
            fault = fault_of(error)
            if isinstance(read, Call):
                return _json(encoded(read.identity, fault))
            answers = b",".join(encoded(call.identity, fault) for call in read)
            return _json(b"[" + answers + b"]")

    def _whole(self, body: bytes, answer: Answer) -> web.Response:
        if answer.status != 200 and self._upstream.tells_secret(body):
            body = encoded(None, Fault(code=SERVER_ERROR, message=f"the node's status is {answer.status}"))
        return web.Response(body=body, status=answer.status, headers={"Content-Type": answer.content_type})

    async def _tell_health(self) -> web.Response:
        health = self._health
        if health is None or time.monotonic() - health.at > _KEPT_HEALTH_S:
            latency_ms = await self._upstream.latency_ms()
            self._health = health = _Health(at=time.monotonic(), latency_ms=latency_ms)
        is_reachable = health.latency_ms is not None
        document = {
            "status": "ok" if is_reachable else "degraded",
            "upstream": {"reachable": is_reachable, "last_ms": health.latency_ms},
            "version": __version__,
        }
        return _json(json.dumps(document).encode())

    def _turn_away(self, turned: Turned) -> web.Response:
        self._telling.turned(turned)
        fault = Fault(code=INVALID_REQUEST, message=turned.problem)
        response = web.Response(body=encoded(None, fault), status=turned.status, content_type=_JSON)
        if turned.status in (408, 413):
            # What is left of the body is not read.
            response.force_close()
        return response


async def _body(request: web.BaseRequest) -> bytes | Turned:
    """Read a body up to the limits."""
    too_large = Turned(status=413, problem=f"a body has at most {MAX_BODY_BYTES} bytes")
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return too_large
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > MAX_BODY_BYTES:
                    return too_large
    except TimeoutError:
        return Turned(status=408, problem=f"a body comes within {BODY_TIMEOUT_S:g} s")
    except (web.PayloadAccessError, ConnectionError, ValueError):
        return Turned(status=400, problem="the body ended before it was whole")
    return bytes(body)


async def _stream(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    """Pass a large answer on, piece by piece; its first mebibyte has come before a byte leaves."""
    headers = {"Content-Type": answer.content_type, **_told_origin(request)}
    response, kept = web.StreamResponse(headers=headers), bytearray()
    try:
        async for piece in answer.pieces():
            kept += piece
            if response.prepared or len(kept) >= _BUFFER_BYTES:
                async with asyncio.timeout(TAKING_TIMEOUT_S):
                    await response.prepare(request)
                    await response.write(bytes(kept))
                kept.clear()
        if not response.prepared:
            return web.Response(body=bytes(kept), headers=response.headers)
        async with asyncio.timeout(TAKING_TIMEOUT_S):
            await response.write_eof()
    except (NodeError, TimeoutError, ConnectionError):
        if not response.prepared:
            raise
        # What has been sent cannot be taken back; that it is cut must be seen.
        _cut(request)
    return response


async def _give(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """Write a whole answer out here, where it has an end: the server waits for its caller for ever."""
    try:
        async with asyncio.timeout(TAKING_TIMEOUT_S):
            await response.prepare(request)
            await response.write_eof()
    except (TimeoutError, ConnectionError):
        _cut(request)


def _cut(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.abort()


def _is_gone(request: web.BaseRequest) -> bool:
    return request.transport is None or request.transport.is_closing()


def _is_preflight(request: web.BaseRequest) -> bool:
    return request.method == "OPTIONS" and "Origin" in request.headers


def _told_origin(request: web.BaseRequest) -> dict[str, str]:
    """Return what lets the page that asked read the answer; who may ask at all was looked at before."""
    origin = request.headers.get("Origin")
    return {} if origin is None else {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, headers={"Content-Type": _JSON})


def _preflight() -> web.Response:
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "authorization, content-type",
            # A page of the web asks for a place on this machine by more than its origin.
            "Access-Control-Allow-Private-Network": "true",
            "Access-Control-Max-Age": "600",
        },
    )
