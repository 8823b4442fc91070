"""The page on policies tells what the code does: its files are read, and its lists are complete."""

from __future__ import annotations

import re
import tomllib

from guard.adapters.policy_cases import parse_cases
from guard.adapters.policy_document import Document, Settings, Thresholds
from guard.adapters.policy_file import load_preset, parse_policy
from guard.core.amounts import parse_amount
from guard.core.policy_case import try_case
from guard.core.presets import PRESETS
from tests.documentation import ROOT

PAGE = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def test_every_policy_of_the_page_can_be_used() -> None:
    on_preset, whole, _ = BLOCKS
    agent = load_preset("agent")
    assert parse_policy(on_preset, "the page").daily_limit_wei == parse_amount("0.2ether")
    assert parse_policy(on_preset, "the page").strangers is agent.strangers
    assert len(parse_policy(whole, "the page").scopes) == 1


def test_the_page_shows_every_section_and_every_threshold() -> None:
    shown = tomllib.loads(BLOCKS[1])
    assert set(Settings.model_fields) <= set(shown)
    assert set(Document.model_fields) - set(shown) == {"preset"}
    assert set(shown["thresholds"]) == set(Thresholds.model_fields)


def test_the_case_of_the_page_comes_out_as_it_says() -> None:
    (case,) = parse_cases(tomllib.loads(BLOCKS[2]), "the page")
    assert try_case(case, parse_policy(BLOCKS[1], "the page")).passed


def test_every_preset_and_its_cases_are_on_the_page() -> None:
    for name in PRESETS:
        assert f"| `{name}` |" in PAGE
        assert f"(policy-cases/{name}.toml)" in PAGE
