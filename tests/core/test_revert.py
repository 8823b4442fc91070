from __future__ import annotations

import pytest
from eth_abi import encode

from guard.core.revert import MAX_REASON, revert_reason

ERROR, PANIC = bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71")


def test_a_contracts_own_words_are_told() -> None:
    assert revert_reason(ERROR + encode(["string"], ["not enough"])) == "not enough"


def test_words_that_try_to_write_on_the_screen_are_escaped_and_cut() -> None:
    hostile = "\x1b[2J\u202eALLOW" + "x" * 10_000
    told = revert_reason(ERROR + encode(["string"], [hostile]))
    assert told is not None
    assert told.startswith("\\x1b[2J\\u202eALLOWx")
    assert len(told) == MAX_REASON


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", None),
        (ERROR + encode(["string"], [""]), None),
        (PANIC + encode(["uint256"], [0x11]), "panic 0x11: a number left its range"),
        (PANIC + encode(["uint256"], [0x99]), "panic 0x99: for a reason of its own"),
        (bytes.fromhex("deadbeef") + bytes(32), "the contract's own error 0xdeadbeef"),
        (b"\x01\x02", "2 bytes that are no error"),
        (ERROR + b"\xff" * 32, "the contract's own error 0x08c379a0"),
        (ERROR, None),
        (PANIC, "panic 0x0: for a reason of its own"),
    ],
)
def test_every_form_of_a_refusal_has_words(data: bytes, expected: str | None) -> None:
    assert revert_reason(data) == expected


def test_words_that_are_no_text_do_not_raise() -> None:
    broken = ERROR + encode(["bytes"], [b"\xff\xfe"])
    assert revert_reason(broken) == "\ufffd\ufffd"
