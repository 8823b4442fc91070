"""`guard rpc`: the JSON-RPC guard proxy on this machine.

What belongs here: the command. What must not: the server (`guard.proxy`) and what it is made of
(`guard.proxy_wiring`).
"""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from guard.command_line import say
from guard.core.prediction import Required
from guard.wiring import EMBEDDED, Settings, missing_extra, read_settings

_SPARE_S = 30.0
"""Seconds beyond the longest review in which what was begun may be signed and sent."""


@click.command("rpc", short_help="Guard every wallet that takes an RPC URL.")
@click.option("--upstream", metavar="URL", help="The node; https, or plain http on this machine.")
@click.option("--upstream-ws", metavar="URL", help="Its address for WebSockets, where that is another one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8547,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A token that callers must show (Authorization: Bearer); needed for a --host that is not loopback.",
)
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="Origin of a page or an extension that may ask; may be repeated. None may by default.",
)
@click.option("--policy", metavar="FILE|PRESET", help="The policy file, or personal, treasury or agent.")
@click.option("--predict-url", metavar="URL|embedded", help="The predict route to ask, or the shipped model.")
@click.option(
    "--predict-timeout",
    type=click.FloatRange(0, 3600, min_open=True),
    metavar="S",
    help="Seconds that all evidence together may take.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing while it runs.")
@click.option("-v", "--verbose", is_flag=True, help="Say a line for every request, without what it asks.")
def command(**options: Any) -> None:
    """Stand between a wallet and its node, until Ctrl-C or SIGTERM; this address is the wallet's RPC URL.

    What reads passes as it is, by HTTP and by WebSocket. What signs or sends is reviewed first, and reaches
    the node with an ALLOW alone, in the very form that was scored. Every other method is refused. A WARN is
    refused with a line that says how to accept it: after `guard approve 0x…` the same request passes once.
    GET /health tells whether the node answers.

    \b
    Examples:
      guard rpc --upstream http://127.0.0.1:8545
      guard rpc --upstream https://your.node.example --policy personal
      guard rpc --predict-url embedded --port 9000 -v
      guard rpc --host 0.0.0.0 --token-file rpc-token
      cast send --rpc-url http://127.0.0.1:8547 --account main 0x… --value 1
    """
    try:
        from guard.proxy.telling import Telling
        from guard.proxy_wiring import ProxyAddress, build_serving
    except ModuleNotFoundError as error:
        raise missing_extra("guard rpc", error) from error

    settings = _settings(options)
    telling = Telling(say, quiet=options["quiet"], verbose=options["verbose"])
    address = ProxyAddress(
        host=options["host"],
        token_file=options["token_file"],
        origins=frozenset(options["origins"]),
        socket_url=options["upstream_ws"],
    )
    serving = build_serving(settings, address, telling)
    # What is loaded by now stays: to look through it for garbage takes 40 ms, in which nobody is answered.
    gc.collect()
    gc.freeze()
    longest_stop_s = settings.predict_timeout_s + _SPARE_S
    asyncio.run(serving.run(options["port"], listening=_listening, longest_stop_s=longest_stop_s))
    say("stopped")


def _listening(url: str) -> None:
    say(f"listening on {url}")


def _settings(options: dict[str, Any]) -> Settings:
    settings = read_settings()
    policy, predict_url = options["policy"], options["predict_url"]
    settings = replace(
        settings,
        rpc_url=options["upstream"] or settings.rpc_url,
        policy_path=settings.policy_path if policy is None else Path(policy),
        predict_url=predict_url or settings.predict_url,
        predict_timeout_s=options["predict_timeout"] or settings.predict_timeout_s,
    )
    if predict_url == EMBEDDED:
        # As in `wallet`: typed, it means the shipped model alone.
        settings = replace(settings, predictors=(), required=Required.ANY)
    return settings
