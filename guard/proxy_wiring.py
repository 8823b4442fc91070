"""The composition root of the proxy: settings in, a server on real parts out.

What belongs here: which adapter stands behind which port. What must not: any of their work.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from guard.errors import CallerError
from guard.wiring import Settings, build_chain, build_guard, missing_extra

if TYPE_CHECKING:
    from guard.proxy.guarded import GuardedCalls
    from guard.proxy.serving import Serving
    from guard.proxy.telling import Telling


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyAddress:
    """Where the proxy listens, whom it lets in, and where its node's sockets are."""

    host: str = "127.0.0.1"
    """The address to listen on."""
    token_file: Path | None = None
    """The file with the token that callers must show."""
    origins: frozenset[str] = frozenset()
    """Origins of pages and extensions that may ask."""
    socket_url: str | None = None
    """The node's address for WebSockets; None takes the one address for both."""


def build_serving(settings: Settings, address: ProxyAddress, telling: Telling) -> Serving:
    """Return the server; raises ConfigurationError, MissingExtra or CallerError for what it cannot use."""
    if settings.rpc_url is None:
        raise CallerError("it is not said where the node is", hint="give --upstream URL, or set ETH_RPC_URL")
    try:
        from guard.proxy.entrance import Entrance
        from guard.proxy.serving import Serving
        from guard.proxy.upstream import Upstream, check_socket, check_upstream
    except ModuleNotFoundError as error:
        raise missing_extra("guard rpc", error) from error
    from guard.adapters.api_key import read_api_key

    url = check_upstream(settings.rpc_url, setting="--upstream")
    if address.socket_url is not None:
        check_socket(address.socket_url, setting="--upstream-ws")
    token = None if address.token_file is None else read_api_key(address.token_file)
    entrance = Entrance(host=address.host, token=token, origins=address.origins)
    upstream = Upstream(url, socket_url=address.socket_url)
    return Serving(entrance, upstream, build_guarded(settings), telling)


def build_guarded(settings: Settings) -> GuardedCalls:
    """Return what answers the calls that sign or send; raises ConfigurationError for what it cannot use."""
    from guard.adapters.approvals import ApprovalFolder
    from guard.adapters.node_signer import NodeSigner
    from guard.adapters.recover import attributed, recover, recover_content
    from guard.adapters.sqlite_journal import SqliteJournal
    from guard.adapters.turns import TurnFiles
    from guard.engine import SystemClock
    from guard.proxy.guarded import GuardedCalls, Parts
    from guard.unmanned import UnmannedDoor

    assert settings.rpc_url is not None
    chain, clock, home = build_chain(settings.rpc_url), SystemClock(), settings.home

    def open_journal() -> closing[SqliteJournal]:
        # One for each call: a connection of SQLite holds one transaction, and calls run at the same time.
        return closing(SqliteJournal(home.journal_file))

    with open_journal():
        # A journal that cannot be used is told at the start, not at the first payment.
        pass
    return GuardedCalls(
        Parts(
            guard=build_guard(settings, chain=chain),
            chain=chain,
            broadcaster=chain,
            keys=NodeSigner(chain, recover),
            attributed=attributed,
            recover=recover,
            recover_content=recover_content,
            confirmer=UnmannedDoor(ApprovalFolder(home.approvals_dir, clock), clock),
            clock=clock,
            turns=TurnFiles(home.turns_dir, lambda line: None),
            open_journal=open_journal,
        )
    )
