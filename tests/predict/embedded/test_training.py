import csv
import math
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from guard.core.features import NUMERIC_FEATURE_NAMES
from guard.errors import CallerError, ConfigurationError
from guard.predict.embedded import boost, train
from guard.predict.embedded.card import Report, write_card
from guard.predict.embedded.judging import Tally
from guard.predict.embedded.measure import Figures
from guard.predict.embedded.pack import PackedModel, Settings, decode, encode
from guard.predict.embedded.plausible import COUNT_NAMES
from guard.predict.embedded.recipe import Growth, Recipe
from guard.predict.embedded.table import Row, folds, read_rows, reweighted
from guard.predict.embedded.walk import Walker

SMALL = Recipe(
    other_seeds=(),
    growth=Growth(trees=20, leaves=7),
    fold_count=3,
    ordinary_count=60,
    phishing_count=12,
    judged_count=120,
    judged_scale=0.02,
    resamples=20,
)
HONEST = Figures(
    roc_auc=0.98, pr_auc=0.92, f1=0.85, recall_at_1_percent=0.7, brier=0.04, calibration_error=0.01
)


def invented_rows(count: int, seed: int, *, noise: float = 2.0) -> list[Row]:
    """Rows whose third and ninth features tell the label, with noise; the noisier, the less they tell."""
    chance = random.Random(seed)
    rows = []
    for index in range(count):
        label = int(chance.random() < 0.3)
        features = [round(chance.lognormvariate(0, 2), 6) for _ in NUMERIC_FEATURE_NAMES]
        features[2] = math.exp(2.0 * label + chance.gauss(0, noise))
        features[8] = math.exp(-label + chance.gauss(0, noise))
        for place, name in enumerate(NUMERIC_FEATURE_NAMES):
            if name in COUNT_NAMES:
                features[place] = float(round(features[place]))
        rows.append(Row(features=tuple(features), is_fraud=label, group=f"g{index // 3}"))
    return rows


def write_table(path: Path, rows: Sequence[Row], *, grouped: bool) -> Path:
    with path.open("w", newline="") as lines:
        writer = csv.writer(lines)
        # Another order and foreign columns: only the header counts.
        names = list(reversed(NUMERIC_FEATURE_NAMES))
        writer.writerow(["row_id", *names, "flag", "erc20_most_sent_token_type", *["group"] * grouped])
        for index, row in enumerate(rows):
            values = [*reversed(row.features), row.is_fraud, "None"]
            writer.writerow([f"r{index}", *values, *[row.group] * grouped])
    return path


def test_the_packed_walker_equals_the_trainer_on_two_thousand_rows() -> None:
    booster = boost.grow(invented_rows(1500, 1), Growth(trees=60), seed=3)
    nodes, roots = boost.nodes_of(booster)
    settings = Settings(
        name="parity",
        base_rate=0.3,
        fraud_threshold=0.9,
        suspicious_threshold=0.5,
        min_transactions=1,
        min_age_minutes=0.0,
        calibration_slope=1.0,
        calibration_intercept=0.0,
    )
    packed = decode(encode(PackedModel(settings=settings, nodes=nodes, roots=roots)))
    rows = [row.features for row in invented_rows(2000, 2)]
    # On a threshold, and far out of the training's range, they must agree too.
    rows += [(number,) * 16 for number in packed.nodes.numbers[:200]]
    rows += [(0.0,) * 16, (-1e30,) * 16, (1e30,) * 16]
    walker = Walker(packed)
    differences = [
        abs(walker.log_odds(row) - expected)
        for row, expected in zip(rows, boost.log_odds(booster, rows), strict=True)
    ]
    assert max(differences) < 1e-9
    assert sum(packed.nodes.covers[root] for root in packed.roots) == 60 * 1500


def test_training_twice_gives_the_same_bytes_and_another_seed_gives_others() -> None:
    main, extra = invented_rows(300, 5), invented_rows(60, 6)
    first, again, other = (
        encode(train.train(main, extra, recipe)[0]) for recipe in (SMALL, SMALL, replace(SMALL, seed=2))
    )
    assert first == again
    assert first != other


def test_the_command_writes_the_model_and_a_card_without_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(train, "Recipe", lambda seed: replace(SMALL, seed=seed))
    tables = (
        write_table(tmp_path / "main.csv", invented_rows(300, 5), grouped=True),
        write_table(tmp_path / "extra.csv", invented_rows(60, 6), grouped=False),
    )
    out = tmp_path / "out"
    out.mkdir()
    assert train.main([*map(str, tables), "--out", str(out)]) == 0
    raw = (out / "model.bin").read_bytes()
    assert raw == encode(train.train(invented_rows(300, 5), invented_rows(60, 6), SMALL)[0])
    card = (out / "MODEL_CARD.md").read_text()
    assert str(tmp_path) not in card
    assert "ODbL" in card
    assert capsys.readouterr().out == card + "\n"


