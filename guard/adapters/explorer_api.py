"""Asking an explorer's account API one page at a time: in turn, patiently, and without showing the key.

What belongs here: the question, its address and its repetition. What must not: what a page means
(`explorer_pages.py`), and which pages make a history (`explorer_history.py`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from guard.adapters.explorer_pages import MAX_PAGE_BYTES, read_page, without_key
from guard.adapters.rate_limit import RateLimit
from guard.core.address import Address
from guard.deadline import Deadline
from guard.errors import ConfigurationError, GuardError, RateLimited, ServiceInvalid
from guard.predict.destination import check_destination
from guard.predict.exchange import exchange

ETHERSCAN_URL = "https://api.etherscan.io/v2/api"
"""Etherscan's own address: one for all of its chains, told apart by `chainid`."""
NO_LAST_BLOCK = 2_000_000_000
"""A block that no chain has reached, and that fits the 32 bits in which Blockscout keeps numbers."""

_KEY = re.compile(r"[A-Za-z0-9_-]{8,128}")
_MANY_CHAINS = re.compile(r"/v2/api/?")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuestion:
    """Which rows are asked for."""

    chain_id: int
    """The chain; told to an explorer that serves many."""
    action: str
    """`txlist` or `tokentx`."""
    account: Address
    """Whose rows."""
    first_block: int
    """The first block of interest."""
    last_block: int
    """The last one."""
    page: int
    """Which page of them, from 1."""
    size: int
    """Rows of a page."""


class ExplorerApi:
    """One explorer: Etherscan's second API, or one that speaks as Blockscout does, for a single chain."""

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        limit: RateLimit,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the address of the API and the key, if there is one.

        Raises ConfigurationError for an address that may not be asked and for what cannot be a key, which is
        not repeated.
        """
        check_destination(url, setting="the explorer's address")
        if urlsplit(url).query or url.endswith("?"):
            raise ConfigurationError(
                "the explorer's address has a query",
                hint="give the address up to /api; a key goes into a file of its own",
            )
        if key is not None and not _KEY.fullmatch(key):
            raise ConfigurationError(
                "what was given as the explorer's key is none", hint="a key is 8 to 128 letters and digits"
            )
        self._url = url
        self._key = key
        self._limit = limit
        self._wait = wait

    @property
    def name(self) -> str:
        """Where it is: the host alone."""
        return urlsplit(self._url).netloc

    @property
    def url(self) -> str:
        """Its whole address, without a key."""
        return self._url

    @property
    def serves_many_chains(self) -> bool:
        """Whether a question must name the chain."""
        return _MANY_CHAINS.fullmatch(urlsplit(self._url).path) is not None

    def rows(self, question: PageQuestion, deadline: Deadline) -> list[Any]:
        """Return the rows of one page, oldest first.

        An explorer that is asked too often is asked again as long as the deadline allows. Raises
        DeadlineExceeded, ServiceUnavailable, and ServiceInvalid, whose code is `answer_too_large` for a page
        of more than 8 MiB; none of them holds the key.
        """
        address = f"{self._url}?{urlencode(self._parameters(question))}"
        pause = _FIRST_PAUSE_S
        while True:
            self._limit.take(deadline)
            try:
                return self._ask(address, deadline)
            except RateLimited as error:
                asked = max(pause, error.retry_after_s or 0.0)
                if asked >= deadline.remaining():
                    raise
            self._wait(asked)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _parameters(self, question: PageQuestion) -> dict[str, str | int]:
        parameters: dict[str, str | int] = {"chainid": question.chain_id} if self.serves_many_chains else {}
        parameters |= {
            "module": "account",
            "action": question.action,
            "address": question.account,
            "startblock": question.first_block,
            "endblock": question.last_block,
            "page": question.page,
            "offset": question.size,
            "sort": "asc",
        }
        return parameters if self._key is None else {**parameters, "apikey": self._key}

    def _ask(self, address: str, deadline: Deadline) -> list[Any]:
        try:
            answer = exchange("GET", address, deadline=deadline, max_bytes=MAX_PAGE_BYTES)
            if answer.status == 429:
                raise RateLimited(
                    "the explorer says that it was asked too often (429)",
                    retry_after_s=answer.retry_after_s(),
                )
            if answer.status != 200:
                raise ServiceInvalid(f"the explorer answered {answer.status}")
            return read_page(answer.body, key=self._key)
        except GuardError as error:
            raise self._without_key(error) from None

    def _without_key(self, error: GuardError) -> GuardError:
        """Return the error with every trace of the key taken out: what an explorer says may repeat it."""
        error.message = without_key(error.message, self._key)
        error.args = (error.message,)
        return error
