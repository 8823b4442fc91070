"""A function as it is deployed: its files, their sizes, and what starting it costs.

What belongs here: looking at a bundle and running it. What must not: making one (`builders.py`).
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import subprocess
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

MB = 1_000_000

# What runs in the bundle's interpreter: nothing of this machine's site-packages is on the path (-S, -s).
_SERVE_AS_VERCEL = "import sys; sys.path.insert(0, ''); import vc__handler__python"
_SERVE_PLAIN = """
import sys, wsgiref.simple_server as simple
sys.path[:0] = ['', '_vendor']
from api.{name} import app
class Quiet(simple.WSGIRequestHandler):
    def log_message(self, *words): pass
server = simple.make_server('127.0.0.1', 0, app, handler_class=Quiet)
print(server.server_port, flush=True)
server.serve_forever()
"""
_IMPORT = """
import sys, time
sys.path[:0] = ['', '_vendor']
started = time.process_time()
import api.{name}
print(time.process_time() - started)
"""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """One function's files, laid out as the platform lays them out."""

    name: str
    """The function: `predict` or `health`."""
    folder: Path
    """Where its files are; it is the working directory and the first place of imports."""
    python: str
    """The interpreter that runs it."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What the builder sets for it."""
    has_runtime: bool
    """Whether the platform's own runtime is in it and serves it; else the standard library does."""
    not_in_it: int = 0
    """Bytes that the platform's builder would add to it."""

    def parts(self) -> list[tuple[str, int]]:
        """Return its parts and their bytes, largest first: a package each, and each folder of ours."""
        sizes: Counter[str] = Counter()
        for path in self.folder.rglob("*"):
            if path.is_file():
                inside = path.relative_to(self.folder).parts
                sizes["/".join(inside[:2]) if inside[0] == "_vendor" else inside[0]] += path.stat().st_size
        return sizes.most_common()

    def size(self) -> int:
        """Return its bytes, with what the platform's builder would add."""
        return sum(size for _, size in self.parts()) + self.not_in_it

    def import_cpu_s(self, *, cached: bool, repeats: int = 5) -> float:
        """Return the CPU seconds of importing the function, the least of so many processes."""
        with tempfile.TemporaryDirectory() as bytecode:
            kept = {"PYTHONPYCACHEPREFIX": bytecode} if cached else {"PYTHONDONTWRITEBYTECODE": "1"}
            if cached:
                self._import(kept)
            return min(self._import(kept) for _ in range(repeats))

    def _import(self, more: Mapping[str, str]) -> float:
        environment = {"PATH": os.defpath, **more}
        command = [self.python, "-S", "-s", "-c", _IMPORT.format(name=self.name)]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=True, timeout=60
        )
        return float(done.stdout)

    @contextlib.contextmanager
    def served(self, settings: Mapping[str, str]) -> Iterator[Served]:
        """Serve it on loopback with these settings, in a process of its own."""
        environment = {"PATH": os.defpath, **self.environment, "VERCEL": "1", **settings}
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            log = stack.enter_context((folder / "log").open("w+"))
            platform = None
            if self.has_runtime:
                platform = stack.enter_context(Platform(folder / "ipc"))
                environment["VERCEL_IPC_PATH"] = str(folder / "ipc")
            script = _SERVE_AS_VERCEL if platform else _SERVE_PLAIN.format(name=self.name)
            process = subprocess.Popen(
                [self.python, "-S", "-s", "-c", script],
                cwd=self.folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
            stack.callback(_end, process)
            served = platform.started() if platform else _started_plainly(process)
            if served is None:
                raise AssertionError(f"the function did not start: {(folder / 'log').read_text()}")
            yield served
            _end(process)
            served.log.append((folder / "log").read_text())


@dataclass(frozen=True, kw_only=True)
class Served:
    """A running function."""

    origin: str
    """Where it listens, such as http://127.0.0.1:43210."""
    log: list[str] = field(default_factory=list)
    """What it has logged; whole when it has ended."""
    start_ms: int | None = None
    """Wall clock of its start as the platform's runtime tells it, milliseconds."""


class Platform:
    """The platform's side of the conversation with its runtime: JSON messages, each ended by a zero byte."""

    def __init__(self, path: Path) -> None:
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()
        self._said = threading.Event()
        self._served: Served | None = None
        self._log: list[str] = []
        self._thread = threading.Thread(target=self._converse, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # shutdown wakes accept() where the function never called; else it has ended and closed its side.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()

    def started(self) -> Served | None:
        """Wait for the runtime to say where it listens; None when it gives up."""
        self._said.wait(60)
        return self._served

    def _converse(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            told = b""
            with connection:
                while piece := connection.recv(65536):
                    *whole, told = (told + piece).split(b"\0")
                    for message in whole:
                        self._hear(**json.loads(message))
        self._said.set()

    def _hear(self, type: str, payload: dict[str, Any]) -> None:
        if type == "log":
            self._log.append(base64.b64decode(payload["message"]).decode())
        elif type == "server-started":
            self._served = Served(
                origin=f"http://127.0.0.1:{payload['httpPort']}",
                log=self._log,
                start_ms=payload["initDuration"],
            )
            self._said.set()


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(10)
    if process.stdout is not None:
        process.stdout.close()


def _started_plainly(process: subprocess.Popen[str]) -> Served | None:
    assert process.stdout is not None
    line = process.stdout.readline()
    return Served(origin=f"http://127.0.0.1:{int(line)}") if line else None
