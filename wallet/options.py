"""Flags that several commands share, and the settings behind them.

What belongs here: declarations. What must not: the meaning of a value; the edges parse it.
"""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TextIO, TypeVar

import click
from click.core import ParameterSource

from guard.command_line import say
from guard.config import CHAIN_NAMES, ENVIRONMENT, find_home, load_config_file
from guard.core.features import FeatureKind
from guard.core.prediction import PredictionSource, Required
from guard.core.text import escape_untrusted
from guard.defaults import DEFAULT_TIMEOUT_S
from guard.errors import CallerError, ConfigurationError, GuardError
from guard.history_wiring import DEFAULT_RATE, HistorySettings
from guard.wiring import EMBEDDED, Settings, parse_predictors

if TYPE_CHECKING:
    from guard.adapters.web3_chain import Web3Chain

Command = TypeVar("Command", bound=Callable[..., Any])

SIGNER_TIMEOUT_S = 300.0
"""Seconds for one signature by --signer: a person may have to approve it there."""

_STRENGTH = {ParameterSource.COMMANDLINE: 3, ParameterSource.ENVIRONMENT: 2, ParameterSource.DEFAULT_MAP: 1}


class WholeNumber(click.types.IntParamType):
    """Decimal digits, or 0x and hex digits: Python's own reading takes spaces, signs and underscores too."""

    _form = re.compile(r"[0-9]{1,78}|0[xX][0-9a-fA-F]{1,64}")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        if isinstance(value, int):
            return value
        if not self._form.fullmatch(value):
            self.fail(f"{value!r} is not a whole number; give digits, or 0x and hex digits", param, ctx)
        return int(value, 16 if value[:2].lower() == "0x" else 10)


class ChainId(WholeNumber):
    """A chain id, or the name of a chain that cast takes."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the chain id."""
        if value in CHAIN_NAMES:
            return CHAIN_NAMES[value]
        if isinstance(value, str) and not self._form.fullmatch(value):
            names = ", ".join(CHAIN_NAMES)
            self.fail(f"{value!r} is neither a chain id, such as 1, nor one of {names}", param, ctx)
        return super().convert(value, param, ctx)


class Seconds(click.FloatRange):
    """A time that ends: digits, with a point or without."""

    _form = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        form_fits = not isinstance(value, str) or self._form.fullmatch(value)
        seconds: float = super().convert(value, param, ctx)
        if not form_fits or not math.isfinite(seconds):
            self.fail(f"{value!r} is not a number of seconds", param, ctx)
        return seconds


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


class ConfiguredCommand(click.Command):
    """A command whose flags fall back to the user's configuration file, after flags and environment."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the file before the flags are parsed; where click shows its help, a broken one is forgiven."""
        broken: GuardError | None = None
        if "default_map" not in extra and not _completing():
            try:
                file = load_config_file(find_home().config_file)
                extra["default_map"] = {name.replace(".", "_"): value for name, value in file.items()}
            except GuardError as error:
                broken = error
        try:
            context = super().make_context(info_name, args, parent, **extra)
        except click.ClickException as error:
            if broken is None:
                if _is_of_the_file(error):
                    raise _bad_setting(error) from error
                raise
        if broken is not None:
            raise broken
        return context


def _is_of_the_file(error: click.ClickException) -> bool:
    """Tell whether what click refuses stood in the user's file, and not on the command line."""
    if not isinstance(error, click.BadParameter) or error.ctx is None or error.param is None:
        return False
    return error.ctx.get_parameter_source(error.param.name or "") is ParameterSource.DEFAULT_MAP


def _bad_setting(error: click.ClickException) -> ConfigurationError:
    """Return what is wrong with the file: a setting is told apart from a flag by its exit code."""
    return ConfigurationError(
        f"the configuration file {find_home().config_file} cannot be used: "
        f"{escape_untrusted(error.format_message())}",
        hint="mend it",
    )


def _completing() -> bool:
    return "_WALLET_COMPLETE" in os.environ


def strength(name: str) -> int:
    """Return how strongly a flag of this command was given: typed 3, environment 2, file 1, not at all 0."""
    source = click.get_current_context().get_parameter_source(name)
    return 0 if source is None else _STRENGTH.get(source, 0)


def is_typed(name: str) -> bool:
    """Tell whether a flag stands on the command line itself."""
    return strength(name) == _STRENGTH[ParameterSource.COMMANDLINE]


def is_given(value: object) -> bool:
    """Tell whether a flag without a default was given at all: the number 0 was."""
    return value is not None and value is not False


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
            say(f"... {line}")

    def can_ask(self, *, no_input: bool) -> bool:
        """Tell whether a person is there to answer."""
        # Python leaves None in the place of a stream that was closed before it started.
        streams: tuple[TextIO | None, ...] = (sys.stdin, sys.stderr)
        return not no_input and all(stream is not None and stream.isatty() for stream in streams)


class Put(Protocol):
    """Where the object of `--json` goes: standard output, or a command that prints one for several."""

    def __call__(self, value: Mapping[str, object], *, instead: str = "") -> None: ...


def engine_settings(options: dict[str, Any]) -> Settings:
    """Return the engine's settings from a command's parsed flags.

    A typed `--predict-url embedded` means the shipped model alone, unless witnesses are typed too; from the
    environment it is a setting like others, and what contradicts it is refused. A route gives way to
    witnesses that were given more strongly.
    """
    are_witnesses_typed = is_typed("predict_predictors") or is_typed("predict_require")
    url = options.get("predict_url")
    is_alone = url == EMBEDDED and is_typed("predict_url") and not are_witnesses_typed
    predictors = () if is_alone else parse_predictors(options.get("predict_predictors"))
    is_outweighed = strength("predict_predictors") > strength("predict_url")
    if url != EMBEDDED and is_outweighed and predictors == (PredictionSource.EMBEDDED,):
        url = None
    return Settings(
        home=find_home(),
        rpc_url=options.get("rpc_url"),
        predict_url=url,
        predict_timeout_s=options.get("predict_timeout", DEFAULT_TIMEOUT_S),
        predict_key_file=options.get("predict_key_file"),
        policy_path=options.get("policy"),
        keystore_dir=options.get("keystore_dir"),
        predictors=predictors,
        required=Required.ANY if is_alone else Required(options.get("predict_require", Required.ANY.value)),
        features=FeatureKind(options.get("predict_features", FeatureKind.CONTRACT.value)),
        history=HistorySettings(
            source=options.get("history_source", "auto"),
            url=options.get("history_url"),
            chain_id=options.get("history_chain_id"),
            rate=options.get("history_rate", DEFAULT_RATE),
            api_key_file=options.get("history_api_key_file"),
        ),
    )


def require_rpc_url(rpc_url: str | None, purpose: str) -> str:
    """Return the node's address; raises CallerError saying how to give one."""
    if not rpc_url:
        raise CallerError(
            f"no node was named, and {purpose} needs one",
            hint="give --rpc-url URL, or set ETH_RPC_URL; `wallet demo` needs none",
        )
    return rpc_url
