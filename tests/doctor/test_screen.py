"""Tables of 80 columns as they were looked at and kept; `python -m tests.doctor.test_screen` writes them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from guard.doctor.check import Check, Result
from guard.doctor.scenarios import SCENARIOS
from guard.doctor.screen import report_object, report_screen, trial_object, trial_screen
from guard.doctor.trial import Outcome
from guard.predict.contract import RouteAnswer

SCREENS = Path(__file__).parent / "screens"
LONG = "/home/somebody/" + "a-folder-with-a-long-name/" * 4 + "config.toml"


def check(part: str, result: Result, said: str, advice: str = "", ms: int = 1) -> Check:
    return Check(part=part, result=result, said=said, advice=advice, elapsed_s=ms / 1000)


def answer(word: Any, probability: float | None, source: Any = "external") -> RouteAnswer:
    return RouteAnswer(
        prediction=word,
        Type="x",
        probability=probability,
        source=source,
        model=None,
        features="contract",
        request_id="1",
    )


CHECKS = (
    check("configuration", Result.OK, f"{LONG} was read"),
    check("policy", Result.OK, "there is no policy file: the defaults count"),
    check(
        "home",
        Result.WARN,
        "others may look into /home/somebody/txguard (mode 0755)",
        "chmod 700 /home/somebody/txguard",
    ),
    check("node", Result.FAIL, "it is on chain 1, and 5 is pinned", "name a node of the right chain", 240),
    check(
        "service",
        Result.WARN,
        "the service did not answer within 10 s",
        "it may be asleep: a cold start takes 30 to 60 s; this question wakes it",
        10_000,
    ),
)
OUTCOMES = (
    Outcome(scenario=SCENARIOS[0], answer=answer("Safe", 0.069), is_held=True, elapsed_s=0.123),
    Outcome(scenario=SCENARIOS[1], answer=answer("Suspicious", 1.0, "embedded"), is_held=True, elapsed_s=31),
    Outcome(scenario=SCENARIOS[2], answer=answer("Abstained", None, "cache"), is_held=True, elapsed_s=0.001),
    Outcome(scenario=SCENARIOS[5], is_held=False, said="the service answered 502", elapsed_s=0.002),
    Outcome(scenario=SCENARIOS[6], is_held=False, said="not asked after the silence"),
    Outcome(scenario=SCENARIOS[12], is_held=True, said=SCENARIOS[12].note),
    Outcome(scenario=SCENARIOS[13], refused=422, is_held=True, elapsed_s=0.002),
    Outcome(
        scenario=SCENARIOS[14],
        answer=answer("Fraud", 0.5),
        is_held=False,
        said="a malformed question was answered",
        elapsed_s=0.002,
    ),
)


def shown() -> dict[str, str]:
    screens = {"report-80": report_screen(CHECKS), "trial-80": trial_screen(OUTCOMES)}
    return {name: re.sub(r"\x1b\[[0-9;]*m", "", text) + "\n" for name, text in screens.items()}


@pytest.mark.parametrize("name", ["report-80", "trial-80"])
def test_the_table_is_the_one_that_was_kept(name: str) -> None:
    assert shown()[name] == (SCREENS / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", ["report-80", "trial-80"])
def test_no_line_is_wider_than_80_columns_and_a_long_path_is_whole(name: str) -> None:
    text = shown()[name]
    assert [line for line in text.splitlines() if len(line) > 80] == []
    assert name != "report-80" or LONG in re.sub(r"\s+", "", text)


def test_the_objects_hold_what_the_tables_show() -> None:
    report = report_object(CHECKS)
    assert (report["ok"], report["error"]) == (False, None)
    told: Any = report["checks"]
    assert told[3] == {
        "part": "node",
        "result": "fail",
        "message": "it is on chain 1, and 5 is pinned",
        "advice": "name a node of the right chain",
        "ms": 240,
    }
    trial = trial_object(OUTCOMES)
    assert (trial["ok"], trial["error"]) == (False, None)
    rows: Any = trial["scenarios"]
    assert rows[0] == {
        "name": "plain transfer, 0.1 ether",
        "expects": "answered",
        "answer": "Safe",
        "probability": 0.069,
        "source": "external",
        "model": None,
        "held": True,
        "message": "",
        "ms": 123,
    }
    assert [row["answer"] for row in rows[3:7]] == ["no answer", "not asked", "not asked", "refused 422"]
    json.dumps([report, trial], allow_nan=False)


def test_warnings_alone_are_ok() -> None:
    assert report_object(CHECKS[:3])["ok"] is True


if __name__ == "__main__":
    SCREENS.mkdir(exist_ok=True)
    for title, screen in shown().items():
        (SCREENS / f"{title}.txt").write_text(screen)
