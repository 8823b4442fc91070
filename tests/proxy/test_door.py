"""Who gets in, what is passed on, and what is never passed on, with a node that counts what reaches it."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import resource
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from aiohttp import web

from guard import __version__
from guard.core.prediction import PredictionClass
from guard.core.rpc_methods import DEVELOPMENT, READS
from guard.errors import ConfigurationError
from guard.proxy import door, serving
from guard.proxy.entrance import Turned
from tests.loopback import http_answer
from tests.proxy.running import PAYER, RAW, CountingNode, Proxy

READ = '{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}'
SECRET = "secret-key-4711"


@pytest.fixture
def node() -> Iterator[CountingNode]:
    with CountingNode() as running:
        yield running


@pytest.fixture
def proxy(node: CountingNode, home: Path) -> Iterator[Proxy]:
    with Proxy(node.url, home) as running:
        yield running


def test_what_reads_reaches_the_node_as_the_bytes_it_is_and_comes_back_as_its_own(
    proxy: Proxy, node: CountingNode
) -> None:
    odd = b' { "id" : 1.50 , "method":"eth_call" ,"params":[ {"to":"0x1"} , "latest"],"jsonrpc":"2.0" } '
    answer = b'{"result" : "0x01" ,"id":1.50, "jsonrpc":"2.0","more":[1e2]}\n'
    node.answers = lambda client, body: client.sendall(http_answer(answer))
    reply = proxy.post(odd)
    assert (reply.status, reply.body, node.bodies) == (200, answer, [odd])


@pytest.mark.parametrize("method", sorted(READS))
def test_every_method_that_reads_is_passed_on(method: str, proxy: Proxy) -> None:
    assert proxy.call(method, "x")["result"] == [method, ["x"]]


@pytest.mark.parametrize(
    "method",
    [
        "ETH_CHAINID",
        "eth_ChainId",
        "Eth_call",
        " eth_call",
        "eth_call ",
        "eth_call\n",
        "eth_call\x00",
        "\x00eth_call",
        "eth_сall",
        "ｅth_call",
        "eth\u200b_call",
        "eth_sendrawtransaction",
        "eth_sendRawTransaction ",
        "eth_sendRawTransactiοn",
        "eth__call",
        "eth-call",
        "call",
        "",
        "system_listMethods",
        "eth_getEverything",
        *sorted(DEVELOPMENT)[:5],
    ],
)
def test_g3_a_name_that_is_not_exactly_one_of_the_table_is_refused(
    method: str, proxy: Proxy, node: CountingNode
) -> None:
    """G3: another case, spaces, NUL, look-alike letters, and names that no table has."""
    error = proxy.call(method, RAW)["error"]
    assert (error["code"], node.requests, proxy.chain.sent) == (-32601, [], [])
    assert error["message"].isprintable()


@pytest.mark.parametrize(
    "body",
    [
        '{"jsonrpc":"2.0","id":1,"method":"eth_call","method":"eth_sendRawTransaction","params":[]}',
        '{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","method":"eth_call","params":[]}',
        '{"jsonrpc":"2.0","id":1,"method":"eth_call","m\\u0065thod":"eth_sendTransaction","params":[]}',
        '{"jsonrpc":"2.0","id":1,"method":"eth_call","Method":"eth_sendTransaction","params":[]}',
        '{"jsonrpc":"2.0","id":1,"method":"eth_call","METHOD":"eth_sendTransaction","params":[]}',
        '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[],"Params":[1]}',
        '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[],"param\u017f":[1]}',
        '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x1","to":"0x2"}]}',
        '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[NaN]}',
        '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[1e999]}',
        '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[]}{"method":"eth_sendTransaction"}',
        '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":' + "[" * 40 + "]" * 40 + "}",
        '\ufeff{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[]}',
        '{"jsonrpc":"2.0","id":1,"method":["eth_call"],"params":[]}',
        '{"jsonrpc":"2.0","id":[1],"method":"eth_call","params":[]}',
        '{"jsonrpc":"2.0","id":true,"method":"eth_call","params":[]}',
        '{"jsonrpc":"1.0","id":1,"method":"eth_call","params":[]}',
        '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":"x"}',
        '{"jsonrpc":"2.0","method":"eth_sendRawTransaction","params":["0x"]}',
        '"eth_call"',
        "",
        "{",
    ],
)
def test_a_body_with_two_readings_or_none_is_refused_and_never_passes_as_a_read(
    body: str, proxy: Proxy, node: CountingNode
) -> None:
    reply = proxy.post(body)
    assert (reply.status, reply.object["error"]["code"] in (-32700, -32600)) == (200, True)
    assert (node.requests, proxy.chain.sent) == ([], [])


def test_a_body_with_a_lone_surrogate_is_refused(proxy: Proxy, node: CountingNode) -> None:
    reply = proxy.post('{"jsonrpc":"2.0","id":1,"method":"eth_call","params":["\\ud800"]}')
    assert (reply.object["error"]["code"], node.requests) == (-32700, [])


def batch(*methods: str) -> str:
    calls = [
        {"jsonrpc": "2.0", "id": f"n{number}", "method": method, "params": [RAW] if "Raw" in method else []}
        for number, method in enumerate(methods)
    ]
    return json.dumps(calls)


def test_g4_of_a_batch_with_one_bad_call_that_one_is_refused_and_nine_are_answered(
    proxy: Proxy, node: CountingNode
) -> None:
    """G4: ids, order and count are kept; the node saw the nine."""
    proxy.predictor.answer = PredictionClass.FRAUD
    methods = ["eth_chainId"] * 4 + ["eth_sendRawTransaction"] + ["eth_blockNumber"] * 5
    told = proxy.post(batch(*methods)).object
    assert [one["id"] for one in told] == [f"n{number}" for number in range(10)]
    assert [one["error"]["code"] for one in told if "error" in one] == [-32003]
    assert told[4]["error"]["data"]["decision"] == "BLOCK"
    assert [one["method"] for one in json.loads(node.bodies[0])] == methods[:4] + methods[5:]
    assert proxy.chain.sent == []


def test_g4_a_batch_that_only_reads_is_passed_on_as_it_is(proxy: Proxy, node: CountingNode) -> None:
    """G4: nothing of it is written anew."""
    body = batch("eth_chainId", "eth_blockNumber").replace(", ", ",  ")
    assert [one["id"] for one in proxy.post(body).object] == ["n0", "n1"]
    assert node.bodies == [body.encode()]


@pytest.mark.parametrize(
    "body",
    ["[]", "[" + READ + ",[" + READ + "]]", "[[]]", "[1]", "[null]", batch(*["eth_chainId"] * 1001)],
    ids=["empty", "nested", "empty within", "number", "null", "1001"],
)
def test_g4_a_batch_that_is_empty_nested_or_too_long_is_one_error(
    body: str, proxy: Proxy, node: CountingNode
) -> None:
    """G4: and reaches no node."""
    told = proxy.post(body).object
    assert (told["id"], told["error"]["code"], node.requests) == (None, -32600, [])


def test_g4_a_thousand_calls_are_a_batch(proxy: Proxy) -> None:
    """G4: the bound itself is within it."""
    assert len(proxy.post(batch(*["eth_chainId"] * 1000)).object) == 1000


def test_sends_of_a_batch_are_made_in_their_order(proxy: Proxy) -> None:
    told = proxy.post(batch("eth_sendRawTransaction", "eth_chainId", "eth_sendRawTransaction")).object
    assert [one["id"] for one in told] == ["n0", "n1", "n2"]
    assert told[0]["result"] == told[2]["result"]
    assert len(proxy.chain.sent) == 1


def test_a_batch_to_a_node_that_knows_none_tells_each_call_so(proxy: Proxy, node: CountingNode) -> None:
    node.answers = lambda client, body: client.sendall(http_answer(b'{"error":"no batches"}'))
    told = proxy.post(batch("eth_chainId", "eth_sign", "eth_chainId")).object
    assert [(one["id"], one["error"]["code"]) for one in told] == [
        ("n0", -32000),
        ("n1", -32602),
        ("n2", -32000),
    ]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "localhost@evil.example"}, 403),
        ({"Host": "10.0.0.1"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "https://app.example"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Type": "application/json; charset=utf-16"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Encoding": "br"}, 415),
    ],
)
def test_g5_g7_who_is_not_let_in_reaches_no_node(
    headers: dict[str, str], status: int, proxy: Proxy, node: CountingNode
) -> None:
    """G5 G7: a foreign Host, any Origin, another type, or an encoded body."""
    body = gzip.compress(READ.encode()) if headers.get("Content-Encoding") == "gzip" else READ.encode()
    reply = proxy.post(body, **headers)
    assert (reply.status, node.requests) == (status, [])
    assert "Access-Control-Allow-Origin" not in reply.headers


def test_g5_no_content_type_is_415(proxy: Proxy, node: CountingNode) -> None:
    """G5: a body that does not say what it is."""
    assert (proxy.http("POST", "/", READ.encode()).status, node.requests) == (415, [])


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:8547", "LOCALHOST:8547", "127.1.2.3"])
def test_names_of_this_machine_are_let_in(host: str, proxy: Proxy) -> None:
    assert proxy.post(READ, Host=host).status == 200


def test_an_origin_that_is_named_is_let_in_and_told_so(node: CountingNode, home: Path) -> None:
    origin = "chrome-extension://abcdefghijklmnop"
    with Proxy(node.url, home, origins=frozenset({origin})) as proxy:
        reply = proxy.post(READ, Origin=origin)
        asked = proxy.http(
            "OPTIONS", "/", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
        )
        other = proxy.post(READ, Origin="https://evil.example")
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (200, origin)
    assert (asked.status, asked.headers["Access-Control-Allow-Origin"]) == (204, origin)
    assert (other.status, "Access-Control-Allow-Origin" in other.headers) == (403, False)


def test_a_preflight_is_answered_without_the_token_that_the_page_will_show(
    node: CountingNode, home: Path
) -> None:
    origin = "https://app.example"
    asking = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    with Proxy(node.url, home, token="t0ken", origins=frozenset({origin})) as proxy:
        told = [
            proxy.http("OPTIONS", "/", headers=asking).status,
            proxy.http("OPTIONS", "/", headers=asking | {"Origin": "https://evil.example"}).status,
            proxy.post(READ, Origin=origin).status,
            proxy.post(READ, Origin=origin, Authorization="Bearer t0ken").status,
        ]
    assert told == [204, 403, 401, 200]


def test_a_token_is_asked_of_everybody_once_there_is_one(node: CountingNode, home: Path) -> None:
    with Proxy(node.url, home, host="0.0.0.0", token="t0ken") as proxy:
        told = [
            proxy.post(READ, **({} if shown is None else {"Authorization": shown})).status
            for shown in (None, "Bearer other", "Bearer ", "Basic t0ken", "Bearer t0ken", "bearer t0ken")
        ]
        health = proxy.http("GET", "/health").status
        named = proxy.post(READ, Host="evil.example", Authorization="Bearer t0ken").status
    assert (told, health, named) == ([401, 401, 401, 401, 200, 200], 401, 403)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 405),
        ("PUT", "/", 405),
        ("DELETE", "/", 405),
        ("POST", "/v1", 404),
        ("GET", "/metrics", 404),
    ],
)
def test_other_methods_and_places_are_turned_away(
    method: str, path: str, status: int, proxy: Proxy, node: CountingNode
) -> None:
    assert (proxy.http(method, path).status, node.requests) == (status, [])


def test_g6_a_body_beyond_five_mebibytes_is_413_with_or_without_a_length(
    proxy: Proxy, node: CountingNode
) -> None:
    """G6: told before it is read where its length is told, and as soon as it is too long otherwise."""
    limit = 5 * 1024 * 1024
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with closing(socket.create_connection(("127.0.0.1", proxy.port), timeout=20)) as line:
        line.sendall(head + b"Content-Length: %d\r\n\r\n" % (limit + 1))
        assert line.recv(100).startswith(b"HTTP/1.1 413")
    with closing(socket.create_connection(("127.0.0.1", proxy.port), timeout=20)) as line:
        line.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
        piece = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        try:
            for _ in range(6):
                line.sendall(piece)
        except ConnectionError:
            pass
        assert line.recv(100).startswith(b"HTTP/1.1 413")
    padding = " " * (limit - len(READ))
    assert proxy.post(READ + padding).status == 200
    assert len(node.requests) == 1


def test_g6_a_line_on_which_no_head_comes_is_closed(
    node: CountingNode, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G6: at its beginning, in the middle of a head, and between two requests, within 30 s."""
    assert serving.IDLE_TIMEOUT_S <= 30
    monkeypatch.setattr(serving, "IDLE_TIMEOUT_S", 0.2)
    request = (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )
    whole = request % len(READ) + READ.encode()
    with Proxy(node.url, home) as proxy:
        for start in (b"", b"POST / HTTP/1.1\r\nHost: loc", whole, whole + b"POST / HT"):
            with closing(socket.create_connection(("127.0.0.1", proxy.port), timeout=20)) as line:
                line.sendall(start)
                while line.recv(65536):
                    pass