def test_a_leak_is_refused_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(train, "Recipe", lambda seed: replace(SMALL, seed=seed))
    leaking = write_table(tmp_path / "main.csv", invented_rows(300, 5, noise=0.01), grouped=True)
    extra = write_table(tmp_path / "extra.csv", invented_rows(60, 6), grouped=False)
    out = tmp_path / "out"
    out.mkdir()
    assert train.main([str(leaking), str(extra), "--out", str(out)]) == 9
    assert "a leak came back" in capsys.readouterr().err
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("found", [replace(HONEST, f1=0.931), replace(HONEST, roc_auc=0.9961)])
def test_figures_above_either_alarm_are_a_leak(found: Figures) -> None:
    with pytest.raises(ConfigurationError, match="too good to be true"):
        train.refuse_leak(found)


def test_honest_figures_pass_the_alarm() -> None:
    train.refuse_leak(replace(HONEST, f1=0.93, roc_auc=0.996))


def test_another_draw_is_the_grouped_validation_of_its_seed_and_leaves_the_model_alone() -> None:
    main, extra = invented_rows(300, 5), invented_rows(60, 6)
    model, report = train.train(main, extra, replace(SMALL, other_seeds=(1, 201)))
    alone, without = train.train(main, extra, SMALL)
    # Seed 1 is the recipe's own, so it is no other witness.
    assert report.other_scores == {
        201: train.train(main, extra, replace(SMALL, seed=201))[1].grouped_scores,
    }
    assert report.other_scores[201] != report.grouped_scores
    assert encode(model) == encode(alone)
    assert replace(report, recipe=SMALL, other_scores={}) == without
    assert "## Other draws" not in write_card(alone.settings, without, file_bytes=1)


def test_a_leak_under_another_seed_alone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = train._out_of_fold

    def leaking(rows: Sequence[Row], company: Sequence[Row], recipe: Recipe) -> list[float]:
        if recipe.seed != 202:
            return honest(rows, company, recipe)
        # A few wrong ones: calibrating what is wholly apart has no end.
        return [4.0 if row.is_fraud != (place % 50 == 0) else -4.0 for place, row in enumerate(rows)]

    monkeypatch.setattr(train, "_out_of_fold", leaking)
    main, extra = invented_rows(300, 5), invented_rows(60, 6)
    train.train(main, extra, replace(SMALL, other_seeds=(201,)))
    with pytest.raises(ConfigurationError, match="too good to be true"):
        train.train(main, extra, replace(SMALL, other_seeds=(201, 202)))


PERFECT, BLIND = [1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0], [0.5] * 8


@pytest.mark.parametrize(
    ("own", "told"),
    [(PERFECT, "a kind draw (11 of 12 are better"), (BLIND, "no kind draw (0 of 12 are better")],
    ids=["kind", "not kind"],
)
def test_the_card_tells_what_other_seeds_give(own: list[float], told: str) -> None:
    settings = Settings(
        name="draws",
        base_rate=0.5,
        fraud_threshold=0.9,
        suspicious_threshold=0.4,
        min_transactions=1,
        min_age_minutes=0.0,
        calibration_slope=1.0,
        calibration_intercept=0.0,
    )
    report = Report(
        recipe=SMALL,
        main_rows=[
            Row(features=(0.0,) * 16, is_fraud=int(flag), group="large" if place < 3 else f"g{place}")
            for place, flag in enumerate(PERFECT)
        ],
        extra_rows=0,
        grouped_scores=own,
        ungrouped_scores=own,
        other_scores={7: PERFECT, 8: BLIND},
        strangers={},
        unraised=settings,
        judged={"ordinary": {"shop": Tally(accounts=1)}},
    )
    section = (
        write_card(settings, report, file_bytes=1).partition("## Other draws\n")[2].partition("\n## ")[0]
    )
    assert "of other seeds (7, 8), each calibrated" in section
    assert f"The figures of seed 1 above are {told} than the mean here)" in section
    assert [line for line in section.splitlines() if line.startswith("|")] == [
        "| figure | grouped | outside the largest group | goal |",
        "|---|---|---|---|",
        "| ROC-AUC | 0.7500* (0.5000 to 1.0000) | 0.7500* (0.5000 to 1.0000) | 0.983 |",
        "| PR-AUC | 0.7500* (0.5000 to 1.0000) | 0.7000* (0.4000 to 1.0000) | 0.94 |",
        "| F1 at 0.5 | 0.8333* (0.6667 to 1.0000) | 0.7857* (0.5714 to 1.0000) | 0.86 |",
        "| recall at 1 % false positives | 0.5000* (0.0000 to 1.0000) | 0.5000* (0.0000 to 1.0000) | 0.72 |",
        "| Brier score | 0.1250* (0.0000 to 0.2500) | 0.1250* (0.0000 to 0.2500) | 0.036 |",
        "| calibration error, 10 bins | 0.0000 (0.0000 to 0.0000) | 0.0500* (0.0000 to 0.1000) | 0.025 |",
    ]


