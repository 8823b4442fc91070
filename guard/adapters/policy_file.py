"""The policy as a TOML file: strict, versioned, and refused as a whole when one line is wrong.

What belongs here: the file's form. What must not: what a policy means; `guard.core.policy` says it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from guard.adapters.files import modes_problem
from guard.core.amounts import parse_amount
from guard.core.policy import (
    DEFAULT_FEE_LIMIT_WEI,
    DEFAULT_LOOKALIKE_ALONE,
    DEFAULT_LOOKALIKE_PREFIX,
    DEFAULT_LOOKALIKE_SUFFIX,
    DEFAULT_STRANGER_LIMIT_WEI,
    Policy,
)
from guard.core.rules import ALL_RULES
from guard.core.text import escape_untrusted
from guard.core.verdict import Severity
from guard.errors import ConfigurationError, InvalidAmount

_SEVERITIES = {severity.name.lower(): severity for severity in Severity}
Level = Literal["off", "info", "warn", "block"]


def _amount(text: object) -> int:
    if not isinstance(text, str):
        raise ValueError('write amounts as text with a unit, such as "0.05ether"')
    try:
        return parse_amount(text)
    except InvalidAmount as error:
        raise ValueError(f"{error.message}; {error.hint}") from error


Amount = Annotated[int, BeforeValidator(_amount)]


class _Section(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Limits(_Section):
    per_transaction: Amount | None = None
    daily: Amount | None = None
    strangers: Amount = DEFAULT_STRANGER_LIMIT_WEI
    fee: Amount = DEFAULT_FEE_LIMIT_WEI


class _Lookalike(_Section):
    prefix: int = DEFAULT_LOOKALIKE_PREFIX
    suffix: int = DEFAULT_LOOKALIKE_SUFFIX
    alone: int = DEFAULT_LOOKALIKE_ALONE


class _PredictEmbedded(_Section):
    fraud: Literal["warn", "block"] | None = None
    suspicious: Literal["info", "warn", "block"] | None = None


class _Predict(_Section):
    fraud: Literal["warn", "block"] = "block"
    suspicious: Literal["info", "warn", "block"] = "warn"
    suspicious_contract: Literal["info", "warn", "block"] = "info"
    embedded: _PredictEmbedded = _PredictEmbedded()


class _Missing(_Section):
    level: Literal["warn", "block"] = "warn"


class _Rule(_Section):
    level: Level


class _Document(_Section):
    version: Literal[1]
    name: str = "default"
    limits: _Limits = _Limits()
    lookalike: _Lookalike = _Lookalike()
    predict: _Predict = _Predict()
    missing: _Missing = _Missing()
    rules: dict[str, _Rule] = Field(default_factory=dict)


def load_policy(path: Path) -> Policy:
    """Return the policy in the file; raises ConfigurationError that names the place of every fault."""
    try:
        problem = modes_problem(path, forbidden=0o022)
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, getattr(error, "strerror", None) or type(error).__name__) from error
    if problem is not None:
        raise _unusable(path, problem)
    return parse_policy(text, str(path))


def parse_policy(text: str, origin: str) -> Policy:
    """Return the policy in this text; `origin` names it in errors."""
    try:
        document = _Document.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _unusable(origin, f"it is not TOML: {escape_untrusted(str(error))}") from error
    except ValidationError as error:
        problem = "; ".join(map(_describe, error.errors()))
        if any(fault["loc"][0] == "rules" for fault in error.errors()):
            problem += '; a rule\'s table is written [rules."family.name"], with the quotes'
        raise _unusable(origin, problem) from error
    for rule_id in document.rules:
        _check_rule(rule_id, origin)
    try:
        return _policy(document)
    except ConfigurationError as error:
        raise _unusable(origin, f"{error.message}: {error.hint}") from error


def _policy(document: _Document) -> Policy:
    return Policy(
        name=escape_untrusted(document.name, limit=64),
        per_transaction_limit_wei=document.limits.per_transaction,
        daily_limit_wei=document.limits.daily,
        stranger_limit_wei=document.limits.strangers,
        fee_limit_wei=document.limits.fee,
        lookalike_prefix=document.lookalike.prefix,
        lookalike_suffix=document.lookalike.suffix,
        lookalike_alone=document.lookalike.alone,
        fraud=_SEVERITIES[document.predict.fraud],
        suspicious=_SEVERITIES[document.predict.suspicious],
        suspicious_contract=_SEVERITIES[document.predict.suspicious_contract],
        embedded_fraud=_level(document.predict.embedded.fraud),
        embedded_suspicious=_level(document.predict.embedded.suspicious),
        missing=_SEVERITIES[document.missing.level],
        levels={rule_id: _SEVERITIES.get(rule.level) for rule_id, rule in document.rules.items()},
    )


def _level(word: str | None) -> Severity | None:
    return None if word is None else _SEVERITIES[word]


def _check_rule(rule_id: str, origin: str) -> None:
    known = {rule.id for rule in ALL_RULES}
    if rule_id not in known:
        raise _unusable(
            origin, f"there is no rule '{escape_untrusted(rule_id, limit=60)}'; `guard rules` lists them"
        )
    if rule_id.startswith("model."):
        raise _unusable(origin, f"the level of {rule_id} is set under [predict] and [missing], not [rules]")


def _describe(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    return escape_untrusted(f"{place}: {error['msg']}", limit=200)


def _unusable(origin: object, problem: str) -> ConfigurationError:
    return ConfigurationError(
        f"the policy {escape_untrusted(str(origin), limit=200)} cannot be used: {problem}",
        hint="mend it; without it nothing is reviewed, because a default could allow what it forbids",
    )
