from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.rules.examples import TOKEN, TRANSFER, permit, signed_subject, subject, typed
from guard.core.rules.typed_unbound import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels


@pytest.mark.parametrize(
    ("chain_id", "contract", "words"),
    [(None, True, "no chain"), (1, False, "no contract"), (None, False, "no chain and no contract")],
)
def test_what_the_domain_leaves_out_is_noted(chain_id: int | None, contract: bool, words: str) -> None:
    content = typed(chain_id=chain_id, verifying_contract=TOKEN if contract else None)
    (finding,) = asked(RULE, signed_subject(permit(), content=content))
    assert (finding.severity, finding.message) == (
        Severity.INFO,
        f"what would be signed, for USD Coin, names {words}: it may hold elsewhere as well",
    )


def test_an_application_without_a_name_is_called_so() -> None:
    content = typed(chain_id=None)
    nameless = replace(content, domain=replace(content.domain, name=None))
    (finding,) = asked(RULE, signed_subject(permit(), content=nameless))
    assert finding.facts["application"] == "no name"


def test_a_whole_domain_and_a_transaction_are_quiet() -> None:
    assert levels(RULE, signed_subject(permit())) == []
    assert list(RULE.check(subject(TRANSFER))) == []


def test_the_name_is_cut_and_cannot_write_to_the_screen() -> None:
    content = typed(chain_id=None)
    for name, shown in (("a" * 500, "a" * 77 + "..."), ("A\x1b[2J\u202e\n", "A\\x1b[2J\\u202e\\x0a")):
        loud = replace(content, domain=replace(content.domain, name=name))
        (finding,) = asked(RULE, signed_subject(permit(), content=loud))
        assert finding.facts["application"] == shown
