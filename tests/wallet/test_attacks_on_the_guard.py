"""What is tried against the guard itself, from the command line to the exit code: nothing is signed or sent.

What belongs here: lines of group C of `tests/threats.py` that speak of exit codes. The signer is watched by
a spy, and what arrives at a node is counted by one on loopback.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from guard import wiring
from guard.adapters.keystore import KeystoreSigner
from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.address import Address
from guard.core.journal import SendState
from guard.core.prediction import PredictionClass
from guard.core.request import TransactionRequest
from guard.core.rules.examples import STATE
from guard.core.world import AccountState
from guard.testing import FakeChainFacts, FakeSimulator
from tests.harness.node import CHAIN_ID, counting_node
from tests.wallet.harness import FRIEND, PAYER, STRANGER, Desk
from tests.wallet.test_questions import _PROGRAM

ZERO = "0x" + "0" * 40
MOST = 2**256 - 1
CONTRACT = AccountState(code=b"\x60\x80", nonce=1, balance=0, is_young=False)


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> list[TransactionRequest]:
    """Return what the signer is asked to sign from now on."""
    asked: list[TransactionRequest] = []
    real = KeystoreSigner.sign

    def sign(signer: KeystoreSigner, request: TransactionRequest) -> bytes:
        asked.append(request)
        return real(signer, request)

    monkeypatch.setattr(KeystoreSigner, "sign", sign)
    return asked


def rules_of(done: Any) -> list[str]:
    return [finding["rule"] for finding in done.object["findings"]]


# C1


def counted(port: int) -> tuple[int, int]:
    """Return how many transactions the node has mined, and how many wait."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "harness_counts", "params": []}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        told = json.load(answer)["result"]
    return sum(told["counts"].values()), told["waiting"]


def test_a_fraud_is_exit_3_and_neither_signer_nor_node_hears_of_it(
    desk: Desk, signed: list[TransactionRequest]
) -> None:
    """C1: 0 signed, 0 sent, one record in the audit trail; the same payment, found safe, is sent once."""
    desk.node.chain = None
    with counting_node(1, fault_rate=0) as port:
        paying = ("--yes", "--rpc-url", f"http://127.0.0.1:{port}", "--chain", str(CHAIN_ID))
        fees = ("--gas-limit", "21000", "--gas-price", "2gwei", "--priority-gas-price", "1gwei")
        desk.predictor.answer = PredictionClass.FRAUD
        assert desk.send(*paying, *fees).code == 3
        assert (signed, counted(port)) == ([], (0, 0))
        assert [(one.state, one.decision, one.raw) for one in desk.sends()] == [
            (SendState.BLOCKED, "BLOCK", None)
        ]
        trail = desk.guard("audit", "verify", "--json").object
        assert trail == {"ok": True, "entries": 2}
        desk.predictor.answer = PredictionClass.SAFE
        assert desk.send(*paying, *fees).code == 0
        assert (len(signed), counted(port)) == (1, (1, 0))


# C3


@pytest.mark.parametrize("flags", [("--yes",), (), ("--no-input",), ("--yes", "--no-input")])
@pytest.mark.parametrize("level", ["block", "warn"])
def test_no_flag_stands_for_a_persons_answer_to_a_fraud(
    desk: Desk, signed: list[TransactionRequest], level: str, flags: tuple[str, ...]
) -> None:
    """C3: not a tty, with and without --yes; under `warn` only the typed digits of the digest count."""
    desk.policy(f'[predict]\nfraud = "{level}"\n')
    desk.predictor.answer = PredictionClass.FRAUD
    assert desk.send(*flags).code == (3 if level == "block" else 5)
    assert (signed, desk.chain.sent) == ([], [])


# C6


@pytest.mark.parametrize(
    "text",
    [
        "[limits]\nstrangerz = '1wei'\n",
        "strict = true\n",
        "[limits]\nstrangers = '1wei'\nstrangers = '2wei'\n",
        "[limits]\nstrangers = '1wei'\n[limits]\n",
        "[rules.\"fee.high\"]\nlevel = 'warn'\n[rules.\"fee.high\"]\nlevel = 'off'\n",
        "[rules.\"no.such-rule\"]\nlevel = 'warn'\n",
        "[limits]\nstrangers = 5\n",
        "[limits]\nstrangers = ['1wei']\n",
        "limits = 'none'\n",
        "[predict]\nfraud = 'info'\n",
    ],
)
def test_a_policy_with_a_fault_is_exit_9_and_nothing_is_signed(
    desk: Desk, signed: list[TransactionRequest], text: str
) -> None:
    """C6: unknown keys, duplicate ids, bad types."""
    desk.policy(text)
    done = desk.send("--yes", "--json")
    assert (done.code, done.object["error"]["code"]) == (9, "configuration")
    assert (signed, desk.chain.sent, desk.sends()) == ([], [], [])


