"""The composition root of the middleware: a guard and a provider in, a checkpoint on real parts out.

What belongs here: which adapter stands behind which port. What must not: any of their work.
"""

from __future__ import annotations

import os
from typing import Any

from web3 import IPCProvider, Web3

from guard.adapters.approvals import ApprovalFolder
from guard.adapters.recover import attributed, recover, recover_content
from guard.adapters.sqlite_journal import SqliteJournal
from guard.adapters.turns import TurnFiles
from guard.adapters.web3_chain import Web3Chain, connect
from guard.config import find_home
from guard.engine import Guard, SystemClock
from guard.errors import ConfigurationError
from guard.middleware.checkpoint import Checkpoint, Recovery
from guard.middleware.confirmer import CallbackConfirmer, Confirm
from guard.middleware.door import DoorPorts
from guard.middleware.journal import SharedJournal
from guard.ports import Chain
from guard.unmanned import Approvals, DoorJournal, UnmannedDoor


def build_checkpoint(
    guard: Guard,
    provider: Any,
    *,
    confirm: Confirm | None,
    journal: DoorJournal | None,
    approvals: Approvals | None,
) -> Checkpoint:
    """Return a checkpoint on the home's journal, turns and approvals, where others are not given.

    Raises ConfigurationError where neither the guard nor the provider names a node that can be asked.
    """
    home, clock = find_home(os.environ), SystemClock()
    chain = guard.chain or build_chain(provider)
    folder = approvals if approvals is not None else ApprovalFolder(home.approvals_dir, clock)
    shared = SharedJournal(lambda: SqliteJournal(home.journal_file), journal)
    ports = DoorPorts(
        guard=guard.supplied(chain=chain, ledger=shared),
        chain=chain,
        journal=shared,
        confirmer=CallbackConfirmer(confirm, UnmannedDoor(folder, clock)),
        turns=TurnFiles(home.turns_dir, _say_nothing),
        clock=clock,
    )
    recovery = Recovery(attributed=attributed, of_transaction=recover, of_content=recover_content)
    return Checkpoint(guard, ports, recovery)


def build_chain(provider: Any) -> Chain:
    """Return a connection of the guard's own to the node behind an HTTP or IPC provider.

    Raises ConfigurationError for every other provider.
    """
    path, endpoint = getattr(provider, "ipc_path", None), str(getattr(provider, "endpoint_uri", ""))
    if path is not None:
        return Web3Chain(Web3(IPCProvider(path)))
    if endpoint.startswith(("http://", "https://")):
        return Web3Chain(connect(endpoint))
    raise ConfigurationError(
        f"the guard has no node to ask, and a {type(provider).__name__} names none over HTTP or IPC",
        hint="give it one: Guard.from_config(rpc_url='http://…'), or Guard(chain=…)",
    )


def _say_nothing(line: str) -> None:
    """A library writes no progress to anybody's terminal."""
