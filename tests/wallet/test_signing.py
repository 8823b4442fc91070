"""`wallet sign-typed` and `wallet sign-message`: the guard's answers, the exit codes, and what is kept."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.journal import SendState, SignatureRecord
from guard.core.prediction import PredictionClass
from guard.errors import NodeError
from tests.core.typed_documents import document, mail
from tests.wallet.harness import FRIEND, KEY, PAYER, RESULT_KEYS, STRANGER, Desk, Run

MOST = 2**256 - 1
PERMIT = document(
    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)",
    {"owner": PAYER.address, "spender": FRIEND, "value": str(MOST), "nonce": 0, "deadline": 1_900_000_000},
)


def signatures(desk: Desk) -> list[SignatureRecord]:
    path = desk.home / "journal.sqlite3"
    if not path.exists():
        return []
    with closing(SqliteJournal(path)) as journal:
        return journal.latest_signatures(100)[::-1]


def typed(desk: Desk, content: dict[str, Any] = PERMIT) -> tuple[str, ...]:
    path = desk.home / "document.json"
    path.write_text(json.dumps(content))
    return ("sign-typed", str(path), "--password-file", str(desk.password_file))


def message(desk: Desk, text: str = "I own this account") -> tuple[str, ...]:
    return ("sign-message", text, "--password-file", str(desk.password_file))


def accepted(desk: Desk, *arguments: str) -> Run:
    """Sign at a terminal where a person says yes to whatever is asked."""
    return desk.at_terminal("y\n", *arguments)


def test_a_text_is_signed_as_every_wallet_signs_it(desk: Desk) -> None:
    done = accepted(desk, *message(desk))
    assert done.code == 0, done.err
    expected = Account.sign_message(encode_defunct(text="I own this account"), KEY).signature
    assert done.out == "0x" + bytes(expected).hex() + "\n"
    (record,) = signatures(desk)
    assert (record.state, record.signature) == (SendState.SIGNED, bytes(expected))


def test_bytes_are_signed_as_bytes_where_that_is_said(desk: Desk) -> None:
    done = accepted(desk, *message(desk, "0x48656c6c6f"), "--hex")
    expected = Account.sign_message(encode_defunct(b"Hello"), KEY).signature
    assert done.out == "0x" + bytes(expected).hex() + "\n"


@pytest.mark.parametrize(
    ("text", "flags", "told"),
    [
        ("0x48656c6c6f", (), "which wallets sign in two ways"),
        ("0x", (), "which wallets sign in two ways"),
        ("hello", ("--hex",), "is not 0x and an even number of hex digits"),
        ("0x123", ("--hex",), "is not 0x and an even number of hex digits"),
    ],
)
def test_a_text_that_wallets_sign_in_two_ways_is_refused(
    desk: Desk, text: str, flags: tuple[str, ...], told: str
) -> None:
    done = desk.wallet(*message(desk, text), *flags)
    assert (done.code, told in done.err) == (2, True), done.err
    assert signatures(desk) == []


def test_typed_data_is_signed_as_every_wallet_signs_it(desk: Desk) -> None:
    done = accepted(desk, *typed(desk))
    assert done.code == 0, done.err
    expected = "0x" + bytes(Account.sign_typed_data(KEY, full_message=PERMIT).signature).hex()
    assert done.out == expected + "\n"
    (record,) = signatures(desk)
    assert "0x" + (record.signature or b"").hex() == expected


def test_the_screen_says_what_the_signature_allows_with_every_address_in_full(desk: Desk) -> None:
    done = desk.at_terminal("n\n", *typed(desk))
    assert done.code == 5
    for words in (
        f"let {FRIEND} take up to",
        str(MOST),
        "units (no limit)",
        PERMIT["domain"]["verifyingContract"],
        "until 2030-03-17 17:46 UTC",
    ):
        assert words in done.err
    assert "[y/N]:" in done.err
    assert [record.state for record in signatures(desk)] == [SendState.DECLINED]


def test_fraud_is_refused_with_exit_3(desk: Desk) -> None:
    desk.predictor.answer = PredictionClass.FRAUD
    for flags in ((), ("--yes",), ("--json",)):
        done = desk.wallet(*typed(desk), *flags)
        assert (done.code, "0x" in done.out and "signature" not in done.out) == (3, False)
    assert [record.state for record in signatures(desk)] == [SendState.BLOCKED] * 3
    assert desk.at_terminal("y\n", *typed(desk)).code == 3


def test_without_a_verdict_nothing_is_signed_unattended(desk: Desk) -> None:
    desk.predictor.answer = NodeError("asleep")
    assert desk.wallet(*typed(desk), "--yes").code == 4
    assert [record.state for record in signatures(desk)] == [SendState.UNDECIDED]


def test_a_warning_is_not_accepted_by_yes_alone(desk: Desk) -> None:
    # An unknown structure cannot be read, which warns at the least.
    judged = desk.wallet(*typed(desk, mail()), "--dry-run", "--json")
    done = desk.wallet(*typed(desk, mail()), "--yes")
    assert (done.code, done.out) == (judged.code, "")
    assert judged.code in (4, 5)
    assert "not signed: " in done.err
    assert "nobody accepted th" in done.err


def permit_of(value: int, nonce: int) -> dict[str, Any]:
    return {**PERMIT, "message": {**PERMIT["message"], "value": str(value), "nonce": nonce}}


def rules_found(desk: Desk, content: dict[str, Any]) -> list[str]:
    judged = desk.wallet(*typed(desk, content), "--dry-run", "--json").object
    return [finding["rule"] for finding in judged["findings"]]


def test_a_permit_counts_against_the_limits_of_its_token_as_a_transfer_does(desk: Desk) -> None:
    token = PERMIT["domain"]["verifyingContract"]
    table = f'[limits.tokens."{token}"]\ndecimals = 6\n'
    desk.policy(f'{table}per_transaction = "5"\ndaily = "8"\n')
    assert "limit.token" in rules_found(desk, permit_of(5_000_001, 0))
    assert {"limit.token", "limit.window"}.isdisjoint(rules_found(desk, permit_of(5_000_000, 0)))
    assert accepted(desk, *typed(desk, permit_of(5_000_000, 0))).code == 0
    assert "limit.window" not in rules_found(desk, permit_of(3_000_000, 1))
    assert "limit.window" in rules_found(desk, permit_of(3_000_001, 1))
    done = accepted(desk, *typed(desk, permit_of(3_000_001, 1)))
    assert (done.code, len([one for one in signatures(desk) if one.signature])) == (3, 1)


def test_the_same_signature_for_the_third_time_at_once_is_asked_about(desk: Desk) -> None:
    for expected in (False, False, True):
        judged = desk.wallet(*message(desk), "--dry-run", "--json").object
        assert ("request.repeated" in [one["rule"] for one in judged["findings"]]) is expected
        assert accepted(desk, *message(desk)).code == 0


def test_dry_run_needs_no_key_writes_nothing_and_has_the_codes_of_a_check(desk: Desk) -> None:
    for command in (typed(desk, mail()), message(desk)):
        done = desk.wallet(*command[:2], "--from", STRANGER, "--dry-run", "--json")
        assert list(done.object) == RESULT_KEYS
        assert done.object["ok"] is (done.code == 0)
    assert done.object["intent"]["kind"] == "message"
    desk.predictor.answer = PredictionClass.FRAUD
    assert desk.wallet(*typed(desk)[:2], "--from", STRANGER, "--dry-run").code == 3
    desk.predictor.answer = NodeError("asleep")
    assert desk.wallet(*typed(desk)[:2], "--from", STRANGER, "--dry-run").code == 4
    assert signatures(desk) == []


def test_json_tells_the_signature_and_the_nested_intent(desk: Desk) -> None:
    done = accepted(desk, *typed(desk), "--json")
    assert done.code == 0, done.err
    assert list(done.object) == [*RESULT_KEYS, "signature"]
    told = done.object
    (record,) = signatures(desk)
    assert told["signature"] == "0x" + (record.signature or b"").hex()
    assert (told["ok"], told["hash"], told["digest"]) == (True, None, record.digest)
    assert told["intent"] == {
        "kind": "permit",
        "owner": PAYER.address,
        "spender": FRIEND,
        "grants": [{"token": PERMIT["domain"]["verifyingContract"], "amount": str(MOST), "expires_at": None}],
        "deadline": 1_900_000_000,
        "form": "permit",
    }


def test_an_error_before_the_verdict_has_the_same_shape(desk: Desk) -> None:
    for command in (("sign-typed", "none.json"), ("sign-message", "0x")):
        done = desk.wallet(*command, "--json")
        assert (done.code, list(done.object)) == (2, [*RESULT_KEYS, "signature"])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[]", "version 1 of eth_signTypedData"),
        (b'{"types": {}, "types": {}}', "a key given twice"),
        (b"{", "not JSON"),
        (b"\xff", "not UTF-8"),
        (b"{}", "not exactly the parts"),
        (
            json.dumps({**mail(), "primaryType": "EIP712Domain"}).encode(),
            "is not a structure that it declares",
        ),
    ],
)
def test_what_cannot_be_read_in_one_way_is_refused_with_exit_2(desk: Desk, content: bytes, told: str) -> None:
    path = desk.home / "document.json"
    path.write_bytes(content)
    done = desk.wallet("sign-typed", str(path), "--from", FRIEND, "--dry-run")
    assert (done.code, told in done.err) == (2, True), done.err


def test_standard_input_is_read_for_a_dash(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps(PERMIT))
    with path.open() as given:
        monkeypatch.setattr("sys.stdin", given)
        done = desk.wallet("sign-typed", "-", "--from", FRIEND, "--dry-run", "--json")
    assert done.object["intent"]["kind"] == "permit"


def test_history_and_show_tell_signatures_too(desk: Desk) -> None:
    assert accepted(desk, *desk.sending()).code == 0
    assert accepted(desk, *typed(desk)).code == 0
    (record,) = signatures(desk)
    listed = desk.wallet("history")
    assert record.id in listed.out
    assert f"let {FRIEND} take up to {MOST} units (no limit)" in listed.out
    assert desk.sends()[0].id in listed.out
    told = desk.wallet("history", "--json").object
    assert ([len(told[name]) for name in ("sends", "signatures")], told["ok"]) == ([1, 1], True)
    shown = desk.wallet("show", record.id)
    assert "0x" + (record.signature or b"").hex() in shown.out
    assert desk.wallet("show", record.id, "--json").object == told["signatures"][0]
    assert told["signatures"][0]["request"]["typedData"]["primaryType"] == "Permit"
    assert desk.guard("audit", "verify").code == 0


def test_a_refused_one_is_shown_with_its_reason(desk: Desk) -> None:
    desk.password_file.write_text("wrong")
    done = accepted(desk, *typed(desk))
    assert done.code == 7
    (record,) = signatures(desk)
    shown = desk.wallet("show", record.id).out
    assert "not signed" in shown
    assert "abandoned" in shown
    assert record.note
    assert record.note.split()[0] in shown


def test_a_node_that_does_not_answer_leaves_the_chain_untold(desk: Desk) -> None:
    desk.chain.fails["chain_id"] = NodeError("no", code="node_unreachable")
    done = desk.wallet(*typed(desk)[:2], "--from", FRIEND, "--dry-run")
    assert "chain     not told" in done.out
    told = desk.wallet(*typed(desk)[:2], "--from", FRIEND, "--dry-run", "--chain", "5")
    assert "chain     5" in told.out


REQUESTS: dict[str, tuple[dict[str, Any], str]] = {
    "typed data": ({"method": "eth_signTypedData_v4", "params": [FRIEND, PERMIT]}, "permit"),
    "text": ({"method": "personal_sign", "params": ["0x6869", FRIEND]}, "message"),
    "hash": ({"method": "eth_sign", "params": [FRIEND, "0x" + "11" * 32]}, "opaque-hash"),
}


@pytest.mark.parametrize(("request_object", "kind"), REQUESTS.values(), ids=REQUESTS)
def test_check_reads_requests_that_ask_for_a_signature(
    desk: Desk, request_object: dict[str, Any], kind: str
) -> None:
    path = desk.home / "request.json"
    path.write_text(json.dumps({"jsonrpc": "2.0", "id": 1, **request_object}))
    done = desk.wallet("check", "--tx", str(path), "--json")
    assert (done.object["intent"]["kind"], done.object["ok"]) == (kind, done.code == 0)
    assert signatures(desk) == []
    desk.predictor.answer = PredictionClass.FRAUD
    blocked = desk.wallet("check", "--tx", str(path), "--json")
    assert (blocked.code, blocked.object["error"]["message"]) == (3, "the guard refuses this signature")
