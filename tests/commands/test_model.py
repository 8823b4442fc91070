"""`guard model`: what it shows of the shipped model, of a labelled table, and of one account."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from pathlib import Path

import pytest

from guard import wiring
from guard.adapters.embedded_chain import EmbeddedChain, PastPayment
from guard.core.features import FEATURE_COUNT, NUMERIC_FEATURE_NAMES, contract_vector
from guard.core.history import account_vector
from guard.predict.embedded import EmbeddedPredictor
from guard.predict.embedded.ordinary import invented_histories
from guard.predict.embedded.predictor import MODEL_FILE, shipped_model
from tests.commands.test_commands import ran
from tests.predict.embedded.histories import ACCOUNT, WEI, ordinary, phishing_like

PHISHING = account_vector(phishing_like(1))


def features_file(folder: Path, content: object) -> str:
    path = folder / "features.json"
    path.write_text(json.dumps(content))
    return str(path)


def test_info_tells_the_shipped_file_and_the_cards_figures(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "guard", "model", "info", "--json")
    told = json.loads(out)
    raw, settings = MODEL_FILE.read_bytes(), shipped_model()[0].settings
    assert (code, told["ok"]) == (0, True)
    assert told["model"]["sha256"] == hashlib.sha256(raw).hexdigest()
    assert told["model"]["bytes"] == len(raw)
    assert told["model"]["fraud_threshold"] == settings.fraud_threshold
    assert [row["figure"] for row in told["figures"]][:3] == ["ROC-AUC", "PR-AUC", "F1 at 0.5"]
    assert {"grouped", "ungrouped", "goal"} <= set(told["figures"][0])
    assert [set(row) for row in told["other_draws"]] == 6 * [
        {"figure", "grouped", "outside the largest group", "goal"}
    ]


def test_info_fits_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "guard", "model", "info")
    assert code == 0
    assert "txguard-embedded-2" in out
    assert "in brackets 95 % intervals.\n" in out
    assert out.endswith("in brackets the least and the greatest.\n")
    assert [line for line in out.splitlines() if len(line) > 80] == []


def table(folder: Path, *, flags: tuple[int, ...] = (0, 1)) -> str:
    path = folder / "accounts.csv"
    with path.open("w", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow([*NUMERIC_FEATURE_NAMES, "flag"])
        for seed in range(8):
            writer.writerow([*account_vector(phishing_like(seed))[:16], flags[-1]])
        for _, past in invented_histories(40, seed=3):
            writer.writerow([*account_vector(past)[:16], flags[0]])
        writer.writerow([*contract_vector(0.1, 20.0)[:16], flags[0]])
    return str(path)


def test_evaluate_tells_figures_with_intervals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "guard", "model", "evaluate", table(tmp_path), "--resamples", "20", "--json")
    told = json.loads(out)["evaluation"]
    assert code == 0
    assert told["abstained"] >= 1
    assert told["scored"]["rows"] + told["abstained"] == 49
    assert told["scored"]["frauds"] == 8
    assert told["scored"]["figures"]["roc_auc"] > 0.9
    low, high = told["scored"]["intervals"]["brier"]
    assert low <= told["scored"]["figures"]["brier"] <= high
    assert told["fraud"]["1"] == 1.0


def test_evaluate_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "guard", "model", "evaluate", table(tmp_path), "--resamples", "20")
    lines = out.splitlines()
    assert code == 0
    assert "8 of them frauds; no answer for" in lines[0]
    assert lines[1].startswith("ROC-AUC")
    assert lines[-1].startswith("SUSPICIOUS or worse")


def test_evaluate_refuses_a_table_of_one_class(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = ran(capsys, "guard", "model", "evaluate", table(tmp_path, flags=(0, 0)))
    assert code == 2
    assert "no row of one of the two classes" in err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read as a table of accounts: No such file"),
        (b"\xff\xfe", "it is not a csv file in UTF-8"),
        (b"", "its header does not name avg_min_between_sent_tnx"),
        (b'{"a": 1}', "its header does not name avg_min_between_sent_tnx"),
        (b"a" * 200_000, "it is not a csv file in UTF-8"),
    ],
)
def test_evaluate_refuses_a_bad_file_as_a_bad_argument_and_in_our_words(
    content: bytes | None, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "accounts.csv"
    if content is not None:
        path.write_bytes(content)
    code, out, err = ran(capsys, "guard", "model", "evaluate", str(path))
    assert (code, out) == (2, "")
    assert told in err
    assert "Error" not in err


def test_evaluate_names_the_row_and_the_number_that_no_account_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(table(tmp_path))
    lines = path.read_text().splitlines()
    cells = lines[1].split(",")
    cells[3] = "-4"
    path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]))
    code, _, err = ran(capsys, "guard", "model", "evaluate", str(path))
    assert code == 2
    assert "row 1 of the table cannot be used: sent_tnx is -4, and cannot be below zero" in err


def test_a_damaged_model_stays_a_fault_of_the_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "model.bin"
    damaged.write_bytes(MODEL_FILE.read_bytes()[:-1])
    monkeypatch.setattr("guard.predict.embedded.predictor.MODEL_FILE", damaged)
    shipped_model.cache_clear()
    try:
        assert ran(capsys, "guard", "model", "evaluate", table(tmp_path))[0] == 9
    finally:
        shipped_model.cache_clear()


@pytest.mark.parametrize("wrap", [list, lambda features: {"features": list(features)}])
def test_explain_tells_weights_that_sum_to_the_score(
    wrap: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = wrap(PHISHING)  # type: ignore[operator]
    code, out, _ = ran(capsys, "guard", "model", "explain", features_file(tmp_path, content), "--json")
    told = json.loads(out)
    assert (code, told["class"], told["features"]) == (0, "FRAUD", list(PHISHING))
    assert told["probability"] == EmbeddedPredictor().probability(PHISHING)
    log_odds = told["base"] + sum(fact["share"] for fact in told["facts"])
    assert 1 / (1 + math.exp(-log_odds)) == pytest.approx(told["probability"], abs=1e-9)


def test_explain_as_text_tells_the_facts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "guard", "model", "explain", features_file(tmp_path, PHISHING))
    assert code == 0
    assert out.startswith("FRAUD, probability of fraud 9")
    told = " ".join(out.split())
    assert "received 30 payments of 0.89 ether on average within 44 hours" in told
    assert "30 payments received and 2 sent" in told
    assert [line for line in out.splitlines() if len(line) > 80] == []


def test_explain_reads_standard_input_and_abstains_aloud(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    vector = json.dumps(contract_vector(0.1, 20.0)).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(vector)))
    code, out, _ = ran(capsys, "guard", "model", "explain", "-")
    assert code == 0
    assert out.startswith("ABSTAINED\nthe vector describes a payment")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([1.0] * 17, "17 features were given"),
        ({"feature": [1.0] * 18}, "the features are not an array"),
        ("text", "the features are not an array"),
        ([0.0] * 40_000, "larger than 64 KiB"),
    ],
)
def test_explain_refuses_what_is_not_a_vector(
    content: object, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = ran(capsys, "guard", "model", "explain", features_file(tmp_path, content))
    assert code == 2
    assert told in err


@pytest.mark.parametrize(
    ("place", "number", "told"),
    [
        (3, -4, "sent_tnx is -4, and cannot be below zero"),
        (4, 3.5, "received_tnx is 3.5, and a count is a whole number"),
        (2, -1, "time_diff_mins is -1, and cannot be below zero"),
        (9, 1e308, "total_ether_sent is 1e+308, and nothing on a chain is larger than 2^256"),
        (10, -1e308, "total_ether_balance is -1e+308, and nothing on a chain is larger than 2^256"),
    ],
)
def test_explain_refuses_numbers_that_no_account_has(
    place: int, number: float, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = [*PHISHING[:place], number, *PHISHING[place + 1 :]]
    code, out, err = ran(capsys, "guard", "model", "explain", features_file(tmp_path, content))
    assert (code, out) == (2, "")
    assert told in err


def test_explain_takes_more_sent_than_received(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = [*PHISHING[:10], -0.5, *PHISHING[11:]]
    code, out, _ = ran(capsys, "guard", "model", "explain", features_file(tmp_path, content))
    assert code == 0
    assert "ether more sent than received" in out


def test_explain_tells_a_huge_amount_in_few_digits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = [*PHISHING[:9], 1e59, *PHISHING[10:]]
    code, out, _ = ran(capsys, "guard", "model", "explain", features_file(tmp_path, content))
    assert code == 0
    assert "1e+59 ether" in out
    assert "00000000" not in out


def test_explain_refuses_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = ran(capsys, "guard", "model", "explain", "absent.json")
    assert code == 2
    assert "the features cannot be read" in err


def test_explain_asks_for_a_node_where_an_address_is_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ETH_RPC_URL", raising=False)
    code, _, err = ran(capsys, "guard", "model", "explain", "0x" + "00" * 19 + "01")
    assert code == 2
    assert "an address needs a node" in err


def test_explain_reads_the_past_of_an_address_from_a_node(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chain = EmbeddedChain(genesis_at=1_600_000_000)
    payments = [
        PastPayment(at=1_600_000_000 + 600 * hour, payer=None, to=ACCOUNT, value_wei=WEI)
        for hour in range(1, 4)
    ]
    chain.live_through(payments)
    monkeypatch.setattr(wiring, "build_chain", lambda _: chain)
    code, out, _ = ran(
        capsys, "guard", "model", "explain", ACCOUNT, "--rpc-url", "http://127.0.0.1:1", "--json"
    )
    assert code == 0
    assert json.loads(out)["features"][4:8] == [3.0, 0.0, 1.0, 1.0]


def test_explain_takes_our_variable_before_casts_and_the_flag_before_both(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def build_chain(url: str) -> EmbeddedChain:
        asked.append(url)
        return EmbeddedChain(genesis_at=1_600_000_000)

    monkeypatch.setattr(wiring, "build_chain", build_chain)
    monkeypatch.setenv("ETH_RPC_URL", "http://127.0.0.1:1")
    ran(capsys, "guard", "model", "explain", ACCOUNT)
    monkeypatch.setenv("WALLET_RPC_URL", "http://127.0.0.1:2")
    ran(capsys, "guard", "model", "explain", ACCOUNT)
    ran(capsys, "guard", "model", "explain", ACCOUNT, "--rpc-url", "http://127.0.0.1:3")
    assert asked == [f"http://127.0.0.1:{port}" for port in (1, 2, 3)]


def test_the_ordinary_account_is_explained_as_safe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vector = account_vector(ordinary())
    assert len(vector) == FEATURE_COUNT
    _, out, _ = ran(capsys, "guard", "model", "explain", features_file(tmp_path, vector))
    assert out.startswith("SAFE, probability of fraud")
