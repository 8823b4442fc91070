"""The model card: what was measured, told beside the model.

What belongs here: figures into words. What must not: anything of the machine that trained it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from guard.core.features import NUMERIC_FEATURE_NAMES
from guard.predict.embedded.measure import Figures, rate_at
from guard.predict.embedded.pack import Settings
from guard.predict.embedded.recipe import Recipe
from guard.predict.embedded.young import ScoresByShape

_GOALS = Figures(
    roc_auc=0.983, pr_auc=0.94, f1=0.86, recall_at_1_percent=0.72, brier=0.036, calibration_error=0.025
)
_MEANINGS = {
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "f1": "F1 at 0.5",
    "recall_at_1_percent": "recall at 1 % false positives",
    "brier": "Brier score",
    "calibration_error": "calibration error, 10 bins",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that training measured."""

    recipe: Recipe
    """What was asked for."""
    main_rows: int
    """Rows of the main table."""
    extra_rows: int
    """Rows of the extra table."""
    grouped: Figures
    """Out of fold, near-duplicates never on both sides."""
    ungrouped: Figures
    """Out of fold, rows dealt freely: near-duplicates on both sides."""
    stranger_auc: float
    """ROC-AUC on the extra table of trees that saw the main table alone."""
    unraised: Settings
    """The settings before young accounts raised the thresholds."""
    fraud_scores: Sequence[float]
    """Grouped out-of-fold probabilities of the frauds."""
    benign_scores: Sequence[float]
    """Grouped out-of-fold probabilities of the benign accounts."""
    fresh: Mapping[str, ScoresByShape]
    """Probabilities on invented accounts that training did not see."""


def write_card(settings: Settings, report: Report, *, file_bytes: int) -> str:
    """Return the model card as Markdown."""
    return "\n\n".join(
        (
            f"# Model card: {settings.name}",
            "Written by `python -m guard.predict.embedded.train`; do not edit by hand.",
            _what(settings, report, file_bytes),
            _data(report),
            _figures(report),
            _thresholds(settings, report),
            _young(settings, report),
            _LIMITS.format(base_rate=100 * settings.base_rate),
        )
    )


def _what(settings: Settings, report: Report, file_bytes: int) -> str:
    growth = report.recipe.growth
    features = ", ".join(f"`{name}`" for name in NUMERIC_FEATURE_NAMES)
    return f"""## What it is
{growth.trees} gradient-boosted trees of at most {growth.leaves} leaves (LightGBM, seed \
{report.recipe.seed}), packed in {file_bytes:,} bytes and walked in pure Python.
It reads 16 numbers of one account's past and answers with the probability that the account is a fraud. The \
two token names of the account vector are ignored.

Features, in order: {features}.

Calibration: log-odds times {settings.calibration_slope:.4f} plus {settings.calibration_intercept:.4f}, \
fitted on the grouped out-of-fold scores."""


def _data(report: Report) -> str:
    recipe = report.recipe
    ordinary = recipe.ordinary_count * recipe.ordinary_weight
    phishing = recipe.phishing_count * recipe.phishing_weight
    return f"""## Data
- accounts train.csv ({report.main_rows:,} rows, deduplicated): public Ethereum fraud table (Farrugia, \
Ellul, Azzopardi 2020; Kaggle vagifa/ethereum-frauddetection-dataset), ODbL as told on its page.
- extra ({report.extra_rows:,} rows): eltontay/Ethereum-Fraud-Detection, MIT. Each row weighs \
{recipe.extra_weight} on average, and its frauds are weighted down to the first table's share. Its \
`erc20_total_ether_sent_contract` is set to zero, because its collector wrote something else there.
- invented by us, in training only: {recipe.ordinary_count:,} ordinary young accounts (together \
{ordinary:.0f} rows' worth) because nearly every benign account of the tables is old, and \
{recipe.phishing_count:,} young collectors of many payments (together {phishing:.0f} rows' worth), so that \
the first do not teach that whatever is young is honest. Their ranges are our estimate, not a measurement: \
see `ordinary.py` and `phishing.py`.

The tables are not part of txguard."""


