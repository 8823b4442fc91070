"""`wallet check`: the verdict alone, from flags, signed bytes, or a file."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from guard.core.prediction import PredictionClass
from guard.core.rpc_transaction import transaction_object
from guard.errors import NodeError
from tests.wallet.harness import FRIEND, PAYER, RESULT_KEYS, STRANGER, Desk

CHECK = ("check", "friend", "--value", "0.1ether")


@pytest.fixture
def raw(desk: Desk) -> str:
    """Signed bytes of 0.1 ether to the friend."""
    assert desk.send("--yes").code == 0
    return "0x" + desk.chain.sent[0].hex()


@pytest.mark.parametrize(
    ("answer", "to", "code", "word"),
    [
        (PredictionClass.SAFE, "friend", 0, "ALLOW"),
        (PredictionClass.ABSTAINED, "friend", 0, "ALLOW"),
        (PredictionClass.SUSPICIOUS, "friend", 0, "ALLOW"),
        (PredictionClass.SAFE, STRANGER, 5, "WARN"),
        (PredictionClass.FRAUD, "friend", 3, "BLOCK"),
        (PredictionClass.UNKNOWN, "friend", 4, None),
        (NodeError("asleep"), "friend", 4, None),
    ],
)
def test_each_decision_has_its_exit_code_and_its_object(
    desk: Desk, answer: Any, to: str, code: int, word: str | None
) -> None:
    desk.predictor.answer = answer
    arguments = ("check", to, "--value", "0.1ether")
    done = desk.wallet(*arguments, "--json")
    told = done.object
    assert (done.code, list(told)) == (code, RESULT_KEYS)
    assert (told["ok"], told["decision"], told["hash"], told["receipt"]) == (code == 0, word, None, None)
    assert (told["error"] is None) == (code == 0)
    plain = desk.wallet(*arguments)
    assert plain.code == code
    assert plain.out.startswith(word or "NO VERDICT")
    assert desk.wallet(*arguments, "--quiet").out == f"{word or 'NO VERDICT'}\n"
    assert (desk.chain.sent, desk.sends()) == ([], [])


def test_it_needs_no_key_no_password_and_makes_no_file(desk: Desk) -> None:
    (desk.home / "keystore" / "main").unlink()
    before = sorted(path.name for path in desk.home.iterdir())
    done = desk.wallet(*CHECK, "--from", PAYER.address)
    assert done.code == 0
    assert sorted(path.name for path in desk.home.iterdir()) == before


def test_without_a_node_what_it_would_tell_is_named_as_missing(desk: Desk) -> None:
    desk.node.chain = None
    told = desk.wallet(*CHECK, "--json").object
    assert told["decision"] is None
    (finding,) = [finding for finding in told["findings"] if finding["rule"] == "evidence.missing"]
    assert "no node was given to ask" in finding["message"]


def test_a_node_that_is_down_leaves_no_verdict_and_is_told(desk: Desk) -> None:
    for method in ("chain_id", "balance", "code", "next_nonce", "suggest_fee"):
        desk.chain.fails[method] = NodeError("the node is down")
    done = desk.wallet(*CHECK)
    assert done.code == 4
    assert "the node is down" in done.out
    assert "... the node is down" in done.err


def test_signed_bytes_are_checked_for_whoever_signed_them(desk: Desk, raw: str) -> None:
    done = desk.wallet("check", "--raw", raw, "--json")
    assert done.code == 0
    assert done.object["intent"]["owner"] == PAYER.address
    assert done.object["digest"] == desk.sends()[0].digest


@pytest.mark.parametrize("change", [lambda raw: raw[:-2], lambda raw: raw + "00", lambda raw: raw[:-1]])
def test_signed_bytes_that_are_not_whole_are_refused(desk: Desk, raw: str, change: Any) -> None:
    assert desk.wallet("check", "--raw", change(raw), "--json").code == 2


def document(raw: str, desk: Desk) -> dict[str, Any]:
    transaction = transaction_object(desk.sends()[0].request)
    return {
        "transaction": transaction,
        "send": {"jsonrpc": "2.0", "id": 1, "method": "eth_sendTransaction", "params": [transaction]},
        "sign": {"method": "eth_signTransaction", "params": [transaction]},
        "raw": {"method": "eth_sendRawTransaction", "params": [raw]},
    }


@pytest.mark.parametrize("form", ["transaction", "send", "sign", "raw"])
@pytest.mark.parametrize("way", ["file", "standard input"])
def test_a_transaction_or_a_whole_request_is_read_from_a_file(
    desk: Desk, raw: str, tmp_path: Path, form: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps(document(raw, desk)[form])
    path = tmp_path / "transaction.json"
    path.write_text(text)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    done = desk.wallet("check", "--tx", str(path) if way == "file" else "-", "--json")
    assert (done.code, done.object["digest"]) == (0, desk.sends()[0].digest)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "JSON"),
        ("[]", "not a JSON object"),
        ("{}", "no `from`"),
        ('{"from": "0x12"}', "not an address"),
        ('{"from": "PAYER", "gaz": "0x1"}', "not understood: gaz"),
        ('{"from": "PAYER", "to": "FRIEND", "value": "1"}', "value cannot be '1'"),
        ('{"from": "PAYER", "to": "FRIEND", "value": 1}', "value cannot be 1"),
        ('{"from": "PAYER", "from": "FRIEND"}', "given twice"),
        ('{"from": "PAYER", "data": "0x01", "input": "0x02"}', "differ"),
        ('{"method": "eth_sendTransaction"}', "no params"),
        ('{"method": "eth_sendTransaction", "params": []}', "no params"),
        ('{"method": "eth_sendTransaction", "params": ["0x"]}', "the parameter cannot be '0x'"),
        ('{"method": "eth_sign", "params": ["0x"]}', "1 params, and two are understood"),
        ('{"method": "eth_call", "params": [{}]}', "'eth_call' cannot be read by this version"),
        ('{"method": "ETH_sendTransaction", "params": [{}]}', "cannot be read by this version"),
        ('{"method": 5, "params": [{}]}', "'5' cannot be read by this version"),
        ('{"method": "eth_sendTransaction", "params": [{}, {}]}', "2 params, and only the first"),
        ('{"method": "eth_sendTransaction", "params": [{}, "latest", {}]}', "3 params, and only the first"),
        ('{"method": "eth_sendTransaction", "params": [{}, "soon"]}', "2 params, and only the first"),
        ('{"method": "eth_sendRawTransaction", "params": ["0x", "latest"]}', "2 params, and only the first"),
        ('{"method": "eth_sendTransaction", "params": [{}], "chainId": 1}', "not understood: chainId"),
        ("[" * 100_000, "nested"),
        (" " * (1024 * 1024 + 1), "larger than 1 MiB"),
    ],
    ids=range(23),
)
def test_a_file_that_cannot_be_read_in_one_way_is_refused(
    desk: Desk, tmp_path: Path, text: str, told: str
) -> None:
    """D2 D5: junk of every other kind."""
    path = tmp_path / "transaction.json"
    path.write_text(text.replace("PAYER", PAYER.address).replace("FRIEND", FRIEND))
    done = desk.wallet("check", "--tx", str(path), "--json")
    assert (done.code, desk.predictor.queries) == (2, [])
    assert told in done.object["error"]["message"]


def test_what_a_file_leaves_open_is_told_by_the_node(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "transaction.json"
    path.write_text(json.dumps({"from": PAYER.address, "to": FRIEND, "value": "0x1"}))
    done = desk.wallet("check", "--tx", str(path))
    assert done.code == 0
    for line in ("chain     1", "nonce     7", "0.00042 ether"):
        assert line in done.out


def test_the_facts_behind_each_finding_are_shown_when_asked_for(desk: Desk) -> None:
    done = desk.wallet("check", STRANGER, "--value", "1ether", "--verbose")
    assert "amount_wei: 1000000000000000000" in done.out
    assert "amount_wei" not in desk.wallet("check", STRANGER, "--value", "1ether").out


def test_the_address_with_a_wrong_digit_in_the_middle_is_a_lookalike(desk: Desk) -> None:
    """C10: one digit."""
    lookalike = FRIEND[:20].lower() + ("0" if FRIEND[20] != "0" else "1") + FRIEND[21:].lower()
    done = desk.wallet("check", lookalike, "--value", "1wei", "--json")
    assert done.code == 3
    assert "recipient.lookalike" in [finding["rule"] for finding in done.object["findings"]]


def test_a_block_tag_beside_the_transaction_is_passed_over(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    transaction = {"from": PAYER.address, "to": FRIEND, "value": "0x1"}
    path.write_text(json.dumps({"method": "eth_sendTransaction", "params": [transaction, "latest"]}))
    assert desk.wallet("check", "--tx", str(path)).code == 0


@pytest.mark.parametrize(
    "flags",
    [
        ("--value", "1ether"),
        ("--data", "0x"),
        ("--call", "a()"),
        ("--chain", "1"),
        ("--nonce", "1"),
        ("--gas-limit", "21000"),
        ("--gas-price", "1gwei"),
        ("--priority-gas-price", "1gwei"),
        ("--legacy",),
        ("--from", STRANGER),
        ("--account", "main"),
        ("--keystore", "/nowhere"),
    ],
    ids=lambda flags: flags[0],
)
@pytest.mark.parametrize("way", ["--raw", "--tx"])
def test_a_flag_of_a_payment_beside_one_that_is_whole_is_refused_by_name(
    desk: Desk, raw: str, way: str, flags: tuple[str, ...]
) -> None:
    done = desk.wallet("check", way, raw, *flags)
    assert done.code == 2
    assert f"{flags[0]} cannot go with {way}, which tells the whole payment" in done.err


def test_settings_of_a_payment_from_elsewhere_are_not_meant_for_signed_bytes(
    desk: Desk, raw: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("ETH_GAS_PRICE", "1gwei"), ("CHAIN", "5"), ("ETH_FROM", STRANGER)):
        monkeypatch.setenv(name, value)
    assert desk.wallet("check", "--raw", raw).code == 0


@pytest.mark.parametrize("flags", [(), ("--gas-price", "1gwei"), ("--priority-gas-price", "1gwei")])
def test_a_broken_node_leaves_no_verdict_whatever_fee_was_given(desk: Desk, flags: tuple[str, ...]) -> None:
    for method in ("chain_id", "balance", "code", "next_nonce", "suggest_fee"):
        desk.chain.fails[method] = NodeError("the node is down")
    done = desk.wallet(*CHECK, *flags)
    assert done.code == 4
    assert "... the node is down" in done.err


@pytest.mark.parametrize(
    ("answer", "to", "hint"),
    [
        (PredictionClass.FRAUD, "friend", "nothing was signed; the findings say why"),
        (PredictionClass.UNKNOWN, "friend", "nothing was signed; the findings say what is missing"),
        (PredictionClass.SAFE, STRANGER, "asks at a terminal"),
    ],
)
def test_each_refusal_says_what_to_do(desk: Desk, answer: Any, to: str, hint: str) -> None:
    desk.predictor.answer = answer
    told = desk.wallet("check", to, "--value", "0.1ether", "--json").object
    assert hint in told["error"]["hint"]


def test_the_node_is_named_before_it_is_asked(desk: Desk) -> None:
    assert desk.wallet(*CHECK).err.startswith("... asking the node to complete the transaction\n")
