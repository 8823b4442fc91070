"""The page's own reading and deciding, run by node on generated values and compared with the guard's core."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guard.core.address import NOBODY, Address, keccak256
from guard.core.amounts import ether_from_wei, format_ether, gwei_from_wei, parse_amount
from guard.core.evidence import Acquaintance, Counterparty, Observed
from guard.core.features import FeatureKind
from guard.core.policy import DEFAULT_STRANGER_LIMIT_WEI, Policy
from guard.core.prediction import Prediction, PredictionClass, PredictionSource
from guard.core.request import TransactionRequest
from guard.core.review import review
from guard.core.rules import ALL_RULES
from guard.core.rules.examples import EVIDENCE, TRANSFER
from guard.core.text import escape_once, escape_untrusted
from guard.core.verdict import Verdict
from guard.errors import GuardError
from guard.predict.client import _prediction
from guard.predict.contract import ROUTE_WORDS, RouteAnswer
from tests.needs import node

HERE = Path(__file__).parent
MODULES = HERE.parent.parent / "public" / "app"
RULES = tuple(
    rule
    for rule in ALL_RULES
    if rule.id
    in {
        "chain.mismatch",
        "model.abstained",
        "model.fraud",
        "model.suspicious",
        "model.unknown",
        "recipient.first-time",
        "recipient.lookalike",
        "recipient.zero-address",
    }
)
"""What the smaller check looks at."""
DRAW = random.Random(7)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The modules where node takes them for modules whatever its version."""
    made = tmp_path_factory.mktemp("page")
    for path in MODULES.glob("*.js"):
        shutil.copy(path, made)
    (made / "package.json").write_text('{"type": "module"}')
    return made


