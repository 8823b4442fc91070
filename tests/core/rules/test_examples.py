from __future__ import annotations

from guard.core.act import flatten
from guard.core.decode import decode, read
from guard.core.intent import Transfer
from guard.core.policy import Policy
from guard.core.prediction import PredictionClass
from guard.core.request import digest
from guard.core.rules import examples


def test_a_subject_holds_the_request_as_it_is_decoded_and_the_default_policy() -> None:
    subject = examples.subject()
    assert (subject.acts, subject.policy) == (flatten(read(examples.TRANSFER)), Policy())
    assert examples.example("x").subject == subject


def test_a_token_transfer_is_canonical() -> None:
    assert decode(examples.token_transfer(examples.STRANGER, 5)) == Transfer(
        token=examples.TOKEN, owner=examples.SENDER, recipient=examples.STRANGER, amount=5
    )


def test_said_changes_the_answer_alone() -> None:
    evidence = examples.said(PredictionClass.FRAUD, probability=0.5)
    assert evidence.prediction.prediction_class is PredictionClass.FRAUD
    assert (evidence.balance, evidence.prediction.features) == (
        examples.EVIDENCE.balance,
        examples.SAFE.features,
    )


def test_the_example_is_complete_so_that_it_could_be_signed() -> None:
    assert examples.TRANSFER.is_complete
    assert digest(examples.TRANSFER) != digest(examples.token_transfer(examples.FRIEND))