@pytest.mark.parametrize("mode", [0o666, 0o660, 0o602])
def test_a_policy_that_others_may_write_is_exit_9(
    desk: Desk, signed: list[TransactionRequest], mode: int
) -> None:
    """C6: mode 0666."""
    desk.policy("")
    (desk.home / "policy.toml").chmod(mode)
    assert desk.send("--yes").code == 9
    assert (signed, desk.chain.sent) == ([], [])


def test_a_named_policy_that_is_not_there_is_exit_9(desk: Desk, signed: list[TransactionRequest]) -> None:
    """C6: missing file."""
    assert desk.send("--yes", "--policy", "/nowhere/policy.toml").code == 9
    (desk.home / "policy.toml").symlink_to(desk.home / "gone.toml")
    assert desk.send("--yes").code == 9
    assert (signed, desk.chain.sent) == ([], [])


# C9


@pytest.mark.parametrize("probability", [None, 0.0, 0.001])
def test_a_model_that_says_safe_lowers_nothing(
    desk: Desk, signed: list[TransactionRequest], probability: float | None
) -> None:
    """C9: Safe, and an unlimited approval to an unknown spender."""
    token = Address("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48")
    facts = FakeChainFacts(states={token: CONTRACT, STRANGER: CONTRACT}, token_states={token: STATE})
    desk.monkeypatch.setattr(wiring, "build_world", lambda _: (facts, FakeSimulator()))
    desk.predictor.probability = probability
    approving = ("send", token, "--call", "approve(address,uint256)", STRANGER, str(MOST), "--password-file")
    done = desk.wallet(*approving, str(desk.password_file), "--yes", "--json")
    assert (done.code, done.object["decision"]) in ((5, "WARN"), (3, "BLOCK"))
    assert done.object["prediction"]["class"] == "SAFE"
    assert {"approval.unlimited", "approval.unknown-spender"} <= set(rules_of(done))
    assert (signed, desk.chain.sent) == ([], [])


# C10


def test_a_recipient_that_differs_from_a_contact_only_in_the_middle_is_told(
    desk: Desk, signed: list[TransactionRequest]
) -> None:
    """C10: the first 6 and the last 4 digits are a contact's."""
    digits = FRIEND[2:].lower()
    lookalike = "0x" + digits[:6] + "0" * 30 + digits[-4:]
    done = desk.send("--yes", "--json", to=lookalike)
    (finding,) = [one for one in done.object["findings"] if one["rule"] == "recipient.lookalike"]
    assert (finding["facts"]["known"], finding["facts"]["name"]) == (FRIEND, "friend")
    assert (done.code, signed, desk.chain.sent) == (3, [], [])


# C11


def with_a_wrong_letter(address: str) -> str:
    place = next(place for place, letter in enumerate(address) if place > 1 and letter.isalpha())
    return address[:place] + address[place].swapcase() + address[place + 1 :]


@pytest.mark.parametrize(
    "to",
    [
        with_a_wrong_letter(FRIEND),
        FRIEND[:-2],
        FRIEND + "00",
        FRIEND[:-1],
        "XE7338O073KYGTWWZN0F2WZ0R8PX5ZPPZS",
        f" {FRIEND}",
        f"{FRIEND} ",
        f"{FRIEND}\n",
        FRIEND[:10] + " " + FRIEND[10:],
        FRIEND[2:],
        "0X" + FRIEND[2:],
        "0x" + "\uff10" * 40,
        "ethereum:" + FRIEND,
    ],
)
@pytest.mark.parametrize("place", ["recipient", "argument", "file"])
def test_an_address_that_is_not_exactly_one_is_exit_2(
    desk: Desk, signed: list[TransactionRequest], tmp_path: Path, to: str, place: str
) -> None:
    """C11: a bad checksum, 19 or 21 bytes, ICAP, spaces."""
    path = tmp_path / "transaction.json"
    path.write_text(json.dumps({"from": PAYER.address, "to": to, "value": "0x1"}))
    arguments = {
        "recipient": ("send", to, "--value", "1wei", "--yes"),
        "argument": ("send", FRIEND, "--call", "transfer(address,uint256)", to, "1", "--yes"),
        "file": ("check", "--tx", str(path)),
    }[place]
    assert desk.wallet(*arguments).code == 2
    assert (signed, desk.chain.sent, desk.predictor.queries) == ([], [], [])


