"""The documents tell what the code does: generated pages are fresh, and named things exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import guard
from guard.adapters.policy_file import parse_policy
from guard.config import ENVIRONMENT, FILE_SETTINGS
from guard.core.amounts import parse_amount
from guard.core.policy import Policy
from guard.errors import ConfigurationError
from tests.documentation import ROOT, pages

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("place", pages(), ids=lambda place: place.name)
def test_a_generated_page_is_what_the_code_makes_now(place: Path) -> None:
    assert place.read_text(encoding="utf-8") == pages()[place], "run `make docs`"


def test_every_environment_variable_is_in_the_readme() -> None:
    named = {name for variables in ENVIRONMENT.values() for name in variables}
    assert {name for name in named if f"`{name}`" not in README} == set()


def test_every_setting_of_the_file_is_in_the_readme() -> None:
    assert {name for name in FILE_SETTINGS if f"`{name}`" not in README} == set()


def test_the_policy_in_the_readme_is_a_policy_and_shows_the_defaults() -> None:
    found = re.search(r"```toml\n(version = 1\n.*?)```", README, re.DOTALL)
    assert found is not None
    assert parse_policy(found[1], "README.md") == Policy(
        name="household",
        per_transaction_limit_wei=parse_amount("2ether"),
        daily_limit_wei=parse_amount("5ether"),
        levels={"recipient.no-code": parse_policy(found[1], "README.md").levels["recipient.no-code"]},
    )


def test_the_limit_for_fees_that_the_readme_shows_is_read_from_the_file() -> None:
    shown = 'fee = "0.05ether" '
    assert README.count(shown) == 1
    for text, wei in (("0", 0), ("1gwei", 10**9), ("2ether", 2 * 10**18)):
        document = f"version = 1\n[limits]\n{shown.replace('0.05ether', text)}"
        assert parse_policy(document, "policy.toml") == Policy(fee_limit_wei=wei)
    assert parse_policy("version = 1", "policy.toml").fee_limit_wei == 5 * 10**16
    for wrong in ('"-1ether"', "0.05", '"0.05"'):
        with pytest.raises(ConfigurationError, match=r"limits\.fee: "):
            parse_policy(f"version = 1\n[limits]\nfee = {wrong}", "policy.toml")


def test_version_is_the_same_everywhere_and_in_the_changelog() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert project["version"] == guard.__version__
    assert re.search(r"^## \[Unreleased\]$", changelog, re.MULTILINE)


def test_every_file_that_a_document_links_to_exists() -> None:
    for document in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
        assert [link for link in links if not (ROOT / link).exists()] == [], document
