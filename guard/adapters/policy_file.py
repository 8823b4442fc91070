"""The policy as a TOML file: strict, versioned, and refused as a whole when one line is wrong.

What belongs here: the way from a file, or a preset, to a policy. What must not: the file's form, which is
`guard.adapters.policy_document`'s, or what a policy means; `guard.core.policy` says it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from guard.adapters.files import modes_problem
from guard.adapters.policy_document import (
    Document,
    LimitsSection,
    MissingSection,
    PredictSection,
    Settings,
    fault_text,
    threshold_faults,
    units,
)
from guard.adapters.policy_layers import Place, Table, merged, scope_layers, without
from guard.core.address import Address
from guard.core.entries import Allow, Deny, WindowLimit
from guard.core.policy import DAY_S, Policy
from guard.core.presets import PRESETS
from guard.core.text import escape_untrusted
from guard.core.verdict import Severity
from guard.errors import ConfigurationError

_SEVERITIES = {severity.name.lower(): severity for severity in Severity}
_HOUR_S = 60 * 60
_OF_THE_FILE = frozenset({"version", "name", "preset", "scope"})


def load_policy(path: Path) -> Policy:
    """Return the policy in the file, or the preset of this name.

    A preset's name alone always means the preset, whatever lies in the working directory; a file of such a
    name is given by its whole path. Raises ConfigurationError that names the place of every fault.
    """
    if str(path) in PRESETS:
        return load_preset(str(path))
    try:
        problem = modes_problem(path, forbidden=0o022)
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, getattr(error, "strerror", None) or type(error).__name__) from error
    if problem is not None:
        raise _unusable(path, problem)
    return parse_policy(text, str(path))


def load_preset(name: str) -> Policy:
    """Return the policy of this name among PRESETS."""
    return parse_policy(preset_text(name), f"preset {name}")


def preset_text(name: str) -> str:
    """Return the file of the preset of this name among PRESETS."""
    return (resources.files("guard") / "presets" / f"{name}.toml").read_text(encoding="utf-8")


def parse_policy(text: str, origin: str) -> Policy:
    """Return the policy in this text; `origin` names it in errors."""
    try:
        raw = tomllib.loads(text)
        document = Document.model_validate(raw)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _unusable(origin, f"it is not TOML: {escape_untrusted(str(error))}") from error
    except ValidationError as error:
        problem = "; ".join(map(fault_text, error.errors()))
        if any(fault["loc"][:1] == ("rules",) for fault in error.errors()):
            problem += '; a rule\'s table is written [rules."family.name"], with the quotes'
        raise _unusable(origin, problem) from error
    below = {} if document.preset is None else tomllib.loads(preset_text(document.preset))
    base = merged(without(below, _OF_THE_FILE), without(raw, _OF_THE_FILE))
    faults: list[str] = []
    policy = _policy(base, document.name, "", faults)
    places = [(scope.chain, scope.account) for scope in document.scope]
    scopes: dict[Place, Policy] = {}
    for place, layers in scope_layers(places, raw.get("scope", ())).items():
        whole: Table = base
        for layer in layers:
            whole = merged(whole, layer)
        words = _words(place)
        scopes[place] = _policy(whole, f"{document.name}, {words}", f"scope of {words}: ", faults)
    if faults:
        raise _unusable(origin, "; ".join(faults))
    return replace(policy, scopes=scopes)


def _policy(table: Table, name: str, place: str, faults: list[str]) -> Policy:
    """Return the policy of one table; its faults are added, with their places, and it is then any policy."""
    settings = Settings.model_validate(table)
    found = threshold_faults(settings.rules)
    fields = {**_limits(settings.limits, found), **_answers(settings), **_entries(settings)}
    try:
        policy = Policy(name=name, **fields)
    except ConfigurationError as error:
        found.append(f"{error.message}: {error.hint}")
        policy = Policy()
    # What is wrong in the base is wrong in every scope, and told once.
    faults.extend(f"{place}{fault}" for fault in found if fault not in faults)
    return policy


def _limits(limits: LimitsSection, faults: list[str]) -> dict[str, Any]:
    return {
        "per_transaction_limit_wei": limits.per_transaction,
        "daily_limit_wei": limits.daily,
        "stranger_limit_wei": limits.strangers,
        "fee_limit_wei": limits.fee,
        "token_limits": _token_limits(limits, faults),
        "windows": _windows(limits, faults),
    }


def _answers(settings: Settings) -> dict[str, Any]:
    """Return what findings, predictions and what is missing do."""
    levels = {rule_id: rule.level for rule_id, rule in settings.rules.items() if rule.level is not None}
    return {
        "lookalike_prefix": settings.lookalike.prefix,
        "lookalike_suffix": settings.lookalike.suffix,
        "lookalike_alone": settings.lookalike.alone,
        "missing": _SEVERITIES[settings.missing.level],
        "missing_of": _missing_of(settings.missing),
        "strangers": _SEVERITIES[settings.counterparties.unknown],
        "unattended": settings.unattended,
        "typed_warnings": settings.typed_warnings,
        "levels": {rule_id: _SEVERITIES.get(level) for rule_id, level in levels.items()},
        "thresholds_of": {rule_id: told for rule_id, rule in settings.rules.items() if (told := rule.told())},
        **settings.thresholds.told(),
        **_predict(settings.predict),
    }


def _entries(settings: Settings) -> dict[str, Any]:
    return {
        "denied": tuple(Deny(address=entry.address, note=entry.note) for entry in settings.deny),
        "allowed": tuple(
            Allow(rule=entry.rule, counterparty=entry.counterparty, expires_at=entry.expires, note=entry.note)
            for entry in settings.allow
        ),
    }


def _predict(predict: PredictSection) -> dict[str, Severity | None]:
    return {
        "fraud": _SEVERITIES[predict.fraud],
        "suspicious": _SEVERITIES[predict.suspicious],
        "suspicious_contract": _SEVERITIES[predict.suspicious_contract],
        "embedded_fraud": _level(predict.embedded.fraud),
        "embedded_suspicious": _level(predict.embedded.suspicious),
    }


def _level(word: str | None) -> Severity | None:
    return None if word is None else _SEVERITIES[word]


def _missing_of(missing: MissingSection) -> dict[str, Severity]:
    told = missing.model_dump(exclude={"level"}, exclude_none=True)
    return {source: _SEVERITIES[word] for source, word in told.items()}


def _token_limits(limits: LimitsSection, faults: list[str]) -> dict[Address, int]:
    told = {
        token: (section.per_transaction, f"limits.tokens.{token}.per_transaction")
        for token, section in limits.tokens.items()
        if section.per_transaction is not None
    }
    return dict(_in_units(told, limits, faults))


def _windows(limits: LimitsSection, faults: list[str]) -> tuple[WindowLimit, ...]:
    daily = {
        token: (section.daily, f"limits.tokens.{token}.daily")
        for token, section in limits.tokens.items()
        if section.daily is not None
    }
    found = [WindowLimit(seconds=DAY_S, tokens=dict(_in_units(daily, limits, faults)))] if daily else []
    for number, window in enumerate(limits.window, start=1):
        told = {
            token: (amount, f"limits.window[{number}].tokens.{token}")
            for token, amount in window.tokens.items()
        }
        found.append(
            WindowLimit(
                seconds=window.hours * _HOUR_S,
                native_wei=window.native,
                tokens=dict(_in_units(told, limits, faults)),
            )
        )
    return tuple(found)


def _in_units(
    told: dict[Address, tuple[str, str]], limits: LimitsSection, faults: list[str]
) -> Iterator[tuple[Address, int]]:
    for token, (amount, place) in told.items():
        section = limits.tokens.get(token)
        if section is None or section.decimals is None:
            faults.append(f'{place}: give its decimals under [limits.tokens."{token}"]')
            continue
        try:
            yield token, units(amount, section.decimals)
        except ConfigurationError as error:
            faults.append(f"{place}: {error.message}; {error.hint}")


def _words(place: Place) -> str:
    chain, account = place
    named = [
        *(() if chain is None else (f"chain {chain}",)),
        *(() if account is None else (f"account {account}",)),
    ]
    return ", ".join(named)


def _unusable(origin: object, problem: str) -> ConfigurationError:
    return ConfigurationError(
        f"the policy {escape_untrusted(str(origin), limit=200)} cannot be used: {problem}",
        hint="mend it; without it nothing is reviewed, because a default could allow what it forbids",
    )
