"""`wallet send`, from its flags to its exit code, with a real journal and a chain that counts."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from guard.core.intent import Transfer
from guard.core.journal import SendState
from guard.core.prediction import PredictionClass
from guard.core.request import LegacyFee, MarketFee
from guard.core.signed import decode_signed
from guard.errors import NodeError
from tests.wallet.harness import FRIEND, PASSWORD, PAYER, RESULT_KEYS, STRANGER, Desk, Run, private

ETHER = 10**18


def nothing_was_signed(desk: Desk, state: SendState | None = None) -> None:
    assert desk.chain.sent == []
    sends = desk.sends()
    assert [(record.raw, record.hash) for record in sends] == [(None, None)] * len(sends)
    if state is not None:
        assert [record.state for record in sends] == [state]


def test_an_allowed_payment_is_signed_mined_and_told(desk: Desk) -> None:
    done = desk.send("--yes")
    (record,) = desk.sends()
    assert done.code == 0
    assert done.out == f"{record.hash}\n"
    assert "ALLOW  nothing was found against this payment" in done.err
    assert "mined in block 100, fee 0.000021 ether" in done.err
    assert (record.state, desk.chain.sent) == (SendState.MINED, [record.raw])
    assert record.raw is not None
    assert decode_signed(record.raw).request(PAYER.address) == record.request


def test_the_whole_object_of_an_allowed_payment(desk: Desk) -> None:
    desk.predictor.probability = 0.07
    done = desk.send("--yes", "--json")
    (record,) = desk.sends()
    assert done.code == 0
    assert list(done.object) == RESULT_KEYS
    assert done.object == {
        "ok": True,
        "decision": "ALLOW",
        "prediction": {
            "class": "SAFE",
            "probability": 0.07,
            "source": "external",
            "reason": None,
            "model": None,
        },
        "findings": [],
        "intent": {
            "kind": "transfer",
            "token": None,
            "owner": PAYER.address,
            "recipient": FRIEND,
            "amount": str(ETHER // 10),
            "expires_at": None,
            "portion": None,
        },
        "features": [0.0] * 13 + [0.1, 20.0, 0.0, 0.0, 0.0],
        "digest": record.digest,
        "hash": record.hash,
        "receipt": {
            "hash": record.hash,
            "status": 1,
            "block_number": 100,
            "gas_used": 21000,
            "effective_gas_price": 10**9,
        },
        "error": None,
    }


@pytest.mark.parametrize(
    ("wei", "written"), [(2**53, 2**53), (2**53 + 1, str(2**53 + 1)), (ETHER, str(ETHER))]
)
def test_integers_above_two_to_the_53_are_strings(desk: Desk, wei: int, written: object) -> None:
    assert desk.send("--yes", "--json", value=str(wei)).object["intent"]["amount"] == written


def test_a_fraud_is_blocked_before_a_signature(desk: Desk) -> None:
    """C1 C3: --yes does not override it."""
    desk.predictor.answer = PredictionClass.FRAUD
    done = desk.send("--yes")
    assert done.code == 3
    assert done.out == ""
    assert "BLOCK  this payment is refused; nothing was signed" in done.err
    assert "not sent: the guard refuses this payment" in done.err
    nothing_was_signed(desk, SendState.BLOCKED)


def test_the_object_of_a_blocked_payment(desk: Desk) -> None:
    desk.predictor.answer = PredictionClass.FRAUD
    done = desk.send("--yes", "--json")
    told = done.object
    assert (done.code, list(told)) == (3, RESULT_KEYS)
    assert (told["ok"], told["decision"], told["hash"], told["receipt"]) == (False, "BLOCK", None, None)
    assert told["prediction"]["class"] == "FRAUD"
    assert told["error"]["code"] == "blocked"
    (finding,) = told["findings"]
    assert list(finding) == ["rule", "severity", "confidence", "message", "advice", "facts"]
    assert (finding["rule"], finding["severity"], finding["confidence"]) == ("model.fraud", "block", "medium")


@pytest.mark.parametrize("flags", [("--yes",), (), ("--no-input",), ("--yes", "--no-input")])
def test_a_warning_that_nobody_can_answer_is_declined(desk: Desk, flags: tuple[str, ...]) -> None:
    """C3: not a tty, with and without --yes."""
    done = desk.send(*flags, to=STRANGER)
    assert done.code == 5
    assert "WARN  look at this payment before you sign it" in done.err
    nothing_was_signed(desk, SendState.DECLINED)


def test_the_object_of_a_declined_payment(desk: Desk) -> None:
    told = desk.send("--yes", "--json", to=STRANGER).object
    assert list(told) == RESULT_KEYS
    assert (told["ok"], told["decision"], told["error"]["code"]) == (False, "WARN", "declined")
    assert [finding["rule"] for finding in told["findings"]] == ["recipient.first-time"]
    assert told["findings"][0]["facts"]["amount_wei"] == str(ETHER // 10)


@pytest.mark.parametrize("flags", [(), ("--yes",)])
def test_without_a_verdict_nothing_is_signed_unattended(desk: Desk, flags: tuple[str, ...]) -> None:
    desk.predictor.answer = NodeError("the service is asleep")
    done = desk.send(*flags)
    assert done.code == 4
    assert "NO VERDICT  this payment could not be judged" in done.err
    assert "the service is asleep" in done.err
    nothing_was_signed(desk, SendState.UNDECIDED)


def test_the_object_without_a_verdict_has_no_decision(desk: Desk) -> None:
    desk.predictor.answer = PredictionClass.UNKNOWN
    done = desk.send("--yes", "--json")
    told = done.object
    assert (done.code, list(told)) == (4, RESULT_KEYS)
    assert (told["ok"], told["decision"], told["hash"]) == (False, None, None)
    assert told["prediction"]["class"] == "UNKNOWN"
    assert told["error"]["code"] == "no_verdict"


def test_without_a_terminal_and_without_yes_an_allowed_payment_is_declined(desk: Desk) -> None:
    assert desk.send().code == 5
    nothing_was_signed(desk, SendState.DECLINED)


def test_a_reverted_payment_has_its_own_exit_code(desk: Desk) -> None:
    desk.chain.status = 0
    done = desk.send("--yes")
    assert done.code == 6
    assert "mined, but reverted, in block 100" in done.err
    assert [record.state for record in desk.sends()] == [SendState.REVERTED]
    told = desk.send("--yes", "--json", "--nonce", "8")
    assert (told.code, told.object["ok"], told.object["receipt"]["status"]) == (6, False, 0)


def test_with_async_it_is_done_when_the_node_has_it(desk: Desk) -> None:
    desk.chain.mines = False
    done = desk.send("--yes", "--async", "--json")
    (record,) = desk.sends()
    assert (done.code, done.object["ok"], done.object["receipt"]) == (0, True, None)
    assert (record.state, done.object["hash"]) == (SendState.BROADCAST, record.hash)


def test_when_no_block_takes_it_in_time_it_is_told_how_to_wait_on(desk: Desk) -> None:
    desk.chain.mines = False
    done = desk.send("--yes", "--receipt-timeout", "0.1", "--json")
    (record,) = desk.sends()
    assert done.code == 1
    assert done.object["error"]["code"] == "pending"
    assert done.object["hash"] == record.hash
    assert f"wallet resume {record.id}" in done.object["error"]["hint"]


@pytest.mark.parametrize("answer", [PredictionClass.SAFE, PredictionClass.FRAUD])
def test_a_dry_run_gives_the_verdict_and_leaves_nothing(desk: Desk, answer: PredictionClass) -> None:
    desk.predictor.answer = answer
    done = desk.send("--yes", "--dry-run", "--json")
    assert (done.code, list(done.object)) == ({"SAFE": 0, "FRAUD": 3}[answer.value], RESULT_KEYS)
    assert done.object["hash"] is None
    assert desk.chain.sent == []
    assert not (desk.home / "journal.sqlite3").exists()


def test_the_same_key_pays_once_and_tells_the_same_hash(desk: Desk) -> None:
    first = desk.send("--yes", "--json", "--idempotency-key", "invoice 7")
    desk.chain.nonce += 1
    again = desk.send("--yes", "--json", "--idempotency-key", "invoice 7")
    assert (first.code, again.code) == (0, 0)
    assert list(again.object) == RESULT_KEYS
    assert again.object["hash"] == first.object["hash"]
    assert again.object["receipt"] == first.object["receipt"]
    assert len(desk.chain.sent) == len(desk.sends()) == 1
    assert desk.send("--yes", "--idempotency-key", "invoice 7").out == f"{first.object['hash']}\n"


@pytest.mark.parametrize(("to", "value"), [("friend", "0.2ether"), (STRANGER, "0.1ether")])
def test_the_same_key_for_another_payment_is_a_conflict(desk: Desk, to: str, value: str) -> None:
    desk.send("--yes", "--idempotency-key", "k")
    done = desk.send("--yes", "--json", "--idempotency-key", "k", to=to, value=value)
    assert (done.code, done.object["error"]["code"]) == (8, "journal_conflict")
    assert len(desk.chain.sent) == 1


def test_the_same_key_again_that_waits_in_vain_for_a_block_is_not_done(desk: Desk) -> None:
    desk.chain.mines = False
    assert desk.send("--yes", "--async", "--idempotency-key", "k").code == 0
    assert desk.send("--yes", "--async", "--idempotency-key", "k").code == 0
    again = desk.send("--yes", "--json", "--idempotency-key", "k", "--receipt-timeout", "0.1")
    assert (again.code, again.object["ok"], len(desk.chain.sent)) == (1, False, 1)


def test_a_key_whose_payment_is_still_open_brings_it_to_its_end(desk: Desk) -> None:
    desk.chain.mines = False
    assert desk.send("--yes", "--async", "--idempotency-key", "k").code == 0
    desk.chain.mines = True
    again = desk.send("--yes", "--json", "--idempotency-key", "k")
    assert (again.code, again.object["receipt"]["status"]) == (0, 1)
    assert [record.state for record in desk.sends()] == [SendState.MINED]


def test_a_key_is_free_again_after_a_refusal(desk: Desk) -> None:
    desk.predictor.answer = PredictionClass.FRAUD
    assert desk.send("--yes", "--idempotency-key", "k").code == 3
    desk.predictor.answer = PredictionClass.SAFE
    assert desk.send("--yes", "--idempotency-key", "k").code == 0


def test_a_nonce_that_was_signed_for_is_a_conflict(desk: Desk) -> None:
    desk.send("--yes")
    done = desk.send("--yes", "--json", "--nonce", "7", value="0.2ether")
    assert (done.code, done.object["error"]["code"]) == (8, "journal_conflict")
    assert len(desk.chain.sent) == 1


@pytest.mark.parametrize("method", ["chain_id", "next_nonce", "suggest_fee"])
def test_a_node_that_does_not_answer_ends_it_before_a_verdict(desk: Desk, method: str) -> None:
    desk.chain.fails[method] = NodeError("the node is down", hint="start it")
    done = desk.send("--yes", "--json")
    assert done.code == 1
    assert (done.object["ok"], done.object["error"]) == (
        False,
        {"code": "node", "message": "the node is down", "hint": "start it"},
    )
    nothing_was_signed(desk)


def test_a_broadcast_that_is_refused_is_told_with_the_hash_and_can_be_resumed(desk: Desk) -> None:
    desk.chain.fails["broadcast"] = NodeError("the node refused", code="node_refused")
    done = desk.send("--yes", "--json")
    (record,) = desk.sends()
    assert (done.code, done.object["hash"], done.object["error"]["code"]) == (1, record.hash, "node_refused")
    assert (record.state, record.note) == (SendState.SIGNED, "the node refused")
    del desk.chain.fails["broadcast"]
    assert desk.wallet("resume").code == 0
    assert desk.chain.sent == [record.raw]


def test_gas_that_cannot_be_told_is_shown_with_its_verdict_and_never_signed(desk: Desk) -> None:
    desk.chain.codes[FRIEND] = b"\x01"
    desk.chain.fails["estimate_gas"] = NodeError("execution reverted")
    done = desk.send("--yes", "--json")
    assert done.code == 1
    assert (list(done.object), done.object["error"]["message"]) == (RESULT_KEYS, "execution reverted")
    nothing_was_signed(desk)
    desk.predictor.answer = PredictionClass.FRAUD
    assert desk.send("--yes").code == 3


# Keys and passwords


def test_without_a_terminal_or_a_file_the_password_is_missing(desk: Desk) -> None:
    done = desk.wallet("send", "friend", "--value", "1wei", "--yes", "--json")
    assert (done.code, done.object["error"]["code"]) == (7, "keystore")
    nothing_was_signed(desk, SendState.ABANDONED)


def test_a_wrong_password_is_a_keystore_error_after_the_verdict(desk: Desk) -> None:
    desk.password_file.write_text("wrong\n")
    done = desk.send("--yes", "--json")
    assert (done.code, done.object["decision"], done.object["error"]["code"]) == (7, "ALLOW", "keystore")
    nothing_was_signed(desk, SendState.ABANDONED)


@pytest.mark.parametrize("mode", [0o644, 0o660])
def test_a_password_file_that_others_may_use_is_refused_before_anything_is_asked(
    desk: Desk, mode: int
) -> None:
    desk.password_file.chmod(mode)
    done = desk.send("--yes", "--json")
    assert (done.code, desk.predictor.queries) == (7, [])
    assert f"chmod 600 {desk.password_file}" in done.object["error"]["message"]


def test_an_address_alone_can_be_checked_and_not_sent_from(desk: Desk) -> None:
    done = desk.send("--yes", "--from", STRANGER)
    assert done.code == 7
    assert "wallet check" in done.err
    assert desk.wallet("check", "friend", "--value", "1wei", "--from", STRANGER).code == 0


def test_from_that_is_not_the_key_files_address_is_refused(desk: Desk) -> None:
    done = desk.send("--yes", "--account", "main", "--from", STRANGER)
    assert done.code == 7
    assert f"holds {PAYER.address}, and --from says {STRANGER}" in done.err


def test_a_key_file_is_named_by_path_and_one_without_an_address_needs_from(
    desk: Desk, tmp_path: Path
) -> None:
    text = (desk.home / "keystore" / "main").read_text().replace('"address"', '"note"')
    path = private(desk.home / "cast-made", text)
    assert desk.send("--yes", "--keystore", str(path)).code == 7
    done = desk.send("--yes", "--keystore", str(path), "--from", PAYER.address)
    assert (done.code, len(desk.chain.sent)) == (0, 1)
    lied = desk.send("--yes", "--keystore", str(path), "--from", STRANGER, "--nonce", "50")
    assert lied.code == 7
    assert len(desk.chain.sent) == 1


def test_two_accounts_need_a_name_and_two_names_are_one_too_many(desk: Desk) -> None:
    main = desk.home / "keystore" / "main"
    private(main.with_name("second"), main.read_text())
    done = desk.send("--yes")
    assert done.code == 2
    assert "give --account, one of: main, second" in done.err
    assert desk.send("--yes", "--account", "main", "--keystore", str(main)).code == 2
    assert desk.send("--yes", "--account", "second").code == 0


# Flags


def test_flags_reach_the_signed_bytes(desk: Desk) -> None:
    flags = ["--nonce", "9", "--gas-limit", "30000", "--chain", "1"]
    flags += ["--gas-price", "30gwei", "--priority-gas-price", "2 gwei", "--data", "0x"]
    assert desk.send("--yes", *flags, to=FRIEND, value="5gwei").code == 0
    (record,) = desk.sends()
    sent = record.request
    assert (sent.nonce, sent.gas_limit, sent.chain_id) == (9, 30000, 1)
    assert (sent.value, sent.to) == (5 * 10**9, FRIEND)
    assert sent.fee == MarketFee(max_fee_per_gas=30 * 10**9, max_priority_fee_per_gas=2 * 10**9)


@pytest.mark.parametrize(
    ("flags", "fee"),
    [
        ((), MarketFee(max_fee_per_gas=20 * 10**9, max_priority_fee_per_gas=10**9)),
        (("--legacy",), LegacyFee(gas_price=20 * 10**9)),
        (("--legacy", "--gas-price", "7gwei"), LegacyFee(gas_price=7 * 10**9)),
        (("--gas-price", "7gwei"), MarketFee(max_fee_per_gas=7 * 10**9, max_priority_fee_per_gas=10**9)),
        (("--gas-price", "5"), MarketFee(max_fee_per_gas=5, max_priority_fee_per_gas=5)),
        (
            ("--priority-gas-price", "3gwei"),
            MarketFee(max_fee_per_gas=22 * 10**9, max_priority_fee_per_gas=3 * 10**9),
        ),
    ],
)
def test_fees_are_those_of_the_flags_and_else_of_the_node(
    desk: Desk, flags: tuple[str, ...], fee: object
) -> None:
    assert desk.send("--yes", *flags).code == 0
    assert [record.request.fee for record in desk.sends()] == [fee]


def test_a_token_transfer_is_built_and_read_as_one(desk: Desk) -> None:
    desk.chain.codes[STRANGER] = b"\x01"
    arguments = ["--call", "transfer(address,uint256)", "--yes", "--json", "--password-file"]
    done = desk.wallet("send", STRANGER, *arguments, str(desk.password_file), FRIEND, "1000000")
    assert done.code == 0
    assert done.object["intent"] == {
        "kind": Transfer.kind,
        "token": STRANGER,
        "owner": PAYER.address,
        "recipient": FRIEND,
        "amount": 1_000_000,
        "expires_at": None,
        "portion": None,
    }


USAGE = [
    (("send",), "Missing argument 'TO'"),
    (("send", FRIEND), "no amount was given"),
    (("send", FRIEND, "--value", "1,5"), "'1,5' is not an amount"),
    (("send", FRIEND, "--value", "0.5"), "is a fraction without a unit"),
    (("send", FRIEND, "--value", "-1"), "'-1' is not an amount"),
    (("send", FRIEND, "--value", "1_000"), "is not an amount"),
    (("send", FRIEND, "--value", "1 finney"), "unknown unit"),
    (("send", "nobody", "--value", "1"), "'nobody' is neither an address nor a contact"),
    (("send", FRIEND[:-1], "--value", "1"), "not an address"),
    (("send", FRIEND[:-1] + "F", "--value", "1"), "the checksum"),
    (("send", FRIEND, "--value", "1", "--nope"), "No such option"),
    (("send", FRIEND, "--value", "1", "--nonce", "x"), "not a whole number"),
    (("send", FRIEND, "--value", "1", "--nonce", "-1"), "'-1' is not a whole number"),
    (("send", FRIEND, "--value", "1", "--gas-limit", "0"), "gas limit cannot be 0"),
    (("send", FRIEND, "--value", "1", "--chain", "0"), "chain id cannot be 0"),
    (("send", FRIEND, "--value", "1", "--data", "0x1"), "--data cannot be '0x1'"),
    (("send", FRIEND, "--value", "1", "--data", "0x", "--call", "a()"), "both --data and --call"),
    (("send", FRIEND, "extra", "--value", "1"), "'extra' is one argument too many"),
    (("send", FRIEND, "--value", "1", "--nonce", "1_0"), "'1_0' is not a whole number"),
    (("send", FRIEND, "--value", "1", "--nonce", "\u0661"), "is not a whole number"),
    (("send", FRIEND, "--value", "1", "--gas-limit", "21_000"), "'21_000' is not a whole number"),
    (("send", FRIEND, "--value", "1", "--chain", " +31337"), "' +31337' is neither a chain id"),
    (("send", FRIEND, "--value", "1", "--chain", "main"), "nor one of mainnet, "),
    (("send", FRIEND, "--value", "1", "--predict-timeout", "nan"), "not a number of seconds"),
    (("send", FRIEND, "--value", "1", "--predict-timeout", "1_0"), "not a number of seconds"),
    (("send", FRIEND, "--value", "1", "--receipt-timeout", "inf"), "not a number of seconds"),
    (("send", FRIEND, "--value", "1", "--idempotency-key", ""), "'' cannot be an idempotency key"),
    (("send", FRIEND, "--value", "1", "--idempotency-key", " "), "cannot be an idempotency key"),
    (("send", FRIEND, "--value", "1", "--idempotency-key", "a\x1bb"), "cannot be an idempotency key"),
    (("send", FRIEND, "--value", "1", "--idempotency-key", "a\udcff"), "cannot be an idempotency key"),
    (
        ("send", FRIEND, "--value", "1", "--legacy", "--gas-price", "1", "--priority-gas-price", "1"),
        "--legacy has one gas price",
    ),
    (("send", FRIEND, "--value", "1", "--predict-timeout", "0"), "not in the range"),
    (("send", FRIEND, "--value", "1", "--from", "0x12"), "not an address"),
    (("check",), "nothing was given to check"),
    (("check", FRIEND, "--raw", "0x00"), "both to and raw were given"),
    (("check", "--raw", "zz"), "--raw cannot be 'zz'"),
    (("check", "--raw", "0x00"), "type 0x00 are not supported"),
    (("check", "--tx", "/nowhere/x.json"), "cannot be read: No such file"),
]


@pytest.mark.parametrize(("arguments", "told"), USAGE, ids=range(len(USAGE)))
def test_what_cannot_be_read_is_usage_in_words_and_as_an_object(
    desk: Desk, arguments: tuple[str, ...], told: str
) -> None:
    """C11 C13 D1: addresses, amounts and calldata in other forms."""
    plain = desk.wallet(*arguments)
    assert (plain.code, plain.out) == (2, "")
    assert plain.err.startswith("error: ")
    assert told in plain.err
    as_object = desk.wallet(*arguments, "--json")
    assert as_object.code == 2
    assert list(as_object.object) == RESULT_KEYS
    assert told in as_object.object["error"]["message"]
    assert list(as_object.object["error"]) == ["code", "message", "hint"]
    empty = {key: value for key, value in as_object.object.items() if key not in ("error", "ok")}
    assert (as_object.object["ok"], [value for value in empty.values() if value]) == (False, [])
    nothing_was_signed(desk)


def test_without_a_node_a_send_says_how_to_name_one(desk: Desk) -> None:
    desk.node.chain = None
    done = desk.send("--yes")
    assert done.code == 2
    assert "no node was named, and a send needs one" in done.err


def test_a_node_that_is_down_is_exit_1(desk: Desk) -> None:
    desk.node.chain = None
    done = desk.send("--yes", "--json", "--rpc-url", "http://127.0.0.1:1/secret-project-key")
    assert (done.code, done.object["error"]["code"]) == (1, "node_unreachable")
    assert "secret-project-key" not in done.out + done.err


@pytest.mark.parametrize(
    "spoil",
    [
        lambda desk: desk.policy("[limits]\nstrangers = 5\n"),
        lambda desk: (desk.policy(""), (desk.home / "policy.toml").chmod(0o666)),
        lambda desk: desk.policy(2 * f"[[deny]]\naddress = '{FRIEND}'\n"),
        lambda desk: desk.policy("[[scope]]\nchain = 5\n[scope.limits]\nstrangers = 5\n"),
        lambda desk: desk.config("rpc_urll = 'x'"),
        lambda desk: desk.config("policy = 'policy.toml'"),
        lambda desk: desk.config("account = true"),
        lambda desk: desk.config("account = "),
        lambda desk: desk.monkeypatch.setenv("WALLET_POLICY", "/nowhere/policy.toml"),
        lambda desk: desk.monkeypatch.setenv("TXGUARD_HOME", "relative"),
        lambda desk: (desk.home / "contacts.json").write_text("{"),
    ],
    ids=range(11),
)
def test_a_setting_or_a_policy_that_cannot_be_used_is_exit_9(desk: Desk, spoil: object) -> None:
    """C6: with every other setting."""
    spoil(desk)  # type: ignore[operator]
    done = desk.send("--yes", "--json")
    assert done.code == 9
    assert (list(done.object), done.object["error"]["code"]) == (RESULT_KEYS, "configuration")
    assert desk.chain.sent == []


def test_a_journal_that_is_damaged_stops_the_send(desk: Desk) -> None:
    (desk.home / "journal.sqlite3").write_bytes(b"")
    done = desk.send("--yes", "--json")
    assert (done.code, done.object["error"]["code"]) == (1, "journal_damaged")
    assert desk.chain.sent == []
    assert (desk.home / "journal.sqlite3").read_bytes() == b""


def test_quiet_says_the_hash_and_nothing_else(desk: Desk) -> None:
    done = desk.send("--yes", "--quiet")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{desk.sends()[0].hash}\n"


def test_what_is_waited_for_is_told_on_standard_error(desk: Desk) -> None:
    done = desk.send("--yes", "--json")
    waits = [line for line in done.err.splitlines() if line.startswith("... ")]
    assert [wait.split(",")[0] for wait in waits] == [
        "... asking the node to complete the transaction",
        "... asking the external model and the node",
        "... signing",
        f"... broadcasting {desk.sends()[0].hash}",
        "... waiting for a block",
    ]


def test_a_limit_of_the_policy_blocks(desk: Desk) -> None:
    desk.policy('[limits]\nper_transaction = "0.05ether"\n')
    done = desk.send("--yes", "--json")
    assert done.code == 3
    assert [finding["rule"] for finding in done.object["findings"]] == ["limit.per-transaction"]


def rules_found(done: Run) -> list[str]:
    return [finding["rule"] for finding in done.object["findings"]]


def test_c14_no_value_and_a_fee_above_the_limits_over_time_is_blocked(desk: Desk) -> None:
    desk.policy('[limits]\ndaily = "1gwei"\n[[limits.window]]\nhours = 168\nnative = "1gwei"\n')
    done = desk.send("--yes", "--json", value="0")
    assert (done.code, desk.chain.sent) == (3, [])
    assert rules_found(done)[:2] == ["limit.daily", "limit.window"]


def test_what_was_sent_before_counts_for_a_window_of_the_policy(desk: Desk) -> None:
    desk.policy('[[limits.window]]\nhours = 168\nnative = "0.25ether"\n')
    for expected in (0, 0, 3):
        done = desk.send("--yes", "--json", value="0.1ether")
        assert done.code == expected
        desk.chain.nonce += 1
    assert rules_found(done) == ["limit.window", "request.repeated"]


def test_the_same_payment_for_the_third_time_at_once_is_asked_about(desk: Desk) -> None:
    for _ in range(2):
        assert desk.send("--yes", "--json").code == 0
        desk.chain.nonce += 1
    done = desk.send("--yes", "--json")
    assert (done.code, rules_found(done)) == (5, ["request.repeated"])
    assert desk.send("--yes", "--json", value="0.11ether").code == 0


def test_a_preset_is_named_by_flag_variable_and_configuration(desk: Desk) -> None:
    flagged = desk.send("--yes", "--json", "--policy", "agent", to=STRANGER, value="1wei")
    assert (flagged.code, desk.chain.sent) == (3, [])
    assert "policy.strangers" in rules_found(flagged)
    desk.config("policy = 'agent'")
    assert desk.send("--yes", "--json", to=STRANGER, value="1wei").code == 3
    desk.config("")
    desk.monkeypatch.setenv("WALLET_POLICY", "agent")
    assert desk.send("--yes", "--json", to=STRANGER, value="1wei").code == 3


def test_what_the_policy_denies_on_one_chain_alone_is_blocked_there(desk: Desk) -> None:
    for chain, code in ((desk.chain.id + 1, 0), (desk.chain.id, 3)):
        desk.policy(f"[[scope]]\nchain = {chain}\n[[scope.deny]]\naddress = '{FRIEND}'\n")
        assert desk.send("--yes", "--json").code == code
        desk.chain.nonce += 1


def test_a_payment_made_before_makes_the_recipient_known(desk: Desk) -> None:
    desk.policy('[limits]\nstrangers = "1ether"\n')
    first = desk.send("--yes", "--json", to=STRANGER)
    assert [finding["rule"] for finding in first.object["findings"]] == ["recipient.first-time"]
    desk.chain.nonce += 1
    assert desk.send("--yes", "--json", to=STRANGER).object["findings"] == []


def test_the_password_is_in_no_output(desk: Desk) -> None:
    done = desk.send("--yes", "-v")
    assert PASSWORD not in done.out + done.err


# Who pays


def test_an_unfit_file_that_would_have_been_the_choice_is_told_and_not_passed_over(desk: Desk) -> None:
    main = desk.home / "keystore" / "main"
    main.chmod(0o644)
    for flags in ((), ("--from", PAYER.address)):
        done = desk.send("--yes", *flags)
        assert done.code == 7
        assert f"chmod 600 {main}" in done.err
    assert "there is no key file of" in desk.send("--yes", "--from", STRANGER).err
    assert desk.wallet("check", "friend", "--value", "1wei").code == 7
    assert desk.wallet("check", "friend", "--value", "1wei", "--from", PAYER.address).code == 0


def test_an_explicit_flag_decides_who_pays_against_every_other_setting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = str(desk.home / "keystore" / "main")
    with monkeypatch.context() as patch:
        patch.setenv("ETH_KEYSTORE_ACCOUNT", "nobody")
        desk.config('account = "nobody"')
        assert desk.send("--yes", "--keystore", main).code == 0
    with monkeypatch.context() as patch:
        patch.setenv("ETH_FROM", STRANGER)
        desk.chain.nonce += 1
        assert desk.send("--yes", "--account", "main").code == 0
        assert desk.send("--yes").code == 7
    desk.config(f'account = "main"\nsender = "{PAYER.address}"')
    told = desk.wallet("check", "friend", "--value", "1wei", "--from", STRANGER, "--json").object
    assert told["intent"]["owner"] == STRANGER
    monkeypatch.setenv("ETH_KEYSTORE", main)
    desk.config('account = "nobody"')
    desk.chain.nonce += 1
    assert desk.send("--yes", value="1wei").code == 0
    monkeypatch.setenv("ETH_KEYSTORE_ACCOUNT", "main")
    assert desk.send("--yes").code == 2


# Where nobody listens


@pytest.mark.parametrize(
    "error", [BrokenPipeError(32, "Broken pipe"), OSError(28, "No space"), ValueError("x")]
)
def test_a_standard_error_that_fails_stops_no_payment_between_signature_and_broadcast(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    class Failing(io.StringIO):
        def write(self, text: str) -> int:
            raise error

    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", Failing())
        done = desk.send("--yes")
    assert (done.code, len(desk.chain.sent)) == (0, 1)
    assert [record.state for record in desk.sends()] == [SendState.MINED]


@pytest.mark.parametrize("flags", [(), ("--json",), ("--quiet",)])
def test_a_result_that_cannot_be_written_is_told_with_the_hash_on_standard_error(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]
) -> None:
    with open("/dev/full", "w") as full, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", full)
        done = desk.send("--yes", *flags)
    (record,) = desk.sends()
    assert (done.code, record.state) == (1, SendState.MINED)
    told = "error: standard output cannot be written: No space left on device\n"
    assert done.err.endswith(f"{told}       the payment has the hash {record.hash}\n")
    assert "internal" not in done.err
