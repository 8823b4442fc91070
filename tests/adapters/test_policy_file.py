"""The policy file: every fault is named with its place, and one fault refuses the whole."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from guard.adapters.policy_file import load_policy, load_preset, parse_policy
from guard.core.address import Address
from guard.core.entries import Allow, Deny, WindowLimit
from guard.core.policy import DENIED_ID, Policy
from guard.core.presets import PRESETS
from guard.core.rules import ALL_RULES
from guard.core.verdict import Severity
from guard.errors import ConfigurationError

FULL = """\
version = 1
name = "household"

[limits]
per_transaction = "1.5ether"
strangers = "0"

[lookalike]
prefix = 2
suffix = 5
alone = 9

[predict]
fraud = "warn"
suspicious = "block"
suspicious_contract = "warn"

[predict.embedded]
fraud = "block"
suspicious = "info"

[missing]
level = "block"

[rules."recipient.first-time"]
level = "block"

[rules."recipient.no-code"]
level = "off"

[rules."payload.undecoded"]
level = "info"
"""


def written(tmp_path: Path, text: str | bytes, mode: int = 0o600) -> Path:
    path = tmp_path / "policy.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def test_every_setting_reaches_the_policy(tmp_path: Path) -> None:
    assert load_policy(written(tmp_path, FULL)) == Policy(
        name="household",
        per_transaction_limit_wei=15 * 10**17,
        stranger_limit_wei=0,
        lookalike_prefix=2,
        lookalike_suffix=5,
        lookalike_alone=9,
        fraud=Severity.WARN,
        suspicious=Severity.BLOCK,
        suspicious_contract=Severity.WARN,
        embedded_fraud=Severity.BLOCK,
        embedded_suspicious=Severity.INFO,
        missing=Severity.BLOCK,
        levels={
            "recipient.first-time": Severity.BLOCK,
            "recipient.no-code": None,
            "payload.undecoded": Severity.INFO,
        },
    )


A = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
B = "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"
TOKEN = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
OTHER = "0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D"

WHOLE = f"""\
version = 1
name = "everything"
unattended = true
typed_warnings = true

[limits]
per_transaction = "1ether"
daily = "2ether"
strangers = "0.01ether"
fee = "0.02ether"

[limits.tokens."{TOKEN}"]
decimals = 6
per_transaction = "500.5"
daily = "2000"

[limits.tokens."{OTHER.lower()}"]
decimals = 18

[[limits.window]]
hours = 168
native = "10ether"

[limits.window.tokens]
"{TOKEN.lower()}" = "5000"
"{OTHER}" = "0.000000000000000001"

[[limits.window]]
hours = 1
native = "0.5ether"

[thresholds]
unlimited_supply_percent = 90
allowance_balance_multiple = 3
grant_days = 7
young_contract_days = 30
portfolio_percent = 10
priority_fee = "3gwei"
priority_fee_multiple = 4
fee_over_market_percent = 50
repeat_count = 2
repeat_minutes = 60

[lookalike]
alone = 9

[missing]
level = "block"
simulation = "info"
balance = "warn"

[counterparties]
unknown = "warn"

[[deny]]
address = "{B}"
note = "fell out"

[[deny]]
address = "{A.lower()}"

[[allow]]
rule = "recipient.first-time"
counterparty = "{OTHER}"
expires = 2027-01-31
note = "a router"

[[allow]]
rule = "fee.tip"
counterparty = "{A}"
expires = 2027-01-31T18:00:00+02:00

[[allow]]
rule = "fee.tip"
counterparty = "{B}"

[rules."recipient.first-time"]
strangers = "1ether"

[rules."fee.high"]
level = "off"
fee = "1ether"

