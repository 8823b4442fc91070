"""The checkpoint outside of signing, among web3.py's middlewares.

What belongs here: its place, and how web3.py calls it. What must not: what passes.

It is a courtesy and no wall: with it a person is asked before a local key signs, and gas and fees are filled
in before the verdict. Whatever goes around it is reviewed on the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any, TypeAlias

from web3 import AsyncWeb3, Web3
from web3.manager import RequestManager
from web3.middleware import SignAndSendRawMiddlewareBuilder
from web3.middleware.base import Web3Middleware

from guard.middleware.loop import in_thread
from guard.middleware.passage import Passage
from guard.middleware.provider import check_batch, required
from guard.middleware.reading import is_reviewed, passes_untouched

AnyWeb3: TypeAlias = "Web3 | AsyncWeb3[Any]"

NAME = "txguard"
"""Its name in the onion."""

_ADMITTED: ContextVar[Passage | None] = ContextVar("guard_admitted", default=None)
"""What the request that this task makes was let through as. Persistent providers make a new middleware for
each way, so that it cannot be kept there."""

_OF_WEB3 = frozenset(name for _, name in RequestManager.get_default_middleware())


class OuterCheckpoint(Web3Middleware):
    """Reviews what a middleware further in may sign."""

    def request_processor(self, method: Any, params: Any) -> Any:
        """Review a call that signs or sends, and pass on what was scored."""
        if not self._reviews(method):
            return method, params
        provider: Any = self._w3.provider
        parameters, passage = required(provider).admit(method, params, provider.make_request)
        _ADMITTED.set(passage)
        return method, parameters

    def response_processor(self, method: Any, response: Any) -> Any:
        """Write down what became of a call that was answered inside."""
        passage = self._admitted(method)
        if passage is not None:
            required(self._w3.provider).conclude(passage, method, response)
        return response

    async def async_request_processor(self, method: Any, params: Any) -> Any:
        """Review a call that signs or sends, and pass on what was scored."""
        if not self._reviews(method):
            return method, params
        provider: Any = self._w3.provider
        checkpoint = required(provider)
        parameters, passage = await in_thread(
            lambda forward: checkpoint.admit(method, params, forward), provider.make_request
        )
        _ADMITTED.set(passage)
        return method, parameters

    async def async_response_processor(self, method: Any, response: Any) -> Any:
        """Write down what became of a call that was answered inside."""
        passage = self._admitted(method)
        if passage is not None:
            provider: Any = self._w3.provider
            checkpoint = required(provider)
            await in_thread(lambda _: checkpoint.conclude(passage, method, response), provider.make_request)
        return response

    def wrap_make_batch_request(self, make_batch_request: Any) -> Any:
        """Refuse a batch with anything in it that does not only read, before any of it is reviewed."""
        inner = super().wrap_make_batch_request(make_batch_request)

        def checked(requests: Any) -> Any:
            check_batch(requests)
            return inner(requests)

        return checked

    async def async_wrap_make_batch_request(self, make_batch_request: Any) -> Any:
        """Refuse a batch with anything in it that does not only read, before any of it is reviewed."""
        inner = await super().async_wrap_make_batch_request(make_batch_request)

        async def checked(requests: Any) -> Any:
            check_batch(requests)
            return await inner(requests)

        return checked

    def _reviews(self, method: Any) -> bool:
        """Say whether a call is reviewed here; raises ConfigurationError where nothing watches the wire."""
        if passes_untouched(method):
            return False
        required(self._w3.provider)
        return is_reviewed(method) and not self._is_alone()

    def _is_alone(self) -> bool:
        """Say whether nothing stands further in that could sign; then the wire alone reviews, and once."""
        layers: Sequence[Any] = self._w3.middleware_onion.as_tuple_of_middleware()
        return not any(map(_could_sign, layers[layers.index(OuterCheckpoint) + 1 :]))

    def _admitted(self, method: Any) -> Passage | None:
        if not is_reviewed(method):
            return None
        passage = _ADMITTED.get()
        _ADMITTED.set(None)
        return passage


def put_in(w3: AnyWeb3) -> None:
    """Give the checkpoint its place: inside of web3's own middlewares, outside of whatever signs.

    web3's own resolve names, choose a gas price and drop the chain id: what is scored is what they made of
    the call. Where web3's signing middleware stands further out, so does the checkpoint.
    """
    onion = w3.middleware_onion
    present: Sequence[tuple[Any, Any]] = list(onion.middleware)
    layers = [one for one in present if one[1] != NAME]
    place = _place(layers)
    wanted = [*layers[:place], (OuterCheckpoint, NAME), *layers[place:]]
    if wanted == present:
        return
    onion.clear()
    for middleware, name in reversed(wanted):
        onion.add(middleware, name)


def _place(layers: Sequence[tuple[Any, Any]]) -> int:
    own = [number for number, (_, name) in enumerate(layers) if name in _OF_WEB3]
    signing = [number for number, (middleware, _) in enumerate(layers) if _signs(middleware)]
    return min([own[-1] + 1 if own else 0, *signing])


def _signs(middleware: Callable[..., Any]) -> bool:
    build: Any = SignAndSendRawMiddlewareBuilder.build
    return getattr(middleware, "func", None) is build.func


def _could_sign(middleware: Callable[..., Any]) -> bool:
    """Say so of every middleware but web3's own, of which one alone signs."""
    origin = str(getattr(getattr(middleware, "func", middleware), "__module__", None))
    return _signs(middleware) or not origin.startswith("web3.middleware.")
