"""The packed model file: what it holds, how it is written, and what is refused when it is read.

What belongs here: the format. What must not: training, and any judgement about a score.

    4 bytes   magic
    2 bytes   format version, little-endian as every number here
    4 bytes   length of the header
    header    JSON: name, feature order, base rate, thresholds, abstention bounds, calibration, node counts
    body      zlib: the columns of `Nodes`, one after the other
    32 bytes  SHA-256 of everything before it
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from operator import add

from guard.errors import ConfigurationError
from guard.predict.embedded.derived import MODEL_FEATURE_NAMES

MAGIC = b"TXGM"
FORMAT_VERSION = 2
LEAF = -1
"""What stands in a leaf's place for a feature."""

_LEAD = struct.Struct("<4sHI")
_DIGEST_BYTES = 32
_MAX_NODES = 1_000_000
_HINT = "install txguard again, or train the model again with `python -m guard.predict.embedded.train`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """All nodes of all trees, each tree in pre-order: a split's left child is the node after it."""

    features: tuple[int, ...]
    """Place of the feature that a split looks at; LEAF for a leaf."""
    numbers: tuple[float, ...]
    """A split's threshold (left when the feature is at most that), or a leaf's value in log-odds."""
    jumps: tuple[int, ...]
    """How many nodes further a split's right child stands; 1 for a leaf."""
    covers: tuple[int, ...]
    """How many training rows came through; explanations need it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything in the file besides the trees."""

    name: str
    """The model's name and version."""
    features: tuple[str, ...] = MODEL_FEATURE_NAMES
    """Feature names in the order in which the trees count them."""
    base_rate: float
    """Part of frauds among the accounts on which probabilities are calibrated."""
    fraud_threshold: float
    """Lowest probability that is called FRAUD."""
    suspicious_threshold: float
    """Lowest probability that is called SUSPICIOUS."""
    min_transactions: int
    """The model abstains on accounts with fewer transactions, sent and received together."""
    min_age_minutes: float
    """The model abstains on accounts with less time from first to last transaction, minutes."""
    calibration_slope: float
    """What the trees' log-odds are multiplied by."""
    calibration_intercept: float
    """What is added to them then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedModel:
    """A model as it is shipped."""

    settings: Settings
    """Everything besides the trees."""
    nodes: Nodes
    """The trees' nodes."""
    roots: tuple[int, ...]
    """Where each tree begins among the nodes."""


def encode(model: PackedModel) -> bytes:
    """Return the file's bytes; the same model gives the same bytes."""
    nodes = model.nodes
    count = len(nodes.features)
    header = {**asdict(model.settings), "node_count": count, "tree_count": len(model.roots)}
    text = json.dumps(header, sort_keys=True, allow_nan=False).encode()
    body = b"".join(
        struct.pack(f"<{len(column)}{code}", *column) for code, column in _columns(nodes, model.roots)
    )
    content = _LEAD.pack(MAGIC, FORMAT_VERSION, len(text)) + text + zlib.compress(body, 9)
    return content + hashlib.sha256(content).digest()


def decode(raw: bytes) -> PackedModel:
    """Read a packed model.

    Raises ConfigurationError for anything that is not exactly what `encode` writes: another magic or
    version, a wrong checksum, a truncated or lengthened file, another feature order, trees that lead
    outside themselves, thresholds and bounds that make no sense.
    """
    if len(raw) < _LEAD.size + _DIGEST_BYTES or not raw.startswith(MAGIC):
        raise _refused("it is not a txguard model, or it is cut off")
    _, version, header_length = _LEAD.unpack_from(raw)
    if version != FORMAT_VERSION:
        raise _refused(f"its format version is {version}, and this txguard reads {FORMAT_VERSION}")
    content = memoryview(raw)[:-_DIGEST_BYTES]
    if hashlib.sha256(content).digest() != raw[-_DIGEST_BYTES:]:
        raise _refused("its checksum is wrong: it is damaged, cut off, or was changed")
    header_end = _LEAD.size + header_length
    try:
        header = json.loads(bytes(content[_LEAD.size : header_end]))
        settings, node_count, tree_count = _settings(header)
        nodes, roots = _read_nodes(content[header_end:], node_count, tree_count)
    except (ValueError, KeyError, TypeError, struct.error, zlib.error) as error:
        raise _refused("its content is not what its format asks for") from error
    _check(settings, nodes, roots)
    return PackedModel(settings=settings, nodes=nodes, roots=roots)