def test_g6_a_body_that_does_not_come_is_408(
    node: CountingNode, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G6: a total limit, however often a byte comes."""
    assert door.BODY_TIMEOUT_S <= 30
    monkeypatch.setattr(door, "BODY_TIMEOUT_S", 0.2)
    with (
        Proxy(node.url, home) as proxy,
        closing(socket.create_connection(("127.0.0.1", proxy.port), timeout=20)) as line,
    ):
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        line.sendall(head + b"Content-Length: 9\r\n\r\n{")
        assert line.recv(100).startswith(b"HTTP/1.1 408")


def test_g6_five_hundred_idle_lines_do_not_keep_a_call_from_its_answer(proxy: Proxy) -> None:
    """G6: and none of them is answered, or closed, before its time."""
    with ExitStack() as stack:
        for _ in range(500):
            stack.enter_context(closing(socket.create_connection(("127.0.0.1", proxy.port))))
        assert proxy.call("eth_blockNumber")["id"] == 1


def test_large_bodies_wait_for_their_place_and_small_ones_do_not(
    node: CountingNode, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_LARGE", 2)
    begun, read = [], door._body

    async def counted(request: web.BaseRequest) -> bytes | Turned:
        begun.append(request.content_length)
        return await read(request)

    monkeypatch.setattr(door, "_body", counted)
    large = READ.encode() + b" " * 100_000
    with Proxy(node.url, home) as proxy, ExitStack() as stack:
        address = ("127.0.0.1", proxy.port)
        lines = [stack.enter_context(closing(socket.create_connection(address, 20))) for _ in range(4)]
        for line in lines:
            line.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(large))
        assert "result" in proxy.call("eth_blockNumber")
        assert begun.count(len(large)) == 2
        for line in lines:
            line.sendall(large)
        assert [line.recv(12) for line in lines] == [b"HTTP/1.1 200"] * 4


def test_a_line_too_many_is_closed_and_those_before_it_are_answered(
    node: CountingNode, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "MOST_LINES", 2)
    with Proxy(node.url, home) as proxy, ExitStack() as stack:
        address = ("127.0.0.1", proxy.port)
        lines = [stack.enter_context(closing(socket.create_connection(address, 20))) for _ in range(3)]
        with suppress(ConnectionResetError):
            assert lines[2].recv(1) == b""
        for line in lines[:2]:
            line.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(READ) + READ.encode())
            assert line.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("limits", "lines"),
    [((1024, 20_000), 1024), ((4096, 4096), 1024), ((-1, -1), 1024), ((256, 1500), 476), ((256, 256), 64)],
)
def test_descriptors_are_kept_for_node_and_journal(
    limits: tuple[int, int], lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    monkeypatch.setattr(resource, "getrlimit", lambda which: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda which, both: given.append(both))
    assert serving._most_lines() == lines
    assert all(limits[0] <= soft <= hard for soft, hard in given)


def test_g8_a_node_that_is_down_is_an_error_with_the_callers_id(proxy: Proxy, node: CountingNode) -> None:
    """G8: for one call and for each of a batch."""
    node.close()
    told = proxy.call("eth_chainId", identity="mine")
    assert (told["id"], told["error"]["code"]) == ("mine", -32000)
    many = proxy.post(batch("eth_chainId", "eth_chainId")).object
    assert [(one["id"], one["error"]["code"]) for one in many] == [("n0", -32000), ("n1", -32000)]


def test_g8_a_slow_node_is_an_error_by_the_total_deadline(node: CountingNode, home: Path) -> None:
    """G8: silence, and a drip, end alike."""

    def drip(client: socket.socket, body: bytes) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        while not node.over.wait(0.05):
            client.sendall(b"x")

    def silence(client: socket.socket, body: bytes) -> None:
        node.over.wait(30)

    with Proxy(node.url, home, timeout_s=0.4) as proxy:
        for answers in (silence, drip):
            node.answers = answers
            error = proxy.call("eth_chainId")["error"]
            assert (error["code"], "in time" in error["message"]) == (-32000, True)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"nonsense\r\n\r\n",
        b"",
    ],
    ids=["cut", "encoded", "cut chunk", "nonsense", "closed"],
)
def test_g8_an_answer_that_cannot_be_passed_on_is_an_error(
    answer: bytes, proxy: Proxy, node: CountingNode
) -> None:
    """G8: and nothing of it reaches the caller."""
    node.answers = lambda client, body: client.sendall(answer)
    error = proxy.call("eth_chainId")["error"]
    assert (error["code"], SECRET in json.dumps(error)) == (-32000, False)


def test_a_redirecting_node_is_an_error_and_the_second_host_gets_no_byte(
    proxy: Proxy, node: CountingNode
) -> None:
    with CountingNode() as second:
        answer = http_answer(b"", status="307 Temporary Redirect", headers=(f"Location: {second.url}",))
        node.answers = lambda client, body: client.sendall(answer)
        assert proxy.call("eth_chainId")["error"]["code"] == -32000
    assert second.received == b""


def test_an_answer_that_dies_after_its_first_mebibyte_is_seen_to_be_cut(
    proxy: Proxy, node: CountingNode
) -> None:
    def cut(client: socket.socket, body: bytes) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 3_000_000)

    node.answers = cut
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        proxy.post(READ)


def test_a_large_answer_is_passed_on_whole_to_a_page_too(node: CountingNode, home: Path) -> None:
    answer = b'{"jsonrpc":"2.0","id":1,"result":"0x' + b"ab" * 4_000_000 + b'"}'
    node.answers = lambda client, body: client.sendall(http_answer(answer))
    origin = "https://app.example"
    with Proxy(node.url, home, origins=frozenset({origin})) as proxy:
        reply = proxy.post(READ, Origin=origin)
    assert (reply.body, reply.headers["Access-Control-Allow-Origin"]) == (answer, origin)


def test_callers_that_take_nothing_of_their_answers_keep_no_line_to_the_node(
    proxy: Proxy, node: CountingNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "TAKING_TIMEOUT_S", 0.2)
    monkeypatch.setattr("guard.proxy.upstream._CONNECTIONS", 2)
    reply, large = node.answers, http_answer(b'{"id":1,"result":"' + b"a" * 12_000_000 + b'"}')

    def answers(client: socket.socket, body: bytes) -> None:
        client.sendall(large) if b"eth_call" in body else reply(client, body)

    node.answers = answers
    with Proxy(node.url, proxy.home) as proxy, ExitStack() as stack:
        body = READ.replace("eth_blockNumber", "eth_call").encode()
        lines = [stack.enter_context(closing(_deaf_line(proxy.port))) for _ in range(2)]
        for line in lines:
            line.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        while len(node.requests) < 2:
            threading.Event().wait(0.01)
        assert "result" in proxy.call("eth_blockNumber")


def test_a_caller_that_hangs_up_amid_a_large_answer_is_no_fault_of_ours(
    proxy: Proxy, node: CountingNode
) -> None:
    left = threading.Event()

    def answers(client: socket.socket, body: bytes) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 2_000_000)
        left.wait(20)
        client.sendall(b"x" * 7_000_000)

    reply, node.answers = node.answers, answers
    with closing(socket.create_connection(("127.0.0.1", proxy.port))) as line:
        line.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(READ) + READ.encode())
        line.recv(100)
    node.answers = reply
    assert "result" in proxy.call("eth_blockNumber")
    left.set()
    while sum(one.startswith("eth_blockNumber") for one in proxy.lines) < 2:
        threading.Event().wait(0.01)
    assert [one for one in proxy.lines if "error" in one] == []


def test_a_whole_answer_that_nobody_takes_is_let_go(
    proxy: Proxy, node: CountingNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "TAKING_TIMEOUT_S", 0.2)
    cut = threading.Event()
    monkeypatch.setattr(door, "_cut", lambda request: cut.set())
    node.answers = lambda client, body: client.sendall(http_answer(b'["' + b"a" * 12_000_000 + b'"]'))
    body = batch("eth_chainId", "eth_sign").encode()
    with closing(_deaf_line(proxy.port)) as line:
        line.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert cut.wait(20)


HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def _deaf_line(port: int) -> socket.socket:
    """Return a connection whose system takes next to nothing before it is read."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(("127.0.0.1", port))
    return line


def test_an_endless_answer_is_cut(proxy: Proxy, node: CountingNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guard.proxy.upstream.MAX_KEPT_BYTES", 1000)
    node.answers = lambda client, body: client.sendall(http_answer(b"[" + b" " * 2000 + b"]"))
    told = proxy.post(batch("eth_chainId", "eth_sign")).object
    assert told[0]["error"]["code"] == -32000


def test_statuses_of_the_node_are_passed_on(proxy: Proxy, node: CountingNode) -> None:
    answer = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"slow down"}}'
    node.answers = lambda client, body: client.sendall(http_answer(answer, status="429 Too Many Requests"))
    reply = proxy.post(READ)
    assert (reply.status, reply.body) == (429, answer)


