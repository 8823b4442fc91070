"""`wallet`, killed by SIGKILL at one boundary of a send.

python -m tests.integration.killed_wallet BOUNDARY ARG…
"""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import wallet.sending
from guard.interceptor import SendPorts
from wallet.cli import main

BOUNDARIES = (
    "before open_send",
    "after open_send",
    "before confirm",
    "after confirm",
    "before sign",
    "after sign",
    "before record_signed",
    "after record_signed",
    "before broadcast",
    "after broadcast",
    "before record_steps broadcast",
    "after record_steps broadcast",
    "before within",
    "after within",
    "before record_steps mined",
    "after record_steps mined",
)
"""Every moment at which a send's parts are entered or left, in the order in which a send meets them."""


class _Killing:
    """Stands before a part and kills this process when the boundary is met."""

    def __init__(self, part: Any, boundary: str) -> None:
        self._part = part
        self._boundary = boundary

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._part, name)

        def call(*arguments: Any, **named: Any) -> Any:
            steps = arguments[0] if name == "record_steps" else ()
            met = " ".join([name, *(step.state.value for step in steps)])
            self._kill_at(f"before {met}")
            answer = method(*arguments, **named)
            self._kill_at(f"after {met}")
            return answer

        return call

    def _kill_at(self, met: str) -> None:
        if met == self._boundary:
            os.kill(os.getpid(), signal.SIGKILL)


def _run(boundary: str, arguments: list[str]) -> None:
    assert boundary in BOUNDARIES, boundary
    make_ports = wallet.sending.send_ports

    def killing_ports(*given: Any, **named: Any) -> SendPorts:
        ports = make_ports(*given, **named)
        wrapped = {
            name: _Killing(getattr(ports, name), boundary)
            for name in ("chain", "signer", "broadcaster", "journal", "confirmer")
        }
        return dataclasses.replace(ports, **wrapped)  # type: ignore[arg-type]

    wallet.sending.send_ports = killing_ports
    main(arguments)


if __name__ == "__main__":
    _run(sys.argv[1], sys.argv[2:])
