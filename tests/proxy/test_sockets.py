"""The door by WebSocket: guarded like the other one, and open both ways for what reads."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from guard.core.prediction import PredictionClass
from guard.proxy.calls import MAX_BODY_BYTES
from tests.loopback import http_answer
from tests.proxy.running import PAYER, RAW, CountingNode, Proxy

Visit = Callable[[aiohttp.ClientWebSocketResponse], Awaitable[Any]]


class SocketNode:
    """A node with sockets: echoes each text it gets, and says a word of its own to who subscribes."""

    def __init__(self) -> None:
        self.texts: list[str | bytes] = []
        self.posts: list[str] = []
        self.url = ""
        self._ready, self._over = threading.Event(), asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "POST":
            self.posts.append(await request.text())
            told = [{"id": one["id"], "result": "read"} for one in json.loads(self.posts[-1])]
            return web.json_response(told)
        line = web.WebSocketResponse()
        await line.prepare(request)
        async for message in line:
            self.texts.append(message.data)
            if message.type is aiohttp.WSMsgType.BINARY:
                await line.send_bytes(message.data)
                continue
            await line.send_str(f"answer  to {message.data}")
            if "eth_subscribe" in message.data:
                await line.send_str('{"method":"eth_subscription" ,"params":{}}')
            if "eth_unsubscribe" in message.data:
                await line.close()
        return line

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        runner = web.ServerRunner(web.Server(self._handle))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._ready.set()
        await self._over.wait()
        await runner.cleanup()

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)


@pytest.fixture
def node() -> Iterator[SocketNode]:
    running = SocketNode()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def proxy(node: SocketNode, home: Path) -> Iterator[Proxy]:
    with Proxy(node.url, home) as running:
        yield running


def visit(proxy: Proxy, what: Visit, **headers: str) -> Any:
    """Open a socket to the proxy, do something there, and return what came of it."""

    async def run() -> Any:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(proxy.address, headers=headers, max_msg_size=0) as line,
            asyncio.timeout(20),
        ):
            return await what(line)

    return asyncio.run(run())


def call(method: str, *parameters: Any, identity: int = 1) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": identity, "method": method, "params": parameters})


def test_what_reads_goes_both_ways_as_it_is_and_subscriptions_come_by_themselves(
    proxy: Proxy, node: SocketNode
) -> None:
    odd = call("eth_subscribe", "newHeads").replace(", ", " ,  ")

    async def subscribe(line: aiohttp.ClientWebSocketResponse) -> list[str]:
        await line.send_str(odd)
        return [await line.receive_str(), await line.receive_str()]

    assert visit(proxy, subscribe) == [f"answer  to {odd}", '{"method":"eth_subscription" ,"params":{}}']
    assert node.texts == [odd]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (call("eth_sendRawTransaction", RAW), -32003),
        (call("ETH_CALL"), -32601),
        (call("eth_sendBundle"), -32601),
        (call("eth_sign", PAYER.address, "0x" + "11" * 32), -32602),
        ('{"method":"eth_call","method":"eth_sendTransaction","id":1}', -32700),
        ('{"method":"eth_call","Method":"eth_sendTransaction","id":1}', -32600),
        ("[]", -32600),
        ("nonsense", -32700),
    ],
)
def test_g7_what_is_refused_is_refused_by_socket_alike_and_reaches_no_node(
    text: str, code: int, proxy: Proxy, node: SocketNode
) -> None:
    """G7: the same reading, the same reviews, the same refusals."""
    proxy.predictor.answer = PredictionClass.FRAUD

    async def ask(line: aiohttp.ClientWebSocketResponse) -> Any:
        await line.send_str(text)
        return await line.receive_json()

    assert visit(proxy, ask)["error"]["code"] == code
    assert (node.texts, proxy.chain.sent) == ([], [])


def test_a_payment_by_socket_is_reviewed_while_reads_go_on(proxy: Proxy, node: SocketNode) -> None:
    async def pay(line: aiohttp.ClientWebSocketResponse) -> set[str]:
        await line.send_str(call("eth_sendRawTransaction", RAW, identity=7))
        await line.send_str(call("eth_chainId"))
        return {await line.receive_str(), await line.receive_str()}

    told = visit(proxy, pay)
    assert f"answer  to {call('eth_chainId')}" in told
    assert len(proxy.chain.sent) == 1
    assert node.texts == [call("eth_chainId")]


def test_a_batch_of_both_kinds_is_answered_as_one(proxy: Proxy, node: SocketNode) -> None:
    text = (
        f"[{call('eth_chainId', identity=1)},{call('eth_sign', identity=2)},{call('eth_call', identity=3)}]"
    )

    async def ask(line: aiohttp.ClientWebSocketResponse) -> Any:
        await line.send_str(text)
        return await line.receive_json()

    told = visit(proxy, ask)
    assert [(one["id"], "result" in one) for one in told] == [(1, True), (2, False), (3, True)]
    assert node.texts == []


def test_g7_calls_that_are_written_as_bytes_are_read_alike(proxy: Proxy, node: SocketNode) -> None:
    """G7: as web3.py writes them; what reads is passed on as the bytes it is."""
    proxy.predictor.answer = PredictionClass.FRAUD
    read = call("eth_chainId").encode()

    async def send(line: aiohttp.ClientWebSocketResponse) -> Any:
        await line.send_bytes(read)
        answer = await line.receive_bytes()
        await line.send_bytes(call("eth_sendRawTransaction", RAW).encode())
        return answer, (await line.receive_json())["error"]["code"]

    assert visit(proxy, send) == (read, -32003)
    assert (node.texts, proxy.chain.sent) == ([read], [])


def test_a_message_beyond_the_limit_ends_the_line(proxy: Proxy, node: SocketNode) -> None:
    async def send(line: aiohttp.ClientWebSocketResponse) -> Any:
        # It is told so, or finds the line cut while it still writes.
        with suppress(ConnectionError):
            await line.send_str("x" * (MAX_BODY_BYTES + 1))
            return (await line.receive()).data
        return aiohttp.WSCloseCode.MESSAGE_TOO_BIG

    assert visit(proxy, send) == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
    assert node.texts == []


def test_the_end_of_the_nodes_line_is_the_end_of_the_callers(proxy: Proxy) -> None:
    async def leave(line: aiohttp.ClientWebSocketResponse) -> Any:
        await line.send_str(call("eth_unsubscribe"))
        await line.receive()
        return (await line.receive()).type

    assert visit(proxy, leave) is aiohttp.WSMsgType.CLOSE


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_g7_a_socket_of_a_foreign_page_is_not_opened(
    headers: dict[str, str], proxy: Proxy, node: SocketNode
) -> None:
    """G7: Host and Origin are asked of an upgrade as of everything."""

    async def nothing(line: aiohttp.ClientWebSocketResponse) -> None: ...

    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        visit(proxy, nothing, **headers)
    assert refused.value.status == 403


class _SlowNode(SocketNode):
    """Opens a socket once it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go, self.ended = threading.Event(), threading.Event(), threading.Event()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.set()
        while not self.go.is_set():
            await asyncio.sleep(0.01)
        try:
            return await super()._handle(request)
        finally:
            self.ended.set()