def _figures(report: Report) -> str:
    lines = [
        f"| {meaning} | {getattr(report.grouped, name):.4f} | {getattr(report.ungrouped, name):.4f} "
        f"| {getattr(_GOALS, name)} |"
        for name, meaning in _MEANINGS.items()
    ]
    return "\n".join(
        (
            "## Figures",
            f"{report.recipe.fold_count}-fold cross-validation on the main table. *Grouped*: near-duplicates"
            " are never on both sides; the largest group holds almost a quarter of the table, so this is"
            " harder than new accounts are. *Ungrouped*: rows dealt freely, so near-duplicates help. An"
            " account that training never saw probably lies between the two. The goal is for a hold-out that"
            " was not in our hands. The two parameters of the calibration were fitted on the grouped scores.",
            "",
            "| figure | grouped | ungrouped | goal |",
            "|---|---|---|---|",
            *lines,
            "",
            "Accounts of another origin: trees that saw the main table alone have a ROC-AUC of"
            f" {report.stranger_auc:.3f} on the extra table. The shipped trees saw both; on accounts of a"
            " third origin or of later years expect figures nearer to this one than to those above.",
        )
    )


def _thresholds(settings: Settings, report: Report) -> str:
    lines = []
    for name, threshold, before in (
        ("FRAUD", settings.fraud_threshold, report.unraised.fraud_threshold),
        ("SUSPICIOUS or worse", settings.suspicious_threshold, report.unraised.suspicious_threshold),
    ):
        found = rate_at(report.fraud_scores, threshold)
        wrong = rate_at(report.benign_scores, threshold)
        lines.append(f"| {name} | {threshold:.4f} | {before:.4f} | {found:.1%} | {wrong:.2%} |")
    recipe = report.recipe
    return "\n".join(
        (
            "## Thresholds",
            f"Taken at {recipe.fraud_rate:.1%} and {recipe.suspicious_rate:.0%} false positives of the"
            " grouped out-of-fold scores, then raised where fresh invented young accounts asked for it (at"
            f" most {recipe.young_fraud_rate:.2%} FRAUD and {recipe.young_suspicious_rate:.1%} SUSPICIOUS or"
            " worse of the everyday and of the busy ones in the next table).",
            "",
            "| class | from probability | before raising | frauds found | benign accounts hit |",
            "|---|---|---|---|---|",
            *lines,
            "",
            _abstention(settings),
        )
    )


def _abstention(settings: Settings) -> str:
    line = "It abstains on contract vectors, on estimated histories, and on accounts without transactions"
    if settings.min_transactions > 1:
        line += f" or with fewer than {settings.min_transactions}"
    if settings.min_age_minutes > 0:
        line += f", and where less than {settings.min_age_minutes:.0f} minutes lie between first and last"
    return f"{line}."


def _young(settings: Settings, report: Report) -> str:
    lines = []
    for kind, by_shape in report.fresh.items():
        shapes = {**by_shape, "all": list(chain.from_iterable(by_shape.values()))}
        for shape, scores in shapes.items():
            fraud = rate_at(scores, settings.fraud_threshold)
            suspicious = rate_at(scores, settings.suspicious_threshold)
            lines.append(f"| {kind} | {shape} | {len(scores):,} | {fraud:.2%} | {suspicious:.2%} |")
    return "\n".join(
        (
            "## Invented young accounts, not seen in training",
            "| kind | shape | accounts | FRAUD | SUSPICIOUS or worse |",
            "|---|---|---|---|---|",
            *lines,
            "",
            "Training saw other everyday accounts and other collectors; it never saw a busy account, a"
            " go-between or a forwarder. Busy and everyday are ranges of `ordinary.py`. A go-between collects"
            " from friends and pays the whole on, as collectors do; the promise for ordinary young accounts"
            " (FRAUD below 0.5 %, SUSPICIOUS below 5 %) does not hold for a wallet that does nothing else.",
        )
    )


_LIMITS = """## Limits
- Probabilities are calibrated on a table in which {base_rate:.0f} % of the accounts are frauds. Among those \
that a wallet pays, frauds are far rarer: read a probability as a rank, and the classes as what they are.
- The tables end in 2020 and know Ethereum's main network. Other chains, later kinds of fraud and scams \
that move tokens alone look different; figures for other years are not in our hands.
- It sees one account's past and nothing of this payment. A fraud without a past is not found, nor is one \
that behaves like an ordinary account: at the FRAUD threshold most frauds are missed.
- A busy shop, a collection for a good cause, or someone who collects from friends and pays for all can \
look like a collector. A class is a reason to look, not a proof.
- Internal transfers are not counted, so an account that lives by contracts looks poorer than it is.
- Figures on invented accounts tell how the model does on our inventions, the recall on invented phishing \
most of all. Without the invented collectors the demonstration's phishing account stands at about the FRAUD \
threshold, and their shape and weight were chosen so that it and its variants come out FRAUD. The \
demonstration shows the product at work; it is no evidence of how well the model finds frauds.
- The FRAUD threshold rests on the few highest of the benign scores, and another seed moves it by 0.01.
- It is one witness among others: it can raise a decision, never lower one.
"""
