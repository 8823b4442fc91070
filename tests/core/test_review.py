from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace

import pytest

from guard.core.evidence import Evidence, Missing
from guard.core.intent import Message, Transfer
from guard.core.policy import Policy
from guard.core.prediction import PredictionClass
from guard.core.request import TransactionRequest, digest
from guard.core.review import ENGINE_FINDINGS, FAILED_ID, MISSING_ID, concerned, review
from guard.core.rules import (
    ALL_RULES,
    chain_mismatch,
    examples,
    funds_insufficient,
    limit_per_transaction,
    model_unknown,
    recipient_first_time,
    recipient_lookalike,
    recipient_no_code,
    simulation_reverts,
)
from guard.core.rules.examples import ETHER, EVIDENCE, FRIEND, SENDER, STRANGER, TRANSFER, said
from guard.core.rules.rule import Hit, Rule
from guard.core.signature_request import PersonalMessage, SignatureRequest
from guard.core.subject import Subject
from guard.core.typed_data import TypedData
from guard.core.verdict import Confidence, Confirmation, Decision, Finding, Severity, Verdict
from guard.errors import ConfigurationError
from tests.core.values import NOW, REVIEWED


def failing(error: BaseException, *, after: bool = False) -> Rule:
    """Return a rule that raises, at once or after its first hit."""

    def check(subject: Subject) -> Iterable[Hit]:
        if after:
            yield Hit(facts={"recipient": "someone"})
        raise error

    return replace(
        limit_per_transaction.RULE, id="test.failing", check=check, message="seen", severity=Severity.INFO
    )


def failed(name: str) -> Finding:
    return Finding(
        rule="rule.failed",
        severity=Severity.BLOCK,
        confidence=Confidence.HIGH,
        message=f"the rule test.failing failed ({name}) and may have been about to object",
        advice="this is a fault of txguard: report it, with the transaction if you may",
        facts={"rule": "test.failing", "error": name},
        is_unknown=True,
    )


def test_an_ordinary_payment_is_allowed_and_the_verdict_is_bound_to_its_digest() -> None:
    assert (
        Verdict(
            digest=digest(TRANSFER),
            decision=Decision.ALLOW,
            confirmation=Confirmation.ORDINARY,
            findings=(),
            intent=Transfer(token=None, owner=SENDER, recipient=FRIEND, amount=ETHER // 10),
            prediction=EVIDENCE.prediction,
            reviewed_at=NOW,
            expires_at=NOW + 600,
        )
        == REVIEWED
    )


def test_the_policy_says_how_long_a_verdict_lives() -> None:
    assert review(TRANSFER, EVIDENCE, Policy(verdict_lifetime_s=5), NOW).expires_at == NOW + 5


def test_every_rule_is_asked_and_the_worst_finding_comes_first() -> None:
    request = replace(TRANSFER, to=STRANGER, value=10 * ETHER)
    verdict = review(request, EVIDENCE, Policy(per_transaction_limit_wei=ETHER), NOW)
    assert [(finding.rule, finding.severity) for finding in verdict.findings] == [
        ("funds.insufficient", Severity.BLOCK),
        ("limit.per-transaction", Severity.BLOCK),
        ("recipient.first-time", Severity.WARN),
    ]
    assert (verdict.decision, verdict.confirmation) == (Decision.BLOCK, Confirmation.NONE)


def test_a_safe_prediction_never_lowers_what_a_rule_saw() -> None:
    """C9: every class of the model."""
    request = replace(TRANSFER, to=STRANGER, value=ETHER)
    by_class = {
        prediction: review(request, said(prediction, reason="x"), Policy(), NOW).decision
        for prediction in PredictionClass
    }
    assert by_class == {
        PredictionClass.FRAUD: Decision.BLOCK,
        PredictionClass.SUSPICIOUS: Decision.WARN,
        PredictionClass.SAFE: Decision.WARN,
        PredictionClass.ABSTAINED: Decision.WARN,
        PredictionClass.UNKNOWN: None,
    }


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), RecursionError(), MemoryError()])
@pytest.mark.parametrize("after", [False, True])
def test_a_rule_that_raises_blocks_under_its_own_id(error: Exception, after: bool) -> None:
    """C7: before and after it has found something."""
    verdict = review(TRANSFER, EVIDENCE, Policy(), NOW, rules=(failing(error, after=after), *ALL_RULES))
    assert verdict.findings == (failed(type(error).__name__),)
    assert (verdict.decision, verdict.confirmation) == (Decision.BLOCK, Confirmation.NONE)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_an_interruption_is_no_failure_of_a_rule_and_passes_through(error: BaseException) -> None:
    with pytest.raises(type(error)):
        review(TRANSFER, EVIDENCE, Policy(), NOW, rules=(failing(error),))


