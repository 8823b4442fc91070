"""Flags that several commands share, and the settings behind them.

What belongs here: declarations. What must not: the meaning of a value; the edges parse it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from guard.config import ENVIRONMENT, find_home, load_config_file
from guard.engine import DEFAULT_TIMEOUT_S
from guard.errors import CallerError
from guard.wiring import Settings

if TYPE_CHECKING:
    from guard.adapters.web3_chain import Web3Chain

Command = TypeVar("Command", bound=Callable[..., Any])


def option(*names: str, setting: str | None = None, **arguments: Any) -> Callable[[Command], Command]:
    """Declare a flag; `setting` names the environment variables and the file's entry that also give it."""
    if setting is not None:
        arguments |= {"envvar": list(ENVIRONMENT[setting]), "show_envvar": True}
    return click.option(*names, **arguments)


def combine(*options: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """Return one decorator that declares all of these, shown in this order."""

    def decorate(command: Command) -> Command:
        for declare in reversed(options):
            command = declare(command)
        return command

    return decorate


output_options = combine(
    option("--json", "as_json", is_flag=True, help="One object on standard output, errors included."),
    option("-q", "--quiet", is_flag=True, help="Say nothing but the result and errors."),
    option("-v", "--verbose", is_flag=True, help="Show the facts behind every finding."),
)

node_option = option("--rpc-url", setting="rpc_url", metavar="URL", help="The Ethereum node to ask.")

keystore_dir_option = option(
    "--keystore-dir", setting="keystore_dir", type=click.Path(path_type=Path), help="The folder of key files."
)

account_options = combine(
    option("--account", setting="account", metavar="NAME", help="The account that pays, by its name."),
    option(
        "--keystore",
        setting="keystore",
        type=click.Path(path_type=Path),
        help="The key file of the account that pays, instead of --account.",
    ),
    keystore_dir_option,
    option("--from", "sender", setting="sender", metavar="ADDRESS", help="The address that pays."),
)

payment_options = combine(
    option("--value", metavar="AMOUNT", help="How much: 0.1ether, 5gwei, 1wei; a bare integer means wei."),
    option("--data", metavar="0x…", help="Calldata."),
    option(
        "--call", "signature", metavar="SIGNATURE", help='Build calldata: "transfer(address,uint256)" ARG…'
    ),
    option("--chain", setting="chain", type=int, metavar="ID", help="The chain id; the node's if left out."),
    option("--nonce", type=int, help="The nonce; the node's next if left out."),
    option("--gas-limit", setting="gas_limit", type=int, help="Units of gas; estimated if left out."),
    option("--gas-price", setting="gas_price", metavar="AMOUNT", help="The most a unit of gas may cost."),
    option(
        "--priority-gas-price",
        setting="priority_gas_price",
        metavar="AMOUNT",
        help="The proposer's part of it.",
    ),
    option("--legacy", is_flag=True, help="Pay for gas by a single price (type 0)."),
)

guard_options = combine(
    option(
        "--predict-url",
        setting="predict_url",
        metavar="URL|embedded",
        help="The predict route to ask, or the shipped model; left out, the route's code runs here.",
    ),
    option(
        "--predict-timeout",
        setting="predict_timeout",
        type=click.FloatRange(min=0.1, max=3600),
        default=DEFAULT_TIMEOUT_S,
        show_default=True,
        help="Seconds to wait for all evidence together.",
    ),
    option("--policy", setting="policy", type=click.Path(path_type=Path), help="The policy file."),
)


class ConfiguredCommand(click.Command):
    """A command whose flags fall back to the user's configuration file, after flags and environment."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the file before the flags are parsed; `--help` works with a broken one."""
        if not {"--help", "-h"} & set(args) and "default_map" not in extra and not _completing():
            extra["default_map"] = load_config_file(find_home().config_file)
        return super().make_context(info_name, args, parent, **extra)


def _completing() -> bool:
    return "_WALLET_COMPLETE" in os.environ


class EmbeddedNode:
    """A chain in this process that stands where --rpc-url would name one."""

    chain: Web3Chain | None = None

    def put(self, chain: Web3Chain) -> None:
        """Set the chain that commands from now on work with."""
        self.chain = chain


def embedded_chain() -> Web3Chain | None:
    """Return the chain of this process, where this command runs inside `wallet demo`."""
    node = click.get_current_context().find_object(EmbeddedNode)
    return None if node is None else node.chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """How a command speaks."""

    as_json: bool
    quiet: bool
    verbose: bool

    def notify(self, line: str) -> None:
        """Say on standard error what is being waited for."""
        if not self.quiet:
            click.echo(f"... {line}", err=True)

    def can_ask(self, *, no_input: bool) -> bool:
        """Tell whether a person is there to answer."""
        # Python leaves None in the place of a stream that was closed before it started.
        streams: tuple[TextIO | None, ...] = (sys.stdin, sys.stderr)
        return not no_input and all(stream is not None and stream.isatty() for stream in streams)


def engine_settings(options: dict[str, Any]) -> Settings:
    """Return the engine's settings from a command's parsed flags."""
    return Settings(
        home=find_home(),
        rpc_url=options.get("rpc_url"),
        predict_url=options.get("predict_url"),
        predict_timeout_s=options.get("predict_timeout", DEFAULT_TIMEOUT_S),
        policy_path=options.get("policy"),
        keystore_dir=options.get("keystore_dir"),
    )


def require_rpc_url(rpc_url: str | None, purpose: str) -> str:
    """Return the node's address; raises CallerError saying how to give one."""
    if not rpc_url:
        raise CallerError(
            f"no node was named, and {purpose} needs one",
            hint="give --rpc-url URL, or set ETH_RPC_URL; `wallet demo` needs none",
        )
    return rpc_url
