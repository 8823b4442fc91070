from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from guard import engine
from guard.core.address import Address
from guard.core.bundle import CallBundle
from guard.core.entries import WindowLimit
from guard.core.evidence import Acquaintance, Counterparty
from guard.core.features import FeatureKind
from guard.core.policy import Policy
from guard.core.prediction import (
    Prediction,
    PredictionClass,
    PredictionQuery,
    PredictionSource,
    Required,
)
from guard.core.request import LegacyFee, TransactionRequest, digest
from guard.core.rules.examples import (
    ETHER,
    FRIEND,
    SENDER,
    STRANGER,
    TOKEN,
    TRANSFER,
    calldata,
    token_transfer,
)
from guard.core.spending import Commitment, Spending
from guard.core.verdict import Decision, Severity, Verdict
from guard.deadline import Deadline
from guard.engine import Guard, SystemClock, prediction_query
from guard.errors import JournalDamaged, NodeError
from guard.testing import (
    FakeAddressBook,
    FakeChain,
    FakeChainFacts,
    FakePredictor,
    FakeSimulator,
    FixedClock,
)
from tests.adapters.rpc_node import HEAD, RpcNode

BOOK = FakeAddressBook((Counterparty(address=FRIEND, acquaintance=Acquaintance.CONTACT, name="friend"),))
CLOCK = FixedClock()


def guard(**changes: Any) -> Guard:
    parts: dict[str, Any] = {
        "predictor": FakePredictor(),
        "chain": FakeChain(),
        "chain_facts": FakeChainFacts(),
        "simulator": FakeSimulator(),
        "address_book": BOOK,
        "clock": CLOCK,
    }
    return Guard(**(parts | changes))


def missing(verdict: Verdict) -> dict[str, tuple[str, ...]]:
    """Return the reasons of missing evidence and the rules that could not look."""
    return {
        str(finding.facts["reason"]): finding.facts["rules"]  # type: ignore[misc]
        for finding in verdict.findings
        if finding.rule == "evidence.missing"
    }


@pytest.fixture
def never() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_with_every_source_an_ordinary_payment_is_allowed() -> None:
    verdict = guard().review(TRANSFER)
    assert (verdict.decision, verdict.findings, verdict.digest) == (Decision.ALLOW, (), digest(TRANSFER))
    assert (verdict.reviewed_at, verdict.expires_at) == (CLOCK.time, CLOCK.time + 600)


def test_a_node_alone_tells_accounts_tokens_and_fees_and_runs_requests() -> None:
    answers = {
        "eth_chainId": "0x1",
        "eth_getCode": lambda asked: "0x6080" if asked[0] == TOKEN else "0x",
        "eth_getBalance": hex(ETHER),
        "eth_getTransactionCount": "0x1",
        "eth_getBlockByNumber": HEAD,
        "eth_gasPrice": "0x9",
        "eth_maxPriorityFeePerGas": "0x3",
        "eth_call": "0x" + "00" * 31 + "12",
    }
    with RpcNode(answers) as node:
        verdict = guard(chain=node.chain, chain_facts=None, simulator=None).review(token_transfer(FRIEND))
    assert missing(verdict) == {}
    assert "simulation.partial" in [finding.rule for finding in verdict.findings]


def test_without_a_node_what_it_would_tell_is_missing() -> None:
    verdict = guard(chain=None, chain_facts=None, simulator=None).review(TRANSFER)
    assert list(missing(verdict)) == ["no node was given to ask"]
    blind = missing(verdict)["no node was given to ask"]
    assert {"chain.mismatch", "funds.insufficient", "recipient.no-code"} <= set(blind)
    assert verdict.decision is None


def test_without_an_address_book_nobody_is_known() -> None:
    verdict = guard(address_book=None).review(TRANSFER)
    assert list(missing(verdict)) == ["no address book was given to ask"]
    blind = missing(verdict)["no address book was given to ask"]
    assert {"recipient.first-time", "recipient.lookalike"} <= set(blind)
    assert verdict.decision is None


@pytest.mark.parametrize(
    ("method", "rules"),
    [
        ("chain_id", ("chain.mismatch",)),
        ("balance", ("funds.insufficient",)),
        ("code", ("recipient.no-code",)),
    ],
)
def test_one_answer_that_the_node_does_not_give_is_missing_with_its_reason(
    method: str, rules: tuple[str, ...]
) -> None:
    chain = FakeChain(fails={method: NodeError("the node said \x1b[31mno")})
    verdict = guard(chain=chain, chain_facts=None).review(TRANSFER)
    assert set(rules) <= set(missing(verdict)["the node said \\x1b[31mno"])
    assert verdict.decision is None


