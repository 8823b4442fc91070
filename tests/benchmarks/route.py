"""What the served route adds to asking the service itself: latency, and requests a second.

The service is a loopback one that answers at once, or after 50 ms. It, the route and who measures are
processes of their own. Cache and rate limit are off, and each question is another one, on a connection of its
own, for that is how a wallet asks. With 16 at once the route asks the service over 8 connections: its gate.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlsplit

from tests.loopback import LoopbackServer, http_answer

DELAYS_S = (0.0, 0.05)
CONNECTIONS = (1, 16)
QUESTIONS = 320
"""Questions of one row, all connections together."""
LONGEST_S = 8.0
"""When a row ends, whatever has been asked by then, seconds."""

_SAFE = http_answer(b'{"prediction": "Safe", "Type": "Safe Transaction"}')
_SERVICE = "import sys; from tests.benchmarks.route import serve; serve(float(sys.argv[1]))"
_ROUTE = "from guard.cli import main; main(['serve', '--port', '0'])"
_LISTENING = re.compile(r"listening on (http://\S+)")
_NUMBERS = count(1)


class _Slow(LoopbackServer):
    """Answers every question with the same Safe, after a while."""

    def __init__(self, delay_s: float) -> None:
        super().__init__()
        self._delay_s = delay_s

    def handle(self, client: socket.socket, request: bytes) -> None:
        if self._delay_s and not request.startswith(b"GET /ping "):
            self.over.wait(self._delay_s)
        client.sendall(_SAFE)


def serve(delay_s: float) -> None:
    """Run the service until standard input ends; its first line on standard error says where it listens."""
    with _Slow(delay_s) as service:
        print(f"listening on {service.url}", file=sys.stderr, flush=True)
        sys.stdin.read()


@contextlib.contextmanager
def _process(code: str, *arguments: str, **environment: str) -> Iterator[str]:
    """Run a server in a process of its own and give the address that it tells."""
    with tempfile.TemporaryDirectory() as home:
        # The route's log goes to a file, as it would where it is deployed; a pipe would fill up.
        log = os.path.join(home, "log")
        with open(log, "w+", encoding="utf-8") as stream:
            process = subprocess.Popen(
                [sys.executable, "-c", code, *arguments],
                stdin=subprocess.PIPE,
                stderr=stream,
                env={**os.environ, "TXGUARD_HOME": home, **environment},
            )
        try:
            yield _told_address(log, process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _told_address(log: str, process: subprocess.Popen[bytes]) -> str:
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at and process.poll() is None:
        with open(log, encoding="utf-8") as stream:
            found = _LISTENING.search(stream.read())
        if found:
            return found[1]
        threading.Event().wait(0.05)
    raise SystemExit("a server did not start")


def _question() -> bytes:
    fields = {
        "from_address": "0x52908400098527886E0F7030069857D2E4169EE7",
        "to_address": "0xde709f2102306220921060314715629080e2fb77",
        "transaction_value": next(_NUMBERS) / 1000,
        "gas_price": 20.0,
    }
    return json.dumps(fields).encode()


@dataclass(frozen=True)
class _Row:
    """What one place gave to so many connections at once."""

    latencies_s: list[float]
    failures: int
    elapsed_s: float

    @property
    def middle_s(self) -> float:
        return statistics.median(self.latencies_s)

    @property
    def high_s(self) -> float:
        return statistics.quantiles(self.latencies_s, n=100, method="inclusive")[98]

    @property
    def rate(self) -> float:
        return len(self.latencies_s) / self.elapsed_s


def _measure(url: str, connections: int) -> _Row:
    parts = urlsplit(url)
    latencies: list[float] = []
    failures: list[int] = []
    left = iter(range(QUESTIONS))
    end_at = time.monotonic() + LONGEST_S

    def ask() -> None:
        for _ in left:
            if time.monotonic() > end_at:
                return
            started = time.monotonic()
            line = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=10)
            with contextlib.closing(line):
                line.request("POST", parts.path, _question(), {"Content-Type": "application/json"})
                answer = line.getresponse()
                answer.read()
            latencies.append(time.monotonic() - started)
            if answer.status != 200:
                failures.append(answer.status)

    started = time.monotonic()
    askers = [threading.Thread(target=ask) for _ in range(connections)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    return _Row(latencies, len(failures), time.monotonic() - started)


def _print(name: str, row: _Row, baseline: _Row) -> None:
    ratio, added = row.middle_s / baseline.middle_s, (row.middle_s - baseline.middle_s) * 1000
    failed = f"  {row.failures} not 200" if row.failures else ""
    print(
        f"  {name:<34} {row.middle_s * 1000:>8.1f} {row.high_s * 1000:>8.1f} {added:>+8.1f} {ratio:>7.2f}x"
        f" {row.rate:>8.0f} {row.rate / baseline.rate:>7.2f}x{failed}"
    )


def main() -> None:
    """Print one table a delay."""
    environment = {"TXGUARD_CACHE_TTL_S": "0", "TXGUARD_RATE_LIMIT": "0"}
    for delay_s in DELAYS_S:
        print(
            f"the route over asking the service itself: a service that answers after {delay_s * 1000:.0f} ms"
        )
        print(f"  {'':<34} {'p50 ms':>8} {'p99 ms':>8} {'added':>8} {'ratio':>8} {'req/s':>8} {'ratio':>8}")
        with (
            _process(_SERVICE, str(delay_s)) as service,
            _process(_ROUTE, TXGUARD_UPSTREAM_URL=service, **environment) as route,
        ):
            _measure(route, 1)
            for connections in CONNECTIONS:
                baseline = _measure(service, connections)
                _print(f"{connections} at once: the service itself", baseline, baseline)
                _print(f"{connections} at once: through the route", _measure(route, connections), baseline)


if __name__ == "__main__":
    main()
