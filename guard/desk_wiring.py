"""The composition root of the desk: the settings of this machine in, full reviews for the page out.

What belongs here: which adapter stands behind which port of `guard.handover`. What must not: any of their
work, or HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from guard.core.rpc_request import parse_request
from guard.core.rpc_transaction import parse_transaction
from guard.engine import SystemClock
from guard.errors import NodeError
from guard.handover import Handover, HandoverPorts
from guard.wiring import Settings, build_chain, build_guard

if TYPE_CHECKING:
    from guard.adapters.approvals import ApprovalFolder
    from guard.adapters.web3_chain import Web3Chain
    from guard.core.subject import Request
    from guard.ports import Journal

_TURN_S = 20.0
"""Seconds that a page waits for another payment of its account; a person sits in front of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskParts:
    """What the desk is made from."""

    handover: Handover | None
    """The door in front of the browser's wallet; None where there is no node to look at."""
    reason: str | None
    """Why there is none."""
    questions: ApprovalFolder
    """The questions of doors where nobody sits."""
    chain_id: Callable[[], int | None]
    """The chain of the node, or None."""


def build_desk(settings: Settings) -> DeskParts:
    """Return the parts for these settings; raises ConfigurationError or MissingExtra for what is of no use.

    Without a node there are no full reviews: most of what they look at would be missing, and what the
    browser's wallet adds to a request could not be reviewed before.
    """
    from guard.adapters.approvals import ApprovalFolder

    questions = ApprovalFolder(settings.home.approvals_dir, SystemClock())
    if settings.rpc_url is None:
        reason = "no node is named, by rpc_url or ETH_RPC_URL"
        return DeskParts(handover=None, reason=reason, questions=questions, chain_id=lambda: None)
    chain = build_chain(settings.rpc_url)
    handover = Handover(build_guard(settings, chain=chain), _ports(settings, chain))
    return DeskParts(handover=handover, reason=None, questions=questions, chain_id=lambda: _chain_id(chain))


def _ports(settings: Settings, chain: Web3Chain) -> HandoverPorts:
    from guard.adapters.recover import recover
    from guard.adapters.sent_bytes import NodeSentBytes
    from guard.adapters.sqlite_journal import SqliteJournal
    from guard.adapters.turns import TurnFiles

    @contextmanager
    def open_journal() -> Iterator[Journal]:
        journal = SqliteJournal(settings.home.journal_file)
        try:
            yield journal
        finally:
            journal.close()

    return HandoverPorts(
        read=_read,
        chain=chain,
        broadcaster=chain,
        sent_bytes=NodeSentBytes(chain),
        recover=recover,
        has_journal=settings.home.has_journal,
        open_journal=open_journal,
        turns=TurnFiles(settings.home.turns_dir, lambda text: None, timeout_s=_TURN_S),
        clock=SystemClock(),
    )


def _read(document: Mapping[str, object]) -> Request:
    """Read a whole JSON-RPC request, or the transaction object alone."""
    from guard.adapters.recover import attributed

    return attributed(parse_request(document) if "method" in document else parse_transaction(document))


def _chain_id(chain: Web3Chain) -> int | None:
    try:
        return chain.chain_id()
    except NodeError:
        return None