def test_no_policy_can_silence_a_rule_that_failed() -> None:
    policy = Policy(levels={FAILED_ID: None, MISSING_ID: None})
    verdict = review(TRANSFER, EVIDENCE, policy, NOW, rules=(failing(ValueError()),))
    assert verdict.findings == (failed("ValueError"),)


def test_a_rule_whose_message_lacks_a_fact_blocks() -> None:
    broken = replace(limit_per_transaction.RULE, message="{nothing}")
    policy = Policy(per_transaction_limit_wei=0)
    verdict = review(TRANSFER, EVIDENCE, policy, NOW, rules=(broken,))
    assert [(finding.rule, finding.facts["error"]) for finding in verdict.findings] == [
        (FAILED_ID, "KeyError")
    ]


def test_a_rule_that_is_turned_off_is_not_asked() -> None:
    policy = Policy(levels={"test.failing": None})
    assert review(TRANSFER, EVIDENCE, policy, NOW, rules=(failing(ValueError()),)).findings == ()


def test_the_rule_about_a_silent_model_cannot_be_turned_off() -> None:
    silent = said(PredictionClass.UNKNOWN, reason="asleep")
    policy = Policy(levels={model_unknown.RULE.id: None})
    assert review(TRANSFER, silent, policy, NOW) == review(TRANSFER, silent, Policy(), NOW)
    assert review(TRANSFER, silent, policy, NOW).decision is None


def test_one_finding_for_each_reason_names_what_is_missing_and_who_could_not_look() -> None:
    down = Missing("the node is down")
    evidence = replace(EVIDENCE, chain_id=down, balance=down, recipient_code=Missing("too slow"))
    asked = (chain_mismatch.RULE, funds_insufficient.RULE, recipient_no_code.RULE)
    verdict = review(TRANSFER, evidence, Policy(), NOW, rules=asked)
    assert verdict.findings == (
        Finding(
            rule="evidence.missing",
            severity=Severity.WARN,
            confidence=Confidence.HIGH,
            message="the node's chain id and the sender's balance could not be learned: the node is down",
            advice="mend the source and try again; not checked in full: chain.mismatch, funds.insufficient",
            facts={
                "reason": "the node is down",
                "missing": ("the node's chain id", "the sender's balance"),
                "rules": ("chain.mismatch", "funds.insufficient"),
            },
            is_unknown=True,
        ),
        Finding(
            rule="evidence.missing",
            severity=Severity.WARN,
            confidence=Confidence.HIGH,
            message="the recipient's code could not be learned: too slow",
            advice="mend the source and try again; not checked in full: recipient.no-code",
            facts={
                "reason": "too slow",
                "missing": ("the recipient's code",),
                "rules": ("recipient.no-code",),
            },
            is_unknown=True,
        ),
    )
    assert (verdict.decision, verdict.confirmation) == (None, Confirmation.WARNING)


def test_what_two_rules_need_is_named_once_and_both_rules_with_it() -> None:
    evidence = replace(EVIDENCE, counterparties=Missing("locked"))
    asked = (recipient_lookalike.RULE, recipient_first_time.RULE)
    (finding,) = review(TRANSFER, evidence, Policy(), NOW, rules=asked).findings
    assert finding.facts == {
        "reason": "locked",
        "missing": ("the known counterparties",),
        "rules": ("recipient.first-time", "recipient.lookalike"),
    }


