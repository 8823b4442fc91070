"""`guard model`: the shipped model's figures, a trial on a labelled table, and why it says what it says.

What belongs here: the commands and their layout. What must not: the model, its figures, its words.
"""

from __future__ import annotations

import hashlib
import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guard.command_line import emit, print_json
from guard.config import ENVIRONMENT
from guard.core.features import FEATURE_COUNT, FEATURE_NAMES, FeatureVector, check_features
from guard.core.strict_json import parse_object
from guard.errors import CallerError, InvalidFeatures

if TYPE_CHECKING:
    from guard.predict.embedded import Explanation

_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")
_HISTORY_SECONDS = 60.0
_LARGEST_FILE = 65_536
_WIDTH = 78


@click.group("model", short_help="The shipped model: figures, a trial, an explanation.")
def command() -> None:
    """The shipped model: what it is, how it does on a labelled table, and why it says what it says."""


@command.command("info")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def info(as_json: bool) -> None:
    """Show the shipped model: its name, checksum, size, thresholds, and the figures of its card.

    \b
    Example:
      guard model info
    """
    from guard.predict.embedded.predictor import MODEL_FILE, shipped_model

    model, _ = shipped_model()
    settings = model.settings
    raw = MODEL_FILE.read_bytes()
    card = MODEL_FILE.with_name("MODEL_CARD.md")
    figures, others = _card_table(card, "Figures"), _card_table(card, "Other draws")
    told: dict[str, object] = {
        "name": settings.name,
        "sha256": hashlib.sha256(raw).hexdigest(),
        "bytes": len(raw),
        "trees": len(model.roots),
        "features": list(settings.features),
        "base_rate": settings.base_rate,
        "fraud_threshold": settings.fraud_threshold,
        "suspicious_threshold": settings.suspicious_threshold,
    }
    if as_json:
        print_json({"ok": True, "model": told, "figures": figures, "other_draws": others})
        return
    for name, value in told.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        first, *rest = textwrap.wrap(text, _WIDTH - 22)
        emit(f"{name:<22}{first}")
        for line in rest:
            emit(f"{'':<22}{line}")
    _emit_table(figures, "A star marks a figure that misses its goal; in brackets 95 % intervals.")
    _emit_table(others, "With other seeds: the mean, and in brackets the least and the greatest.")


@command.command("evaluate")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--resamples", default=300, show_default=True, type=click.IntRange(20, 10_000))
@click.option("--invented", is_flag=True, help="Judge invented ordinary and phishing accounts too.")
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def evaluate(file: Path, resamples: int, invented: bool, as_json: bool) -> None:
    """Score the labelled accounts of FILE with the shipped model, and tell the figures with intervals.

    FILE is a csv file whose header names the 16 account features and `flag` (1 fraud, 0 benign). Rows that
    share a `group` are drawn together for the intervals. On rows that the model was trained on, the figures
    say nothing.

    \b
    Examples:
      guard model evaluate accounts.csv
      guard model evaluate accounts.csv --invented --json
    """
    from dataclasses import asdict

    from guard.predict.embedded import evaluate as evaluation
    from guard.predict.embedded.predictor import EmbeddedPredictor, shipped_model
    from guard.predict.embedded.table import read_rows

    found = evaluation.evaluate(shipped_model()[0], read_rows(file), resamples=resamples)
    judged = evaluation.judge(EmbeddedPredictor()) if invented else {}
    if as_json:
        shapes = {
            kind: {shape: asdict(tally) for shape, tally in by_shape.items()}
            for kind, by_shape in judged.items()
        }
        print_json({"ok": True, "evaluation": asdict(found), "invented": shapes})
        return
    for line in evaluation.evaluation_lines(found):
        emit(line)
    if judged:
        emit("")
        for line in evaluation.judged_lines(judged):
            emit(line)


