import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from guard.core.address import Address
from guard.core.evidence import Fact, Missing, Observed
from guard.core.features import FeatureKind, contract_vector
from guard.core.history import AccountHistory, account_vector
from guard.core.prediction import Prediction, PredictionClass, PredictionQuery, PredictionSource
from guard.deadline import Deadline
from guard.errors import ConfigurationError, InvalidFeatures
from guard.predict.embedded import Assessment, EmbeddedPredictor, predictor
from guard.predict.embedded.explanation import in_words
from tests.predict.embedded.histories import ACCOUNT, history, ordinary, phishing_like, received

PHISHING = account_vector(phishing_like())
ORDINARY = account_vector(ordinary())


class OneHistory:
    """A source that tells the same of every account, and remembers who was asked about."""

    def __init__(self, fact: Fact[AccountHistory]) -> None:
        self.fact = fact
        self.asked: list[Address] = []

    def history(self, account: Address, deadline: Deadline) -> Fact[AccountHistory]:
        self.asked.append(account)
        return self.fact


def query(beneficiary: Address | None = ACCOUNT) -> PredictionQuery:
    return PredictionQuery(
        sender=ACCOUNT,
        recipient=beneficiary,
        beneficiary=beneficiary,
        value_wei=1,
        gas_price_wei=1,
        is_contract_interaction=False,
    )


def abstained(reason: str) -> Assessment:
    return Assessment(prediction_class=PredictionClass.ABSTAINED, probability=None, reason=reason)


def abstained_prediction(reason: str) -> Prediction:
    return Prediction(
        prediction_class=PredictionClass.ABSTAINED,
        source=PredictionSource.EMBEDDED,
        reason=reason,
        model="txguard-embedded-2",
        features_kind=FeatureKind.ACCOUNT,
    )


@pytest.mark.parametrize("vector", [contract_vector(0.1, 20.0), contract_vector(0.0, 20.0)])
def test_it_abstains_on_a_contract_vector(vector: tuple[float, ...]) -> None:
    assert EmbeddedPredictor().assess(vector) == abstained(
        "the vector describes a payment, not an account's past, and this model reads only the latter"
    )
    assert EmbeddedPredictor().probability(vector) is None


@pytest.mark.parametrize(
    "vector", [(0.0,) * 18, (0.0,) * 16 + ("", ""), (0.0,) * 5 + (3.0,) + (0.0,) * 10 + ("TKN", "TKN")]
)
def test_it_abstains_on_an_account_without_transactions(vector: tuple[float | str, ...]) -> None:
    assert EmbeddedPredictor().assess(vector) == abstained("the account has no transactions")


@pytest.mark.parametrize("numbers", [PHISHING[:16], ORDINARY[:16], contract_vector(0.1, 20.0)[:16]])
@pytest.mark.parametrize("spelling", ["", "None", " ", "0", "blank", "Tether USD", 0, 0.0])
def test_the_spelling_of_no_token_changes_nothing(
    numbers: tuple[float | str, ...], spelling: str | float
) -> None:
    assert EmbeddedPredictor().assess((*numbers, spelling, spelling)) == EmbeddedPredictor().assess(
        (*numbers, "", "")
    )


def test_a_negative_balance_is_read_like_any_number() -> None:
    overdrawn = (*ORDINARY[:10], -5.0, *ORDINARY[11:])
    probability = EmbeddedPredictor().probability(overdrawn)
    assert probability is not None
    assert 0 < probability < 1


@pytest.mark.parametrize("vector", [(1.0,) * 17, (float("nan"),) * 18, ("x",) * 18])
def test_what_is_not_a_vector_is_refused(vector: tuple[float | str, ...]) -> None:
    with pytest.raises(InvalidFeatures):
        EmbeddedPredictor().assess(vector)


def test_thresholds_move_the_classes_and_not_the_probability() -> None:
    probability = EmbeddedPredictor().probability(ORDINARY)
    wary = EmbeddedPredictor(fraud_threshold=0.0001)
    assert wary.assess(ORDINARY) == Assessment(
        prediction_class=PredictionClass.FRAUD,
        probability=probability,
        reason="received 4 payments of 2 ether on average within 323 days and forwarded 75 % of it",
    )
    watchful = EmbeddedPredictor(suspicious_threshold=0.0001)
    assert watchful.assess(ORDINARY).prediction_class is PredictionClass.SUSPICIOUS


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.1, float("nan")])
def test_a_threshold_that_is_no_probability_is_refused(threshold: float) -> None:
    with pytest.raises(ConfigurationError, match="not a probability"):
        EmbeddedPredictor(fraud_threshold=threshold)