def test_an_address_book_that_cannot_be_read_is_missing_with_its_reason() -> None:
    book = FakeAddressBook(error=JournalDamaged("the journal is damaged"))
    verdict = guard(address_book=book).review(TRANSFER)
    assert list(missing(verdict)) == ["the journal is damaged"]
    assert {"recipient.first-time", "recipient.lookalike"} <= set(missing(verdict)["the journal is damaged"])


def test_an_error_that_nobody_foresaw_is_told_by_its_name_alone() -> None:
    class Broken(FakeChain):
        def balance(self, account: object) -> int:
            raise ZeroDivisionError("a secret in the text")

    told = missing(guard(chain=Broken(), chain_facts=None).review(TRANSFER))
    assert "funds.insufficient" in told["asking failed (ZeroDivisionError)"]


def test_missing_evidence_never_hides_what_blocks() -> None:
    chain = FakeChain(fails={"balance": NodeError("down")})
    verdict = guard(chain=chain, predictor=FakePredictor(PredictionClass.FRAUD)).review(TRANSFER)
    assert verdict.decision is Decision.BLOCK


def test_the_policy_is_the_one_that_was_given() -> None:
    policy = Policy(per_transaction_limit_wei=TRANSFER.value - 1, missing=Severity.BLOCK)
    verdict = guard(policy=policy).review(TRANSFER)
    assert [finding.rule for finding in verdict.findings] == ["limit.per-transaction"]
    assert guard().policy == Policy()


@pytest.mark.parametrize("source", list(PredictionSource))
@pytest.mark.parametrize("kind", list(FeatureKind))
def test_a_predictor_that_raises_gave_no_answer_and_its_words_are_kept(
    source: PredictionSource, kind: FeatureKind
) -> None:
    predictor = FakePredictor(NodeError("out of\nwords"), source=source, features_kind=kind)
    assert guard(predictor=predictor).review(TRANSFER).prediction == Prediction(
        prediction_class=PredictionClass.UNKNOWN,
        source=source,
        features_kind=kind,
        reason="out of\\x0awords",
    )


@pytest.mark.parametrize("answer", [None, "SAFE", PredictionClass.SAFE, {"prediction": "Safe"}])
def test_an_answer_that_is_no_prediction_is_no_answer(answer: object) -> None:
    class Babbling(FakePredictor):
        def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
            return answer  # type: ignore[return-value]

    verdict = guard(predictor=Babbling()).review(TRANSFER)
    assert verdict.decision is None
    assert verdict.prediction.reason == f"the answer is no prediction ({type(answer).__name__})"


