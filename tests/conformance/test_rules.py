"""What holds of every rule, whichever it is."""

from __future__ import annotations

import copy
import random
import string
from collections.abc import Iterable
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.core import rules
from guard.core.evidence import Evidence, Missing
from guard.core.policy import DENIED_ID, Policy
from guard.core.prediction import PredictionClass
from guard.core.review import FAILED_ID, MISSING_ID, concerned, judge, review
from guard.core.rules import ALL_RULES, examples
from guard.core.rules.rule import HEADINGS, Example, Hit, Rule, Subject
from guard.core.thresholds import OF_ONE_RULE
from guard.core.verdict import Confidence, Decision, Finding, Severity
from guard.errors import ConfigurationError

NOT_RULES = {
    "__init__",
    "rule",
    "examples",
    *("given", "lifetimes", "listed", "model_facts", "moves", "offers", "seen", "signed_for", "spenders"),
}
"""What rules share, and what is no rule itself."""
FILES = sorted(
    path.stem for path in Path(str(rules.__file__)).parent.glob("*.py") if path.stem not in NOT_RULES
)
EXAMPLES = [example for rule in ALL_RULES for example in (*rule.fires, *rule.quiet)]
COPIES = copy.deepcopy(EXAMPLES)
"""What the examples were before any rule was shown them."""
EVIDENCE_FIELDS = [field.name for field in fields(Evidence) if "prediction" not in field.name]

each_rule = pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
each_fires = pytest.mark.parametrize(
    ("rule", "example"),
    [(rule, example) for rule in ALL_RULES for example in rule.fires],
    ids=lambda value: getattr(value, "id", None) or value.title,
)
each_quiet = pytest.mark.parametrize(
    ("rule", "example"),
    [(rule, example) for rule in ALL_RULES for example in rule.quiet],
    ids=lambda value: getattr(value, "id", None) or value.title,
)


def found(example: Example, asked: Iterable[Rule] = ALL_RULES, policy: Policy | None = None) -> list[Finding]:
    subject = replace(example.subject, policy=policy or example.subject.policy)
    return list(judge(subject, asked).findings)


def with_evidence(subject: Subject, **changes: object) -> Subject:
    return replace(subject, evidence=replace(subject.evidence, **changes))


def looks_at(rule: Rule, subject: Subject) -> bool:
    return rule.id in {one.id for one in concerned(ALL_RULES, subject)}


@pytest.mark.parametrize("name", FILES)
def test_one_file_holds_one_rule_and_is_named_after_it(name: str) -> None:
    module = import_module(f"guard.core.rules.{name}")
    assert module.RULE.id == name.replace("_", ".", 1).replace("_", "-")
    assert [rule for rule in ALL_RULES if rule is module.RULE] == [module.RULE]
    assert module.RULE.documentation == module.__doc__
    assert module.RULE.check is module.check


def test_the_registry_holds_every_file_once_and_nothing_else() -> None:
    assert sorted(rule.id for rule in ALL_RULES) == sorted(
        import_module(f"guard.core.rules.{name}").RULE.id for name in FILES
    )
    assert len({rule.id for rule in ALL_RULES}) == len(ALL_RULES)


@each_rule
def test_its_description_is_complete(rule: Rule) -> None:
    assert tuple(rule.sections()) == HEADINGS
    assert all(len(text) > 20 for text in rule.sections().values())
    assert rule.title
    assert not rule.title.endswith(".")
    assert isinstance(rule.severity, Severity)
    assert isinstance(rule.confidence, Confidence)
    assert rule.state in ("preview", "stable", "deprecated")
    assert all((rule.message, rule.advice, rule.fires, rule.quiet))
    assert rule.check.__doc__ is not None
    assert rule.check.__doc__.startswith("Fire ")


@each_rule
def test_its_examples_have_titles_of_their_own(rule: Rule) -> None:
    titles = [example.title for example in (*rule.fires, *rule.quiet)]
    assert len(set(titles)) == len(titles)


