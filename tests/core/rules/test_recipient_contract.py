from __future__ import annotations

from dataclasses import replace

from guard.core.intent import NftTransfer, Transfer
from guard.core.rules.examples import (
    COLLECTION,
    CONTRACT,
    PERSON,
    ROUTER,
    SENDER,
    TOKEN,
    acts_subject,
    approval,
    call_doing,
    knowing,
    told,
)
from guard.core.rules.recipient_contract import RULE
from guard.core.verdict import Severity
from tests.core.rules.asking import asked, levels

TOLD = told(accounts={ROUTER: CONTRACT})
TOKENS = Transfer(token=TOKEN, owner=SENDER, recipient=ROUTER, amount=1)
PIECE = NftTransfer(collection=COLLECTION, owner=SENDER, recipient=ROUTER, token_ids=(1,), amounts=(1,))


def test_a_token_or_a_piece_to_a_contract_that_is_not_known_is_asked_about() -> None:
    (finding,) = asked(RULE, acts_subject(TOKENS, TOLD))
    assert (finding.severity, finding.facts, finding.counterparty) == (
        Severity.WARN,
        {"recipient": ROUTER, "token": TOKEN},
        ROUTER,
    )
    assert levels(RULE, acts_subject(PIECE, TOLD)) == [Severity.WARN]


def test_known_contracts_persons_delegated_accounts_and_the_untold_are_quiet() -> None:
    delegated = replace(CONTRACT, code=bytes.fromhex("ef0100") + bytes(20))
    assert levels(RULE, acts_subject(TOKENS, knowing(ROUTER, evidence=TOLD))) == []
    for states in ({ROUTER: PERSON}, {ROUTER: delegated}, {}):
        assert levels(RULE, acts_subject(TOKENS, told(accounts=states))) == []


def test_ether_the_tokens_own_contract_and_the_wallet_that_acts_are_left_to_others() -> None:
    own = told(accounts={TOKEN: CONTRACT, ROUTER: CONTRACT})
    others = (
        replace(TOKENS, token=None),
        replace(TOKENS, recipient=TOKEN),
        call_doing(TOKENS, actor=ROUTER),
    )
    assert [levels(RULE, acts_subject(one, own)) for one in others] == [[], [], []]
    assert list(RULE.check(acts_subject(approval(), own))) == []
