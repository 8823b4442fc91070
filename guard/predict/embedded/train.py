"""Train the shipped model: `python -m guard.predict.embedded.train TRAIN.csv EXTRA.csv`.

What belongs here: the recipe, in order. What must not: anything a wallet needs at run time. Needs the
extra `train`; the same files, seed and versions give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from guard.errors import ConfigurationError, GuardError
from guard.predict.embedded.boost import grow, log_odds, nodes_of
from guard.predict.embedded.card import Report, write_card
from guard.predict.embedded.evaluate import judge
from guard.predict.embedded.measure import Figures, calibration, figures, threshold_at
from guard.predict.embedded.pack import PackedModel, Settings, encode
from guard.predict.embedded.predictor import MODEL_FILE, MODEL_NAME, EmbeddedPredictor
from guard.predict.embedded.recipe import Recipe
from guard.predict.embedded.table import Row, folds, read_rows, reweighted, ungrouped
from guard.predict.embedded.walk import logistic
from guard.predict.embedded.young import invented_rows, raised_thresholds, score_fresh

HIGHEST_HONEST_F1 = 0.93
HIGHEST_HONEST_AUC = 0.996
"""Above either of the two, cross-validation has seen the answer: a leak of the public table came back."""


def train(main_rows: Sequence[Row], extra_rows: Sequence[Row], recipe: Recipe) -> tuple[PackedModel, Report]:
    """Train on the main and the extra table; raises ConfigurationError where a leak shows."""
    labels = [row.is_fraud for row in main_rows]
    base_rate = sum(labels) / len(labels)
    others = reweighted(extra_rows, base_rate=base_rate, row_weight=recipe.extra_weight)
    company = [*others, *invented_rows(recipe)]
    curve, scores = _grouped(main_rows, company, recipe)
    free = _calibrated(_out_of_fold(ungrouped(main_rows), company, recipe), curve)
    refuse_leak(figures(labels, free))
    benign = [found for label, found in zip(labels, scores, strict=True) if not label]
    unraised = _settings(base_rate, curve, benign, recipe)
    nodes, roots = nodes_of(grow([*main_rows, *company], recipe.growth, seed=recipe.seed))
    model = PackedModel(settings=unraised, nodes=nodes, roots=roots)
    settings = raised_thresholds(unraised, score_fresh(model, recipe), recipe)
    model = replace(model, settings=settings)
    report = Report(
        recipe=recipe,
        main_rows=main_rows,
        extra_rows=len(extra_rows),
        grouped_scores=scores,
        ungrouped_scores=free,
        other_scores=_other_draws(main_rows, others, recipe),
        strangers=_strangers(main_rows, others, recipe),
        unraised=unraised,
        judged=judge(EmbeddedPredictor(model=model), scale=recipe.judged_scale),
    )
    return model, report


def refuse_leak(found: Figures) -> None:
    """Raise ConfigurationError where cross-validated figures are better than the table honestly allows."""
    if found.f1 > HIGHEST_HONEST_F1 or found.roc_auc > HIGHEST_HONEST_AUC:
        raise ConfigurationError(
            f"cross-validated figures too good to be true: F1 {found.f1:.4f}, AUC {found.roc_auc:.4f}",
            hint=f"above F1 {HIGHEST_HONEST_F1} or AUC {HIGHEST_HONEST_AUC} a leak came back: look for a"
            " column that tells the class, and for duplicates across folds; nothing was written",
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the two tables, train, and write the packed file and its card."""
    parser = argparse.ArgumentParser(prog="python -m guard.predict.embedded.train", description=main.__doc__)
    parser.add_argument("train", type=Path, metavar="TRAIN.csv", help="the main table, with `group`")
    parser.add_argument("extra", type=Path, metavar="EXTRA.csv", help="rows of other origin, reweighted")
    parser.add_argument("--out", type=Path, default=MODEL_FILE.parent, metavar="DIR", help="where to write")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    recipe = Recipe(seed=options.seed)
    try:
        model, report = train(read_rows(options.train), read_rows(options.extra), recipe)
        raw = encode(model)
        (options.out / MODEL_FILE.name).write_bytes(raw)
        card = write_card(model.settings, report, file_bytes=len(raw))
        (options.out / "MODEL_CARD.md").write_text(card, encoding="utf-8")
    except GuardError as error:
        print(f"error: {error.message}\nhint: {error.hint}", file=sys.stderr)
        return 9
    print(card)
    return 0


def _grouped(
    main_rows: Sequence[Row], company: Sequence[Row], recipe: Recipe
) -> tuple[tuple[float, float], list[float]]:
    """Return the calibration and the calibrated out-of-fold scores; raises where a leak shows."""
    labels = [row.is_fraud for row in main_rows]
    values = _out_of_fold(main_rows, company, recipe)
    curve = calibration(labels, values)
    scores = _calibrated(values, curve)
    refuse_leak(figures(labels, scores))
    return curve, scores


def _other_draws(main_rows: Sequence[Row], others: Sequence[Row], recipe: Recipe) -> dict[int, list[float]]:
    """Return the grouped scores under each other seed, by seed; raises where a leak shows."""
    found = {}
    for seed in recipe.other_seeds:
        if seed != recipe.seed:
            other = replace(recipe, seed=seed)
            found[seed] = _grouped(main_rows, [*others, *invented_rows(other)], other)[1]
    return found


def _out_of_fold(rows: Sequence[Row], company: Sequence[Row], recipe: Recipe) -> list[float]:
    """Return each row's log-odds by trees that saw neither it nor its group."""
    values = [0.0] * len(rows)
    for places in folds(rows, count=recipe.fold_count, seed=recipe.seed):
        held_out = set(places)
        seen = [row for place, row in enumerate(rows) if place not in held_out]
        booster = grow([*seen, *company], recipe.growth, seed=recipe.seed)
        answers = log_odds(booster, [rows[place].features for place in places])
        for place, value in zip(places, answers, strict=True):
            values[place] = value
    return values


def _strangers(
    main_rows: Sequence[Row], others: Sequence[Row], recipe: Recipe
) -> dict[str, tuple[list[int], list[float]]]:
    """Return labels and scores of each table under trees that saw the other alone."""
    found = {}
    for name, seen, asked in (
        ("trained on the main table, asked about the extra one", main_rows, others),
        ("trained on the extra table, asked about the main one", others, main_rows),
    ):
        booster = grow(seen, recipe.growth, seed=recipe.seed)
        scores = _calibrated(log_odds(booster, [row.features for row in asked]), (1.0, 0.0))
        found[name] = ([row.is_fraud for row in asked], scores)
    return found


def _calibrated(values: Sequence[float], curve: tuple[float, float]) -> list[float]:
    slope, intercept = curve
    return [logistic(slope * value + intercept) for value in values]


def _settings(
    base_rate: float, curve: tuple[float, float], benign_scores: Sequence[float], recipe: Recipe
) -> Settings:
    return Settings(
        name=MODEL_NAME,
        base_rate=base_rate,
        fraud_threshold=threshold_at(benign_scores, recipe.fraud_rate),
        suspicious_threshold=threshold_at(benign_scores, recipe.suspicious_rate),
        # Young accounts are met by the thresholds: a bound on age or count would silence the model on the
        # accounts that phishing uses most.
        min_transactions=1,
        min_age_minutes=0.0,
        calibration_slope=curve[0],
        calibration_intercept=curve[1],
    )


if __name__ == "__main__":
    raise SystemExit(main())
