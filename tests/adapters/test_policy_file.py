"""The policy file: every fault is named with its place, and one fault refuses the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from guard.adapters.policy_file import load_policy, parse_policy
from guard.core.policy import Policy
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


def test_a_file_with_its_version_alone_is_the_default_policy(tmp_path: Path) -> None:
    assert load_policy(written(tmp_path, "version = 1\n")) == Policy()


@pytest.mark.parametrize("rule", [rule.id for rule in ALL_RULES if not rule.id.startswith("model.")])
def test_every_rule_but_the_models_can_be_given_a_level(rule: str) -> None:
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
        "limits.per_transaction: .* write amounts as text",
    ),
    ("version = 1\n[limits]\nstrangers = 0.5", "limits.strangers: .* write amounts as text with a unit"),
    ("version = 1\n[limits]\nstrangers = true", "limits.strangers: .* write amounts as text with a unit"),
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
    ("version = 1\n[rules.'recipient.first-time']\n", "rules.recipient.first-time.level: Field required"),
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
