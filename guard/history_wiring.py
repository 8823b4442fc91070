"""The composition root of account histories: settings in, one source out.

What belongs here: which source stands behind the port, and where its key comes from. What must not: reading a
past. Imports are made where they are used, because a command that needs no history must not pay for one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from guard.config import EXPLORER_KEY_VARIABLES, Home
from guard.core.text import escape_untrusted
from guard.errors import ConfigurationError

if TYPE_CHECKING:
    from guard.adapters.explorer_api import ExplorerApi
    from guard.adapters.web3_chain import Web3Chain
    from guard.ports import Clock, HistorySource

SOURCES = ("auto", "explorer", "otterscan", "scan", "none")
"""What `[history] source` may be. auto: an explorer whose address is set, otherwise what the node offers."""
DEFAULT_RATE = 3.0
"""Questions a second: what Etherscan gives without a paid plan."""
MAX_RATE = 100.0
_ETHERSCAN_HOST = "api.etherscan.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySettings:
    """Where accounts' pasts come from. Raises ConfigurationError for what cannot be used."""

    source: str = "auto"
    """One of `SOURCES`."""
    url: str | None = None
    """The explorer's API; None takes Etherscan's where the source is `explorer`."""
    chain_id: int | None = None
    """The chain that the explorer serves, where its address does not serve many."""
    rate: float = DEFAULT_RATE
    """Questions to the explorer a second."""
    api_key_file: Path | None = None
    """The file that holds the explorer's key; None: the environment may hold it."""

    def __post_init__(self) -> None:
        if self.source not in SOURCES:
            raise ConfigurationError(
                f"[history] source cannot be '{escape_untrusted(self.source, limit=40)}'",
                hint=f"give one of {', '.join(SOURCES)}",
            )
        if not (math.isfinite(self.rate) and 0 < self.rate <= MAX_RATE):
            raise ConfigurationError(
                f"[history] rate cannot be {self.rate}",
                hint=f"give questions a second, above 0 and up to {MAX_RATE:g}",
            )
        if self.chain_id is not None and self.chain_id <= 0:
            raise ConfigurationError(
                f"[history] chain_id cannot be {self.chain_id}", hint="give a chain id, such as 1"
            )

    @property
    def explorer_url(self) -> str | None:
        """The explorer's address, or None where none is asked."""
        if self.source not in ("auto", "explorer"):
            return None
        if self.url is None and self.source == "explorer":
            from guard.adapters.explorer_api import ETHERSCAN_URL

            return ETHERSCAN_URL
        return self.url


def build_history(
    settings: HistorySettings, home: Home, chain: Web3Chain | None, clock: Clock, environ: Mapping[str, str]
) -> HistorySource:
    """Return the source that the settings name.

    Where nothing can tell a past, the source says so each time it is asked. Raises ConfigurationError for an
    address, a key or a key file that cannot be used.
    """
    if settings.explorer_url is not None:
        from guard.adapters.explorer_history import ExplorerHistory
        from guard.adapters.history_cache import HistoryCache

        api, chain_id = name_explorer(settings, chain, environ, turns=home.explorer_turns_file)
        cache = HistoryCache(home.history_cache_file)
        return ExplorerHistory(api, chain_id=chain_id, clock=clock, cache=cache)
    from guard.adapters.shared_history import NoHistory

    if settings.source == "none":
        return NoHistory("account histories are turned off: [history] source is none")
    if chain is None:
        return NoHistory("no source of account histories is configured: name a node or an explorer")
    if settings.source == "otterscan":
        from guard.adapters.otterscan import Otterscan

        return Otterscan(chain.web3)
    if settings.source == "scan":
        from guard.adapters.block_scan import BlockScan

        return BlockScan(chain.web3)
    from guard.adapters.node_history import NodeHistory

    return NodeHistory(chain.web3)


def name_explorer(
    settings: HistorySettings, chain: Web3Chain | None, environ: Mapping[str, str], *, turns: Path | None
) -> tuple[ExplorerApi, Callable[[], int]]:
    """Return the explorer that the settings name, and what tells the chain of which it is asked.

    `turns` is the file by which processes take turns at it; None: this one alone. Raises ConfigurationError
    for an address, a key or a key file that cannot be used, and where no explorer is named.
    """
    from guard.adapters.explorer_api import ExplorerApi
    from guard.adapters.rate_limit import RateLimit

    url = settings.explorer_url
    if url is None:
        raise ConfigurationError("no explorer is named", hint="set [history] url")
    limit = RateLimit(settings.rate, file=turns)
    api = ExplorerApi(url, key=explorer_key(settings, url, environ), limit=limit)
    return api, _chain_of(api, settings, chain)


def _chain_of(api: ExplorerApi, settings: HistorySettings, chain: Web3Chain | None) -> Callable[[], int]:
    """Return what tells the chain of which the explorer is asked, and refuses to tell another one's past."""
    told = settings.chain_id
    if told is None and not api.serves_many_chains:
        raise ConfigurationError(
            "an explorer is named, and not which chain it serves",
            hint="set [history] chain_id; the past of an account on another chain would mislead",
        )
    if told is None and chain is None:
        raise ConfigurationError(
            "an explorer for many chains is named, and not which of them is meant",
            hint="name a node, or set [history] chain_id",
        )

    def chain_id() -> int:
        of_node = None if chain is None else chain.chain_id()
        if told is not None and of_node is not None and told != of_node:
            raise ConfigurationError(
                f"the explorer is asked about chain {told}, and the node is on {of_node}"
            )
        known = told or of_node
        assert known is not None
        return known

    return chain_id


def explorer_key(settings: HistorySettings, url: str, environ: Mapping[str, str]) -> str | None:
    """Return the explorer's key from its file or the environment, or None.

    The variable that other tools use for Etherscan's key counts for Etherscan's own host alone. Raises
    ConfigurationError for a file that cannot be used.
    """
    if settings.api_key_file is not None:
        from guard.adapters.api_key import read_api_key

        return read_api_key(settings.api_key_file)
    ours, etherscans = EXPLORER_KEY_VARIABLES
    is_etherscan = urlsplit(url).hostname == _ETHERSCAN_HOST
    return environ.get(ours) or (environ.get(etherscans) if is_etherscan else None) or None
