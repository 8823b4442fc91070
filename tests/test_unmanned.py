"""A door where nobody sits: what passes by itself, what passes by a yes given before, and what does not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from guard.core.rules.examples import TRANSFER
from guard.core.subject import Request
from guard.core.verdict import Approval, Confirmation, Verdict
from guard.ports import Confirmer
from guard.testing import FixedClock
from guard.unmanned import UnmannedDoor
from tests.core.values import REVIEWED


@dataclass
class Answers:
    """Holds one answer, and remembers what was asked."""

    answer: Approval | None = None
    asked: list[str] = field(default_factory=list)
    taken: list[tuple[str, int]] = field(default_factory=list)

    def ask(self, request: Request, verdict: Verdict) -> None:
        self.asked.append(verdict.digest)

    def take(self, verdict: Verdict, now: int) -> Approval | None:
        self.taken.append((verdict.digest, now))
        return self.answer


CLOCK = FixedClock()


def test_what_asks_the_ordinary_question_passes_and_touches_no_answer() -> None:
    answers = Answers()
    door: Confirmer = UnmannedDoor(answers, CLOCK)
    assert door.confirm(TRANSFER, REVIEWED) == Approval(
        digest=REVIEWED.digest, confirmation=Confirmation.ORDINARY
    )
    assert (answers.asked, answers.taken, door.waits(REVIEWED)) == ([], [], False)


@pytest.mark.parametrize("confirmation", [Confirmation.WARNING, Confirmation.TYPED])
def test_a_warning_passes_by_a_yes_given_before_and_is_put_where_there_is_none(
    confirmation: Confirmation,
) -> None:
    verdict = replace(REVIEWED, confirmation=confirmation)
    yes = Approval(digest=verdict.digest, confirmation=confirmation)
    given, none = Answers(yes), Answers()
    assert UnmannedDoor(given, CLOCK).confirm(TRANSFER, verdict) == yes
    assert UnmannedDoor(none, CLOCK).confirm(TRANSFER, verdict) is None
    assert (given.asked, none.asked) == ([], [verdict.digest])
    assert given.taken == none.taken == [(verdict.digest, CLOCK.time)]