def _columns(nodes: Nodes, roots: tuple[int, ...]) -> tuple[tuple[str, tuple[float, ...]], ...]:
    return (
        ("I", roots),
        ("b", nodes.features),
        ("H", nodes.jumps),
        ("I", nodes.covers),
        ("d", nodes.numbers),
    )


def _settings(header: Mapping[str, object]) -> tuple[Settings, int, int]:
    values = dict(header)
    node_count, tree_count = values.pop("node_count"), values.pop("tree_count")
    features = values.pop("features")
    if not isinstance(node_count, int) or not isinstance(tree_count, int) or not isinstance(features, list):
        raise _refused("its header is not what its format asks for")
    if not 0 < tree_count <= node_count <= _MAX_NODES:
        raise _refused("it holds no trees, or too many")
    return Settings(features=tuple(features), **values), node_count, tree_count  # type: ignore[arg-type]


def _read_nodes(body: memoryview, node_count: int, tree_count: int) -> tuple[Nodes, tuple[int, ...]]:
    layout = struct.Struct(f"<{tree_count}I{node_count}b{node_count}H{node_count}I{node_count}d")
    inflater = zlib.decompressobj()
    columns = inflater.decompress(body, layout.size + 1)
    values = layout.unpack(columns)
    starts = [tree_count + node_count * column for column in range(5)]
    features, jumps, covers, numbers = (values[start : start + node_count] for start in starts[:4])
    nodes = Nodes(features=features, numbers=numbers, jumps=jumps, covers=covers)
    return nodes, values[:tree_count]


def _check(settings: Settings, nodes: Nodes, roots: tuple[int, ...]) -> None:
    """Refuse what could not be walked; every walk ends because each step leads forward to a node."""
    if settings.features != MODEL_FEATURE_NAMES:
        raise _refused("its features are not this txguard's, or not in this order")
    for name, value in asdict(settings).items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not (isinstance(value, str) if name == "name" else is_number or name == "features"):
            raise _refused(f"its setting {name} is not what its format asks for")
    if (problem := _absurd(settings)) is not None:
        raise _refused(problem)
    count = len(nodes.features)
    walkable = (
        nodes.features[-1] == LEAF
        and min(nodes.features) >= LEAF
        and max(nodes.features) < len(MODEL_FEATURE_NAMES)
        and min(nodes.jumps) >= 1
        and min(nodes.covers) >= 1
        and max(map(add, range(count), nodes.jumps)) <= count
        and max(roots) < count
        and math.isfinite(sum(nodes.numbers))
    )
    if not walkable:
        raise _refused("its trees cannot be walked")


def _absurd(settings: Settings) -> str | None:
    """Return what no training would have written, although it is a number; None where all makes sense.

    The checksum tells damage and not intent: whoever changes a file can seal it again.
    """
    if not 0 < settings.suspicious_threshold <= 1 or not 0 < settings.fraud_threshold <= 1:
        return "its thresholds are not probabilities"
    if settings.fraud_threshold < settings.suspicious_threshold:
        return "its threshold for FRAUD is below the one for SUSPICIOUS"
    if not 0 < settings.base_rate < 1:
        return "its base rate is not a part of all accounts"
    if settings.calibration_slope <= 0:
        return "its calibration turns the order of the scores around"
    if settings.min_transactions < 0 or settings.min_age_minutes < 0:
        return "its bounds for abstaining are below zero"
    return None


def _refused(problem: str) -> ConfigurationError:
    return ConfigurationError(f"the packed model cannot be used: {problem}", hint=_HINT)
