"""`guard rules`: the catalogue on a terminal.

What belongs here: the command. What must not: the texts; they are the rules' own.
"""

from __future__ import annotations

import textwrap

import click

from guard.command_line import emit, print_json
from guard.core.review import ENGINE_FINDINGS
from guard.core.rules import ALL_RULES
from guard.core.rules.rule import Rule
from guard.core.text import escape_untrusted
from guard.errors import CallerError


@click.command("rules", short_help="List the rules, or explain one.")
@click.argument("rule_id", metavar="[ID]", required=False)
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def command(rule_id: str | None, as_json: bool) -> None:
    """List the rules, or explain the one named ID.

    \b
    Examples:
      guard rules
      guard rules recipient.lookalike
      guard rules --json
    """
    if rule_id is None:
        _list(as_json)
        return
    rule = next((rule for rule in ALL_RULES if rule.id == rule_id), None)
    if rule is not None:
        _explain(rule, as_json)
    elif rule_id in ENGINE_FINDINGS:
        _explain_engine(rule_id, as_json)
    else:
        raise CallerError(
            f"there is no rule '{escape_untrusted(rule_id, limit=60)}'", hint="`guard rules` lists them"
        )


def _list(as_json: bool) -> None:
    if as_json:
        print_json({"ok": True, "rules": [_as_object(rule) for rule in ALL_RULES]})
        return
    lines = [(rule.id, rule.severity.name.lower(), rule.title) for rule in ALL_RULES]
    lines += [(rule_id, "", text.split(".")[0]) for rule_id, text in ENGINE_FINDINGS.items()]
    width = max(len(rule_id) for rule_id, _, _ in lines)
    for rule_id, level, title in lines:
        start = f"{rule_id:<{width}}  {level:<5}  "
        emit(textwrap.fill(title, 79, initial_indent=start, subsequent_indent=" " * len(start)))


def _explain(rule: Rule, as_json: bool) -> None:
    if as_json:
        print_json({"ok": True, "rule": _as_object(rule)})
        return
    emit(f"{rule.id}: {rule.title}")
    emit(f"severity {rule.severity.name.lower()}, confidence {rule.confidence.value}, {rule.state}")
    for heading, text in rule.sections().items():
        emit(f"\n{heading}\n{textwrap.fill(text, 78, initial_indent='  ', subsequent_indent='  ')}")
    emit("\nFires for")
    for example in rule.fires:
        emit(f"  - {example.title}")
    emit("\nStays quiet for")
    for example in rule.quiet:
        emit(f"  - {example.title}")


def _explain_engine(rule_id: str, as_json: bool) -> None:
    if as_json:
        print_json({"ok": True, "rule": {"id": rule_id, "text": ENGINE_FINDINGS[rule_id]}})
        return
    emit(f"{rule_id}\n{textwrap.fill(ENGINE_FINDINGS[rule_id], 78)}")


def _as_object(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity.name.lower(),
        "confidence": rule.confidence.value,
        "state": rule.state,
        "needs": list(rule.needs),
        "text": rule.sections(),
        "fires": [example.title for example in rule.fires],
        "quiet": [example.title for example in rule.quiet],
    }