def test_a_predictor_that_never_returns_does_not_hold_the_verdict(
    never: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging(FakePredictor):
        def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
            never.wait(30)
            return super().predict(query, deadline)

    monkeypatch.setattr(engine, "_GRACE_S", 0.05)
    verdict = guard(predictor=Hanging(), timeout_s=0.1).review(TRANSFER)
    assert verdict.prediction.reason == "no answer came in time"
    assert (verdict.decision, missing(verdict)) == (None, {})
    assert not never.is_set()


def test_a_node_that_never_returns_leaves_its_facts_missing(
    never: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging(FakeChain):
        def balance(self, account: object) -> int:
            never.wait(30)
            return 0

    monkeypatch.setattr(engine, "_GRACE_S", 0.05)
    verdict = guard(chain=Hanging(), chain_facts=None, timeout_s=0.1).review(TRANSFER)
    assert "funds.insufficient" in missing(verdict)["no answer came in time"]
    assert verdict.prediction.prediction_class is PredictionClass.SAFE


def test_a_predictor_may_say_in_its_own_words_that_its_time_is_over() -> None:
    class Punctual(FakePredictor):
        def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
            assert deadline.remaining() <= 0.01
            answer = super().predict(query, deadline)
            return replace(answer, prediction_class=PredictionClass.UNKNOWN, reason="the service is asleep")

    verdict = guard(predictor=Punctual(), timeout_s=0.01).review(TRANSFER)
    assert verdict.prediction.reason == "the service is asleep"


def test_the_predictor_is_given_the_whole_deadline() -> None:
    left: list[float] = []

    class Watching(FakePredictor):
        def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
            left.append(deadline.remaining())
            return super().predict(query, deadline)

    guard(predictor=Watching(), timeout_s=40).review(TRANSFER)
    assert 39 < left[0] <= 40


def test_a_plain_send_is_asked_about_by_its_recipient() -> None:
    predictor = FakePredictor()
    guard(predictor=predictor).review(TRANSFER)
    assert predictor.queries == [
        PredictionQuery(
            sender=SENDER,
            recipient=FRIEND,
            beneficiary=FRIEND,
            value_wei=ETHER // 10,
            gas_price_wei=20 * 10**9,
            is_contract_interaction=False,
            chain_id=TRANSFER.chain_id,
        )
    ]


def test_a_token_transfer_is_asked_about_by_who_gets_the_token_and_not_by_the_token() -> None:
    assert prediction_query(token_transfer(STRANGER)) == PredictionQuery(
        sender=SENDER,
        recipient=TOKEN,
        beneficiary=STRANGER,
        value_wei=0,
        gas_price_wei=20 * 10**9,
        is_contract_interaction=True,
        chain_id=TRANSFER.chain_id,
    )


def test_a_creation_a_legacy_price_and_an_untold_one_are_asked_about_as_they_are() -> None:
    creation = prediction_query(replace(TRANSFER, to=None, data=b"\x60"))
    assert (creation.recipient, creation.beneficiary, creation.is_contract_interaction) == (None, None, True)
    assert prediction_query(replace(TRANSFER, fee=LegacyFee(gas_price=3))).gas_price_wei == 3
    assert prediction_query(replace(TRANSFER, fee=None)).gas_price_wei is None


def test_a_creation_is_called_at_no_account_and_needs_no_code() -> None:
    chain = FakeChain(fails={"code": NodeError("must not be asked")})
    assert missing(guard(chain=chain).review(replace(TRANSFER, to=None))) == {}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "asking the external model and the node, for at most 90 s"),
        ({"chain": None, "timeout_s": 2.5}, "asking the external model, for at most 2.5 s"),
        (
            {"predictor": FakePredictor(source=PredictionSource.EMBEDDED)},
            "asking the embedded model and the node, for at most 90 s",
        ),
    ],
)
def test_what_is_being_waited_for_is_said(changes: dict[str, Any], line: str) -> None:
    lines: list[str] = []
    guard(notify=lines.append, **changes).review(TRANSFER)
    assert lines == [line]


def test_the_systems_clock_tells_unix_seconds() -> None:
    before = int(time.time())
    assert before <= SystemClock().now() <= before + 5
    assert before <= Guard(predictor=FakePredictor()).review(TRANSFER).reviewed_at <= before + 5


def two(external: PredictionClass, embedded: PredictionClass, **changes: Any) -> Verdict:
    witnesses = (
        FakePredictor(external),
        FakePredictor(embedded, source=PredictionSource.EMBEDDED, features_kind=FeatureKind.ACCOUNT),
    )
    return guard(predictor=witnesses[0], other_predictors=witnesses[1:], **changes).review(TRANSFER)


def test_two_witnesses_are_asked_and_the_worse_one_decides() -> None:
    verdict = two(PredictionClass.SAFE, PredictionClass.FRAUD)
    assert (verdict.decision, verdict.prediction.source) == (Decision.BLOCK, PredictionSource.EMBEDDED)
    assert [finding.rule for finding in verdict.findings] == ["model.fraud", "model.witnesses"]


def test_two_witnesses_are_asked_at_once_under_one_deadline() -> None:
    meeting = threading.Barrier(2)
    left: list[float] = []

    class Meeting(FakePredictor):
        def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
            left.append(deadline.expires_at)
            meeting.wait(30)
            return super().predict(query, deadline)

    others = (Meeting(source=PredictionSource.EMBEDDED),)
    verdict = guard(predictor=Meeting(), other_predictors=others, timeout_s=40).review(TRANSFER)
    assert verdict.decision is Decision.ALLOW
    assert left[0] == left[1]


@pytest.mark.parametrize("required", list(Required))
def test_a_witness_that_raises_is_silent_and_never_takes_the_other_with_it(required: Required) -> None:
    broken = FakePredictor(NodeError("down"), source=PredictionSource.EMBEDDED)
    policy = Policy(required=required)
    safe = guard(predictor=FakePredictor(), other_predictors=(broken,), policy=policy).review(TRANSFER)
    assert safe.decision is (Decision.ALLOW if required is Required.EXTERNAL else None)
    fraud = FakePredictor(PredictionClass.FRAUD)
    verdict = guard(predictor=broken, other_predictors=(fraud,), policy=policy).review(TRANSFER)
    assert (verdict.decision, verdict.prediction.prediction_class) == (Decision.BLOCK, PredictionClass.FRAUD)


