"""`guard doctor`: is every part reachable and right?

What belongs here: the command: flags, the question before the service is asked, exits. What must not: the
looks and the scenarios (`guard.doctor`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from guard import exit_codes
from guard.command_line import emit, print_json, say
from guard.config import CHAIN_NAMES, ENVIRONMENT
from guard.core.prediction import Required
from guard.core.text import escape_untrusted
from guard.errors import CallerError, ConfigurationError, ConfirmationRequired
from guard.wiring import EMBEDDED, Settings, build_predict_key, read_settings

if TYPE_CHECKING:
    from guard.doctor.check import Check
    from guard.doctor.trial import Route

_WARNING = """\
This asks {asked} about {count} made-up transactions, one after the other.
The service stores what it is asked, and what it calls a fraud it uses for training.
No address in them belongs to a person."""


@click.command("doctor", short_help="Check that every part is reachable and right.")
@click.option("--rpc-url", metavar="URL", help="The Ethereum node to look at.")
@click.option(
    "--predict-url",
    metavar="URL|embedded",
    help="The predict route to look at, or the shipped model; left out, the service that is asked here.",
)
@click.option(
    "--chain", metavar="ID", envvar=list(ENVIRONMENT["chain"]), help="The chain id that the node must have."
)
@click.option("--scenarios", is_flag=True, help="Ask the route about a table of typical transactions.")
@click.option("-y", "--yes", is_flag=True, help="With --scenarios: do not ask before the service is asked.")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def command(rpc_url: str | None, predict_url: str | None, chain: str | None, **flags: bool) -> int:
    """Look at every part that the settings name: files, journal, keys, node, and route or service.

    Nothing is written, and nobody is asked for a prediction: a route is asked for /api/health, the service
    for /ping. With --scenarios the route is asked about typical transactions instead, malformed ones among
    them, and every answer must hold the contract; no class is expected.

    Exit code 0: nothing failed. 1: something did. 9: a setting or a file of settings cannot be used.

    \b
    Examples:
      guard doctor
      guard doctor --rpc-url http://127.0.0.1:8545 --chain 31337
      guard doctor --scenarios --predict-url http://127.0.0.1:8080/api/predict
    """
    from guard.doctor.check import failure
    from guard.doctor.screen import report_object, report_screen

    pinned = None if not chain else _chain_id(chain)
    try:
        read = read_settings()
    except ConfigurationError as error:
        if flags["scenarios"]:
            raise
        checks: Sequence[Check] = (failure("configuration", error),)
    else:
        settings = replace(read, rpc_url=rpc_url or read.rpc_url, predict_url=predict_url or read.predict_url)
        if predict_url == EMBEDDED:
            # As in `wallet`: typed, it means the shipped model alone.
            settings = replace(settings, predictors=(), required=Required.ANY)
        if flags["scenarios"]:
            return _try_scenarios(settings, assume_yes=flags["yes"], as_json=flags["as_json"])
        checks = _examine(settings, pinned)
    if flags["as_json"]:
        print_json(report_object(checks))
    else:
        emit(report_screen(checks))
    return _exit_code(checks)


def _examine(settings: Settings, pinned: int | None) -> Sequence[Check]:
    from guard.deadline import Deadline
    from guard.doctor.examination import DEADLINE_S, examine_all

    return examine_all(settings, pinned=pinned, deadline=Deadline.after(DEADLINE_S))


def _exit_code(checks: Sequence[Check]) -> int:
    from guard.doctor.check import Result

    failed = [check for check in checks if check.result is Result.FAIL]
    if any(check.is_configuration for check in failed):
        return exit_codes.CONFIGURATION
    return exit_codes.FAILED if failed else exit_codes.DONE


def _chain_id(text: str) -> int:
    if text in CHAIN_NAMES:
        return CHAIN_NAMES[text]
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise CallerError(
            f"'{escape_untrusted(text, limit=40)}' is no chain id",
            hint=f"give a number, such as 1, or one of {', '.join(CHAIN_NAMES)}",
        )
    return int(text)


def _try_scenarios(settings: Settings, *, assume_yes: bool, as_json: bool) -> int:
    from guard.doctor import trial
    from guard.doctor.scenarios import SCENARIOS
    from guard.doctor.screen import trial_object, trial_screen

    route, asked, is_local = _route(settings)
    if asked:
        count = sum(bool(scenario.body) for scenario in SCENARIOS)
        say(_WARNING.format(asked=asked, count=count))
        if not (is_local or assume_yes):
            _ask_a_person()
    outcomes = trial.run(
        SCENARIOS, route, timeout_s=settings.predict_timeout_s, notify=lambda line: say(f"... {line}")
    )
    if as_json:
        print_json(trial_object(outcomes))
    else:
        emit(trial_screen(outcomes))
    return exit_codes.DONE if all(outcome.is_held for outcome in outcomes) else exit_codes.FAILED


def _route(settings: Settings) -> tuple[Route, str, bool]:
    """Return the chosen route, who is asked through it (nobody: empty), and whether that is this machine."""
    from guard.doctor import trial
    from guard.doctor.witness import host_of, is_on_this_machine
    from guard.predict.service import PredictService
    from guard.predict.settings import ServiceSettings
    from guard.predict.settings import read_settings as read_service_settings

    url = settings.predict_url
    if url is not None and url != EMBEDDED:
        remote = trial.RemoteRoute(url, api_key=build_predict_key(settings))
        return remote, f"the route at {host_of(url)}", is_on_this_machine(url)
    asked = ServiceSettings(upstream_url=EMBEDDED) if url else read_service_settings(os.environ)
    own = trial.OwnRoute(PredictService(asked))
    if asked.upstream_url == EMBEDDED:
        return own, "", True
    return own, f"the service at {host_of(asked.upstream_url)}", is_on_this_machine(asked.upstream_url)


def _ask_a_person() -> None:
    """Return if a person says yes; raises ConfirmationRequired for a no, and where nobody is there."""
    # Python leaves None in the place of a stream that was closed before it started.
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr)):
        raise ConfirmationRequired(
            "nobody is here to be asked, and the service would store the questions",
            hint="give --yes, or ask a route on this machine, or --predict-url embedded",
        )
    if not click.confirm("Ask it?", default=False, err=True):
        raise ConfirmationRequired("nothing was asked", hint="you said no")