@each_fires
def test_every_example_that_fires_gives_a_finding_of_its_rule(rule: Rule, example: Example) -> None:
    assert rule.id in {finding.rule for finding in found(example)}


@each_quiet
def test_every_example_that_is_quiet_gives_none_of_its_rule(rule: Rule, example: Example) -> None:
    assert {rule.id, FAILED_ID}.isdisjoint({finding.rule for finding in found(example)})


@each_rule
def test_asking_twice_gives_the_same(rule: Rule) -> None:
    for example in EXAMPLES:
        # A new subject remembers nothing of what was worked out for the first.
        again = replace(example, subject=replace(example.subject))
        assert found(example, [rule]) == found(again, [rule])


@each_rule
def test_what_it_is_shown_is_not_changed(rule: Rule) -> None:
    for example, before in zip(EXAMPLES, COPIES, strict=True):
        list(rule.check(example.subject))
        assert example.subject == before.subject


@each_rule
def test_it_reads_no_evidence_but_what_it_needs(rule: Rule) -> None:
    for example in EXAMPLES:
        others = {name: Missing("not looked at") for name in EVIDENCE_FIELDS if name not in rule.reads}
        blinded = with_evidence(example.subject, **others)
        assert list(rule.check(blinded)) == list(rule.check(example.subject))


@pytest.mark.parametrize(
    ("rule", "field"),
    [(rule, field) for rule in ALL_RULES for field in rule.reads],
    ids=lambda value: str(getattr(value, "id", value)),
)
def test_what_it_reads_and_is_missing_is_a_finding_that_names_it_and_is_never_allowed(
    rule: Rule, field: str
) -> None:
    for example in (*rule.fires, *rule.quiet):
        subject = with_evidence(example.subject, **{field: Missing("the source is down")})
        verdict = judge(subject)
        missing = [finding for finding in verdict.findings if finding.rule == MISSING_ID]
        if not looks_at(rule, subject):
            assert rule.id not in {name for finding in missing for name in finding.facts["rules"] or ()}  # type: ignore[union-attr]
            continue
        assert [rule.id in (finding.facts["rules"] or ()) for finding in missing] == [True]  # type: ignore[operator]
        assert "the source is down" in missing[0].message
        assert verdict.decision in (None, Decision.BLOCK)
        if field in rule.needs:
            assert rule.id not in {finding.rule for finding in verdict.findings}


@each_rule
def test_it_looks_at_every_example_in_which_it_fires(rule: Rule) -> None:
    assert all(looks_at(rule, example.subject) for example in rule.fires)


@each_rule
def test_where_it_has_nothing_to_look_at_it_would_find_nothing(rule: Rule) -> None:
    for example in EXAMPLES:
        if not looks_at(rule, example.subject):
            assert list(rule.check(example.subject)) == []


@each_fires
def test_message_and_advice_are_made_from_the_facts_alone(rule: Rule, example: Example) -> None:
    for finding in found(example, [rule]):
        for template, text in ((rule.message, finding.message), (rule.advice, finding.advice)):
            named = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
            assert named <= set(finding.facts)
            assert text == template.format_map(finding.facts)
        assert all(isinstance(fact, str | int | float | tuple | None) for fact in finding.facts.values())
        assert "\n" not in finding.message + finding.advice


@settings(max_examples=30)
@given(st.randoms(use_true_random=False))
def test_no_order_of_the_rules_changes_a_verdict(shuffle: random.Random) -> None:
    order = list(ALL_RULES)
    shuffle.shuffle(order)
    for example in EXAMPLES:
        assert judge(example.subject, order) == judge(example.subject)


@each_rule
def test_no_order_of_the_known_counterparties_changes_a_finding(rule: Rule) -> None:
    for example in EXAMPLES:
        known = example.subject.evidence.counterparties
        assert not isinstance(known, Missing)
        turned = replace(known, value=tuple(reversed(known.value)))
        other = replace(example, subject=with_evidence(example.subject, counterparties=turned))
        assert found(other, [rule]) == found(example, [rule])