@command.command("explain")
@click.argument("source", metavar="FILE|-|ADDRESS")
@click.option(
    "--rpc-url",
    envvar=list(ENVIRONMENT["rpc_url"]),
    metavar="URL",
    help="The node that knows ADDRESS's past.",
)
@click.option("--json", "as_json", is_flag=True, help="One object on standard output.")
def explain(source: str, rpc_url: str | None, as_json: bool) -> None:
    """Say what the shipped model thinks of one account, and which facts weighed how much.

    The account is 18 features as a JSON array, in FILE or on standard input (-), or the past of ADDRESS,
    read from the node at --rpc-url or from the explorer that the configuration names. The weights are exact
    (TreeSHAP): they sum to the score.

    \b
    Examples:
      guard model explain features.json
      guard model explain ADDRESS --rpc-url http://127.0.0.1:8545
    """
    from guard.predict.embedded.predictor import EmbeddedPredictor

    features = _features(source, rpc_url)
    found = EmbeddedPredictor().explain(features)
    if as_json:
        print_json({"ok": True, **_as_object(found), "features": list(features)})
        return
    answer = found.assessment
    told = "" if answer.probability is None else f", probability of fraud {answer.probability:.1%}"
    emit(f"{answer.prediction_class.value}{told}")
    if answer.reason is not None:
        emit(textwrap.fill(answer.reason, _WIDTH))
    for fact in found.facts:
        sign = f"x {fact.factor:.2f}" if fact.share >= 0 else f"/ {1 / fact.factor:.2f}"
        first, *rest = textwrap.wrap(fact.text, _WIDTH - 17)
        emit(f"  odds {sign:<10}{first}")
        for line in rest:
            emit(f"{'':<17}{line}")


def _as_object(found: Explanation) -> dict[str, object]:
    return {
        "class": found.assessment.prediction_class.value,
        "probability": found.assessment.probability,
        "reason": found.assessment.reason,
        "base": found.base,
        "facts": [
            {"fact": fact.text, "share": fact.share, "features": list(fact.features)} for fact in found.facts
        ],
    }


def _features(source: str, rpc_url: str | None) -> FeatureVector:
    """Return the 18 features that the argument names; raises CallerError or InvalidFeatures."""
    if _ADDRESS.fullmatch(source):
        return _from_chain(source, rpc_url)
    text = _text_of(source)
    given = parse_object(text if text.lstrip().startswith(b"{") else b'{"features": ' + text + b"}")
    features = given.get("features")
    if set(given) != {"features"} or not isinstance(features, list):
        raise InvalidFeatures(
            "the features are not an array",
            hint=f"give a JSON array of {FEATURE_COUNT}: {FEATURE_NAMES[0]} first, two token names last",
        )
    return _of_an_account(check_features(features))


def _of_an_account(features: FeatureVector) -> FeatureVector:
    """Return the features; raises InvalidFeatures where no account has such numbers."""
    from guard.predict.embedded.plausible import implausible

    problem = implausible([feature for feature in features[:-2] if not isinstance(feature, str)])
    if problem is not None:
        raise InvalidFeatures(
            f"the features tell of no account: {problem}",
            hint="counts, times and amounts are zero or more; only total_ether_balance may be below",
        )
    return features


def _text_of(source: str) -> bytes:
    try:
        with sys.stdin.buffer if source == "-" else Path(source).open("rb") as lines:
            text = lines.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise CallerError(
            "the features cannot be read",
            hint="give a JSON file of 18 features, - for standard input, or an address with --rpc-url",
        ) from error
    if len(text) > _LARGEST_FILE:
        raise CallerError("the features are larger than 64 KiB", hint="give one array of 18 features")
    return text


def _from_chain(address: str, rpc_url: str | None) -> FeatureVector:
    from dataclasses import replace

    from guard.core.address import Address
    from guard.core.evidence import Missing
    from guard.core.history import account_vector
    from guard.deadline import Deadline
    from guard.wiring import build_chain, build_shared_history, read_settings

    account = Address.parse(address)
    settings = read_settings()
    settings = replace(settings, rpc_url=rpc_url or settings.rpc_url)
    chain = build_chain(settings.rpc_url) if settings.rpc_url else None
    if (
        chain is None
        and settings.history.source in ("auto", "scan", "otterscan")
        and not settings.history.url
    ):
        raise CallerError(
            "an address needs a node or an explorer to read its past from",
            hint="give --rpc-url URL, or name an explorer under [history] in config.toml",
        )
    source = build_shared_history(settings, chain)
    fact = source.history(account, Deadline.after(_HISTORY_SECONDS))
    if isinstance(fact, Missing):
        raise CallerError(f"the account's past is not known: {fact.reason}", hint="give its 18 features")
    return account_vector(fact.value)


def _emit_table(rows: list[dict[str, str]], meaning: str) -> None:
    for row in rows:
        emit("")
        for heading, cell in row.items():
            emit(f"{heading:<28}{cell}")
    emit(f"\n{meaning}")


def _card_table(card: Path, title: str) -> list[dict[str, str]]:
    """Return the rows of the table in one section of the card, by its headings; none where there is none."""
    try:
        text = card.read_text(encoding="utf-8")
    except OSError:
        return []
    _, _, section = text.partition(f"## {title}\n")
    lines = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("|")]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines] or [[]]
    return [dict(zip(table[0], cells, strict=True)) for cells in table[2:]]
