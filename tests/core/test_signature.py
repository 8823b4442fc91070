from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.core.signature import CURVE_ORDER, Signature, decode_signature, encode_signature
from guard.errors import InvalidRequest

canonical = st.builds(
    Signature,
    y_parity=st.integers(0, 1),
    r=st.integers(1, CURVE_ORDER - 1),
    s=st.integers(1, CURVE_ORDER // 2),
)
RAW = encode_signature(Signature(y_parity=1, r=2, s=3))


@given(canonical)
def test_a_signature_and_its_65_bytes_are_one(signature: Signature) -> None:
    raw = encode_signature(signature)
    assert (len(raw), raw[64]) == (65, 27 + signature.y_parity)
    assert decode_signature(raw) == signature


@pytest.mark.parametrize(
    "signature",
    [
        Signature(y_parity=2, r=1, s=1),
        Signature(y_parity=0, r=0, s=1),
        Signature(y_parity=0, r=CURVE_ORDER, s=1),
        Signature(y_parity=0, r=1, s=0),
        Signature(y_parity=0, r=1, s=CURVE_ORDER // 2 + 1),
    ],
)
def test_a_signature_out_of_its_range_is_not_written(signature: Signature) -> None:
    with pytest.raises(InvalidRequest):
        encode_signature(signature)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        RAW[:64],
        RAW + b"\0",
        *(RAW[:64] + bytes([v]) for v in (0, 1, 26, 29, 37)),
        RAW[:32] + CURVE_ORDER.to_bytes(32, "big") + RAW[64:],
    ],
)
def test_bytes_in_any_other_form_are_refused(raw: bytes) -> None:
    with pytest.raises(InvalidRequest):
        decode_signature(raw)