@each_rule
@pytest.mark.parametrize("field", ["accounts", "tokens", "listings"])
def test_no_order_of_what_the_sources_told_changes_a_finding(rule: Rule, field: str) -> None:
    for example in EXAMPLES:
        fact = getattr(example.subject.evidence, field)
        assert not isinstance(fact, Missing)
        turned = replace(fact, value=dict(reversed(fact.value.items())))
        other = replace(example, subject=with_evidence(example.subject, **{field: turned}))
        assert found(other, [rule]) == found(example, [rule])


@each_rule
@pytest.mark.parametrize("error", [ValueError, KeyError, RecursionError, MemoryError, AssertionError])
def test_if_it_raised_it_would_block_under_its_own_id(rule: Rule, error: type[Exception]) -> None:
    def check(_: Subject) -> Iterable[Hit]:
        raise error

    findings = found(rule.fires[0], [replace(rule, check=check)])
    assert [(finding.rule, finding.severity, finding.facts) for finding in findings] == [
        (FAILED_ID, Severity.BLOCK, {"rule": rule.id, "error": error.__name__})
    ]
    assert rule.id in findings[0].message


@each_rule
def test_an_interruption_while_it_looks_passes_through(rule: Rule) -> None:
    def check(_: Subject) -> Iterable[Hit]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        found(rule.fires[0], [replace(rule, check=check)])


@each_rule
def test_without_one_part_of_its_description_it_could_not_be_made(rule: Rule) -> None:
    for part in ("id", "documentation", "message", "advice", "fires", "quiet"):
        with pytest.raises(ConfigurationError):
            replace(rule, **{part: type(getattr(rule, part))()})


@each_rule
def test_turned_off_it_is_silent_unless_it_stands_for_the_unknown(rule: Rule) -> None:
    if rule.id == DENIED_ID:
        with pytest.raises(ConfigurationError, match="has a level"):
            Policy(levels={rule.id: None})
        return
    for example in rule.fires:
        policy = replace(example.subject.policy, levels={rule.id: None})
        told = {finding.rule for finding in found(example, policy=policy)}
        assert (rule.id in told) == rule.is_unknown


@each_rule
def test_it_looks_at_values_and_never_at_the_world(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a rule reached out")

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr("socket.socket", refuse)
    monkeypatch.setattr("time.time", refuse)
    for example in (*rule.fires, *rule.quiet):
        list(rule.check(example.subject))


def test_no_prediction_but_fraud_suspicion_and_silence_changes_a_decision() -> None:
    decisions = {
        word: review(examples.TRANSFER, examples.said(word, reason="x"), Policy(), now=0).decision
        for word in PredictionClass
    }
    assert decisions == {
        PredictionClass.FRAUD: Decision.BLOCK,
        PredictionClass.SUSPICIOUS: Decision.ALLOW,
        PredictionClass.SAFE: Decision.ALLOW,
        PredictionClass.ABSTAINED: Decision.ALLOW,
        PredictionClass.UNKNOWN: None,
    }


def test_a_rule_is_shown_nothing_but_request_acts_evidence_policy_and_time() -> None:
    assert [field.name for field in fields(Subject)] == ["request", "acts", "evidence", "policy", "now"]


class _Watched(Policy):
    """A policy that remembers which thresholds were read."""

    __slots__ = ()
    seen: set[str] = set()  # noqa: RUF012  shared on purpose: an instance has no place for it

    def __getattribute__(self, name: str) -> object:
        if name in OF_ONE_RULE:
            _Watched.seen.add(name)
        return object.__getattribute__(self, name)


@each_rule
def test_it_names_the_thresholds_that_it_compares_with_and_no_others(rule: Rule) -> None:
    read: set[str] = set()
    for example in (*rule.fires, *rule.quiet):
        own = example.subject.policy
        policy = _Watched(**{field.name: getattr(own, field.name) for field in fields(Policy)})
        _Watched.seen.clear()  # the policy's own checks have looked at every one
        list(rule.check(replace(example.subject, policy=policy)))
        read |= _Watched.seen
    assert set(rule.thresholds) == read
