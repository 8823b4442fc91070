"""Reports and trials as tables of 80 columns, and as objects.

What belongs here: layout. What must not: any judgement. Colours only repeat what the words say.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

import click

from guard.doctor.check import Check, Result
from guard.doctor.trial import Outcome

WIDTH = 80
_PART, _RESULT, _TIME = 14, 6, 9
_INDENT = " " * (_PART + _RESULT + _TIME)
_COLORS = {Result.OK: "green", Result.WARN: "yellow", Result.FAIL: "red"}


def report_screen(checks: Sequence[Check]) -> str:
    """Return one row a check, and under it what to do."""
    lines = [f"{'part':<{_PART}}{'':<{_RESULT}}{'time':>{_TIME - 2}}  what was found"]
    for check in checks:
        lines.extend(_row(check))
    return "\n".join([*lines, "", summary(checks)])


def summary(checks: Sequence[Check]) -> str:
    """Return how many parts are how, in one line."""
    counts = {result: sum(check.result is result for check in checks) for result in Result}
    return ", ".join(f"{count} {result.value}" for result, count in counts.items())


def _row(check: Check) -> Iterator[str]:
    word = click.style(check.result.value, fg=_COLORS[check.result])
    padding = " " * (_RESULT - len(check.result.value))
    first, *rest = wrapped(check.said, WIDTH - len(_INDENT))
    elapsed = shown_time(check.elapsed_s)
    yield f"{check.part:<{_PART}}{word}{padding}{elapsed:>{_TIME - 2}}  {first}"
    yield from (_INDENT + line for line in rest)
    for index, line in enumerate(wrapped(check.advice, WIDTH - len(_INDENT) - 4)):
        yield f"{_INDENT}{'do: ' if index == 0 else '    '}{line}"


def wrapped(text: str, width: int) -> list[str]:
    """Return `text` as lines; a path longer than one is broken, never cut."""
    return textwrap.wrap(text, width, break_on_hyphens=False)


def shown_time(seconds: float) -> str:
    """Return a time as it stands in a column."""
    return f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:.1f} s"


_SCENARIO, _ANSWER, _FRAUD, _SOURCE = 30, 13, 8, 10

NOTHING_EXPECTED = (
    "No class is expected of the external service: what it is asked about says little or nothing of an "
    "account. What must hold is that every answer can be read, and that what is malformed is refused."
)


def trial_screen(outcomes: Sequence[Outcome]) -> str:
    """Return one row a scenario, and under those that do not hold, why."""
    head = f"{'scenario':<{_SCENARIO}}{'answer':<{_ANSWER}}{'fraud':<{_FRAUD}}{'source':<{_SOURCE}}"
    lines = [f"{head}{'time':>8}  contract"]
    for outcome in outcomes:
        lines.extend(_trial_row(outcome))
    held = sum(outcome.is_held for outcome in outcomes)
    told = f"{held} of {len(outcomes)} hold the contract"
    return "\n".join([*lines, "", told, *wrapped(NOTHING_EXPECTED, WIDTH)])


def _trial_row(outcome: Outcome) -> Iterator[str]:
    answer = outcome.answer
    word, probability, source = answered(outcome), "", ""
    if answer is not None:
        probability = "-" if answer.probability is None else f"{answer.probability:.1%}"
        source = answer.source
    was_asked = outcome.elapsed_s > 0
    elapsed = shown_time(outcome.elapsed_s) if was_asked else ""
    row = f"{outcome.scenario.name:<{_SCENARIO}}{word:<{_ANSWER}}{probability:<{_FRAUD}}{source:<{_SOURCE}}"
    held = click.style("held", fg="green") if outcome.is_held else click.style("BROKEN", fg="red")
    yield f"{row}{elapsed:>8}  {held}"
    yield from (f"    {line}" for line in wrapped(outcome.said, WIDTH - 4))


def answered(outcome: Outcome) -> str:
    """Return what a scenario came to, in a word or two."""
    if outcome.answer is not None:
        return outcome.answer.prediction
    if outcome.refused is not None:
        return f"refused {outcome.refused}"
    return "not asked" if outcome.elapsed_s == 0 else "no answer"


def report_object(checks: Sequence[Check]) -> dict[str, object]:
    """Return a report as `--json` prints it."""
    return {
        "ok": all(check.result is not Result.FAIL for check in checks),
        "checks": [
            {
                "part": check.part,
                "result": check.result.value,
                "message": check.said,
                "advice": check.advice,
                "ms": round(check.elapsed_s * 1000),
            }
            for check in checks
        ],
        "error": None,
    }


def trial_object(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Return a trial as `--json` prints it."""
    return {
        "ok": all(outcome.is_held for outcome in outcomes),
        "scenarios": [
            {
                "name": outcome.scenario.name,
                "expects": outcome.scenario.expects.value,
                "answer": answered(outcome),
                "probability": None if outcome.answer is None else outcome.answer.probability,
                "source": None if outcome.answer is None else outcome.answer.source,
                "model": None if outcome.answer is None else outcome.answer.model,
                "held": outcome.is_held,
                "message": outcome.said,
                "ms": round(outcome.elapsed_s * 1000),
            }
            for outcome in outcomes
        ],
        "error": None,
    }
