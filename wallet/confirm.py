"""A person at a terminal, behind the Confirmer port.

What belongs here: showing and asking. What must not: any way to change what is asked about.
"""

from __future__ import annotations

from functools import partial

import click

from guard.command_line import say
from guard.core.subject import Request
from guard.core.verdict import Approval, Confirmation, Declined, Verdict
from guard.report.screen import question, screen
from wallet.options import Output


class TerminalConfirmer:
    """Shows the verdict on standard error and takes the answer from the terminal; the default is No."""

    def __init__(self, output: Output, *, can_ask: bool, assume_yes: bool) -> None:
        """`assume_yes` answers the ordinary question alone."""
        self._output = output
        self._can_ask = can_ask
        self._assume_yes = assume_yes

    def waits(self, verdict: Verdict) -> bool:
        """Say whether `confirm` would wait for a person: of a BLOCK nobody is asked."""
        assumed = verdict.confirmation is Confirmation.ORDINARY and self._assume_yes
        return self._can_ask and not assumed and verdict.confirmation is not Confirmation.NONE

    def confirm(self, request: Request, verdict: Verdict) -> Approval | Declined | None:
        """Show the verdict, ask what it calls for, and return the answer; None where nobody is there."""
        assumed = verdict.confirmation is Confirmation.ORDINARY and self._assume_yes
        if not self._output.quiet or verdict.confirmation > Confirmation.ORDINARY:
            # What nobody is asked about may go unseen; what somebody accepts must have been shown.
            show = say if assumed else partial(click.echo, err=True)
            show(screen(request, verdict, verbose=self._output.verbose))
        if not assumed and not self._can_ask:
            return None
        if not assumed and not self._accepted(request, verdict):
            return Declined()
        return Approval(digest=verdict.digest, confirmation=verdict.confirmation)

    def _accepted(self, request: Request, verdict: Verdict) -> bool:
        click.echo("", err=True)
        try:
            return self._asked(request, verdict)
        except click.Abort as abort:
            # click raises the same for Ctrl-C, which stops everything, and for an end of input: that is a no.
            if isinstance(abort.__context__, EOFError):
                click.echo("", err=True)
                return False
            raise

    def _asked(self, request: Request, verdict: Verdict) -> bool:
        text = question(request, verdict)
        if verdict.confirmation is Confirmation.TYPED:
            answer: str = click.prompt(text, default="", show_default=False, err=True)
            return answer.strip().lower() == verdict.digest[2:10]
        return click.confirm(text, default=False, err=True)
