"""The explorer that tells accounts' pasts: does it answer, and does it take the key?

What belongs here: one small question, and what its answer means. What must not: the key, in any sentence, or
reading anybody's past.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from guard.core.address import Address
from guard.core.text import escape_untrusted
from guard.deadline import Deadline
from guard.doctor.check import Check, Result
from guard.errors import NodeError, RateLimited
from guard.wiring import Settings, build_chain, build_explorer

if TYPE_CHECKING:
    from guard.adapters.explorer_api import ExplorerApi

NOBODY = Address.parse("0x0000000000000000000000000000000000000001")
"""Whom the question is about: a precompile (Yellow Paper, appendix E), so that nobody's address is told."""


def look_at_explorer(settings: Settings, deadline: Deadline) -> Sequence[Check]:
    """Ask the configured explorer for one row of the first block, and say whether it answered.

    Raises ConfigurationError for settings that cannot be used, OutsideError where it does not answer or
    refuses.
    """
    chain = build_chain(settings.rpc_url) if settings.rpc_url else None
    # No file for the turns: the doctor writes nothing.
    api, chain_id = build_explorer(settings, chain)
    try:
        asked_chain = chain_id()
    except NodeError:
        if settings.history.chain_id is None:
            said = "it was not asked, because the node does not say which chain is meant"
            return (_explorer(Result.WARN, said, "mend the node first, or set [history] chain_id"),)
        asked_chain = settings.history.chain_id
    return (_asked(api, asked_chain, deadline),)


def _asked(api: ExplorerApi, chain_id: int, deadline: Deadline) -> Check:
    from guard.adapters.explorer_api import PageQuestion

    host = escape_untrusted(api.name, limit=120)
    question = PageQuestion(
        chain_id=chain_id, action="txlist", account=NOBODY, first_block=0, last_block=0, page=1, size=1
    )
    try:
        api.rows(question, deadline)
    except RateLimited:
        return _explorer(Result.WARN, f"{host} has been asked too often", "ask again in a minute")
    return _explorer(Result.OK, f"{host} answers for chain {chain_id}", "")


def _explorer(result: Result, said: str, advice: str) -> Check:
    return Check(part="explorer", result=result, said=said, advice=advice)
