"""The form of a policy file: which tables and keys there are, and what each may hold.

What belongs here: the form. What must not: what a policy means, which is `guard.core.policy`'s, or how scopes
and presets come together, which is `guard.adapters.policy_file`'s.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from guard.core.address import Address
from guard.core.amounts import MAX_UINT256, parse_amount
from guard.core.policy import (
    DEFAULT_FEE_LIMIT_WEI,
    DEFAULT_LOOKALIKE_ALONE,
    DEFAULT_LOOKALIKE_PREFIX,
    DEFAULT_LOOKALIKE_SUFFIX,
    DEFAULT_STRANGER_LIMIT_WEI,
    DENIED_ID,
)
from guard.core.rules import ALL_RULES
from guard.core.rules.rule import Rule
from guard.core.text import escape_untrusted
from guard.errors import ConfigurationError, InvalidAddress, InvalidAmount

MAX_NOTE = 120
"""Characters of a name or a note."""
NO_LIMIT = "none"
"""What takes a limit away that a preset or the base has set."""

_RULES = {rule.id: rule for rule in ALL_RULES}
_TOKEN_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,77})(?:\.([0-9]{1,77}))?")
_END_OF_DAY = timedelta(days=1, seconds=-1)

Level = Literal["off", "info", "warn", "block"]
Severity = Literal["info", "warn", "block"]
Asked = Literal["warn", "block"]


def _amount(text: object) -> int:
    if not isinstance(text, str):
        raise ValueError('write amounts as text with a unit, such as "0.05ether"')
    try:
        return parse_amount(text)
    except InvalidAmount as error:
        raise ValueError(f"{error.message}; {error.hint}") from error


def _limit(text: object) -> int | None:
    return None if text == NO_LIMIT else _amount(text)


def _token_amount(text: object) -> str:
    if not isinstance(text, str) or _TOKEN_AMOUNT.fullmatch(text) is None:
        raise ValueError('write amounts of a token as text in whole tokens, such as "500" or "0.5"')
    return text


def units(text: str, decimals: int) -> int:
    """Return an amount in whole tokens as units of the smallest size; exact, without any float.

    Raises ConfigurationError for a finer amount than the token has, and for one above 2^256-1.
    """
    whole, _, fraction = text.partition(".")
    if len(fraction) > decimals:
        raise ConfigurationError(f"{text} is finer than the token", hint=f"it has {decimals} decimals")
    found = int(whole + fraction.ljust(decimals, "0"))
    if found > MAX_UINT256:
        raise ConfigurationError(f"{text} is above 2^256-1 units", hint="leave it out to set no limit")
    return found


def _address(text: object) -> Address:
    if not isinstance(text, str):
        raise ValueError("write an address as text, 0x and 40 hex digits")
    try:
        return Address.parse(text)
    except InvalidAddress as error:
        raise ValueError(f"{error.message}; {error.hint}") from error


def _rule_problem(rule_id: str) -> str:
    """Return why a rule of this name can have no table, or nothing."""
    if rule_id not in _RULES:
        return f"there is no rule '{escape_untrusted(rule_id, limit=60)}'; `guard rules` lists them"
    if rule_id.startswith("model."):
        return f"the level of {rule_id} is set under [predict] and [missing], not [rules]"
    if rule_id == DENIED_ID:
        return f"nothing lifts {DENIED_ID}: take the deny entry out instead"
    return ""


def _leveled_rule(rule_id: str) -> str:
    if problem := _rule_problem(rule_id):
        raise ValueError(problem)
    return rule_id


def _allowed_rule(rule_id: str) -> str:
    if problem := _rule_problem(rule_id):
        raise ValueError(problem)
    if rule_id.startswith("limit."):
        raise ValueError(f"{rule_id} is about an amount and not about anybody: raise the limit instead")
    return rule_id


def _moment(value: object) -> int:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("write a time with its offset, such as 2027-01-31T18:00:00Z, or a date alone")
        return int(value.timestamp())
    if isinstance(value, date):
        end = datetime(value.year, value.month, value.day, tzinfo=UTC) + _END_OF_DAY
        return int(end.timestamp())
    raise ValueError("write a date, such as 2027-01-31, or a time with its offset; without quotes")


def _text(value: str) -> str:
    return escape_untrusted(value, limit=MAX_NOTE)


def _each_address_once(table: object) -> object:
    if isinstance(table, dict) and (twice := _repeated(str(key).lower() for key in table)):
        raise ValueError(f"the address {twice} stands there twice")
    return table


def _repeated(keys: Iterable[Hashable]) -> str:
    """Return the keys that come more than once, or nothing."""
    return ", ".join(str(key) for key, count in Counter(keys).items() if count > 1)


Amount = Annotated[int, BeforeValidator(_amount)]
Limit = Annotated[int | None, BeforeValidator(_limit)]
TokenAmount = Annotated[str, BeforeValidator(_token_amount)]
Party = Annotated[Address, BeforeValidator(_address)]
Moment = Annotated[int, BeforeValidator(_moment)]
Text = Annotated[str, AfterValidator(_text)]


class Section(BaseModel):
    """A table of the file: nothing but its keys, each of its own type."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, arbitrary_types_allowed=True)


