"""`guard rpc` as a process of its own, before a node, with a witness that a test chooses.

What belongs here: how it is started, asked and ended. What must not: assertions.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.documented_service import DocumentedService

_COMMAND = (sys.executable, "-c", "from guard.cli import main; main()")
_LISTENING = re.compile(r"listening on (http://\S+)")


@dataclass
class RunningProxy:
    """A running proxy."""

    url: str
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    """What it has said since it listens."""

    def post(self, body: bytes) -> bytes:
        """Send a body and return the answer's."""
        return post(self.url, body)

    def call(self, method: str, *parameters: Any) -> Any:
        """Make one call and return the whole answer."""
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        return json.loads(self.post(json.dumps(call).encode()))

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)


def post(url: str, body: bytes) -> bytes:
    """Send a body to a node or a proxy and return the answer's."""
    parts = urlsplit(url)
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)) as line:
        line.request("POST", "/", body, {"Content-Type": "application/json"})
        return line.getresponse().read()


@contextmanager
def running_proxy(upstream: str, service: DocumentedService, *flags: str) -> Iterator[RunningProxy]:
    """Start it on a free port, in the home of the environment, and end it afterwards."""
    process = subprocess.Popen(
        [*_COMMAND, "rpc", "--upstream", upstream, "--port", "0", "--predict-timeout", "10", *flags],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TXGUARD_UPSTREAM_URL": service.url},
    )
    try:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if found := _LISTENING.search(line):
                break
        else:
            raise AssertionError(f"it did not start: {said}")
        proxy = RunningProxy(url=found[1], process=process)
        reader = threading.Thread(target=lambda: proxy.lines.extend(process.stderr or []))
        reader.start()
        try:
            yield proxy
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(60)
            reader.join()
            process.stderr.close()
    finally:
        process.kill()
        process.wait()
