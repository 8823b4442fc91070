"""A whole signature on a real journal and a real key: the order of its steps, and that nothing slips past."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from guard.adapters.keystore import MemorySigner
from guard.adapters.recover import recover_content
from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.authorization import Delegation
from guard.core.evidence import Acquaintance, Counterparty
from guard.core.journal import SendState
from guard.core.policy import Policy
from guard.core.prediction import PredictionClass
from guard.core.request import TransactionRequest
from guard.core.rules.examples import FRIEND
from guard.core.signature_request import BareHash, PersonalMessage, SignatureRequest
from guard.core.subject import Request
from guard.core.verdict import Approval, Declined, Verdict
from guard.engine import Guard, prediction_query
from guard.errors import DigestMismatch, GuardError, InvalidRequest, JournalDamaged, KeystoreError
from guard.signing import SigningOutcome, SigningPorts, intercept_signature
from guard.testing import (
    FakeAddressBook,
    FakeChain,
    FakePredictor,
    FixedClock,
    FreeTurns,
    ScriptedConfirmer,
)
from tests.adapters.values import SIGNER, signature_request

TEXT = signature_request(content=PersonalMessage(data=b"hello"))
PERMIT = signature_request()
BOOK = FakeAddressBook((Counterparty(address=FRIEND, acquaintance=Acquaintance.CONTACT),))


@dataclass
class Bench:
    """Everything that a signature touches, each step of it written into one list."""

    journal: SqliteJournal
    confirmer: Any = field(default_factory=lambda: ScriptedConfirmer([True]))
    signer: Any = SIGNER
    predictor: FakePredictor = field(default_factory=FakePredictor)
    clock: FixedClock = field(default_factory=FixedClock)
    policy: Policy = field(default_factory=Policy)
    turns: Any = field(default_factory=FreeTurns)
    events: list[str] = field(default_factory=list)
    meanwhile: Any = None
    """What happens while the signer signs."""

    def ports(self) -> SigningPorts:
        return SigningPorts(
            signer=self,
            recover=recover_content,
            journal=self.journal,
            confirmer=self,
            clock=self.clock,
            notify=self.events.append,
            turns=self.turns,
        )

    def sign(self, request: SignatureRequest = TEXT) -> SigningOutcome:
        guard = Guard(
            predictor=self.predictor,
            policy=self.policy,
            chain=FakeChain(),
            address_book=BOOK,
            ledger=self.journal,
            clock=self.clock,
        )
        return intercept_signature(guard, request, self.ports())

    def waits(self, verdict: Verdict) -> bool:
        return bool(self.confirmer.waits(verdict))

    def confirm(self, request: Request, verdict: Verdict) -> Approval | Declined | None:
        (record,) = self.journal.latest_signatures(1)
        self.events.append(f"asked while {record.state.value}")
        return self.confirmer.confirm(request, verdict)  # type: ignore[no-any-return]

    def sign_content(self, request: SignatureRequest) -> bytes:
        (record,) = self.journal.latest_signatures(1)
        self.events.append(f"signer called while {record.state.value}")
        if self.meanwhile is not None:
            self.meanwhile()
        return self.signer.sign_content(request)  # type: ignore[no-any-return]

    def states(self) -> list[str]:
        return [record.state.value for record in self.journal.latest_signatures(9)][::-1]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with closing(SqliteJournal(tmp_path / "journal.sqlite3")) as journal:
        yield Bench(journal)


def test_the_verdict_is_written_down_before_the_signature_and_the_signature_before_it_is_told(
    bench: Bench,
) -> None:
    outcome = bench.sign()
    assert (outcome.state, outcome.signature, outcome.error) == (
        SendState.SIGNED,
        SIGNER.sign_content(TEXT),
        None,
    )
    assert bench.events == [
        "asked while reviewed",
        "signing",
        "signer called while reviewed",
    ]
    record = bench.journal.find_signature(outcome.signature_id)
    assert record is not None
    assert (record.request, record.signature, record.digest) == (
        TEXT,
        outcome.signature,
        outcome.verdict.digest,
    )
    assert bench.journal.verify_audit() == 2


def test_c1_what_is_blocked_is_put_to_nobody_and_not_signed(bench: Bench) -> None:
    bench.predictor.answer = PredictionClass.FRAUD
    outcome = bench.sign(PERMIT)
    assert (outcome.state, outcome.signature) == (SendState.BLOCKED, None)
    assert bench.events == []
    assert bench.states() == ["blocked"]


@pytest.mark.parametrize(
    ("answers", "answer"),
    [
        ([False], PredictionClass.SAFE),
        ([], PredictionClass.SAFE),
        ([], PredictionClass.UNKNOWN),
        ([False], PredictionClass.UNKNOWN),
    ],
)
def test_without_a_yes_nothing_is_signed(bench: Bench, answers: list[bool], answer: PredictionClass) -> None:
    bench.confirmer, bench.predictor.answer = ScriptedConfirmer(list(answers)), answer
    outcome = bench.sign()
    # Without a verdict, and with nobody there, it is undecided; a person's no is a no.
    nobody_decided = outcome.verdict.decision is None and not answers
    assert nobody_decided or answer is PredictionClass.SAFE or answers
    state = SendState.UNDECIDED if nobody_decided else SendState.DECLINED
    assert (outcome.state, outcome.signature) == (state, None)
    assert "signer called while reviewed" not in bench.events
    assert bench.states() == [state.value]


@pytest.mark.parametrize(
    "content", [BareHash(data=b"\x11" * 32), Delegation(chain_id=0, delegate=FRIEND, nonce=0)]
)
def test_d11_a_bare_hash_and_an_authorization_are_refused_before_anything_is_asked(
    bench: Bench, content: Any
) -> None:
    with pytest.raises(InvalidRequest, match="is never signed here"):
        bench.sign(replace(TEXT, content=content))
    assert (bench.events, bench.states(), bench.predictor.queries) == ([], [], [])


def test_a_signature_of_another_account_is_told_to_nobody(bench: Bench) -> None:
    other = MemorySigner(b"\x09" * 32)

    class Wrong:
        def sign_content(self, request: SignatureRequest) -> bytes:
            return other.sign_content(replace(request, sender=other.address))

    bench.signer = Wrong()
    outcome = bench.sign()
    assert isinstance(outcome.error, DigestMismatch)
    assert f"but of {other.address}" in outcome.error.message
    assert (outcome.state, outcome.signature, bench.states()) == (SendState.ABANDONED, None, ["abandoned"])


def test_a_signature_under_something_else_is_told_to_nobody(bench: Bench) -> None:
    class Wrong:
        def sign_content(self, request: SignatureRequest) -> bytes:
            return SIGNER.sign_content(replace(request, content=PersonalMessage(data=b"hellO")))

    bench.signer = Wrong()
    outcome = bench.sign()
    assert isinstance(outcome.error, DigestMismatch)
    assert (outcome.signature, bench.states()) == (None, ["abandoned"])


@pytest.mark.parametrize(
    "error", [KeystoreError("no"), KeyboardInterrupt(), ValueError("a secret"), RecursionError()]
)
def test_a_signer_that_fails_leaves_no_signature_and_no_secret(bench: Bench, error: BaseException) -> None:
    class Broken:
        def sign_content(self, request: SignatureRequest) -> bytes:
            raise error

    bench.signer = Broken()
    if isinstance(error, GuardError):
        assert bench.sign().error is error
    else:
        with pytest.raises(type(error)):
            bench.sign()
    (record,) = bench.journal.latest_signatures(1)
    note = error.message if isinstance(error, GuardError) else type(error).__name__
    assert (record.state, record.signature, record.note) == (SendState.ABANDONED, None, note)


def test_a_verdict_that_expires_while_a_person_thinks_or_a_signer_waits_opens_nothing(bench: Bench) -> None:
    lifetime = Policy().verdict_lifetime_s + 1

    def wait() -> None:
        bench.clock.time += lifetime

    bench.confirmer.before_answer = wait
    assert isinstance(bench.sign().error, DigestMismatch)
    bench.confirmer, bench.meanwhile = ScriptedConfirmer([True]), wait
    assert isinstance(bench.sign().error, DigestMismatch)
    assert bench.states() == ["abandoned", "abandoned"]


def test_what_is_signed_while_a_person_thinks_makes_it_be_reviewed_again(bench: Bench) -> None:
    def sign_another() -> None:
        bench.confirmer.before_answer = None
        other = Bench(bench.journal, confirmer=ScriptedConfirmer([True]), clock=bench.clock)
        assert other.sign(PERMIT).state is SendState.SIGNED

    bench.confirmer = ScriptedConfirmer([True, True], before_answer=sign_another)
    outcome = bench.sign()
    assert outcome.state is SendState.SIGNED
    assert bench.states() == ["abandoned", "signed", "signed"]
    assert "the account signed something else meanwhile: this is reviewed again" in bench.events
    (again,) = [one for one in bench.journal.latest_signatures(9) if one.state is SendState.ABANDONED]
    assert again.note == "something else was signed while this was being decided"


def test_a_turn_of_the_account_is_taken_for_the_review_and_for_the_signature(bench: Bench) -> None:
    bench.sign()
    assert bench.turns.taken == [f"account 1 {SIGNER.address}"] * 2
    bench.turns = FreeTurns()
    bench.confirmer = ScriptedConfirmer([True])
    bench.sign(replace(TEXT, chain_id=None))
    assert bench.turns.taken == []


def test_a_journal_that_cannot_be_written_tells_no_signature(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise JournalDamaged("the disk is full")

    monkeypatch.setattr(bench.journal, "record_signature", full)
    monkeypatch.setattr(bench.journal, "end_signature", full)
    outcome = bench.sign()
    assert isinstance(outcome.error, JournalDamaged)
    assert outcome.signature is None
    assert outcome.error.__notes__ == ["and the journal could not note that: the disk is full"]


# What the witnesses are asked


def test_of_a_signature_the_witnesses_are_asked_about_whom_it_trusts(bench: Bench) -> None:
    bench.sign(PERMIT)
    (query,) = bench.predictor.queries
    spender = PERMIT.content.message["spender"]  # type: ignore[union-attr]
    assert (query.sender, query.recipient, query.beneficiary) == (SIGNER.address, spender, spender)
    assert (query.value_wei, query.gas_price_wei, query.is_contract_interaction) == (0, 0, True)
    assert query.chain_id == 1


def test_of_a_text_they_are_asked_about_nobody() -> None:
    query = prediction_query(TEXT)
    assert (query.recipient, query.beneficiary) == (None, None)


def test_of_several_calls_they_are_asked_about_the_whole() -> None:
    from guard.core.bundle import CallBundle
    from guard.core.rules.examples import SENDER, TRANSFER

    free = TransactionRequest(sender=SENDER, to=FRIEND, value=5)
    query = prediction_query(CallBundle(sender=SENDER, calls=(TRANSFER, free), chain_id=1))
    assert TRANSFER.fee is not None
    assert (query.recipient, query.value_wei) == (FRIEND, TRANSFER.value + 5)
    assert (query.gas_price_wei, query.is_contract_interaction) == (TRANSFER.fee.ceiling, True)