def test_a_witness_that_never_returns_does_not_hold_the_other(
    never: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging(FakePredictor):
        def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
            never.wait(30)
            return super().predict(query, deadline)

    monkeypatch.setattr(engine, "_GRACE_S", 0.05)
    embedded = FakePredictor(PredictionClass.FRAUD, source=PredictionSource.EMBEDDED)
    verdict = guard(predictor=Hanging(), other_predictors=(embedded,), timeout_s=0.1).review(TRANSFER)
    assert verdict.decision is Decision.BLOCK
    silent = [finding for finding in verdict.findings if finding.rule == "model.unknown"]
    assert [finding.facts["reason"] for finding in silent] == ["no answer came in time"]


def test_every_source_that_is_waited_for_is_said() -> None:
    lines: list[str] = []
    two(PredictionClass.SAFE, PredictionClass.SAFE, notify=lines.append)
    assert lines == ["asking the external model, the embedded model and the node, for at most 90 s"]


class Ledger:
    """A ledger that remembers what it was asked."""

    def __init__(self, answer: Spending | Exception) -> None:
        self.answer = answer
        self.asked: list[tuple[int, str, int, int | None]] = []

    def spending(self, chain_id: int, sender: Address, *, since: int, besides: int | None) -> Spending:
        self.asked.append((chain_id, sender, since, besides))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_the_ledger_is_asked_about_a_day_and_not_about_the_requests_own_nonce() -> None:
    signed = Commitment(at=FixedClock().time, wei=10**18)
    ledger = Ledger(Spending(commitments=(signed,), next_nonce=7))
    verdict = guard(ledger=ledger, policy=Policy(daily_limit_wei=10**18)).review(TRANSFER)
    assert ledger.asked == [(1, TRANSFER.sender, FixedClock().time - 24 * 60 * 60, 7)]
    assert [finding.rule for finding in verdict.findings] == ["limit.daily"]


def test_the_ledger_is_asked_as_far_back_as_any_limit_of_any_scope_looks() -> None:
    weekly = Policy(windows=(WindowLimit(seconds=7 * 86_400, native_wei=10**18),))
    ledger = Ledger(
        Spending(commitments=(Commitment(at=FixedClock().time - 86_400, wei=10**18),), next_nonce=7)
    )
    scoped = Policy(scopes={(1, None): weekly})
    verdict = guard(ledger=ledger, policy=scoped).review(TRANSFER)
    assert ledger.asked == [(1, TRANSFER.sender, FixedClock().time - 7 * 86_400, 7)]
    assert [finding.rule for finding in verdict.findings] == ["limit.window"]


def test_a_ledger_that_cannot_be_read_is_missing_and_none_matters_only_to_a_limit_over_time() -> None:
    broken = guard(ledger=Ledger(JournalDamaged("the journal is damaged"))).review(TRANSFER)
    assert list(missing(broken)) == ["the journal is damaged"]
    assert guard().review(TRANSFER).decision is Decision.ALLOW
    window = Policy(windows=(WindowLimit(seconds=60, native_wei=10**30),))
    for policy in (Policy(daily_limit_wei=10**30), window, Policy(scopes={(1, None): window})):
        limited = guard(policy=policy).review(TRANSFER)
        assert (limited.decision, list(missing(limited))) == (None, ["no journal was given to ask"])
    elsewhere = Policy(scopes={(5, None): window})
    assert guard(policy=elsewhere).review(TRANSFER).decision is Decision.ALLOW


def test_where_nobody_is_asked_a_question_is_a_refusal_and_the_guard_itself_is_unchanged() -> None:
    attended = guard(predictor=FakePredictor(PredictionClass.SUSPICIOUS, features_kind=FeatureKind.ACCOUNT))
    assert attended.unattended().review(TRANSFER).decision is Decision.BLOCK
    assert attended.review(TRANSFER).decision is Decision.WARN


def test_a_guard_is_supplied_with_what_it_lacks_and_keeps_what_it_has() -> None:
    """A door knows a node and a journal; whoever made the guard may have named others."""
    other, ledger = FakeChain(), Ledger(Spending(commitments=(), next_nonce=None))
    bare = guard(chain=None)
    supplied = bare.supplied(chain=other, ledger=ledger)
    assert (bare.chain, supplied.chain) == (None, other)
    assert supplied.review(TRANSFER).decision is Decision.ALLOW
    assert len(ledger.asked) == 1
    own, own_ledger = FakeChain(), Ledger(Spending(commitments=(), next_nonce=None))
    whole = guard(chain=own, ledger=own_ledger).supplied(chain=other, ledger=ledger)
    assert whole.chain is own
    whole.review(TRANSFER)
    assert (len(own_ledger.asked), len(ledger.asked)) == (1, 1)


# Several that are paid


class Knowing(FakePredictor):
    """Judges by pasts, and says of each account what it was told to, by default Safe."""

    def __init__(self, said: Mapping[Address, PredictionClass | BaseException]) -> None:
        super().__init__(source=PredictionSource.EMBEDDED, features_kind=FeatureKind.ACCOUNT)
        self.said = said

    def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
        assert query.beneficiary is not None
        answer = self.said.get(query.beneficiary, PredictionClass.SAFE)
        if isinstance(answer, BaseException):
            raise answer
        return replace(super().predict(query, deadline), prediction_class=answer)

    @property
    def asked(self) -> set[Address | None]:
        return {query.beneficiary for query in self.queries}


def paying(*payees: Address) -> CallBundle:
    calls = tuple(TransactionRequest(sender=SENDER, to=payee, value=1, chain_id=1) for payee in payees)
    return CallBundle(sender=SENDER, calls=calls, chain_id=1)


def payees(count: int) -> list[Address]:
    return [Address.from_bytes(bytes([number]) * 20) for number in range(0x70, 0x70 + count)]


@pytest.mark.parametrize("order", [(FRIEND, STRANGER), (STRANGER, FRIEND)])
def test_a_bundle_is_asked_about_by_everybody_it_pays(order: tuple[Address, ...]) -> None:
    """The thief may stand behind a friend."""
    witness = Knowing({STRANGER: PredictionClass.FRAUD})
    verdict = guard(predictor=witness).review(paying(*order))
    assert witness.asked == {FRIEND, STRANGER}
    assert (verdict.decision, verdict.prediction.prediction_class) == (Decision.BLOCK, PredictionClass.FRAUD)
    assert verdict.prediction.reason == f"about {STRANGER}"


def test_a_batch_inside_of_a_transaction_is_asked_about_by_everybody_it_pays() -> None:
    inner = tuple(bytes(token_transfer(payee).data) for payee in (FRIEND, STRANGER))
    batch = replace(token_transfer(FRIEND), data=calldata("multicall(bytes[])", inner))
    witness = Knowing({STRANGER: PredictionClass.FRAUD})
    verdict = guard(predictor=witness).review(batch)
    assert {(query.beneficiary, query.recipient) for query in witness.queries} == {
        (FRIEND, TOKEN),
        (STRANGER, TOKEN),
    }
    assert verdict.prediction.prediction_class is PredictionClass.FRAUD


def test_who_is_paid_twice_is_asked_about_once_and_alone_as_ever() -> None:
    witness = Knowing({})
    verdict = guard(predictor=witness).review(paying(FRIEND, FRIEND))
    assert len(witness.queries) == 1
    assert (verdict.prediction.prediction_class, verdict.prediction.reason) == (PredictionClass.SAFE, None)


def test_a_failure_about_one_is_a_silence_that_no_safe_hides() -> None:
    verdict = guard(predictor=Knowing({STRANGER: NodeError("gone")})).review(paying(FRIEND, STRANGER))
    assert (verdict.decision, verdict.prediction.reason) == (None, f"about {STRANGER}: gone")


def test_an_accusation_is_told_though_another_answer_never_comes(never: threading.Event) -> None:
    class Hanging(Knowing):
        def predict(self, query: PredictionQuery, deadline: Deadline) -> Prediction:
            if query.beneficiary == FRIEND:
                never.wait(30)
            return super().predict(query, deadline)

    witness = Hanging({STRANGER: PredictionClass.FRAUD})
    verdict = guard(predictor=witness, timeout_s=0.1).review(paying(FRIEND, STRANGER))
    assert verdict.prediction.prediction_class is PredictionClass.FRAUD


def test_beyond_eight_that_are_paid_the_witness_is_silent_unless_it_accuses() -> None:
    eight, nine = payees(8), payees(9)
    assert guard(predictor=Knowing({})).review(paying(*eight)).prediction.prediction_class is (
        PredictionClass.SAFE
    )
    witness = Knowing({})
    prediction = guard(predictor=witness).review(paying(*nine)).prediction
    assert witness.asked == set(eight)
    assert prediction.prediction_class is PredictionClass.UNKNOWN
    assert prediction.reason == "9 accounts are paid, and it is asked about 8 at the most"
    accusing = Knowing({nine[3]: PredictionClass.FRAUD})
    assert guard(predictor=accusing).review(paying(*nine)).decision is Decision.BLOCK


def test_the_contract_vector_is_the_same_for_all_and_asked_about_once() -> None:
    predictor = FakePredictor()
    guard(predictor=predictor).review(paying(FRIEND, STRANGER))
    assert predictor.queries == [prediction_query(paying(FRIEND, STRANGER))]
