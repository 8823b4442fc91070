from __future__ import annotations

from dataclasses import replace

from guard.core.intent import NftTransfer, Transfer
from guard.core.rules.examples import (
    COLLECTION,
    PIECES,
    SENDER,
    STATE,
    STRANGER,
    TOKEN,
    acts_subject,
    approval,
    knowing,
    told,
)
from guard.core.rules.recipient_token_contract import RULE
from guard.core.verdict import Confidence, Finding, Severity
from tests.core.rules.asking import asked, levels

TOLD = told(tokens={TOKEN: STATE, COLLECTION: PIECES, STRANGER: replace(STATE, kind=None)})
TOKENS = Transfer(token=TOKEN, owner=SENDER, recipient=COLLECTION, amount=1)
ETHER = replace(TOKENS, token=None, recipient=TOKEN)


def test_tokens_and_pieces_to_the_contract_of_a_token_are_blocked_even_to_a_contact() -> None:
    finding = Finding(
        rule="recipient.token-contract",
        severity=Severity.BLOCK,
        confidence=Confidence.HIGH,
        message=f"the recipient {COLLECTION} is the contract of a token (erc721, BAYC)",
        advice="give the address of who shall hold it",
        facts={"recipient": COLLECTION, "kind": "erc721", "symbol": "BAYC"},
        counterparty=COLLECTION,
    )
    assert asked(RULE, acts_subject(TOKENS, TOLD)) == (finding,)
    assert asked(RULE, acts_subject(TOKENS, knowing(COLLECTION, evidence=TOLD))) == (finding,)
    piece = NftTransfer(collection=COLLECTION, owner=SENDER, recipient=TOKEN, token_ids=(1,), amounts=(1,))
    assert levels(RULE, acts_subject(piece, TOLD)) == [Severity.BLOCK]


def test_ether_to_the_contract_of_a_token_is_asked_about_unless_it_is_known() -> None:
    nameless = told(tokens={TOKEN: replace(STATE, symbol=None)})
    (finding,) = asked(RULE, acts_subject(ETHER, nameless))
    assert (finding.severity, finding.facts["symbol"]) == (Severity.WARN, "no symbol")
    assert levels(RULE, acts_subject(ETHER, knowing(TOKEN, evidence=TOLD))) == []


def test_the_tokens_own_contract_what_says_no_kind_and_approvals_are_left_to_others() -> None:
    own, silent = replace(TOKENS, recipient=TOKEN), replace(TOKENS, recipient=STRANGER)
    assert [levels(RULE, acts_subject(one, TOLD)) for one in (own, silent)] == [[], []]
    assert list(RULE.check(acts_subject(approval(COLLECTION), TOLD))) == []
