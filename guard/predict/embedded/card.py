"""The model card: what was measured, told beside the model.

What belongs here: figures into words. What must not: anything of the machine that trained it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from guard.predict.embedded.derived import DERIVED_FEATURE_NAMES, MODEL_FEATURE_NAMES
from guard.predict.embedded.evaluate import MEANINGS, Scored, interval_text, judged_lines, score
from guard.predict.embedded.intervals import hit_intervals
from guard.predict.embedded.judging import Tally
from guard.predict.embedded.measure import Figures, figures, rate_at
from guard.predict.embedded.pack import Settings
from guard.predict.embedded.recipe import Recipe
from guard.predict.embedded.table import Row

GOALS = Figures(
    roc_auc=0.983, pr_auc=0.94, f1=0.86, recall_at_1_percent=0.72, brier=0.036, calibration_error=0.025
)
"""What is asked of a hold-out."""
PROMISED_FRAUD, PROMISED_SUSPICIOUS = 0.005, 0.05
"""Part of ordinary young accounts that may be called FRAUD, and SUSPICIOUS or worse."""
_LOWER_IS_BETTER = {"brier", "calibration_error"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that training measured."""

    recipe: Recipe
    """What was asked for."""
    main_rows: Sequence[Row]
    """The main table."""
    extra_rows: int
    """Rows of the extra table."""
    grouped_scores: Sequence[float]
    """Out of fold, near-duplicates never on both sides; one for each row of the main table."""
    ungrouped_scores: Sequence[float]
    """Out of fold, rows dealt freely: near-duplicates on both sides."""
    other_scores: Mapping[int, Sequence[float]]
    """Like `grouped_scores` under other seeds, each calibrated on its own scores; by seed."""
    strangers: Mapping[str, tuple[Sequence[int], Sequence[float]]]
    """Labels and scores of a table under trees that saw the other one alone, by what was done."""
    unraised: Settings
    """The settings before young accounts raised the thresholds."""
    judged: Mapping[str, Mapping[str, Tally]]
    """How the accounts of the judging generator came out."""


def write_card(settings: Settings, report: Report, *, file_bytes: int) -> str:
    """Return the model card as Markdown."""
    sections = (
        f"# Model card: {settings.name}",
        "Written by `python -m guard.predict.embedded.train`; do not edit by hand.",
        _what(settings, report, file_bytes),
        _data(report),
        _figures(report),
        _other_draws(report) if report.other_scores else "",
        _strangers(report),
        _thresholds(settings, report),
        _young(report),
        _LIMITS.format(base_rate=100 * settings.base_rate),
    )
    return "\n\n".join(section for section in sections if section)


def _what(settings: Settings, report: Report, file_bytes: int) -> str:
    growth = report.recipe.growth
    features = ", ".join(f"`{name}`" for name in MODEL_FEATURE_NAMES)
    return f"""## What it is
{growth.trees} gradient-boosted trees of at most {growth.leaves} leaves (LightGBM, seed \
{report.recipe.seed}), packed in {file_bytes:,} bytes and walked in pure Python.
It reads 16 numbers of one account's past and answers with the probability that the account is a fraud. The \
two token names of the account vector are ignored. \
{len(DERIVED_FEATURE_NAMES)} more are computed from the 16: how many decimals the largest receipt has (a sum \
that somebody typed, or one that was computed), and received less sent for each payment sent (for an account \
that passes everything on, its mean fee).

Features, in order: {features}.

Calibration: log-odds times {settings.calibration_slope:.4f} plus {settings.calibration_intercept:.4f}, \
fitted on the grouped out-of-fold scores."""