def told(folder: Path, name: str, cases: Sequence[object]) -> list[Any]:
    ran = subprocess.run(
        [node(), str(HERE / "modules.mjs"), str(folder)],
        input=json.dumps([[name, case] for case in cases]),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    answers: list[Any] = json.loads(ran.stdout)
    return answers


def or_none(read: Any, *given: Any) -> Any:
    try:
        return read(*given)
    except GuardError:
        return None


def test_keccak_is_the_guards(folder: Path) -> None:
    messages = [DRAW.randbytes(length) for length in [*range(140), 271, 272, 273, 1000]]
    assert told(folder, "keccak", [one.hex() for one in messages]) == [
        keccak256(one).hex() for one in messages
    ]


def spellings() -> list[str]:
    listed = []
    for _ in range(300):
        good = str(Address.from_bytes(DRAW.randbytes(20)))
        place = DRAW.randrange(2, 42)
        listed += [
            good,
            good.lower(),
            "0x" + good[2:].upper(),
            good[:place] + good[place].swapcase() + good[place + 1 :],
            good[:place] + DRAW.choice("gG０ ") + good[place + 1 :],
            good[:place],
            good + "0",
            good.replace("0x", "0X"),
        ]
    return [*listed, "", "0x", " " + str(NOBODY), str(NOBODY)]


def test_an_address_is_read_as_the_guard_reads_it(folder: Path) -> None:
    cases = spellings()
    assert told(folder, "address", cases) == [or_none(Address.parse, case) for case in cases]


def amounts() -> list[str]:
    listed = [
        "",
        ".",
        "1.",
        ".1",
        "1,5",
        "-1",
        "+1",
        "1e18",
        "1e309",
        "0x10",
        "1_000",
        "１",
        "1 ",
        "٣",
        "NaN",
    ]
    listed += ["Infinity", "1.5.5", "00.10", "0", "0.0", "1" * 80, "9" * 81, str(2**256 - 1)]
    for _ in range(500):
        whole = str(DRAW.randrange(10 ** DRAW.randrange(1, 82)))
        listed.append(whole)
        listed.append(f"{whole}.{'0' * DRAW.randrange(4)}{DRAW.randrange(10 ** DRAW.randrange(1, 22))}")
    return listed


@pytest.mark.parametrize(("decimals", "unit"), [(18, "ether"), (9, "gwei")])
def test_an_amount_is_read_as_the_guard_reads_it(folder: Path, decimals: int, unit: str) -> None:
    """I4: what is no amount for the guard is none for the page, to the last wei."""
    # A space stands before the unit in the guard's form, and the page's fields have no unit.
    cases = [case for case in amounts() if not case.endswith(" ")]
    wanted = [or_none(parse_amount, f"{case}{unit}") for case in cases]
    assert told(folder, "amount", [[case, decimals] for case in cases]) == [
        None if wei is None else str(wei) for wei in wanted
    ]


def test_wei_are_told_exactly_and_asked_about_as_the_nearest_double(folder: Path) -> None:
    weis = [0, 1, 10**18, 2**256 - 1, *(DRAW.randrange(10 ** DRAW.randrange(1, 78)) for _ in range(2000))]
    assert told(folder, "plain", [[str(wei), 18] for wei in weis]) == [
        format_ether(wei).removesuffix(" ether") for wei in weis
    ]
    # A whole double may be written without a point; it is the same double when it is read.
    for decimals, exact in ((18, ether_from_wei), (9, gwei_from_wei)):
        numbers = told(folder, "nearest", [[str(wei), decimals] for wei in weis])
        assert [float(number) for number in numbers] == [float(exact(wei)) for wei in weis]


def texts() -> list[str]:
    # Unassigned to one of the two Unicode tables may be assigned in the other: those are left out.
    known = [
        chr(point)
        for point in (*range(0x3000), *range(0xFE00, 0x10000), *range(0xE0100, 0xE0110), 0x1F600, 0x202E)
        if unicodedata.category(chr(point)) not in ("Cs", "Cn")
    ]
    return ["".join(DRAW.choices(known, k=DRAW.randrange(1, 60))) for _ in range(1500)]


def test_outside_text_is_escaped_as_the_guard_escapes_it(folder: Path) -> None:
    """I1 I5: the page's one door for outside text is the terminal's."""
    cases = [*texts(), "e" + "\u0301" * 9, "\\u202e", "a" * 600, "\u202e" * 200, "\x00\x1b\x7f\x9b"]
    assert told(folder, "escaped", [[case, 100] for case in cases]) == [
        escape_untrusted(case, limit=100) for case in cases
    ]
    once = [*cases, *map(escape_untrusted, cases)]
    short = [case for case in once if len(escape_untrusted(case, limit=5000)) < 500]
    assert told(folder, "escapedOnce", short) == [escape_once(case) for case in short]


def answers() -> list[tuple[dict[str, Any], Prediction]]:
    """Return what the route can say beside what the guard makes of it, and silence."""
    listed: list[tuple[dict[str, Any], Prediction]] = []
    words = ("Safe Transaction", "", "it \u202elooks odd", "it looks \\u202eodd", "x" * 600)
    for word in ROUTE_WORDS.values():
        for source in PredictionSource:
            for features in FeatureKind:
                for probability in (None, 0.0, 0.005, 0.5, 0.805, 0.97):
                    told = {
                        "prediction": word,
                        "Type": DRAW.choice(words),
                        "probability": probability,
                        "source": source.value,
                        "model": DRAW.choice([None, "model-1"]),
                        "features": features.value,
                        "request_id": "0" * 32,
                    }
                    listed.append((told, _prediction(RouteAnswer.model_validate(told), ())))
    silence = Prediction(
        prediction_class=PredictionClass.UNKNOWN,
        source=PredictionSource.EXTERNAL,
        features_kind=FeatureKind.CONTRACT,
        reason="it answered 503",
    )
    return [*listed, ({"silent": "it answered 503"}, silence)]


KNOWN = tuple(
    Counterparty(
        address=Address.from_bytes(DRAW.randbytes(20)), acquaintance=Acquaintance.CONTACT, name=f"friend {n}"
    )
    for n in range(3)
)


def recipients() -> list[Address]:
    friend = str(KNOWN[0].address).lower()
    zeros = "0" * 40
    ends = [(3, 4), (3, 3), (2, 4), (8, 0), (0, 8), (7, 0), (0, 7), (39, 0), (12, 12)]
    imitations = [friend[: 2 + a] + zeros[: 40 - a - b] + friend[42 - b :] for a, b in ends]
    return [
        NOBODY,
        TRANSFER.sender,
        *(party.address for party in KNOWN),
        *map(Address.parse, imitations),
        *(Address.from_bytes(DRAW.randbytes(20)) for _ in range(5)),
    ]


def scenarios() -> list[tuple[dict[str, Any], Verdict]]:
    listed = []
    for told, prediction in answers():
        recipient = DRAW.choice(recipients())
        value = DRAW.choice([0, 1, DEFAULT_STRANGER_LIMIT_WEI, DEFAULT_STRANGER_LIMIT_WEI + 1, 10**20])
        reported = DRAW.choice([1, 1, 1, 137])
        listed.append(scenario(told, prediction, recipient, value, reported))
    quiet = next(pair for pair in answers() if pair[0].get("prediction") == "Safe")
    silent = answers()[-1]
    listed += [scenario(*pair, one, 10**16, 1) for pair in (quiet, silent) for one in recipients()]
    return listed


def scenario(
    told: dict[str, Any], prediction: Prediction, recipient: Address, value: int, reported: int
) -> tuple[dict[str, Any], Verdict]:
    request: TransactionRequest = replace(TRANSFER, to=recipient, value=value, chain_id=1)
    evidence = replace(
        EVIDENCE,
        prediction=prediction,
        chain_id=Observed(reported, "node"),
        counterparties=Observed(KNOWN, "contacts"),
    )
    case = {
        "answer": told,
        "payment": {
            "sender": str(request.sender),
            "recipient": str(recipient),
            "value": str(value),
            "known": [{"address": str(party.address), "name": party.name} for party in KNOWN],
        },
        "chains": ["1", str(reported)],
    }
    return case, review(request, evidence, Policy(), 1, rules=RULES)


def test_the_smaller_check_decides_as_the_guards_own_policy_and_in_its_words(folder: Path) -> None:
    listed = scenarios()
    decided = told(folder, "decide", [case for case, _ in listed])
    for (case, verdict), page in zip(listed, decided, strict=True):
        assert page == {
            "decision": None if verdict.decision is None else verdict.decision.name,
            "confirmation": verdict.confirmation.name,
            "findings": [
                [
                    finding.rule,
                    finding.severity.name.lower(),
                    finding.message,
                    # The page has no flag to name another witness by.
                    "try again in a minute" if finding.rule == "model.unknown" else finding.advice,
                ]
                for finding in verdict.findings
            ],
        }, case
    # All of it was tried: each decision, and each rule.
    assert {page["decision"] for page in decided} == {"ALLOW", "WARN", "BLOCK", None}
    assert {finding[0] for page in decided for finding in page["findings"]} == {rule.id for rule in RULES}
