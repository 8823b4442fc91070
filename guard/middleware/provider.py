"""The checkpoint on the wire: a provider whose every question passes it, asked by web3.py or directly.

What belongs here: which of a provider's methods are the way to the node. What must not: what passes.

A provider becomes one of a class of its own kind with the checkpoint in it. The object stays the one that
everybody holds, so that a middleware which is put in later, and `w3.provider.make_request`, meet the
checkpoint too.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import cache
from typing import Any, TypeAlias

from web3 import AsyncEthereumTesterProvider, EthereumTesterProvider
from web3.providers.async_base import AsyncBaseProvider
from web3.providers.base import BaseProvider

from guard.errors import ConfigurationError, InvalidRequest
from guard.middleware.checkpoint import Checkpoint
from guard.middleware.loop import in_thread
from guard.middleware.reading import is_reviewed, passes_untouched, refused_method

Provider: TypeAlias = BaseProvider | AsyncBaseProvider

_ATTRIBUTE = "guard_checkpoint"
_WAYS = ("make_request", "make_batch_request", "send_request", "send_batch_request")
"""The ways to the node, which are watched."""


def checkpoint_of(provider: object) -> Checkpoint | None:
    """Return the checkpoint that a provider has, or None."""
    return getattr(provider, _ATTRIBUTE, None)


def put_on(provider: Provider, checkpoint: Checkpoint) -> None:
    """Let every question of `provider` pass `checkpoint` from now on.

    Raises ConfigurationError for a provider whose questions are no JSON-RPC, whose class is fixed, or which
    has a way to the node that was set on the object.
    """
    if isinstance(provider, EthereumTesterProvider | AsyncEthereumTesterProvider):
        raise ConfigurationError(
            f"a {type(provider).__name__} is not asked in JSON-RPC, and what it is asked cannot be passed on",
            hint="use a node for tests, such as anvil",
        )
    by_hand = [way for way in _WAYS if way in getattr(provider, "__dict__", ())]
    if by_hand:
        # What is set on the object comes before every class of it.
        raise ConfigurationError(
            f"{by_hand[0]} was set on this {type(provider).__name__} itself, and goes around the guard",
            hint="set it after the guard was installed, or write it in a subclass",
        )
    persistent = getattr(provider, "has_persistent_connection", False)
    own = _Persistent if persistent else _Async if provider.is_async else _Sync
    kind: type = type(provider)
    try:
        # The class first: a guarded provider without a checkpoint lets nothing pass.
        provider.__class__ = _guarded(own, kind)
    except TypeError as error:
        raise ConfigurationError(
            f"a {kind.__name__} cannot be watched: its class has a layout of its own",
            hint="give web3 one of its own providers, or a plain subclass",
        ) from error
    setattr(provider, _ATTRIBUTE, checkpoint)
    # web3 keeps the way to the provider as it was when the first request was made.
    for name in ("_request_func_cache", "_batch_request_func_cache"):
        if hasattr(provider, name):
            setattr(provider, name, (None, None))


@cache
def _guarded(own: type, kind: type) -> type:
    return type(f"Guarded{kind.__name__}", (own, kind), {"__module__": __name__})


def check_batch(requests: Sequence[tuple[Any, Any]]) -> None:
    """Raise InvalidRequest for a batch with anything in it that does not only read."""
    for method, _ in requests:
        if is_reviewed(method):
            raise InvalidRequest(
                f"the guard refuses a batch with {method} in it",
                hint="nothing of it was sent: send what signs or sends by itself",
            )
        if not passes_untouched(method):
            raise refused_method(method)


def required(provider: object) -> Checkpoint:
    """Return the provider's checkpoint; raises ConfigurationError where it has none."""
    checkpoint = checkpoint_of(provider)
    if checkpoint is None:
        raise ConfigurationError(
            "the provider of this web3 was changed after the guard was installed, and nothing watches it",
            hint="nothing was signed or sent: call install_guard(w3, guard) again",
        )
    return checkpoint


class _Sync:
    """What a provider that answers at once does on top of its own."""

    def make_request(self, method: Any, params: Any) -> Any:
        ask = super().make_request  # type: ignore[misc]
        return ask(method, params) if passes_untouched(method) else required(self).carry(method, params, ask)

    def make_batch_request(self, requests: Any) -> Any:
        check_batch(requests)
        return super().make_batch_request(requests)  # type: ignore[misc]


class _Async:
    """What a provider that is awaited does on top of its own."""

    async def make_request(self, method: Any, params: Any) -> Any:
        ask = super().make_request  # type: ignore[misc]
        if passes_untouched(method):
            return await ask(method, params)
        return await in_thread(lambda forward: required(self).carry(method, params, forward), ask)

    async def make_batch_request(self, requests: Any) -> Any:
        check_batch(requests)
        return await super().make_batch_request(requests)  # type: ignore[misc]


class _Persistent:
    """What a provider on a socket does on top of its own: its questions and answers go separate ways."""

    _request_processor: Any
    form_request: Callable[[Any, Any], Any]
    recv_for_request: Callable[[Any], Coroutine[Any, Any, Any]]

    async def send_request(self, method: Any, params: Any) -> Any:
        send = super().send_request  # type: ignore[misc]
        if passes_untouched(method):
            return await send(method, params)

        async def ask(passed: Any, parameters: Any) -> Any:
            return await self._answer_to(await send(passed, parameters))

        response = await in_thread(lambda forward: required(self).carry(method, params, forward), ask)
        request = self.form_request(method, params)
        # Whoever sent it looks for the answer by the number of the question.
        await self._request_processor.cache_raw_response({**response, "id": request["id"]})
        return request

    async def make_request(self, method: Any, params: Any) -> Any:
        return await self._answer_to(await self.send_request(method, params))

    async def _answer_to(self, request: Any) -> Any:
        # A refusal to a question that it knows nothing of ends the provider's listener.
        processor = self._request_processor
        key = processor.cache_request_information(
            request["id"], request["method"], request["params"], ((), (), ())
        )
        try:
            return await self.recv_for_request(request)
        finally:
            if key is not None:
                processor.pop_cached_request_information(key)

    async def send_batch_request(self, requests: Any) -> Any:
        check_batch(requests)
        return await super().send_batch_request(requests)  # type: ignore[misc]