def test_folds_keep_groups_whole_and_hold_every_row_once() -> None:
    rows = invented_rows(300, 5)
    dealt = folds(rows, count=4, seed=1)
    assert sorted(place for places in dealt for place in places) == list(range(300))
    homes: dict[str, set[int]] = {}
    for fold, places in enumerate(dealt):
        for place in places:
            homes.setdefault(rows[place].group, set()).add(fold)
    assert all(len(home) == 1 for home in homes.values())
    assert all(60 < len(places) < 90 for places in dealt)


def test_rows_of_other_origin_get_the_base_rate_and_lose_the_foreign_sum() -> None:
    rows = reweighted(invented_rows(200, 6), base_rate=0.2, row_weight=0.5)
    weights = {0: 0.0, 1: 0.0}
    for row in rows:
        weights[row.is_fraud] += row.weight
    assert sum(weights.values()) == pytest.approx(100.0)
    assert weights[1] / sum(weights.values()) == pytest.approx(0.2)
    assert {row.features[13] for row in rows} == {0.0}


def test_a_table_without_both_classes_cannot_be_reweighted() -> None:
    with pytest.raises(ConfigurationError, match="cannot be reweighted"):
        reweighted([], base_rate=0.2, row_weight=0.5)


LAST = "erc20_uniq_rec_token_name"


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("x\x1b[2J", "is 'x\\x1b[2J', and not a finite number"),
        ("-3", "is -3, and cannot be below zero"),
        ("2.5", "is 2.5, and a count is a whole number"),
        ("1e308", "is 1e+308, and nothing on a chain is larger than 2^256"),
        ("nan", "is 'nan', and not a finite number"),
        ("", "is left out, and not a finite number"),
    ],
)
def test_a_cell_that_cannot_be_used_is_refused_in_our_words(tmp_path: Path, cell: str, told: str) -> None:
    path = write_table(tmp_path / "main.csv", invented_rows(5, 1), grouped=False)
    lines = path.read_text().splitlines()
    name, _, rest = lines[2].split(",", 2)
    path.write_text("\n".join([*lines[:2], f"{name},{cell},{rest}", *lines[3:]]))
    with pytest.raises(CallerError) as raised:
        read_rows(path)
    assert raised.value.message == f"row 2 of the table cannot be used: {LAST} {told}"
    assert not isinstance(raised.value, ConfigurationError)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("flag", "label"), "main.csv cannot be read as a table of accounts: its header does not name flag"),
        (("r4,", "r4\n"), "row 5 of the table cannot be used: avg_min_between_sent_tnx is left out"),
        (("r4,", "r4," + "9" * 140_000), "main.csv cannot be read as a table of accounts: it is not a csv"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_in_our_words(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    path = write_table(tmp_path / "main.csv", invented_rows(5, 1), grouped=False)
    path.write_text(path.read_text().replace(*change, 1))
    with pytest.raises(CallerError) as raised:
        read_rows(path)
    assert told in raised.value.message


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (Row(features=(float("inf"),) * 16, is_fraud=0, group="g"), "avg_min_between_sent_tnx is 'inf'"),
        (Row(features=(0.0,) * 16, is_fraud=2, group="g"), "flag is '2', and not 0 or 1"),
    ],
    ids=["infinite", "a third class"],
)
def test_a_row_that_means_nothing_is_refused_by_its_number(tmp_path: Path, row: Row, told: str) -> None:
    path = write_table(tmp_path / "main.csv", [*invented_rows(2, 1), row], grouped=True)
    with pytest.raises(CallerError, match="row 3 of the table") as raised:
        read_rows(path)
    assert told in raised.value.message


@pytest.mark.parametrize("name", ["absent.csv", "."])
def test_what_is_no_file_is_refused_without_pythons_words(tmp_path: Path, name: str) -> None:
    with pytest.raises(CallerError, match="cannot be read as a table of accounts") as raised:
        read_rows(tmp_path / name)
    assert "Error" not in raised.value.message


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "main.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CallerError, match="it is not a csv file in UTF-8"):
        read_rows(tmp_path / "main.csv")
