"""`guard approve`: a person's yes to what a door without a person has refused to let through by itself.

What belongs here: the command. What must not: what a yes covers; `guard.core.consent` says it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from guard.command_line import emit, print_json, say
from guard.errors import ConfirmationRequired

if TYPE_CHECKING:
    from guard.adapters.approvals import Question


@click.command("approve", short_help="Accept, once, what a guarded door asks about.")
@click.argument("digest", required=False)
@click.option("--decline", is_flag=True, help="Forget the question instead: it is not asked again.")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def command(digest: str | None, decline: bool, as_json: bool) -> None:
    """Show a verdict that waits for a person, and accept it for one request.

    `guard rpc` and the web3.py middleware have nobody to ask. What they refuse with WARN, or without a
    verdict, waits here for ten minutes under its digest (eight hex digits of it will do). After a yes at the
    terminal the same request passes once, if it is asked for again within ten minutes and nothing new is seen
    about it. A BLOCK is never here. Without DIGEST, what waits is listed.

    \b
    Examples:
      guard approve
      guard approve 0x1f0c9a2e
      guard approve 0x1f0c9a2e --decline
    """
    from guard.adapters.approvals import ApprovalFolder
    from guard.config import find_home
    from guard.engine import SystemClock

    folder = ApprovalFolder(find_home().approvals_dir, SystemClock())
    if digest is None:
        _list(folder.questions(), as_json=as_json)
        return
    question = folder.question(digest)
    if decline:
        folder.decline(question)
        _tell(question, "declined", as_json=as_json)
        return
    click.echo(question.screen, err=True)
    if not _accepted(question):
        raise ConfirmationRequired("nobody accepted it", hint="answer at a terminal; the default is No")
    folder.grant(question)
    _tell(question, "accepted", as_json=as_json)
    say("it passes once, within ten minutes: ask for it again where it was refused")


def _list(questions: list[Question], *, as_json: bool) -> None:
    if as_json:
        waiting = [{"digest": one.digest, "asked_at": one.asked_at, **one.verdict} for one in questions]
        print_json({"ok": True, "waiting": waiting})
        return
    if not questions:
        say("nothing waits for an answer")
    for question in questions:
        emit(f"{question.digest}  {question.verdict['decision'] or 'NO VERDICT'}")


def _tell(question: Question, answer: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"ok": True, "digest": question.digest, "answer": answer})
    else:
        emit(f"{answer} {question.digest}")


def _accepted(question: Question) -> bool:
    from guard.core.verdict import Confirmation

    if not sys.stdin.isatty():
        return False
    click.echo("", err=True)
    try:
        if question.consent.confirmation is Confirmation.TYPED:
            text = f"Accept the warning? If so, type {question.digest[2:10]}"
            answer: str = click.prompt(text, default="", show_default=False, err=True)
            return answer.strip().lower() == question.digest[2:10]
        return click.confirm("Accept it, once?", default=False, err=True)
    except click.Abort as abort:
        # click raises the same for Ctrl-C, which stops everything, and for an end of input: that is a no.
        if isinstance(abort.__context__, EOFError):
            return False
        raise