def test_one_rule_that_needs_two_missing_facts_is_named_once() -> None:
    both = replace(limit_per_transaction.RULE, needs=("balance", "chain_id"))
    evidence = replace(EVIDENCE, chain_id=Missing("down"), balance=Missing("down"))
    (finding,) = review(TRANSFER, evidence, Policy(), NOW, rules=(both,)).findings
    assert finding.facts["rules"] == ("limit.per-transaction",)
    assert finding.facts["missing"] == ("the node's chain id", "the sender's balance")


def test_a_policy_can_make_missing_evidence_block() -> None:
    evidence = replace(EVIDENCE, balance=Missing("down"))
    verdict = review(TRANSFER, evidence, Policy(missing=Severity.BLOCK), NOW)
    assert (verdict.decision, verdict.confirmation) == (Decision.BLOCK, Confirmation.NONE)


def test_evidence_that_only_silenced_rules_need_is_not_missed() -> None:
    evidence = replace(EVIDENCE, balance=Missing("down"))
    policy = Policy(levels={"funds.insufficient": None})
    assert review(TRANSFER, evidence, policy, NOW, rules=(funds_insufficient.RULE,)) == REVIEWED


def test_a_line_names_six_rules_and_counts_the_others() -> None:
    many = tuple(replace(funds_insufficient.RULE, id=f"test.{letter}") for letter in "hgfedcba")
    evidence = replace(EVIDENCE, balance=Missing("down"))
    (finding,) = review(TRANSFER, evidence, Policy(), NOW, rules=many).findings
    assert finding.advice == (
        "mend the source and try again; not checked in full: test.a, test.b, test.c, test.d, test.e, test.f "
        "and 2 more rules"
    )
    assert finding.facts["rules"] == tuple(f"test.{letter}" for letter in "abcdefgh")


def test_one_rule_more_is_named_and_not_counted() -> None:
    many = tuple(replace(funds_insufficient.RULE, id=f"test.{letter}") for letter in "abcdefg")
    (finding,) = review(
        TRANSFER, replace(EVIDENCE, balance=Missing("down")), Policy(), NOW, rules=many
    ).findings
    assert finding.advice.endswith("test.a, test.b, test.c, test.d, test.e, test.f, test.g")


def test_what_a_policy_merely_notes_as_missing_leaves_a_decision() -> None:
    evidence = replace(EVIDENCE, simulation=Missing("down"))
    policy = Policy(missing_of={"simulation": Severity.INFO})
    verdict = review(TRANSFER, evidence, policy, NOW, rules=(simulation_reverts.RULE,))
    assert [(found.rule, found.severity, found.is_unknown) for found in verdict.findings] == [
        (MISSING_ID, Severity.INFO, False)
    ]
    assert verdict.decision is Decision.ALLOW


def test_one_reason_at_two_levels_is_told_at_each() -> None:
    evidence = replace(EVIDENCE, simulation=Missing("down"), balance=Missing("down"))
    policy = Policy(missing_of={"simulation": Severity.BLOCK})
    asked = (simulation_reverts.RULE, funds_insufficient.RULE)
    verdict = review(TRANSFER, evidence, policy, NOW, rules=asked)
    assert [(found.severity, found.facts["rules"]) for found in verdict.findings] == [
        (Severity.BLOCK, ("simulation.reverts",)),
        (Severity.WARN, ("funds.insufficient",)),
    ]


def test_the_policy_of_the_most_particular_scope_counts() -> None:
    scoped = Policy(scopes={(1, SENDER): Policy(per_transaction_limit_wei=0)})
    assert review(TRANSFER, EVIDENCE, scoped, NOW).decision is Decision.BLOCK
    elsewhere = replace(TRANSFER, chain_id=5)
    findings = review(elsewhere, EVIDENCE, scoped, NOW).findings
    assert "limit.per-transaction" not in {finding.rule for finding in findings}


def test_missing_evidence_does_not_keep_another_rule_from_blocking() -> None:
    evidence = replace(said(PredictionClass.FRAUD), balance=Missing("down"))
    verdict = review(TRANSFER, evidence, Policy(), NOW)
    assert [finding.rule for finding in verdict.findings] == ["model.fraud", "evidence.missing"]
    assert verdict.decision is Decision.BLOCK


