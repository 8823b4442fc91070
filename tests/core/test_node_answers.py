"""Every wording of every client that is known, and what it means."""

from __future__ import annotations

import pytest

from guard.core.journal import SendState
from guard.core.node_answers import ANSWERS, NodeAnswer, read_answer

WORDINGS = [
    # geth, anvil, reth
    ("already known", NodeAnswer.KNOWN),
    ("transaction already imported", NodeAnswer.KNOWN),
    # erigon
    ("ALREADY_EXISTS: already known", NodeAnswer.KNOWN),
    ("INTERNAL_ERROR: existing tx with same hash", NodeAnswer.KNOWN),
    # nethermind
    ("AlreadyKnown", NodeAnswer.KNOWN),
    # besu
    ("Known transaction", NodeAnswer.KNOWN),
    # parity and its descendants
    ("Transaction with the same hash was already imported.", NodeAnswer.KNOWN),
    ("nonce too low: next nonce 5, tx nonce 4", NodeAnswer.NONCE_TOO_LOW),
    ("Nonce too low", NodeAnswer.NONCE_TOO_LOW),
    ("OldNonce, Current nonce: 5, nonce of rejected tx: 4", NodeAnswer.NONCE_TOO_LOW),
    ("replacement transaction underpriced", NodeAnswer.OUTBID),
    ("Replacement transaction underpriced", NodeAnswer.OUTBID),
    ("INTERNAL_ERROR: could not replace existing tx", NodeAnswer.OUTBID),
    ("ReplacementNotAllowed", NodeAnswer.OUTBID),
    ("FeeTooLowToCompete", NodeAnswer.OUTBID),
    ("transaction underpriced", NodeAnswer.FEE_TOO_LOW),
    ("transaction underpriced: gas tip cap 1, minimum needed 2", NodeAnswer.FEE_TOO_LOW),
    ("FeeTooLow, MaxFeePerGas too low", NodeAnswer.FEE_TOO_LOW),
    ("max fee per gas less than block base fee: address 0x1", NodeAnswer.FEE_TOO_LOW),
    ("Gas price below configured minimum gas price", NodeAnswer.FEE_TOO_LOW),
    ("insufficient funds for gas * price + value: balance 0, tx cost 1", NodeAnswer.FUNDS),
    ("Insufficient funds for gas * price + value", NodeAnswer.FUNDS),
    ("InsufficientFunds, Balance is 0", NodeAnswer.FUNDS),
    ("Upfront cost exceeds account balance", NodeAnswer.FUNDS),
    ("nonce too high", NodeAnswer.GAP),
    ("NonceGap, Future nonce.", NodeAnswer.GAP),
    ("Transaction nonce is too distant from current sender nonce", NodeAnswer.GAP),
    ("in-flight transaction limit reached for delegated accounts", NodeAnswer.IN_FLIGHT),
    ("gapped-nonce tx from delegated accounts", NodeAnswer.IN_FLIGHT),
    ("txpool is full", NodeAnswer.POOL_FULL),
    ("Transaction pool limit exceeded", NodeAnswer.POOL_FULL),
    ("intrinsic gas too low: gas 20999, minimum needed 21000", NodeAnswer.INVALID),
    ("exceeds block gas limit", NodeAnswer.INVALID),
    ("invalid chain id for signer: have 1 want 5", NodeAnswer.INVALID),
    ("unknown transaction type", NodeAnswer.INVALID),
    ("tx fee (1.50 ether) exceeds the configured cap (1.00 ether)", NodeAnswer.INVALID),
    ("the moon is full", NodeAnswer.UNKNOWN),
    ("", NodeAnswer.UNKNOWN),
]


@pytest.mark.parametrize(("words", "answer"), WORDINGS)
def test_f3_f5_every_known_wording_has_its_meaning(words: str, answer: NodeAnswer) -> None:
    assert read_answer(words) is answer
    assert read_answer(f" {words}\n") is answer


def test_every_answer_stands_in_the_table_and_is_tried_here() -> None:
    assert set(ANSWERS) == set(NodeAnswer) == {answer for _, answer in WORDINGS}


def test_no_answer_ends_a_payment() -> None:
    """Only the chain does: what a node says may be wrong, and the bytes stay valid."""
    states = {meaning.state for meaning in ANSWERS.values()}
    assert states == {None, SendState.BROADCAST, SendState.REFUSED}


def test_every_refusal_names_a_way_on() -> None:
    for answer, meaning in ANSWERS.items():
        told = meaning.advice.format(id="1f0c9a2e")
        assert "{" not in told
        assert "wallet " in told or answer is NodeAnswer.NONCE_TOO_LOW
