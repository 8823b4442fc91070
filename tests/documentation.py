"""The pages that are made from the code: `python -m tests.documentation` writes them, a test compares them.

What belongs here: the making of pages. What must not: sentences about a rule or a flag; those are the code's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

import guard.cli
import wallet.cli
from guard.core.review import ENGINE_FINDINGS
from guard.core.rules import ALL_RULES
from guard.core.rules.rule import Example, Rule
from tests.benign import signatures
from tests.benign.everyday import EACH, KINDS
from tests.benign.rates import table

ROOT = Path(__file__).parent.parent
_WIDTH = 80


def pages() -> dict[Path, str]:
    """Return every generated page, by its place in the repository."""
    return {
        ROOT / "docs" / "rules.md": _rules_page(),
        ROOT / "docs" / "commands.md": _commands_page(),
        ROOT / "docs" / "false-alarms.md": _false_alarms_page(),
    }


def _false_alarms_page() -> str:
    kinds = "\n".join(f"- {kind}" for kind in (*KINDS, *signatures.KINDS))
    return f"""# False alarms

Made by `make docs`. How often each rule speaks about a fixed, generated set of everyday
transactions (`tests/benign`): a household that knows its exchanges and tokens, {EACH} of each kind, a tenth
on a node that simulates by `eth_call` alone, one in twenty with an application's tag behind its arguments.
What the models say is not part of it; their own rates are in the model card.

{table()}
## What is in the set

{kinds}
"""


def _rules_page() -> str:
    lines = [
        "# Rules",
        "",
        "Made from the rules themselves by `make docs`. The examples are run by the tests.",
        "",
        "| rule | severity | confidence | what it finds |",
        "|---|---|---|---|",
        *(
            f"| [`{rule.id}`](#{_anchor(rule.id)}) | {rule.severity.name.lower()} | {rule.confidence.value} "
            f"| {rule.title} |"
            for rule in ALL_RULES
        ),
        "",
    ]
    for rule in ALL_RULES:
        lines.extend(_rule_section(rule))
    lines.extend(["## Findings that no single rule makes", ""])
    lines.extend(f"- `{finding}`: {text}" for finding, text in ENGINE_FINDINGS.items())
    return "\n".join(lines) + "\n"


def _rule_section(rule: Rule) -> Iterator[str]:
    yield f"## {rule.id}"
    yield ""
    needs = ", ".join(f"`{need}`" for need in rule.needs) or "nothing besides the transaction"
    yield (
        f"{rule.title}. Severity {rule.severity.name.lower()}, confidence {rule.confidence.value}, "
        f"{rule.state}; needs {needs}."
    )
    yield ""
    for heading, text in rule.sections().items():
        yield f"**{heading}.** {text}"
        yield ""
    yield "Fires for:"
    yield ""
    for example in rule.fires:
        yield from _example(rule, example)
    yield ""
    yield f"Stays quiet for: {'; '.join(example.title for example in rule.quiet)}."
    yield ""


def _example(rule: Rule, example: Example) -> Iterator[str]:
    for hit in rule.check(example.subject):
        finding = rule.finding(hit)
        yield f'- {example.title}: *{finding.severity.name.lower()}*, "{finding.message}"'


def _anchor(rule_id: str) -> str:
    return rule_id.replace(".", "")


def _commands_page() -> str:
    lines = ["# Commands", "", "Made from `--help` by `make docs`.", ""]
    for name, group in (("wallet", wallet.cli.cli), ("guard", guard.cli.cli)):
        for path, command in _walk(name, group):
            context = click.Context(
                command,
                info_name=path,
                terminal_width=_WIDTH,
                max_content_width=_WIDTH,
                help_option_names=["-h", "--help"],
            )
            lines.extend([f"## {path}", "", "```text", command.get_help(context).rstrip(), "```", ""])
    return "\n".join(lines)


def _walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from _walk(f"{path} {name}", child)


if __name__ == "__main__":
    for place, text in pages().items():
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")