def _data(report: Report) -> str:
    recipe = report.recipe
    ordinary = recipe.ordinary_count * recipe.ordinary_weight
    phishing = recipe.phishing_count * recipe.phishing_weight
    return f"""## Data
- accounts train.csv ({len(report.main_rows):,} rows, deduplicated): public Ethereum fraud table (Farrugia, \
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
    every, outside = range(len(report.main_rows)), _outside_largest(report)
    size = len(every) - len(outside)
    columns = (
        _scored(report, report.grouped_scores, every),
        _scored(report, report.grouped_scores, outside),
        _scored(report, report.ungrouped_scores, every),
    )
    lines = [
        f"| {meaning} | {' | '.join(_cell(column, name) for column in columns)} | {getattr(GOALS, name)} |"
        for name, meaning in MEANINGS.items()
    ]
    return "\n".join(
        (
            "## Figures",
            f"{report.recipe.fold_count}-fold cross-validation on the main table; in brackets 95 % intervals"
            f" (bootstrap by group, {report.recipe.resamples} times). *Grouped*: near-duplicates are never"
            f" on both sides. The largest group holds {size:,} rows, {size / len(every):.0%} of the table: no"
            " single kind of account but a chain of neighbours, frauds and benign, of every age and size. The"
            " trees that judge it have seen none of that region, so it is harder than new accounts are;"
            " *outside the largest group* are the same scores without it. *Ungrouped*: rows dealt freely, so"
            " near-duplicates help. The goal is for a hold-out that was not in our hands. A star marks a"
            " figure that misses the goal. The two parameters of the calibration were fitted on the grouped"
            " scores; the features and the growth of the trees were chosen on other shuffles of the same"
            " table, so all three columns are a little kind.",
            "",
            "| figure | grouped | outside the largest group | ungrouped | goal |",
            "|---|---|---|---|---|",
            *lines,
        )
    )


def _outside_largest(report: Report) -> list[int]:
    """Return the places of the rows outside the largest group."""
    largest = Counter(row.group for row in report.main_rows).most_common(1)[0][0]
    return [place for place, row in enumerate(report.main_rows) if row.group != largest]


def _scored(report: Report, scores: Sequence[float], places: Sequence[int]) -> Scored:
    rows = [report.main_rows[place] for place in places]
    return score(
        [row.is_fraud for row in rows],
        [scores[place] for place in places],
        [row.group for row in rows],
        resamples=report.recipe.resamples,
    )


def _cell(scored: Scored, name: str) -> str:
    return f"{_starred(getattr(scored.figures, name), name)} ({interval_text(scored.intervals[name])})"


def _starred(value: float, name: str) -> str:
    return f"{value:.4f}{'*' if _is_worse(value, getattr(GOALS, name), name) else ''}"


def _is_worse(value: float, other: float, name: str) -> bool:
    return value > other if name in _LOWER_IS_BETTER else value < other


def _other_draws(report: Report) -> str:
    every, outside = range(len(report.main_rows)), _outside_largest(report)
    columns = [
        [_plain(report, scores, places) for scores in report.other_scores.values()]
        for places in (every, outside)
    ]
    own = [_plain(report, report.grouped_scores, places) for places in (every, outside)]
    kind = [
        _is_worse(_mean(column, name), getattr(at_home, name), name)
        for at_home, column in zip(own, columns, strict=True)
        for name in MEANINGS
    ]
    lines = [
        f"| {meaning} | {' | '.join(_spread(column, name) for column in columns)} | {getattr(GOALS, name)} |"
        for name, meaning in MEANINGS.items()
    ]
    return "\n".join(
        (
            "## Other draws",
            "The grouped cross-validation again, with shuffles, trees and invented accounts of other seeds"
            f" ({', '.join(map(str, report.other_scores))}), each calibrated on its own scores: the mean, and"
            " in brackets the least and the greatest. A star marks a mean that misses the goal. The figures"
            f" of seed {report.recipe.seed} above are {'a' if 2 * sum(kind) > len(kind) else 'no'} kind draw"
            f" ({sum(kind)} of {len(kind)} are better than the mean here); these are what to expect, and no"
            " figure above is chosen by them.",
            "",
            "| figure | grouped | outside the largest group | goal |",
            "|---|---|---|---|",
            *lines,
        )
    )


def _plain(report: Report, scores: Sequence[float], places: Sequence[int]) -> Figures:
    """Return the figures of the scores at `places`, without intervals."""
    return figures(
        [report.main_rows[place].is_fraud for place in places], [scores[place] for place in places]
    )


def _spread(column: Sequence[Figures], name: str) -> str:
    values = [getattr(found, name) for found in column]
    return f"{_starred(_mean(column, name), name)} ({interval_text((min(values), max(values)))})"


def _mean(column: Sequence[Figures], name: str) -> float:
    return fmean(getattr(found, name) for found in column)


def _strangers(report: Report) -> str:
    lines = []
    for what, (labels, scores) in report.strangers.items():
        groups = [str(place) for place in range(len(labels))]
        found = score(labels, scores, groups, resamples=report.recipe.resamples)
        area, interval = found.figures.roc_auc, interval_text(found.intervals["roc_auc"])
        lines.append(f"| {what} | {area:.4f} ({interval}) |")
    return "\n".join(
        (
            "## Accounts of another origin",
            "The shipped trees saw both tables; on accounts of a third origin or of later years expect"
            " figures nearer to these than to those above. A ROC-AUC of 0.83 is asked for accounts of 2021"
            " and 2022, which were not in our hands.",
            "",
            "| trees | ROC-AUC |",
            "|---|---|",
            *lines,
        )
    )


def _thresholds(settings: Settings, report: Report) -> str:
    recipe, scores = report.recipe, report.grouped_scores
    labels = [row.is_fraud for row in report.main_rows]
    groups = [row.group for row in report.main_rows]
    lines = []
    for name, threshold, before in (
        ("FRAUD", settings.fraud_threshold, report.unraised.fraud_threshold),
        ("SUSPICIOUS or worse", settings.suspicious_threshold, report.unraised.suspicious_threshold),
    ):
        sure = hit_intervals(labels, scores, groups, threshold, seed=1, resamples=recipe.resamples)
        found, wrong = (
            rate_at([value for flag, value in zip(labels, scores, strict=True) if flag == label], threshold)
            for label in (1, 0)
        )
        lines.append(
            f"| {name} | {threshold:.4f} | {before:.4f} | {found:.1%} ({_percents(sure['frauds'], 1)})"
            f" | {1 - found:.1%} | {wrong:.2%} ({_percents(sure['benign'], 2)}) |"
        )
    return "\n".join(
        (
            "## Thresholds",
            f"Taken at {recipe.fraud_rate:.1%} and {recipe.suspicious_rate:.0%} false positives of the"
            " grouped out-of-fold scores, then raised where invented young accounts, which training did not"
            f" see, asked for it (at most {recipe.young_fraud_rate:.2%} FRAUD and"
            f" {recipe.young_suspicious_rate:.1%} SUSPICIOUS or worse, of everyday and of busy ones alike).",
            "",
            "| class | from probability | before raising | frauds found | frauds missed | benign hit |",
            "|---|---|---|---|---|---|",
            *lines,
            "",
            _abstention(settings),
        )
    )


def _percents(interval: tuple[float, float], decimals: int) -> str:
    return f"{interval[0]:.{decimals}%} to {interval[1]:.{decimals}%}"


def _abstention(settings: Settings) -> str:
    line = "It abstains on contract vectors, on estimated histories, and on accounts without transactions"
    if settings.min_transactions > 1:
        line += f" or with fewer than {settings.min_transactions}"
    if settings.min_age_minutes > 0:
        line += f", and where less than {settings.min_age_minutes:.0f} minutes lie between first and last"
    return f"{line}."


def _young(report: Report) -> str:
    return "\n".join(
        (
            "## Invented accounts",
            "From the judging generator (`judging.py`), which neither training nor the thresholds saw: other"
            " ranges, three more ordinary shapes, and kinds of phishing that are its own. Ordinary accounts"
            " are 1 to 90 days old; the promise is FRAUD below 0.5 % and SUSPICIOUS below 5 % of all of them."
            " A go-between collects from friends and pays the whole on, as collectors do. No answer is given"
            " about an account that has done nothing yet. In brackets: 95 % intervals (Wilson), which tell"
            " the luck of the draw and not how true the inventions are.",
            "",
            *judged_lines(report.judged),
            "",
            _broken_promises(report.judged["ordinary"]),
        )
    )


def _broken_promises(ordinary: Mapping[str, Tally]) -> str:
    """Name the shapes for which the promise would not hold if an account were nothing else."""
    broken = [
        shape
        for shape, found in ordinary.items()
        if found.fraud >= PROMISED_FRAUD * found.accounts
        or found.fraud + found.suspicious >= PROMISED_SUSPICIOUS * found.accounts
    ]
    if not broken:
        return "The promise holds for each shape by itself."
    return f"By itself it does not hold for: {', '.join(broken)}."


_LIMITS = """## Limits
- Probabilities are calibrated on a table in which {base_rate:.0f} % of the accounts are frauds. Among those \
that a wallet pays, frauds are far rarer: read a probability as a rank, and the classes as what they are.
- The tables end in 2020 and know Ethereum's main network. Other chains, later kinds of fraud and scams \
that move tokens alone look different; figures for other years are not in our hands.
- It sees one account's past and nothing of this payment. A fraud without a past is not found, nor is one \
that behaves like an ordinary account: at the FRAUD threshold most frauds are missed.
- A busy shop, a collection for a good cause, or someone who collects from friends and pays for all can \
look like a collector. A class is a reason to look, not a proof. No bound on age or count keeps them apart \
without hiding collectors of the same age, so none is set.
- Internal transfers are not counted, so an account that lives by contracts looks poorer than it is.
- Figures on invented accounts tell how the model does on our inventions, the recall on invented phishing \
most of all. Training saw invented collectors, and the demonstration's phishing account is one: it shows the \
product at work and is no evidence of how well the model finds frauds. A chain of mules (few, large sums) is \
not seen.
- Both computed numbers can be changed by who knows of them: a last payment of an odd sum, or a little \
ether left behind. The fee of a payment depends on the year; the decimals of a sum do not.
- The FRAUD threshold rests on the few highest of the benign scores, and another seed moves it by 0.01.
- It is one witness among others: it can raise a decision, never lower one.
"""