def test_it_predicts_from_the_history_of_the_beneficiary() -> None:
    source = OneHistory(Observed(phishing_like(), "test"))
    prediction = EmbeddedPredictor(source).predict(query(), Deadline.after(5))
    assessment = EmbeddedPredictor().assess(PHISHING)
    assert source.asked == [ACCOUNT]
    assert prediction == Prediction(
        prediction_class=PredictionClass.FRAUD,
        probability=assessment.probability,
        source=PredictionSource.EMBEDDED,
        reason=assessment.reason,
        model="txguard-embedded-2",
        features_kind=FeatureKind.ACCOUNT,
        features=PHISHING,
        text=in_words(EmbeddedPredictor().explain(PHISHING).facts),
    )


@pytest.mark.parametrize(
    ("predictor_under_test", "asked", "reason"),
    [
        (EmbeddedPredictor(), query(), "no source of account histories is configured"),
        (EmbeddedPredictor(OneHistory(Missing("x"))), query(None), "nobody is paid whose past could be read"),
        (EmbeddedPredictor(OneHistory(Missing("the chain is too tall"))), query(), "the chain is too tall"),
        (
            EmbeddedPredictor(OneHistory(Observed(history([received(0, 1)], is_estimate=True), "guess"))),
            query(),
            "the history is an estimate, and an estimate says nothing",
        ),
    ],
)
def test_it_abstains_without_a_history(
    predictor_under_test: EmbeddedPredictor, asked: PredictionQuery, reason: str
) -> None:
    prediction = predictor_under_test.predict(asked, Deadline.after(5))
    assert prediction.reason is not None
    assert prediction.reason.startswith(reason)
    assert prediction == abstained_prediction(prediction.reason)


def test_a_source_that_failed_is_no_answer_and_no_abstention() -> None:
    source = OneHistory(Missing("the node is away", is_failure=True))
    prediction = EmbeddedPredictor(source).predict(query(), Deadline.after(5))
    assert prediction == replace(
        abstained_prediction("the node is away"), prediction_class=PredictionClass.UNKNOWN
    )


def test_a_damaged_model_file_is_an_unknown_prediction_and_an_error_of_assess(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    damaged = tmp_path / "model.bin"
    damaged.write_bytes(predictor.MODEL_FILE.read_bytes()[:-1])
    monkeypatch.setattr(predictor, "MODEL_FILE", damaged)
    predictor.shipped_model.cache_clear()
    try:
        with pytest.raises(ConfigurationError, match="checksum"):
            EmbeddedPredictor().assess(PHISHING)
        source = OneHistory(Observed(phishing_like(), "test"))
        prediction = EmbeddedPredictor(source).predict(query(), Deadline.after(5))
    finally:
        predictor.shipped_model.cache_clear()
    assert (prediction.prediction_class, prediction.probability) == (PredictionClass.UNKNOWN, None)
    assert prediction.reason is not None
    assert "checksum" in prediction.reason


def test_a_missing_model_file_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(predictor, "MODEL_FILE", tmp_path / "absent.bin")
    predictor.shipped_model.cache_clear()
    try:
        with pytest.raises(ConfigurationError, match="cannot be read"):
            EmbeddedPredictor().probability(PHISHING)
    finally:
        predictor.shipped_model.cache_clear()


def test_importing_it_reads_no_file_and_loads_nothing_but_the_standard_library_and_a_keccak() -> None:
    program = """
import sys
from guard.predict.embedded import EmbeddedPredictor
from guard.predict.embedded import predictor
predictor.shipped_model.cache_info().currsize and sys.exit("the model was read at import")
EmbeddedPredictor().probability((1.0,) * 18)
foreign = {name.split(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
print(sorted(name for name in foreign if not name.startswith("_")))
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(eval(run.stdout)) <= {"Crypto", "guard", "sitecustomize", "google", "distutils"}
    assert not {"numpy", "lightgbm", "sklearn"} & set(eval(run.stdout))