def test_g9_nothing_tells_the_nodes_address(proxy: Proxy, node: CountingNode) -> None:
    """G9: not an error of the node that repeats it, not /health, not a line of ours."""
    told = [proxy.http("GET", "/health").body]
    page = b'{"error":"no project secret-key-4711"}'
    node.answers = lambda client, body: client.sendall(http_answer(page, status="401 Unauthorized"))
    told.append(proxy.post(READ).body)
    told.append(proxy.post(batch("eth_chainId", "eth_sign")).body)
    node.close()
    told += [
        proxy.post(READ).body,
        proxy.http("GET", "/health").body,
        *(line.encode() for line in proxy.lines),
    ]
    assert [one for one in told if SECRET.encode() in one or str(node.port).encode() in one] == []


def test_health_tells_whether_the_node_answers(
    node: CountingNode, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_KEPT_HEALTH_S", -1.0)
    with Proxy(node.url, home) as proxy:
        up = proxy.http("GET", "/health").object
        assert up["upstream"].pop("last_ms") > 0
        assert up == {"status": "ok", "upstream": {"reachable": True}, "version": __version__}
        node.close()
        assert proxy.http("GET", "/health").object == {
            "status": "degraded",
            "upstream": {"reachable": False, "last_ms": None},
            "version": __version__,
        }


def test_a_line_a_request_tells_the_method_and_nothing_of_what_was_asked(proxy: Proxy) -> None:
    proxy.call("eth_getBalance", PAYER.address)
    proxy.call("eth_sendRawTransaction", RAW)
    proxy.call("evil\x1b[31m\nname")
    text = "\n".join(proxy.lines)
    assert "eth_getBalance" in text
    assert "eth_sendRawTransaction: let through" in text
    assert "evil\\x1b[31m\\x0aname" in text
    assert not any(secret in text for secret in (PAYER.address, RAW, "\x1b"))


def test_a_client_that_waits_to_be_asked_for_its_body_is_asked(proxy: Proxy) -> None:
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
    with closing(socket.create_connection(("127.0.0.1", proxy.port), timeout=20)) as line:
        line.sendall(head + b"Content-Length: %d\r\n\r\n" % len(READ))
        assert line.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(READ.encode())
        assert line.recv(100).startswith(b"HTTP/1.1 200")


def test_the_proxy_reads_large_bodies_while_it_answers_small_ones(proxy: Proxy) -> None:
    large = json.dumps(
        [{"jsonrpc": "2.0", "id": n, "method": "eth_call", "params": ["x" * 4000]} for n in range(900)]
    )
    threads = [threading.Thread(target=proxy.post, args=(large,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert proxy.call("eth_blockNumber")["id"] == 1
    for thread in threads:
        thread.join()


def test_a_taken_port_is_told(proxy: Proxy, node: CountingNode, home: Path) -> None:
    second = Proxy(node.url, home)
    with pytest.raises(ConfigurationError, match="cannot listen"):
        asyncio.run(second.serving.run(proxy.port, listening=lambda url: None, longest_stop_s=1))


def test_a_guard_that_would_ask_itself_does_not_start(home: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    proxy = Proxy(f"http://localhost:{port}/", home)
    with pytest.raises(ConfigurationError, match="would ask itself"):
        asyncio.run(proxy.serving.run(port, listening=lambda url: None, longest_stop_s=1))


def test_a_fault_of_ours_outside_of_reviews_is_told_without_its_values(
    proxy: Proxy, node: CountingNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(body: bytes) -> None:
        raise ZeroDivisionError("0xsecret")

    monkeypatch.setattr(door, "read_body", explode)
    reply = proxy.post(READ)
    assert (reply.status, reply.object["error"]["code"], b"secret" in reply.body) == (500, -32603, False)
    assert node.requests == []
