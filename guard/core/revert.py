"""Why a contract refused a call, read from the bytes that it returned.

What belongs here: the forms of a refusal. What must not: what follows from it.

Source: https://docs.soliditylang.org/en/latest/control-structures.html#panic-via-assert-and-error-via-require
"""

from __future__ import annotations

from guard.core import abi
from guard.core.text import escape_untrusted
from guard.errors import UnreadableArguments

MAX_REASON = 200
"""Characters kept of a contract's own words."""

_ERROR = bytes.fromhex("08c379a0")
_PANIC = bytes.fromhex("4e487b71")
_PANICS = {
    0x01: "an assertion failed",
    0x11: "a number left its range",
    0x12: "a division by zero",
    0x21: "a value that its enumeration does not have",
    0x22: "a badly encoded storage array",
    0x31: "an empty array has no last element",
    0x32: "an index outside of an array",
    0x41: "too much memory was asked for",
    0x51: "a function that was never set",
}


def revert_reason(data: bytes) -> str | None:
    """Return why a call was refused, escaped and cut; None where the contract gave no reason."""
    if not data:
        return None
    selector, rest = data[:4], data[4:]
    try:
        if selector == _ERROR:
            return escape_untrusted(abi.read("string", rest).values[0], limit=MAX_REASON) or None
        if selector == _PANIC:
            code = abi.read("uint256", rest).values[0]
            return f"panic {code:#x}: {_PANICS.get(code, 'for a reason of its own')}"
    except UnreadableArguments:
        pass
    if len(data) < 4:
        return f"{len(data)} bytes that are no error"
    return f"the contract's own error 0x{selector.hex()}"