class TokenSection(Section):
    """`[limits.tokens."0x…"]`: amounts in whole tokens."""

    decimals: int | None = Field(default=None, ge=0, le=77)
    """Needed once; a scope, or a file over a preset, need not say it again."""
    per_transaction: TokenAmount | None = None
    daily: TokenAmount | None = None


class WindowSection(Section):
    """`[[limits.window]]`: the most within so many hours."""

    hours: int = Field(ge=1, le=24 * 366)
    native: Amount | None = None
    tokens: Annotated[dict[Party, TokenAmount], BeforeValidator(_each_address_once)] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _limits_something(self) -> WindowSection:
        if self.native is None and not self.tokens:
            raise ValueError("it limits nothing: give native, or tokens")
        return self


class LimitsSection(Section):
    """`[limits]`."""

    per_transaction: Limit = None
    daily: Limit = None
    strangers: Amount = DEFAULT_STRANGER_LIMIT_WEI
    fee: Amount = DEFAULT_FEE_LIMIT_WEI
    tokens: Annotated[dict[Party, TokenSection], BeforeValidator(_each_address_once)] = Field(
        default_factory=dict
    )
    window: list[WindowSection] = Field(default_factory=list)

    @model_validator(mode="after")
    def _windows_differ(self) -> LimitsSection:
        if twice := _repeated(one.hours for one in self.window):
            raise ValueError(f"a window of {twice} hours stands there twice")
        return self


class Thresholds(Section):
    """What rules compare with; of `[thresholds]` for all, of a rule's table for that rule alone."""

    unlimited_supply_percent: int | None = None
    allowance_balance_multiple: int | None = None
    grant_days: int | None = None
    young_contract_days: int | None = None
    portfolio_percent: int | None = None
    priority_fee: Amount | None = None
    priority_fee_multiple: int | None = None
    fee_over_market_percent: int | None = None
    repeat_count: int | None = None
    repeat_minutes: int | None = None

    def told(self) -> dict[str, int]:
        """Return what is set, by the policy's own names of the fields."""
        return {
            _FIELDS.get(name, name): value
            for name in Thresholds.model_fields
            if (value := getattr(self, name)) is not None
        }


_FIELDS = {
    "priority_fee": "priority_fee_limit_wei",
    "strangers": "stranger_limit_wei",
    "fee": "fee_limit_wei",
}


class RuleSection(Thresholds):
    """`[rules."family.name"]`."""

    level: Level | None = None
    strangers: Amount | None = None
    fee: Amount | None = None

    def told(self) -> dict[str, int]:
        """Return the thresholds that are set for this rule, by the policy's own names."""
        limits = {"strangers": self.strangers, "fee": self.fee}
        own = {_FIELDS[name]: value for name, value in limits.items() if value is not None}
        return super().told() | own

    @model_validator(mode="after")
    def _says_something(self) -> RuleSection:
        if self.level is None and not self.told():
            raise ValueError("it says nothing: give a level, or a threshold that the rule has")
        return self


class LookalikeSection(Section):
    """`[lookalike]`."""

    prefix: int = DEFAULT_LOOKALIKE_PREFIX
    suffix: int = DEFAULT_LOOKALIKE_SUFFIX
    alone: int = DEFAULT_LOOKALIKE_ALONE


