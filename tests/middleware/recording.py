"""A web3 provider that remembers what goes to the node, and lets a test change what comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from web3 import HTTPProvider
from web3.types import RPCEndpoint, RPCResponse

Change = Callable[[Any, Callable[[], Any]], Any]
"""Is given the parameters and a way to ask the node, and returns the answer."""


class RecordingProvider(HTTPProvider):
    """Asks the node, behind whatever watches it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked: list[tuple[str, Any]] = []
        self.changes: dict[str, Change] = {}

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Remember the question, and answer it as the node does, or as the test has it."""
        self.asked.append((method, params))
        real = super().make_request
        change = self.changes.get(method)
        answer: RPCResponse = (
            real(method, params) if change is None else change(params, lambda: real(method, params))
        )
        return answer

    def sent(self) -> list[str]:
        """Return the methods that came through and do not only read."""
        return [method for method, _ in self.asked if "send" in method or "sign" in method]