def test_every_fact_of_the_evidence_can_be_named_when_it_is_missing() -> None:
    for name in (field.name for field in fields(Evidence) if "prediction" not in field.name):
        rule = replace(limit_per_transaction.RULE, needs=(name,))
        evidence = replace(EVIDENCE, **{name: Missing("down")})
        verdict = review(TRANSFER, evidence, Policy(), NOW, rules=(rule,))
        assert [finding.rule for finding in verdict.findings] == [MISSING_ID]


def test_the_findings_of_the_engine_itself_are_explained() -> None:
    assert set(ENGINE_FINDINGS) == {"evidence.missing", "rule.failed"}


def test_a_threshold_that_is_set_for_one_rule_counts_for_it_alone() -> None:
    stranger = replace(TRANSFER, to=STRANGER, value=10**16)
    strict = Policy(thresholds_of={"recipient.first-time": {"stranger_limit_wei": 0}})
    for policy, decision in ((Policy(), Decision.ALLOW), (strict, Decision.WARN)):
        assert review(stranger, EVIDENCE, policy, NOW).decision is decision
    other = Policy(thresholds_of={"fee.high": {"fee_limit_wei": 0}})
    assert [one.rule for one in review(TRANSFER, EVIDENCE, other, NOW).findings] == ["fee.high"]


def helped(field: str) -> Rule:
    """Return a rule that sees more with a field of the evidence, and always finds something."""

    def check(_: Subject) -> Iterable[Hit]:
        yield Hit(facts={"what": "value", "amount": "2", "limit": "1"})

    return replace(limit_per_transaction.RULE, needs=(), helped_by=(field,), check=check)


def test_a_rule_looks_without_what_only_helps_it_and_that_it_was_missing_is_told() -> None:
    evidence = replace(EVIDENCE, tokens=Missing("the node is slow"))
    verdict = review(TRANSFER, evidence, Policy(), NOW, rules=(helped("tokens"),))
    assert [(finding.rule, finding.severity) for finding in verdict.findings] == [
        ("limit.per-transaction", Severity.BLOCK),
        (MISSING_ID, Severity.WARN),
    ]
    missing = verdict.findings[1]
    assert (missing.facts["rules"], missing.is_unknown) == (("limit.per-transaction",), True)
    assert review(TRANSFER, EVIDENCE, Policy(), NOW, rules=(helped("tokens"),)).findings == (
        verdict.findings[0],
    )


def test_a_rule_cannot_be_helped_by_evidence_that_does_not_exist() -> None:
    with pytest.raises(ConfigurationError, match="needs evidence that does not exist: weather"):
        helped("weather")


def test_a_rule_is_concerned_by_an_intent_by_a_kind_of_request_and_by_what_is_signed() -> None:
    def concerned_by(subject: Subject) -> list[type]:
        kinds: list[type] = [
            Transfer,
            Message,
            TransactionRequest,
            SignatureRequest,
            PersonalMessage,
            TypedData,
        ]
        rules = [
            replace(limit_per_transaction.RULE, id=f"test.{kind.__name__.lower()}", about=(kind,))
            for kind in kinds
        ]
        named = {rule.id: kind for rule, kind in zip(rules, kinds, strict=True)}
        return [named[rule.id] for rule in concerned(rules, subject)]

    assert concerned_by(examples.subject()) == [Transfer, TransactionRequest]
    message = examples.signed_subject(Message(text="x", size=1), content=examples.MESSAGE)
    assert concerned_by(message) == [Message, SignatureRequest, PersonalMessage]
    assert concerned_by(examples.signed_subject(Message(text="x", size=1))) == [
        Message,
        SignatureRequest,
        TypedData,
    ]


def test_the_registry_and_a_copy_of_it_are_asked_alike() -> None:
    for subject in (examples.subject(), examples.signed_subject(examples.permit())):
        assert concerned(ALL_RULES, subject) == concerned(list(ALL_RULES), subject)
