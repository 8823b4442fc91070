"""What `--json` prints for an error, command by command."""

from __future__ import annotations

import pytest

from wallet.cli import COMMANDS, error_object

ERROR = {"code": "caller", "message": "no", "hint": "yes"}
NO_VERDICT = {
    "ok": False,
    "decision": None,
    "prediction": None,
    "findings": [],
    "intent": None,
    "features": [],
    "digest": None,
    "hash": None,
    "receipt": None,
    "error": ERROR,
}
WITH_A_VERDICT: dict[str, dict[str, object]] = {
    "cancel": NO_VERDICT,
    "check": NO_VERDICT,
    "revoke": NO_VERDICT | {"rights": []},
    "send": NO_VERDICT,
    "sign-message": NO_VERDICT | {"signature": None},
    "sign-typed": NO_VERDICT | {"signature": None},
    "speed-up": NO_VERDICT,
}


@pytest.mark.parametrize("command", COMMANDS)
def test_an_error_has_the_shape_of_what_its_command_prints(command: str) -> None:
    expected = WITH_A_VERDICT.get(command, {"ok": False, "error": ERROR})
    assert error_object([command, "--json"], ERROR) == expected


def test_an_error_before_any_command_is_the_error_alone() -> None:
    assert error_object([], ERROR) == {"ok": False, "error": ERROR}