class EmbeddedSection(Section):
    """`[predict.embedded]`."""

    fraud: Asked | None = None
    suspicious: Severity | None = None


class PredictSection(Section):
    """`[predict]`."""

    fraud: Asked = "block"
    suspicious: Severity = "warn"
    suspicious_contract: Severity = "info"
    embedded: EmbeddedSection = EmbeddedSection()


class MissingSection(Section):
    """`[missing]`: `level` for every source, and single ones besides."""

    level: Asked = "warn"
    chain_id: Asked | None = None
    balance: Asked | None = None
    recipient_code: Asked | None = None
    counterparties: Asked | None = None
    spending: Asked | None = None
    accounts: Severity | None = None
    tokens: Severity | None = None
    fee_market: Severity | None = None
    simulation: Severity | None = None
    listings: Severity | None = None


class CounterpartiesSection(Section):
    """`[counterparties]`."""

    unknown: Severity = "info"


class DenySection(Section):
    """One `[[deny]]`."""

    address: Party
    note: Text = ""


class AllowSection(Section):
    """One `[[allow]]`."""

    rule: Annotated[str, AfterValidator(_allowed_rule)]
    counterparty: Party
    expires: Moment | None = None
    note: Text = ""


class Settings(Section):
    """All that a policy can say, for everything or for one scope."""

    unattended: bool = False
    typed_warnings: bool = False
    limits: LimitsSection = LimitsSection()
    thresholds: Thresholds = Thresholds()
    lookalike: LookalikeSection = LookalikeSection()
    predict: PredictSection = PredictSection()
    missing: MissingSection = MissingSection()
    counterparties: CounterpartiesSection = CounterpartiesSection()
    deny: list[DenySection] = Field(default_factory=list)
    allow: list[AllowSection] = Field(default_factory=list)
    rules: dict[Annotated[str, AfterValidator(_leveled_rule)], RuleSection] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _entries_differ(self) -> Settings:
        if twice := _repeated(entry.address for entry in self.deny):
            raise ValueError(f"a deny entry for {twice} stands there twice")
        if twice := _repeated(f"{entry.rule} about {entry.counterparty}" for entry in self.allow):
            raise ValueError(f"an allow entry for {twice} stands there twice")
        return self


class ScopeSection(Settings):
    """One `[[scope]]`: what differs on a chain, for an account, or for one account on one chain."""

    chain: int | None = Field(default=None, ge=1)
    account: Party | None = None

    @model_validator(mode="after")
    def _is_of_something(self) -> ScopeSection:
        if self.chain is None and self.account is None:
            raise ValueError("it is a scope of nothing: give chain, account or both")
        return self


class Document(Settings):
    """The whole file."""

    version: Literal[1]
    name: Text = "default"
    preset: Literal["personal", "treasury", "agent"] | None = None
    scope: list[ScopeSection] = Field(default_factory=list)

    @model_validator(mode="after")
    def _scopes_differ(self) -> Document:
        if twice := _repeated(f"chain {one.chain}, account {one.account}" for one in self.scope):
            raise ValueError(f"a scope of {twice} stands there twice")
        return self


def threshold_faults(rules: dict[str, RuleSection]) -> list[str]:
    """Return what is wrong with thresholds under rules that do not compare with them."""
    return [
        f'rules."{rule_id}": it does not compare with {_name(field)}{_offer(_RULES[rule_id])}'
        for rule_id, section in rules.items()
        for field in section.told()
        if field not in _RULES[rule_id].thresholds
    ]


def _offer(rule: Rule) -> str:
    return f"; it has {', '.join(map(_name, rule.thresholds))}" if rule.thresholds else ""


def _name(field: str) -> str:
    return next((name for name, told in _FIELDS.items() if told == field), field)


def fault_text(error: Any) -> str:
    """Return one fault of the form with its place, entries of a list counted from 1."""
    place = ""
    for part in error["loc"]:
        place += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    message = error["msg"].removeprefix("Value error, ")
    return escape_untrusted(f"{place.removeprefix('.') or 'the file'}: {message}", limit=300)