[rules."fee.tip"]
priority_fee = "1gwei"
priority_fee_multiple = 2
"""


def test_everything_that_a_policy_can_say() -> None:
    friend, foe, token, other = map(Address, (A, B, TOKEN, OTHER))
    day, ether, gwei = 86_400, 10**18, 10**9
    assert parse_policy(WHOLE, "a test") == Policy(
        name="everything",
        unattended=True,
        typed_warnings=True,
        per_transaction_limit_wei=ether,
        daily_limit_wei=2 * ether,
        stranger_limit_wei=ether // 100,
        fee_limit_wei=ether // 50,
        token_limits={token: 500_500_000},
        windows=(
            WindowLimit(seconds=day, tokens={token: 2_000_000_000}),
            WindowLimit(seconds=7 * day, native_wei=10 * ether, tokens={token: 5_000_000_000, other: 1}),
            WindowLimit(seconds=3600, native_wei=ether // 2),
        ),
        unlimited_supply_percent=90,
        allowance_balance_multiple=3,
        grant_days=7,
        young_contract_days=30,
        portfolio_percent=10,
        priority_fee_limit_wei=3 * gwei,
        priority_fee_multiple=4,
        fee_over_market_percent=50,
        repeat_count=2,
        repeat_minutes=60,
        lookalike_alone=9,
        missing=Severity.BLOCK,
        missing_of={"simulation": Severity.INFO, "balance": Severity.WARN},
        strangers=Severity.WARN,
        denied=(Deny(address=foe, note="fell out"), Deny(address=friend)),
        allowed=(
            # The whole day counts, in UTC: until 23:59:59.
            Allow(rule="recipient.first-time", counterparty=other, expires_at=1801439999, note="a router"),
            Allow(rule="fee.tip", counterparty=friend, expires_at=1801411200),
            Allow(rule="fee.tip", counterparty=foe),
        ),
        levels={"fee.high": None},
        thresholds_of={
            "recipient.first-time": {"stranger_limit_wei": ether},
            "fee.high": {"fee_limit_wei": ether},
            "fee.tip": {"priority_fee_limit_wei": gwei, "priority_fee_multiple": 2},
        },
    )


SCOPED = f"""\
version = 1
name = "all"
[limits]
daily = "1ether"
fee = "0.01ether"
[limits.tokens."{TOKEN}"]
decimals = 6
daily = "10"
[[limits.window]]
hours = 100
native = "5ether"
[[deny]]
address = "{B}"
[rules."fee.tip"]
level = "block"

[[scope]]
chain = 5
[scope.limits]
daily = "none"
[scope.limits.tokens."{TOKEN.lower()}"]
daily = "20"
[[scope.limits.window]]
hours = 100
native = "6ether"
[[scope.deny]]
address = "{OTHER}"

[[scope]]
account = "{A}"
unattended = true
[scope.rules."fee.tip"]
level = "warn"