@pytest.mark.parametrize("written", [FRIEND.lower(), "0x" + FRIEND[2:].upper()])
def test_an_address_without_a_checksum_is_read_and_warned_about_with_the_one_it_is_read_as(
    desk: Desk, written: str
) -> None:
    """C11: all of one case."""
    warning = f"warning: {written} has no checksum"
    done = desk.wallet("check", written, "--value", "1wei", "--json")
    assert done.code == 0
    assert done.err.startswith(warning)
    assert f"It is read as {FRIEND}: compare it" in done.err
    sent = desk.send("--yes", to=written)
    assert sent.code == 0
    assert warning in sent.err
    as_argument = desk.wallet("check", STRANGER, "--call", "transfer(address,uint256)", written, "1")
    assert warning in as_argument.err
    assert warning in desk.wallet("contacts", "add", "somebody", STRANGER.lower()).err.replace(
        STRANGER.lower(), written
    )


def test_an_address_with_its_checksum_or_without_letters_is_not_warned_about(desk: Desk) -> None:
    """C11: there is nothing to warn about."""
    for to in (FRIEND, "friend", "0x" + "12" * 20):
        assert "no checksum" not in desk.wallet("check", to, "--value", "1wei").err
    assert desk.wallet("check", FRIEND.lower(), "--value", "1wei", "--quiet").err == ""


# C12


def checked(desk: Desk, tmp_path: Path, **fields: object) -> Any:
    path = tmp_path / "transaction.json"
    path.write_text(json.dumps({"from": PAYER.address, "gas": "0x186a0", **fields}))
    return desk.wallet("check", "--tx", str(path), "--json")


@pytest.mark.parametrize("data", [{}, {"data": "0x"}])
@pytest.mark.parametrize("to", [{}, {"to": None}])
def test_value_without_a_recipient_and_code_is_refused(
    desk: Desk, tmp_path: Path, to: dict[str, Any], data: dict[str, Any]
) -> None:
    """C12: contract creation with value and no code."""
    done = checked(desk, tmp_path, value="0x1", **to, **data)
    assert (done.code, done.object["decision"]) == (3, "BLOCK")
    assert "deploy.no-code" in rules_of(done)


def test_the_zero_address_is_refused(desk: Desk, signed: list[TransactionRequest]) -> None:
    """C12: to the zero address, ether or a token."""
    assert "recipient.zero-address" in rules_of(desk.send("--yes", "--json", to=ZERO))
    desk.chain.codes[STRANGER] = b"\x01"
    call = ("send", STRANGER, "--call", "transfer(address,uint256)", ZERO, "1", "--password-file")
    done = desk.wallet(*call, str(desk.password_file), "--yes", "--json")
    assert (done.code, signed, desk.chain.sent) == (3, [], [])
    assert "recipient.zero-address" in rules_of(done)


def test_a_token_to_its_own_contract_is_danger(desk: Desk, signed: list[TransactionRequest]) -> None:
    """C12: to the token's own contract."""
    desk.chain.codes[STRANGER] = b"\x01"
    call = ("send", STRANGER, "--call", "transfer(address,uint256)", STRANGER, "1", "--password-file")
    done = desk.wallet(*call, str(desk.password_file), "--yes", "--json")
    assert (done.code, signed, desk.chain.sent) == (3, [], [])
    assert "recipient.token-itself" in rules_of(done)


# C13

NO_AMOUNTS = (
    *("1,5", "1,5ether", "1e18", "1e18wei", "1E18", "-1", "-0", "+1", "+1ether", "1_000", "1_000wei", "1.5"),
    *("0x", "0x_10", "-0x10", "0x10ether", "\uff11", "\uff11ether", "\u0661", "1\u00a0ether"),
    *("0.0000000000000000001ether", "0.0000000001gwei", "0.1wei", ".5ether", "5.ether", "", " ", "nan"),
    *("inf", "1 finney", "1ethers", "1,000ether", "1'000", "1ether 1wei", str(2**256), hex(2**256)),
)


@pytest.mark.parametrize("amount", NO_AMOUNTS)
def test_what_is_no_amount_is_exit_2(desk: Desk, signed: list[TransactionRequest], amount: str) -> None:
    """C13: commas, exponents, signs, underscores, other digits, 19 decimals."""
    assert desk.send("--yes", f"--value={amount}").code == 2
    assert (signed, desk.chain.sent, desk.predictor.queries) == ([], [], [])


def test_a_hexadecimal_number_is_wei_and_is_told_in_ether(desk: Desk) -> None:
    """C13: contracts.md takes 0x10 as sixteen wei, where threats.md refused it; what is asked tells it."""
    done = desk.at_terminal("n\n", *desk.sending(value="0x10"))
    assert "Send 0.000000000000000016 ether to" in done.err


