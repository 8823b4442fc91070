import hashlib
import json
import struct
from dataclasses import replace

import pytest

from guard.errors import ConfigurationError
from guard.predict.embedded.pack import LEAF, Nodes, PackedModel, Settings, decode, encode
from guard.predict.embedded.predictor import MODEL_FILE, MODEL_NAME
from guard.predict.embedded.recipe import Recipe
from guard.predict.embedded.walk import Walker, logistic

SETTINGS = Settings(
    name="small",
    base_rate=0.2,
    fraud_threshold=0.9,
    suspicious_threshold=0.6,
    min_transactions=1,
    min_age_minutes=0.0,
    calibration_slope=1.5,
    calibration_intercept=-0.25,
)
STUMP = Nodes(
    features=(3, LEAF, LEAF, LEAF),
    numbers=(2.5, -1.0, 2.0, 0.125),
    jumps=(2, 1, 1, 1),
    covers=(10, 6, 4, 10),
)
SMALL = PackedModel(settings=SETTINGS, nodes=STUMP, roots=(0, 3))
"""One split on the count of sent transactions at 2.5, and one tree that never split."""

SHIPPED = MODEL_FILE.read_bytes()


def sealed(content: bytes) -> bytes:
    return content + hashlib.sha256(content).digest()


def test_what_is_written_is_read_again() -> None:
    assert decode(encode(SMALL)) == SMALL


def test_the_shipped_file_is_written_again_byte_for_byte() -> None:
    assert encode(decode(SHIPPED)) == SHIPPED


def test_the_shipped_file_is_small_and_carries_the_public_name() -> None:
    assert len(SHIPPED) <= 200_000
    assert decode(SHIPPED).settings.name == MODEL_NAME


def test_the_card_belongs_to_the_shipped_file() -> None:
    card = MODEL_FILE.with_name("MODEL_CARD.md").read_text(encoding="utf-8")
    settings = decode(SHIPPED).settings
    assert card.startswith(f"# Model card: {settings.name}\n")
    assert f"packed in {len(SHIPPED):,} bytes" in card
    assert f"| FRAUD | {settings.fraud_threshold:.4f} |" in card
    assert f"| SUSPICIOUS or worse | {settings.suspicious_threshold:.4f} |" in card
    assert f"of other seeds ({', '.join(map(str, Recipe().other_seeds))})" in card


def test_a_row_falls_left_at_the_threshold_and_right_above_it() -> None:
    walker = Walker(SMALL)
    at, above = [0.0] * 16, [0.0] * 16
    at[3], above[3] = 2.5, 2.5000001
    assert (walker.log_odds(at), walker.log_odds(above)) == (-0.875, 2.125)
    assert walker.probability(above) == logistic(1.5 * 2.125 - 0.25)


def test_the_logistic_curve_does_not_overflow() -> None:
    assert (logistic(-1e6), logistic(0.0), logistic(1e6)) == (0.0, 0.5, 1.0)


@pytest.mark.parametrize("raw", [encode(SMALL), SHIPPED], ids=["small", "shipped"])
@pytest.mark.parametrize("part", [0.0, 0.0001, 0.001, 0.1, 0.25, 0.5, 0.75, 0.99, 0.9999])
def test_one_changed_bit_anywhere_is_refused(raw: bytes, part: float) -> None:
    place = int(part * len(raw))
    for bit in (1, 128):
        changed = raw[:place] + bytes([raw[place] ^ bit]) + raw[place + 1 :]
        with pytest.raises(ConfigurationError, match="the packed model cannot be used"):
            decode(changed)


def test_every_changed_byte_of_a_small_model_is_refused() -> None:
    raw = encode(SMALL)
    for place in range(len(raw)):
        with pytest.raises(ConfigurationError):
            decode(raw[:place] + bytes([raw[place] ^ 0x55]) + raw[place + 1 :])


