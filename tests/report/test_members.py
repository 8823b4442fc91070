"""Typed data that no family knows is shown as it stands, member by member."""

from __future__ import annotations

from typing import Any

import pytest

from guard.core.policy import Policy
from guard.core.review import review
from guard.core.rules.examples import EVIDENCE, NOW, SENDER, STRANGER
from guard.core.signature_request import PersonalMessage, SignatureRequest
from guard.core.typed_data import TypedData, parse_typed_data
from guard.report.members import members
from guard.report.screen import question, screen

LINES = ["| hello", "| from      nobody", "|", "| bye"]
DOMAIN = [{"name": "name", "type": "string"}]


def typed(declared: dict[str, str], message: dict[str, Any], **others: dict[str, str]) -> TypedData:
    structures = {"Login": declared, **others}
    types = {
        name: [{"name": member, "type": kind} for member, kind in parts.items()]
        for name, parts in structures.items()
    }
    document = {
        "types": {"EIP712Domain": DOMAIN, **types},
        "primaryType": "Login",
        "domain": {"name": "Shop"},
        "message": message,
    }
    return parse_typed_data(document)


def test_every_member_stands_with_its_place() -> None:
    data = typed(
        {
            "who": "Person",
            "many": "Person[]",
            "sums": "uint256[2]",
            "none": "uint8[]",
            "sure": "bool",
            "unsure": "bool",
            "raw": "bytes",
            "to": "address",
        },
        {
            "who": {"name": "A\x1b[2J\u202e\n"},
            "many": [{"name": "B"}, {"name": "C"}],
            "sums": [1, str(2**255)],
            "none": [],
            "sure": True,
            "unsure": False,
            "raw": "0x00ff",
            "to": STRANGER,
        },
        Person={"name": "string"},
    )
    assert list(members(data)) == [
        'who.name: "A\\x1b[2J\\u202e\\x0a"',
        'many[0].name: "B"',
        'many[1].name: "C"',
        "sums[0]: 1",
        f"sums[1]: {2**255}",
        "none: nothing",
        "sure: yes",
        "unsure: no",
        "raw: 0x00ff",
        f"to: {STRANGER}",
    ]


def test_what_is_left_out_is_told() -> None:
    data = typed(
        {"long": "string", "raw": "bytes", "list": "uint256[]"},
        {"long": "a" * 5000, "raw": "0x" + "11" * 5000, "list": list(range(300))},
    )
    long, raw, *rest = members(data)
    assert long == f'long: "{"a" * 1021}..."'
    assert raw == f"raw: 0x{'1' * 1019}..."
    assert rest[-2:] == ["list[197]: 197", "and 102 members more, which only the document shows"]
    assert len(rest) == 199


def shown(content: TypedData | PersonalMessage, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    monkeypatch.setenv("COLUMNS", "80")
    request = SignatureRequest(sender=SENDER, content=content, chain_id=1)
    verdict = review(request, EVIDENCE, Policy(), NOW)
    return screen(request, verdict), question(request, verdict)


def test_a_structure_that_nobody_knows_is_not_signed_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    text, _ = shown(typed({"pay": "uint256", "to": "address"}, {"pay": 5, "to": STRANGER}), monkeypatch)
    assert f"\nsays      pay: 5\n          to: {STRANGER}\n" in text


def test_a_text_of_several_lines_is_shown_once_and_each_line_behind_a_bar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text, asked = shown(PersonalMessage(data=b"hello\nfrom      nobody\n\nbye"), monkeypatch)
    lines = ["does      sign the text:", *(" " * 10 + line for line in LINES)]
    assert "\n".join(["", *lines, ""]) in text
    assert asked.startswith("Sign this text.\n")


def test_a_text_of_one_line_is_asked_about_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    _, asked = shown(PersonalMessage(data=b"hello"), monkeypatch)
    assert asked.startswith('Sign the text "hello".\n')