[[scope]]
chain = 1
account = "{A}"
[scope.limits]
daily = "3ether"
"""


def test_a_scope_says_what_differs_and_scopes_that_meet_come_together() -> None:
    found = parse_policy(SCOPED, "a test")
    friend, token, ether = Address(A), Address(TOKEN), 10**18
    day = WindowLimit(seconds=86_400, tokens={token: 10**7})
    base = Policy(
        name="all",
        daily_limit_wei=ether,
        fee_limit_wei=ether // 100,
        windows=(day, WindowLimit(seconds=360_000, native_wei=5 * ether)),
        denied=(Deny(address=Address(B)),),
        levels={"fee.tip": Severity.BLOCK},
    )
    five = replace(
        base,
        name="all, chain 5",
        daily_limit_wei=None,
        windows=(replace(day, tokens={token: 2 * 10**7}), WindowLimit(seconds=360_000, native_wei=6 * ether)),
        denied=(*base.denied, Deny(address=Address(OTHER))),
    )
    of_account: dict[str, Any] = {"unattended": True, "levels": {"fee.tip": Severity.WARN}}
    assert found == replace(
        base,
        scopes={
            (5, None): five,
            (None, friend): replace(base, name=f"all, account {A}", **of_account),
            (1, friend): replace(
                base, name=f"all, chain 1, account {A}", daily_limit_wei=3 * ether, **of_account
            ),
            (5, friend): replace(five, name=f"all, chain 5, account {A}", **of_account),
        },
    )


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_c8_scopes_mean_the_same_in_any_order(order: tuple[int, ...]) -> None:
    base, *scopes = SCOPED.split("[[scope]]")
    shuffled = "[[scope]]".join([base, *(scopes[number] + "\n" for number in order)])
    assert parse_policy(shuffled, "a test") == parse_policy(SCOPED, "a test")


def test_a_file_can_build_on_a_preset() -> None:
    text = f'version = 1\npreset = "agent"\n[limits]\ndaily = "9ether"\n[[deny]]\naddress = "{A}"\n'
    assert parse_policy(text, "a test") == replace(
        load_preset("agent"), name="default", daily_limit_wei=9 * 10**18, denied=(Deny(address=Address(A)),)
    )


def test_the_preset_for_a_person_is_the_default_policy() -> None:
    assert replace(load_preset("personal"), name="default") == Policy()


@pytest.mark.parametrize("name", PRESETS)
def test_a_presets_name_means_the_preset_whatever_lies_in_the_working_directory(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_text("version = 1\nname = 'planted'\n")
    monkeypatch.chdir(tmp_path)
    assert load_policy(Path(name)) == load_preset(name)
    assert load_policy(Path(name)).name == name
    assert load_policy(tmp_path / name).name == "planted"


def test_what_an_unattended_preset_promises() -> None:
    agent = load_preset("agent")
    assert (agent.unattended, agent.strangers, agent.missing) == (True, Severity.BLOCK, Severity.BLOCK)
    assert agent.daily_limit_wei is not None
    assert load_preset("treasury").typed_warnings


def test_a_file_with_its_version_alone_is_the_default_policy(tmp_path: Path) -> None:
    assert load_policy(written(tmp_path, "version = 1\n")) == Policy()


LEVELED = [rule.id for rule in ALL_RULES if rule.id != DENIED_ID and not rule.id.startswith("model.")]


@pytest.mark.parametrize("rule", LEVELED)
def test_every_rule_but_the_models_and_the_denied_can_be_given_a_level(rule: str) -> None:
    text = f'version = 1\n[rules."{rule}"]\nlevel = "block"\n'
    assert parse_policy(text, "a test") == Policy(levels={rule: Severity.BLOCK})


FAULTS = [
    ("", "version: Field required"),
    ("version = 2", "version: Input should be 1"),
    ('version = "1"', "version: Input should be 1"),
    ("version = 1\nnmae = 'x'", "nmae: Extra inputs are not permitted"),
    ("version = 1\nname = 5", "name: Input should be a valid string"),
    ("version = 1\n[limit]\nstrangers = '1ether'", "limit: Extra inputs are not permitted"),
    ("version = 1\n[limits]\nstranger = '1ether'", "limits.stranger: Extra inputs are not permitted"),
    (
        "version = 1\n[limits]\nper_transaction = 5",
        "limits.per_transaction: write amounts as text",
    ),
    ("version = 1\n[limits]\nstrangers = 0.5", "limits.strangers: write amounts as text with a unit"),
    ("version = 1\n[limits]\nstrangers = true", "limits.strangers: write amounts as text with a unit"),
    ("version = 1\n[limits]\nstrangers = '0.5'", "limits.strangers: .*'0.5' is a fraction without a unit"),
    ("version = 1\n[limits]\nstrangers = '-1ether'", "limits.strangers: .*is not an amount"),
    ("version = 1\nlimits = 5", "limits: Input should be"),
    ("version = 1\n[lookalike]\nprefix = '3'", "lookalike.prefix: Input should be a valid integer"),
    ("version = 1\n[lookalike]\nprefix = 3.0", "lookalike.prefix: Input should be a valid integer"),
    ("version = 1\n[lookalike]\nprefix = true", "lookalike.prefix: Input should be a valid integer"),
    ("version = 1\n[lookalike]\nprefix = 0", r"\[lookalike\] prefix cannot be 0"),
    ("version = 1\n[lookalike]\nsuffix = 40", r"\[lookalike\] suffix cannot be 40"),
    ("version = 1\n[predict]\nfraud = 'info'", "predict.fraud: Input should be 'warn' or 'block'"),
    ("version = 1\n[predict]\nfraud = 'off'", "predict.fraud: Input should be 'warn' or 'block'"),
    ("version = 1\n[predict]\nfraud = 'BLOCK'", "predict.fraud: Input should be 'warn' or 'block'"),
    ("version = 1\n[predict]\nsuspicious = 'off'", "predict.suspicious: Input should be 'info', 'warn' or"),
    ("version = 1\n[predict]\nsafe = 'warn'", "predict.safe: Extra inputs are not permitted"),
    ("version = 1\n[missing]\nlevel = 'info'", "missing.level: Input should be 'warn' or 'block'"),
    ("version = 1\n[missing]\nlevel = 'off'", "missing.level: Input should be 'warn' or 'block'"),
    ("version = 1\n[rules.'recipient.first-time']\nlevel = 'allow'", "rules.recipient.first-time.level: "),
    (
        "version = 1\n[rules.'recipient.first-time']\n",
        "rules.recipient.first-time: it says nothing: give a level",
    ),
    (
        "version = 1\n[rules.'recipient.first-time']\nlevel = 'off'\nfor = 'x'",
        "rules.recipient.first-time.for: Extra inputs",
    ),
    ("version = 1\n[rules.'recipient.friend']\nlevel = 'off'", "there is no rule 'recipient.friend'"),
    ("version = 1\n[rules.'evidence.missing']\nlevel = 'off'", "there is no rule 'evidence.missing'"),
    ("version = 1\n[rules.'rule.failed']\nlevel = 'off'", "there is no rule 'rule.failed'"),
    *(
        (f"version = 1\n[rules.'{rule.id}']\nlevel = 'off'", r"set under \[predict\] and \[missing\]")
        for rule in ALL_RULES
        if rule.id.startswith("model.")
    ),
    ("version = 1\nunattended = 1", "unattended: Input should be a valid boolean"),
    ("version = 1\npreset = 'mine'", "preset: Input should be 'personal', 'treasury' or 'agent'"),
    ("version = 1\n[limits]\ndaily = 'None'", "limits.daily: 'None' is not an amount"),
    ("version = 1\n[limits]\nstrangers = 'none'", "limits.strangers: 'none' is not an amount"),
    ("version = 1\n[limits.tokens.'0x12']\ndecimals = 6", r"limits.tokens.0x12.\[key\]: not an address"),
    (
        f"version = 1\n[limits.tokens.'{TOKEN.replace('A', 'a')}']\ndecimals = 6",
        "the checksum of .* is wrong",
    ),
    (f"version = 1\n[limits.tokens.'{TOKEN}']\ndaily = '5'", f"{TOKEN}.daily: give its decimals under"),
    (f"version = 1\n[limits.tokens.'{TOKEN}']\ndecimals = 78", "decimals: Input should be less than"),
    *(
        (
            f"version = 1\n[limits.tokens.'{TOKEN}']\ndecimals = 6\ndaily = {wrong}",
            f"{TOKEN}.daily: write amounts",
        )
        for wrong in ("5", "0.5", "'5 '", "'-5'", "'1e3'", "'05'", "'.5'", "'5.'", "'1_000'", "'٣'")
    ),
    (
        f"version = 1\n[limits.tokens.'{TOKEN}']\ndecimals = 6\ndaily = '0.0000001'\nper_transaction = '1'",
        f"limits.tokens.{TOKEN}.daily: 0.0000001 is finer than the token; it has 6 decimals",
    ),
    (
        f"version = 1\n[limits.tokens.'{TOKEN}']\ndecimals = 6\nper_transaction = '{10**77}'",
        f"limits.tokens.{TOKEN}.per_transaction: {10**77} is above 2\\^256-1 units",
    ),
    (
        "version = 1\n"
        + "".join(f"[limits.tokens.'{one}']\ndecimals = 6\n" for one in (TOKEN, TOKEN.lower())),
        f"limits.tokens: the address {TOKEN.lower()} stands there twice",
    ),
    ("version = 1\n[limits]\ntokens = 5", "limits.tokens: Input should be"),
    ("version = 1\n[[limits.window]]\nhours = 1", r"limits.window\[1\]: it limits nothing"),
    ("version = 1\n[[limits.window]]\nhours = 0\nnative = '1wei'", r"limits.window\[1\].hours: "),
    ("version = 1\n[[limits.window]]\nhours = 1.5\nnative = '1wei'", r"limits.window\[1\].hours: "),
    (
        "version = 1\n" + "[[limits.window]]\nhours = 1\nnative = '1wei'\n" * 2,
        "limits: a window of 1 hours stands there twice",
    ),
    (
        f"version = 1\n[[limits.window]]\nhours = 1\n[limits.window.tokens]\n'{TOKEN}' = '5'",
        rf'limits.window\[1\].tokens.{TOKEN}: give its decimals under \[limits.tokens."{TOKEN}"\]',
    ),
    ("version = 1\n[thresholds]\ngrant_day = 1", "thresholds.grant_day: Extra inputs"),
    ("version = 1\n[thresholds]\ngrant_days = 1.0", "thresholds.grant_days: Input should be a valid integer"),
    ("version = 1\n[thresholds]\nrepeat_count = 1", r"\[thresholds\]: repeat_count cannot be 1: give 2 to"),
    ("version = 1\n[thresholds]\nstrangers = '1wei'", "thresholds.strangers: Extra inputs"),
    ("version = 1\n[missing]\nsimulations = 'info'", "missing.simulations: Extra inputs"),
    ("version = 1\n[missing]\nspending = 'info'", "missing.spending: Input should be 'warn' or 'block'"),
    ("version = 1\n[counterparties]\nunknown = 'off'", "counterparties.unknown: Input should be 'info'"),
    ("version = 1\n[deny]\naddress = '0x00'", "deny: Input should be a valid list"),
    ("version = 1\n[[deny]]\nnote = 'x'", r"deny\[1\].address: Field required"),
    ("version = 1\n[[deny]]\naddress = 5", r"deny\[1\].address: write an address as text"),
    (
        f"version = 1\n[[deny]]\naddress = '{A}'\n[[deny]]\naddress = '{A.lower()}'",
        f"the file: a deny entry for {A} stands there twice",
    ),
    (
        f"version = 1\n[[allow]]\nrule = 'policy.denied'\ncounterparty = '{A}'",
        r"allow\[1\].rule: nothing lifts policy.denied",
    ),
    *(
        (f"version = 1\n[[allow]]\nrule = '{rule}'\ncounterparty = '{A}'", rf"allow\[1\].rule: {told}")
        for rule, told in (
            ("recipient.friend", "there is no rule 'recipient.friend'"),
            ("evidence.missing", "there is no rule 'evidence.missing'"),
            ("rule.failed", "there is no rule 'rule.failed'"),
            ("model.unknown", "the level of model.unknown is set under"),
            ("model.fraud", "the level of model.fraud is set under"),
            ("limit.daily", "limit.daily is about an amount and not about anybody"),
        )
    ),
    *(
        (
            f"version = 1\n[[allow]]\nrule = 'fee.tip'\ncounterparty = '{A}'\nexpires = {when}",
            rf"allow\[1\].expires: write a {told}",
        )
        for when, told in (
            ("2027-01-31T18:00:00", "time with its offset"),
            ("'2027-01-31'", "date, such as"),
            ("18:00:00", "date, such as"),
            ("1801440000", "date, such as"),
        )
    ),
    (
        f"version = 1\n[[allow]]\nrule = 'fee.tip'\ncounterparty = '{A}'\nexpires = 2027-01-31\n"
        f"[[allow]]\nrule = 'fee.tip'\ncounterparty = '{A.lower()}'",
        f"an allow entry for fee.tip about {A} stands there twice",
    ),
    ("version = 1\n[rules.'policy.denied']\nlevel = 'off'", "nothing lifts policy.denied"),
    (
        "version = 1\n[rules.'fee.tip']\ngrant_days = 5",
        'rules."fee.tip": it does not compare with grant_days; it has',
    ),
    (
        "version = 1\n[rules.'fee.tip']\nfee = '1wei'",
        'rules."fee.tip": it does not compare with fee; it has priority_fee,',
    ),
    (
        "version = 1\n[rules.'chain.mismatch']\ngrant_days = 5",
        'rules."chain.mismatch": it does not compare with',
    ),
    (
        "version = 1\n[rules.'fee.tip']\npriority_fee_multiple = 0",
        "priority_fee_multiple cannot be 0: give 1",
    ),
    ("version = 1\n[[scope]]\nunattended = true", r"scope\[1\]: it is a scope of nothing"),
    ("version = 1\n[[scope]]\nchain = 0", r"scope\[1\].chain: Input should be greater"),
    ("version = 1\n[[scope]]\nchain = 1\nname = 'x'", r"scope\[1\].name: Extra inputs"),
    ("version = 1\n[[scope]]\nchain = 1\n[[scope.scope]]\nchain = 1", r"scope\[1\].scope: Extra inputs"),
    (
        f"version = 1\n[[scope]]\naccount = '{A}'\n[[scope]]\naccount = '{A.lower()}'",
        f"a scope of chain None, account {A} stands there twice",
    ),
    (
        "version = 1\n[[scope]]\nchain = 7\n[scope.lookalike]\nprefix = 0",
        r"scope of chain 7: \[lookalike\] prefix cannot be 0",
    ),
    ("version = 1\nversion = 1", "it is not TOML: Cannot overwrite a value"),
    ("version = 1\n[limits]\n[limits]", "it is not TOML: Cannot declare"),
    (
        "version = 1\n[rules.'recipient.no-code']\nlevel='off'\n[rules.'recipient.no-code']\nlevel='block'",
        "it is not TOML: Cannot declare",
    ),
    ("version = ", "it is not TOML"),
    ("version = 1\nname = 'a\x1b[2J'", "it is not TOML"),
    ("version = 1\nx = " + "[" * 20_000, "it is not TOML"),
]


@pytest.mark.parametrize(("text", "told"), FAULTS, ids=range(len(FAULTS)))
def test_a_fault_refuses_the_whole_and_is_named_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError, match=told) as caught:
        load_policy(path)
    assert str(path) in caught.value.message
    assert caught.value.message.isprintable()


def test_faults_of_the_base_and_of_a_scope_are_named_at_once_and_each_once() -> None:
    text = (
        "version = 1\n[rules.'fee.tip']\ngrant_days = 5\n[lookalike]\nprefix = 0\n"
        "[[scope]]\nchain = 7\n[scope.rules.'fee.high']\ngrant_days = 5\n"
    )
    with pytest.raises(ConfigurationError) as caught:
        parse_policy(text, "a test")
    problem = caught.value.message.partition("cannot be used: ")[2]
    assert [fault.partition(":")[0] for fault in problem.split("; ") if "it has" not in fault] == [
        'rules."fee.tip"',
        "[lookalike] prefix cannot be 0",
        "scope of chain 7",
    ]


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_policy(written(tmp_path, "version = 3\nnmae = 1\n[limits]\nstrangers = 5\n"))
    for place in ("version:", "nmae:", "limits.strangers:"):
        assert place in caught.value.message


@pytest.mark.parametrize("mode", [0o666, 0o620, 0o602])
def test_a_file_that_others_may_write_is_refused_with_the_command_that_mends_it(
    tmp_path: Path, mode: int
) -> None:
    """C6: mode."""
    path = written(tmp_path, FULL, mode)
    with pytest.raises(ConfigurationError, match=rf"\(mode {mode:04o}\); mend it with: chmod 600 {path}"):
        load_policy(path)


def test_a_file_that_others_may_only_read_is_accepted(tmp_path: Path) -> None:
    assert load_policy(written(tmp_path, FULL, 0o644)).name == "household"


def test_a_missing_file_a_link_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load_policy(tmp_path / "none.toml")
    link = tmp_path / "link.toml"
    link.symlink_to(written(tmp_path, FULL))
    with pytest.raises(ConfigurationError, match="not a regular file"):
        load_policy(link)
    with pytest.raises(ConfigurationError):
        load_policy(tmp_path)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", "version = 1".encode("utf-16")])
def test_what_is_not_utf8_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ConfigurationError, match="UnicodeDecodeError"):
        load_policy(written(tmp_path, content))


def test_the_name_of_a_policy_is_escaped() -> None:
    assert parse_policy('version = 1\nname = "a\\u001b[2J"', "a test").name == "a\\x1b[2J"
