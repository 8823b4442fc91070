"""`guard policy`: a policy read as a review would read it, told in words, and tried on its own cases.

What belongs here: the command and its layout. What must not: the form of a policy, or a trial.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guard import exit_codes
from guard.command_line import emit, print_json

if TYPE_CHECKING:
    from guard.core.policy import Policy
    from guard.core.policy_case import Outcome
    from guard.core.verdict import Decision

_WIDTH = 78


@click.group("policy", short_help="Check a policy, and try it on cases of its own.")
def command() -> None:
    """The policy: what you want held, asked about or refused."""


@command.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--cases",
    type=click.Path(path_type=Path),
    metavar="CASES",
    help="A TOML or JSON file of requests, with what the policy should decide.",
)
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def check(file: Path, *, cases: Path | None, as_json: bool) -> int:
    """Read the policy in FILE, or the preset personal, treasury or agent, and say what it does.

    With --cases each case is reviewed under it, and told with the entry that decided. Nothing is asked
    of a node or a model: a case holds all that is known.

    Exit code 0: the policy can be used, and every case came out as expected. 1: a case did not.
    2: the cases cannot be read. 9: the policy cannot be used.

    \b
    Examples:
      guard policy check policy.toml
      guard policy check agent
      guard policy check policy.toml --cases cases.toml
    """
    from guard.adapters.policy_cases import load_cases
    from guard.adapters.policy_file import load_policy
    from guard.core.policy_case import try_case
    from guard.engine import SystemClock

    policy = load_policy(file)
    told = _told(policy, SystemClock().now())
    outcomes = [] if cases is None else [try_case(case, policy) for case in load_cases(cases)]
    failed = sum(not outcome.passed for outcome in outcomes)
    if as_json:
        tried = [_object(outcome) for outcome in outcomes]
        print_json({"ok": not failed, "policy": policy.name, "does": told, "cases": tried})
    else:
        emit("\n".join([f"policy '{policy.name}'", *(_folded(place, told[place]) for place in told)]))
        for line in _report(outcomes, failed):
            emit(line)
    return exit_codes.FAILED if failed else exit_codes.DONE


def _report(outcomes: Sequence[Outcome], failed: int) -> Iterator[str]:
    for outcome in outcomes:
        yield from _lines(outcome)
    if outcomes:
        yield f"{len(outcomes) - failed} of {len(outcomes)} cases came out as expected"


def _told(policy: Policy, now: int) -> dict[str, list[str]]:
    """Return what the policy does by place: everywhere, then for each scope what differs."""
    from guard.core.policy_words import policy_lines

    everywhere = list(policy_lines(policy, now))
    told = {"everywhere": everywhere}
    for (chain, account), scope in policy.scopes.items():
        named = [f"chain {chain}"] * (chain is not None) + [f"account {account}"] * (account is not None)
        told[", ".join(named)] = [line for line in policy_lines(scope, now) if line not in everywhere]
    return told


def _folded(place: str, lines: list[str]) -> str:
    shown = [
        textwrap.fill(line, _WIDTH, initial_indent="  - ", subsequent_indent="    ", break_long_words=False)
        for line in lines
    ]
    return "\n".join([f"{place}:", *(shown or ["  - nothing differs"])])


def _lines(outcome: Outcome) -> Iterator[str]:
    decision = _word(outcome.verdict.decision)
    yield f"{'pass' if outcome.passed else 'FAIL'}  {outcome.case.name}: {decision}"
    if not outcome.passed:
        rule = f", by {outcome.case.rule}" if outcome.case.rule else ""
        yield f"      expected {_word(outcome.case.expected)}{rule}"
    for entry in _deciding(outcome):
        yield f"      {entry['rule']}: {entry['decided_by']}"


def _deciding(outcome: Outcome) -> list[Mapping[str, str]]:
    from guard.core.policy_case import entry_of

    return [
        {"rule": finding.rule, "decided_by": entry_of(finding), "message": finding.message}
        for finding in outcome.deciding
    ]


def _object(outcome: Outcome) -> dict[str, object]:
    verdict, case = outcome.verdict, outcome.case
    return {
        "name": case.name,
        "ok": outcome.passed,
        "decision": None if verdict.decision is None else verdict.decision.name,
        "expected": None if case.expected is None else case.expected.name,
        "expected_rule": case.rule,
        "deciding": _deciding(outcome),
    }


def _word(decision: Decision | None) -> str:
    return "NO VERDICT" if decision is None else decision.name
