"""Which parts a set of settings names, and the look that each gets.

What belongs here: the choice. What must not: the looks.
"""

from __future__ import annotations

import os
from functools import partial

from guard.core.prediction import PredictionSource
from guard.deadline import Deadline
from guard.doctor import files
from guard.doctor.check import Check, Look, examine
from guard.doctor.explorer import look_at_explorer
from guard.doctor.node import look_at_node, no_node
from guard.doctor.witness import look_at_model, look_at_route, look_at_service
from guard.errors import ConfigurationError
from guard.predict.service import PredictService
from guard.predict.settings import read_settings
from guard.wiring import EMBEDDED, Settings, build_chain

DEADLINE_S = 10.0
"""Seconds for all looks together; a sleeping service needs more, and is told from one that is down."""


def examine_all(settings: Settings, *, pinned: int | None, deadline: Deadline) -> tuple[Check, ...]:
    """Look at every part that `settings` names; nothing is written and no prediction is asked for."""
    return examine(
        [
            *_file_looks(settings),
            _node_look(settings, pinned),
            *_witness_looks(settings),
            *_history_looks(settings),
        ],
        deadline,
    )


def _file_looks(settings: Settings) -> list[tuple[str, Look]]:
    looks: list[tuple[str, Look]] = [
        ("configuration", lambda _: files.look_at_configuration(settings)),
        ("policy", lambda _: files.look_at_policy(settings)),
        ("contacts", lambda _: files.look_at_contacts(settings)),
        ("home", lambda _: files.look_at_home(settings)),
        ("keystore", lambda _: files.look_at_keystore(settings)),
        ("journal", lambda _: files.look_at_journal(settings)),
    ]
    if settings.predict_key_file is not None:
        looks.append(("route key", lambda _: files.look_at_route_key(settings)))
    return looks


def _node_look(settings: Settings, pinned: int | None) -> tuple[str, Look]:
    url = settings.rpc_url
    if not url:
        return "node", lambda _: no_node()
    return "node", partial(look_at_node, partial(build_chain, url), pinned=pinned)


def _witness_looks(settings: Settings) -> list[tuple[str, Look]]:
    """Return a look at each witness; settings that contradict each other are a look that fails."""
    try:
        witnesses = settings.witnesses
    except ConfigurationError as error:
        return [("witnesses", partial(_refuse, error))]
    return [_witness_look(settings, witness) for witness in witnesses]


def _refuse(error: ConfigurationError, _: Deadline) -> tuple[Check, ...]:
    raise error


def _witness_look(settings: Settings, witness: PredictionSource) -> tuple[str, Look]:
    url = settings.predict_url
    if witness is PredictionSource.EMBEDDED:
        history = settings.history
        is_named = history.explorer_url is not None or bool(settings.rpc_url)
        return "model", lambda _: look_at_model(is_named and history.source != "none")
    if url is not None:
        return "route", partial(look_at_route, url)
    return "service", _look_in_process


def _history_looks(settings: Settings) -> list[tuple[str, Look]]:
    """Return the look at the explorer that tells accounts' pasts, where one is named."""
    if settings.history.explorer_url is None:
        return []
    return [("explorer", partial(look_at_explorer, settings))]


def _look_in_process(deadline: Deadline) -> tuple[Check, ...]:
    """Look at what the route's own code, run in this process, would ask."""
    asked = read_settings(os.environ)
    # Made as a send makes it, so that an address that may not be asked is refused here too.
    PredictService(asked)
    if asked.upstream_url == EMBEDDED:
        # Behind the route's code the model gets vectors, and needs no node.
        return tuple(look_at_model(True))
    return tuple(look_at_service(asked.upstream_url, deadline))