_IN_ITS_LOCALE = """
import locale
from contextlib import suppress
from decimal import getcontext
with suppress(locale.Error):
    locale.setlocale(locale.LC_ALL, "")
getcontext().prec = 3
"""


@pytest.mark.parametrize("name", ["C", "tr_TR.UTF-8", "de_DE.UTF-8", "ar_EG.UTF-8", "hi_IN"])
def test_an_amount_is_read_alike_in_every_locale(desk: Desk, name: str) -> None:
    """C13: LANG=tr_TR, whose small letter of I is another; and locales with a comma or other digits."""

    def checking(amount: str) -> tuple[int, Any]:
        done = subprocess.run(
            [sys.executable, "-c", _IN_ITS_LOCALE + _PROGRAM, "check", "friend", "--value", amount, "--json"],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "LANG": name, "LC_ALL": name},
        )
        intent = json.loads(done.stdout)["intent"]
        return done.returncode, intent and str(intent["amount"])

    assert checking("1.5GWEI") == (0, "1500000000")
    assert checking("0.123456789012345678 ETHER") == (0, "123456789012345678")
    assert checking("1,5gwei") == (2, None)


# C14


def test_a_fee_alone_counts_against_the_daily_limit(desk: Desk, signed: list[TransactionRequest]) -> None:
    """C14: value 0 and gas x maxFeePerGas above the limit; at the limit it passes, and counts from then."""
    desk.policy('[limits]\ndaily = "0.01ether"\n')
    gas = ("--gas-limit", "100000", "--priority-gas-price", "1gwei")
    done = desk.send("--yes", "--json", *gas, "--gas-price", "101gwei", value="0wei")
    assert (done.code, signed, desk.chain.sent) == (3, [], [])
    assert "limit.daily" in rules_of(done)
    assert desk.send("--yes", *gas, "--gas-price", "100gwei", value="0wei").code == 0
    assert "limit.daily" in rules_of(desk.send("--yes", "--json", value="1wei"))


# C15


def edit(desk: Desk, *statements: str) -> None:
    with closing(sqlite3.connect(desk.home / "journal.sqlite3")) as raw:
        for statement in statements:
            assert raw.execute(statement).rowcount != 0
        raw.commit()


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (["UPDATE audit SET body = '{}' WHERE sequence = 2"], "audit entry 2 was changed"),
        (["DELETE FROM audit WHERE sequence = 2"], "audit entry 2 is missing"),
        (
            [
                "UPDATE audit SET sequence = 9 WHERE sequence = 2",
                "UPDATE audit SET sequence = 2 WHERE sequence = 3",
                "UPDATE audit SET sequence = 3 WHERE sequence = 9",
            ],
            "audit entry 2 does not follow",
        ),
        (["DELETE FROM audit WHERE sequence = 4"], "audit entry 4 is missing"),
        (["UPDATE sends SET state = 'declined'"], "send"),
    ],
    ids=["edited", "deleted", "reordered", "cut", "the table edited"],
)
def test_what_was_done_to_the_trail_is_named_by_the_command(
    desk: Desk, statements: list[str], told: str
) -> None:
    """C15: edit, delete, reorder or cut one record."""
    assert desk.send("--yes").code == 0
    assert desk.guard("audit", "verify").out == "the audit trail is whole: 4 entries\n"
    edit(desk, *statements)
    done = desk.guard("audit", "verify", "--json")
    assert (done.code, done.object["error"]["code"]) == (1, "journal_damaged")
    assert told in done.object["error"]["message"]


_APPENDER = """
import os, sys, threading
sys.path.insert(0, sys.argv[2])
from dataclasses import replace
from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.policy import Policy
from guard.core.review import review
from guard.core.rules.examples import EVIDENCE, TRANSFER
from pathlib import Path
verdict = review(TRANSFER, EVIDENCE, Policy(), 0)
journal = SqliteJournal(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    journal.open_send(TRANSFER, verdict, now=0)
    print("one", flush=True)
"""


def test_a_death_in_the_middle_of_an_append_leaves_a_whole_trail(tmp_path: Path) -> None:
    """C15: kill -9; every entry that was told as written is there, and at most the one in writing is not."""
    path, root = tmp_path / "journal.sqlite3", str(Path(__file__).parents[2])
    told = 0
    for lines in (1, 2, 5, 9):
        process = subprocess.Popen(
            [sys.executable, "-c", _APPENDER, str(path), root], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(lines):
            assert process.stdout.readline() == "one\n"
        process.kill()
        told += lines + process.stdout.read().count("one\n")
        process.wait()
        process.stdout.close()
        with closing(SqliteJournal(path)) as journal:
            entries = journal.verify_audit()
        assert told <= entries <= told + 1
        told = entries