@pytest.mark.parametrize("kept", [0, 1, 4, 9, 10, 41, 42, 100, -33, -32, -1])
def test_a_truncated_file_is_refused(kept: int) -> None:
    with pytest.raises(ConfigurationError, match="the packed model cannot be used"):
        decode(SHIPPED[:kept])


def test_a_lengthened_file_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="checksum"):
        decode(SHIPPED + b"\0")


def test_another_format_version_is_refused_by_its_number() -> None:
    content = encode(SMALL)[:-32]
    newer = content[:4] + struct.pack("<H", 3) + content[6:]
    with pytest.raises(ConfigurationError, match="its format version is 3, and this txguard reads 2"):
        decode(sealed(newer))


@pytest.mark.parametrize(
    "settings",
    [
        replace(SETTINGS, features=tuple(reversed(SETTINGS.features))),
        replace(SETTINGS, features=SETTINGS.features[:-1]),
        replace(SETTINGS, base_rate="much"),
        replace(SETTINGS, min_transactions=True),
    ],
    ids=["another order", "fewer", "text for a number", "yes for a number"],
)
def test_settings_that_do_not_fit_are_refused(settings: Settings) -> None:
    with pytest.raises(ConfigurationError):
        decode(encode(replace(SMALL, settings=settings)))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"fraud_threshold": 1.01}, "its thresholds are not probabilities"),
        ({"fraud_threshold": 0.0}, "its thresholds are not probabilities"),
        ({"suspicious_threshold": -0.1}, "its thresholds are not probabilities"),
        ({"suspicious_threshold": 0.95}, "its threshold for FRAUD is below the one for SUSPICIOUS"),
        ({"base_rate": 1.0}, "its base rate is not a part of all accounts"),
        ({"calibration_slope": -1.0}, "its calibration turns the order of the scores around"),
        ({"min_transactions": -1}, "its bounds for abstaining are below zero"),
        ({"min_age_minutes": -1.0}, "its bounds for abstaining are below zero"),
    ],
)
def test_a_sealed_file_whose_settings_make_no_sense_is_refused(change: dict[str, float], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        decode(encode(replace(SMALL, settings=replace(SETTINGS, **change))))  # type: ignore[arg-type]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_sealed_file_with_a_threshold_that_is_no_number_is_refused(number: str) -> None:
    content = encode(SMALL)[:-32]
    length = struct.unpack_from("<I", content, 6)[0]
    header = content[10 : 10 + length].replace(
        b'"fraud_threshold": 0.9', f'"fraud_threshold": {number}'.encode()
    )
    changed = content[:6] + struct.pack("<I", len(header)) + header + content[10 + length :]
    assert header != content[10 : 10 + length]
    with pytest.raises(ConfigurationError, match="its setting fraud_threshold is not what"):
        decode(sealed(changed))


@pytest.mark.parametrize(
    "nodes",
    [
        replace(STUMP, features=(len(SETTINGS.features), LEAF, LEAF, LEAF)),
        replace(STUMP, features=(3, LEAF, LEAF, 3)),
        replace(STUMP, jumps=(0, 1, 1, 1)),
        replace(STUMP, covers=(10, 10, 0, 10)),
        replace(STUMP, jumps=(9, 1, 1, 1)),
        replace(STUMP, numbers=(2.5, float("nan"), 2.0, 0.0)),
    ],
    ids=["no such feature", "open end", "in a circle", "an empty branch", "out of the file", "not a number"],
)
def test_trees_that_cannot_be_walked_are_refused(nodes: Nodes) -> None:
    with pytest.raises(ConfigurationError, match="its trees cannot be walked"):
        decode(encode(replace(SMALL, nodes=nodes)))


@pytest.mark.parametrize(
    "header", [b"", b"[]", b"{}", json.dumps({"node_count": 1, "tree_count": 1, "features": []}).encode()]
)
def test_a_header_that_is_not_one_is_refused(header: bytes) -> None:
    content = struct.pack("<4sHI", b"TXGM", 2, len(header)) + header + b"no zlib"
    with pytest.raises(ConfigurationError, match=r"(content|header) is not what"):
        decode(sealed(content))