def test_a_caller_that_leaves_before_its_socket_is_open_is_no_fault_of_ours(home: Path) -> None:
    node = _SlowNode()
    node.start()
    with Proxy(node.url, home) as proxy:
        with closing(socket.create_connection(("127.0.0.1", proxy.port))) as line:
            line.sendall(
                b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            assert node.asked.wait(10)
        # The close is seen once the loop has turned; an answer proves that it has.
        assert proxy.http("GET", "/nowhere").status == 404
        node.go.set()
        assert node.ended.wait(10)
        assert proxy.http("GET", "/nowhere").status == 404
    node.stop()
    assert [line for line in proxy.lines if "error" in line] == []


def test_without_a_node_there_is_no_socket(home: Path, node: SocketNode) -> None:
    async def nothing(line: aiohttp.ClientWebSocketResponse) -> None: ...

    with (
        Proxy("http://127.0.0.1:9/secret-key", home) as proxy,
        pytest.raises(aiohttp.WSServerHandshakeError) as refused,
    ):
        visit(proxy, nothing)
    assert (refused.value.status, "secret" in str(refused.value)) == (502, False)


def test_a_node_that_redirects_a_socket_is_an_error_and_the_second_host_gets_no_byte(home: Path) -> None:
    async def nothing(line: aiohttp.ClientWebSocketResponse) -> None: ...

    with CountingNode() as second, CountingNode() as first, Proxy(first.url, home) as proxy:
        answer = http_answer(b"", status="302 Found", headers=(f"Location: {second.url}",))
        first.answers = lambda client, body: client.sendall(answer)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            visit(proxy, nothing)
    assert (refused.value.status, second.received) == (502, b"")


def test_open_sockets_leave_the_lines_of_http_alone(
    home: Path, node: SocketNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guard.proxy.upstream._CONNECTIONS", 1)

    async def ask_by_http(line: aiohttp.ClientWebSocketResponse) -> Any:
        async with aiohttp.ClientSession() as session:
            body = f"[{call('eth_chainId')}]"
            headers = {"Content-Type": "application/json"}
            async with session.post(proxy.address, data=body, headers=headers) as reply:
                return await reply.json()

    with Proxy(node.url, home, timeout_s=2.0) as proxy:
        assert visit(proxy, ask_by_http) == [{"id": 1, "result": "read"}]
