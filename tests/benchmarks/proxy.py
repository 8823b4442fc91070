"""What `guard rpc` adds to asking the node itself: latency, and requests a second, of what only reads.

The node is anvil. It, the proxy and who measures are processes of their own; lines are kept open, as every
client does, and one question is on each at a time. Both places are asked in turns, so that whatever else the
machine does meets both alike.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.integration.node import running_node
from tests.needs import anvil

CONNECTIONS = (1, 16, 64)
QUESTIONS = 3000
"""Questions of one place in one row, all connections together."""
ROUNDS = 6
"""How often the two places are asked in turns."""

_COMMAND = "from guard.cli import main; main()"
_LISTENING = re.compile(r"listening on (http://\S+)")
_BODY = b'{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0x%s","latest"]}' % (b"11" * 20)
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@contextmanager
def running_proxy(upstream: str, *flags: str) -> Iterator[str]:
    """Run the proxy in a process of its own and give its address."""
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o700)
        command = [sys.executable, "-c", _COMMAND, "rpc", "--upstream", upstream, "--port", "0", *flags]
        process = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, env={**os.environ, "TXGUARD_HOME": home}
        )
        try:
            assert process.stderr is not None
            found = next((match for line in process.stderr if (match := _LISTENING.search(line))), None)
            if found is None:
                raise SystemExit("the proxy did not start")
            reader = threading.Thread(target=process.stderr.read, daemon=True)
            reader.start()
            yield found[1]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


async def _ask(url: str, count: int, latencies: list[float]) -> None:
    """Ask so many questions on one line; a client of our own, so that little of what is measured is its."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = (
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )
    request = head % len(_BODY) + _BODY
    for _ in range(count):
        started = time.perf_counter()
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(answer)
        assert length is not None, answer
        body = await reader.readexactly(int(length[1]))
        latencies.append(time.perf_counter() - started)
        assert b'"result"' in body, body
    writer.close()
    await writer.wait_closed()


async def _round(url: str, connections: int, latencies: list[float]) -> float:
    """Return the seconds that one round takes."""
    started = time.perf_counter()
    share = max(1, QUESTIONS // ROUNDS // connections)
    await asyncio.gather(*(_ask(url, share, latencies) for _ in range(connections)))
    return time.perf_counter() - started


def measure(direct: str, proxied: str, connections: int) -> None:
    """Print the two rows of so many connections."""
    latencies: dict[str, list[float]] = {direct: [], proxied: []}
    elapsed = {direct: 0.0, proxied: 0.0}
    for url in (direct, proxied):
        asyncio.run(_round(url, connections, []))
    for _ in range(ROUNDS):
        for url in (direct, proxied):
            elapsed[url] += asyncio.run(_round(url, connections, latencies[url]))
    rows = {
        url: (
            statistics.median(told) * 1000,
            statistics.quantiles(told, n=100, method="inclusive")[98] * 1000,
            len(told) / elapsed[url],
        )
        for url, told in latencies.items()
    }
    base = rows[direct]
    for name, url in (("the node itself", direct), ("through guard rpc", proxied)):
        middle, high, rate = rows[url]
        print(
            f"  {f'{connections} at once: {name}':<32} {middle:>7.2f} {high:>7.2f} {middle - base[0]:>+10.2f}"
            f" {high - base[1]:>+10.2f} {middle / base[0]:>6.2f}x {rate:>7.0f} {rate / base[2]:>6.2f}x"
        )


def main() -> None:
    """Print the table."""
    print("eth_getBalance through guard rpc over asking anvil itself")
    print(
        f"  {'':<32} {'p50 ms':>7} {'p99 ms':>7} {'added p50':>10} {'added p99':>10} {'ratio':>7}"
        f" {'req/s':>7} {'ratio':>7}"
    )
    with running_node(anvil()) as node, running_proxy(node.url, "-q", "--predict-url", "embedded") as proxied:
        for connections in CONNECTIONS:
            measure(node.url, proxied, connections)


if __name__ == "__main__":
    main()
