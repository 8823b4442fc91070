"""`wallet speed-up` and `wallet cancel`: a second transaction of the same nonce, and what becomes of both."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from guard import exit_codes
from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.journal import SendRecord, SendState
from guard.core.policy import Policy
from guard.core.prediction import PredictionClass
from guard.core.replacement import outbidding
from guard.core.request import LegacyFee
from guard.core.review import review
from guard.core.rules.examples import EVIDENCE, NOW
from guard.core.signed import decode_signed
from guard.errors import NodeError
from guard.testing import FakeChain
from tests.wallet.harness import PAYER, Desk, Run

YES = ("--yes", "--async")


def waiting(desk: Desk, *flags: str) -> SendRecord:
    """Send a payment that no block takes, and return it."""
    desk.chain.mines = False
    assert desk.send(*YES, *flags).code == 0
    (record,) = desk.sends()
    return record


def again(desk: Desk, command: str, send_id: str, *flags: str) -> Run:
    return desk.wallet(command, send_id, "--password-file", str(desk.password_file), *(flags or YES))


def mine(desk: Desk, record: SendRecord) -> None:
    """Let a block have this one and no other."""
    assert record.raw is not None
    desk.chain.sent = [record.raw]
    desk.chain.mines = True


def test_f8_a_payment_is_sped_up_with_both_fees_a_tenth_higher_and_both_hashes_kept(desk: Desk) -> None:
    first = waiting(desk)
    done = again(desk, "speed-up", first.id)
    slow, fast = desk.sends()
    assert (done.code, done.out) == (0, f"{fast.hash}\n")
    assert slow == first
    assert fast.replaces == first.id
    assert fast.request == replace(
        first.request, fee=outbidding([first.request], desk.chain.suggest_fee(legacy=False))
    )
    assert [record.raw for record in desk.sends()] == desk.chain.sent
    assert fast.raw is not None
    assert decode_signed(fast.raw).request(PAYER.address) == fast.request


@pytest.mark.parametrize("which", [0, 1], ids=["the first", "the second"])
def test_f8_whichever_is_mined_ends_the_payment_and_it_is_counted_once(desk: Desk, which: int) -> None:
    again(desk, "speed-up", waiting(desk, "--idempotency-key", "rent").id)
    won = desk.sends()[which]
    mine(desk, won)
    done = desk.wallet("resume", "--json")
    assert done.code == 0
    states = [SendState.REPLACED, SendState.REPLACED]
    states[which] = SendState.MINED
    assert [record.state for record in desk.sends()] == states
    retried = desk.send(*YES, "--idempotency-key", "rent")
    assert (retried.code, retried.out) == (0, f"{won.hash}\n")
    assert len(desk.chain.sent) == 1
    desk.policy('[limits]\ndaily = "0.3ether"\n')
    third = desk.send(*YES)
    assert third.code == 0, third.err
    assert desk.guard("audit", "verify").code == 0


def test_a_speed_up_that_waits_is_done_when_the_payment_itself_is_mined(desk: Desk) -> None:
    first = waiting(desk)
    assert first.raw is not None
    raw = first.raw

    def first_wins() -> None:
        desk.chain.sent, desk.chain.mines = [raw], True

    desk.chain.meanwhile = [first_wins]
    done = again(desk, "speed-up", first.id, "--yes")
    assert (done.code, done.out) == (0, f"{first.hash}\n")
    assert [record.state for record in desk.sends()] == [SendState.MINED, SendState.REPLACED]


def test_f8_a_payment_is_cancelled_by_nothing_to_oneself(desk: Desk) -> None:
    first = waiting(desk, "--idempotency-key", "rent")
    assert again(desk, "cancel", first.id).code == 0
    _, cancellation = desk.sends()
    assert (cancellation.request.to, cancellation.request.value) == (PAYER.address, 0)
    assert cancellation.request.nonce == first.request.nonce
    mine(desk, cancellation)
    assert desk.wallet("resume").code == 0
    assert [record.state for record in desk.sends()] == [SendState.REPLACED, SendState.MINED]
    retried = desk.send(*YES, "--json", "--idempotency-key", "rent")
    assert (retried.code, retried.object["error"]["code"]) == (8, "journal_conflict")
    assert cancellation.id in retried.object["error"]["message"]


def test_a_cancellation_that_lost_the_race_is_exit_8_and_says_what_was_mined(desk: Desk) -> None:
    first = waiting(desk)
    assert first.raw is not None
    raw = first.raw

    def first_wins() -> None:
        desk.chain.sent, desk.chain.mines = [raw], True

    desk.chain.meanwhile = [first_wins]
    done = again(desk, "cancel", first.id, "--yes")
    assert done.code == exit_codes.JOURNAL_CONFLICT
    assert f"by {first.id}, {first.hash}" in done.err


def test_a_payment_that_the_node_refuses_for_good_gets_its_nonce_back_by_a_cancellation(desk: Desk) -> None:
    words = "exceeds block gas limit"
    desk.chain.fails["broadcast"] = NodeError(f"refused: {words}", code="node_refused", words=words)
    sent = desk.send("--yes")
    (stuck,) = desk.sends()
    assert (sent.code, stuck.state) == (1, SendState.REFUSED)
    assert f"`wallet cancel {stuck.id}`" in sent.err
    blocked = desk.send("--yes", value="0.01ether")
    assert blocked.code == 8
    assert f"the payment {stuck.id} comes before this one" in blocked.err
    del desk.chain.fails["broadcast"]
    assert again(desk, "cancel", stuck.id, "--yes").code == 0
    assert [record.state for record in desk.sends()] == [SendState.REPLACED, SendState.MINED]
    desk.chain.nonce = 8
    assert desk.send("--yes", value="0.01ether").code == 0


def test_a_second_replacement_outbids_the_first(desk: Desk) -> None:
    first = waiting(desk)
    again(desk, "speed-up", first.id)
    assert again(desk, "speed-up", first.id).code == 0
    _, second, third = desk.sends()
    assert third.replaces == second.id
    assert third.request.fee == outbidding(
        [first.request, second.request], desk.chain.suggest_fee(legacy=False)
    )


def test_a_payment_with_one_price_is_outbid_by_one_price(desk: Desk) -> None:
    first = waiting(desk, "--legacy")
    assert again(desk, "speed-up", first.id).code == 0
    assert isinstance(desk.sends()[1].request.fee, LegacyFee)


@pytest.mark.parametrize("command", ["speed-up", "cancel"])
def test_what_has_ended_or_was_never_signed_is_not_replaced(desk: Desk, command: str) -> None:
    desk.predictor.answer = PredictionClass.FRAUD
    desk.send("--yes")
    assert again(desk, command, desk.sends()[0].id).code == 2
    desk.predictor.answer = PredictionClass.SAFE
    desk.send("--yes")
    mined = desk.sends()[1]
    done = again(desk, command, mined.id, "--yes", "--json")
    assert (done.code, done.object["error"]["code"]) == (8, "journal_conflict")
    assert again(desk, command, "nobody").code == 2
    assert len(desk.chain.sent) == 1


@pytest.mark.parametrize("command", ["speed-up", "cancel"])
def test_a_replacement_is_reviewed_like_any_payment(desk: Desk, command: str) -> None:
    first = waiting(desk)
    desk.policy('[limits]\nfee = "1wei"\n')
    done = again(desk, command, first.id)
    assert (done.code, desk.sends()[-1].state) == (5, SendState.DECLINED)
    desk.predictor.answer = PredictionClass.FRAUD
    assert again(desk, command, first.id).code == 3
    assert desk.chain.sent == [first.raw]


def test_the_daily_limit_counts_what_is_replaced_and_what_replaces_it_once(desk: Desk) -> None:
    first = waiting(desk)
    desk.policy('[limits]\ndaily = "0.101ether"\n')
    assert again(desk, "speed-up", first.id).code == 0
    blocked = desk.send(*YES, value="0.01ether")
    assert blocked.code == 3
    assert "limit.daily" in blocked.err


def test_only_the_key_that_signed_replaces(desk: Desk) -> None:
    first = waiting(desk)
    assert desk.wallet("account", "new", "other", "--password-file", str(desk.password_file)).code == 0
    done = again(desk, "cancel", first.id, "--yes", "--account", "other")
    assert done.code == 7
    assert f"{first.id} was signed by {PAYER.address}" in done.err


def test_an_edited_payment_is_not_replaced(desk: Desk) -> None:
    first = waiting(desk)
    with closing(sqlite3.connect(desk.home / "journal.sqlite3")) as database, database:
        database.execute("UPDATE sends SET request = replace(request, '0x7e5f', '0x7E5F')")
        database.execute("UPDATE sends SET raw = zeroblob(3)")
    assert again(desk, "cancel", first.id).code == 1


def test_nothing_is_concluded_about_a_payment_from_a_node_of_another_chain(desk: Desk) -> None:
    first = waiting(desk)
    desk.chain.id, desk.chain.nonce, desk.chain.sent = 137, 500, []
    for command in ("cancel", "speed-up"):
        done = again(desk, command, first.id)
        assert (done.code, "is for chain 1, and the node is on chain 137" in done.err) == (1, True)
    assert desk.wallet("resume", first.id).code == 1
    assert desk.sends() == [first]


def test_a_send_for_another_chain_than_the_nodes_brings_nothing_of_the_first_there(desk: Desk) -> None:
    assert desk.send("--yes").code == 0
    before = desk.sends()
    desk.chain.id, desk.chain.nonce, desk.chain.sent = 137, 0, []
    done = desk.send("--yes", "--async", "--chain", "1")
    assert (done.code, desk.chain.sent) == (exit_codes.BLOCKED, [])
    assert desk.sends()[:1] == before


def refusing_cancellations(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "daily request count exceeded, request rate limited"

    def broadcast(raw: bytes) -> str:
        if decode_signed(raw).unattributed.to == PAYER.address:
            raise NodeError(f"refused: {words}", code="node_refused", words=words)
        return FakeChain.broadcast(desk.chain, raw)

    monkeypatch.setattr(desk.chain, "broadcast", broadcast)


def test_a_cancelled_payment_is_not_sent_again_where_the_node_refuses_the_cancellation(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = waiting(desk)
    desk.chain.sent = []
    refusing_cancellations(desk, monkeypatch)
    assert again(desk, "cancel", first.id).code == 1
    assert desk.wallet("resume").code == 1
    assert desk.send(*YES, value="0.01ether").code == exit_codes.JOURNAL_CONFLICT
    assert desk.chain.sent == []


def test_speed_up_of_a_cancelled_payment_pays_it(desk: Desk) -> None:
    first = waiting(desk)
    assert again(desk, "cancel", first.id).code == 0
    assert again(desk, "speed-up", first.id).code == 0
    _, cancellation, third = desk.sends()
    assert (third.request.to, third.request.value) == (first.request.to, first.request.value)
    assert third.replaces == cancellation.id
    mine(desk, third)
    assert desk.wallet("resume").code == 0
    states = [record.state for record in desk.sends()]
    assert states == [SendState.REPLACED, SendState.REPLACED, SendState.MINED]


def test_a_mined_payment_stays_so_where_the_node_keeps_no_old_receipts(desk: Desk) -> None:
    assert desk.send("--yes", "--idempotency-key", "rent").code == 0
    before = desk.sends()
    desk.chain.nonce, desk.chain.sent, desk.chain.head = 8, [], 3_000_000
    done = desk.wallet("resume")
    assert (done.code, "ask another node" in done.err) == (1, True)
    assert [record.state for record in desk.sends()] == [SendState.MINED]
    assert desk.sends()[0].receipt == before[0].receipt


def test_a_gap_before_a_waiting_payment_is_told_instead_of_signing_what_cannot_be_mined(desk: Desk) -> None:
    desk.chain.mines = False
    policy = '[rules."account.used-elsewhere"]\nlevel = "info"\n'
    desk.policy(policy)
    assert desk.send(*YES, "--nonce", "100").code == 0
    done = desk.send(*YES, value="0.02ether")
    assert done.code == exit_codes.JOURNAL_CONFLICT
    assert "is nobody's" in done.err
    assert "--nonce 7` fills the gap" in done.err
    assert len(desk.sends()) == 1


def test_a_payment_that_lost_its_nonce_to_a_stranger_is_exit_8_each_time_it_is_asked_about(
    desk: Desk,
) -> None:
    first = waiting(desk)
    desk.chain.sent, desk.chain.nonce = [], 8
    assert [desk.wallet("resume", first.id).code for _ in range(3)] == [exit_codes.JOURNAL_CONFLICT] * 3


def test_a_nonce_used_elsewhere_is_told_with_its_own_hint_and_not_as_a_payment_to_come(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broadcast(raw: bytes) -> str:
        desk.chain.nonce = 8
        raise NodeError("refused: nonce too low", code="node_refused", words="nonce too low")

    monkeypatch.setattr(desk.chain, "broadcast", broadcast)
    done = desk.send("--yes")
    assert done.code == exit_codes.JOURNAL_CONFLICT
    assert "is signed and may be sent" not in done.err


def handed_over(desk: Desk) -> str:
    """Return the send that was given to a wallet elsewhere, after one that was signed here."""
    desk.send("--yes", "--async")
    (sent,) = desk.sends()
    with closing(SqliteJournal(desk.home / "journal.sqlite3")) as journal:
        request = replace(sent.request, nonce=(sent.request.nonce or 0) + 1)
        handed = journal.open_send(request, review(request, EVIDENCE, Policy(), NOW), now=NOW)
        journal.record_state(handed, SendState.HANDED, now=NOW)
    return handed


@pytest.mark.parametrize("command", ["speed-up", "cancel", "resume", "show"])
def test_what_was_handed_to_a_wallet_elsewhere_is_left_to_it(desk: Desk, command: str) -> None:
    handed = handed_over(desk)
    flags = () if command in ("resume", "show") else YES
    run = desk.wallet(command, handed, *flags)
    states = {record.id: record.state for record in desk.sends()}
    assert (states[handed], len(desk.chain.sent)) == (SendState.HANDED, 1)
    if command in ("resume", "show"):
        assert "handed" in run.out
        return
    assert run.code == exit_codes.USAGE
    assert f"{handed} was handed to a wallet that signs by itself" in run.err


@pytest.mark.parametrize(
    ("typed", "state", "code"),
    [("y\n", SendState.ABANDONED, exit_codes.DONE), ("n\n", SendState.HANDED, exit_codes.DECLINED)],
)
def test_a_person_says_that_a_handed_send_was_never_signed(
    desk: Desk, typed: str, state: SendState, code: int
) -> None:
    handed = handed_over(desk)
    run = desk.at_terminal(typed, "resume", handed, "--not-sent")
    assert f"Was {handed}, 0.1 ether, never signed there?\nIt then counts no more. [y/N]:" in run.err
    assert ({record.id: record.state for record in desk.sends()}[handed], run.code) == (state, code)


def test_without_a_terminal_nobody_says_so(desk: Desk) -> None:
    handed = handed_over(desk)
    run = desk.wallet("resume", handed, "--not-sent")
    assert (run.code, f"nobody said that {handed} was never sent" in run.err) == (exit_codes.DECLINED, True)
    assert {record.id: record.state for record in desk.sends()}[handed] is SendState.HANDED


@pytest.mark.parametrize(
    "flags",
    [
        ("--not-sent",),
        ("--sent-as", "0x" + "ab" * 32),
        ("ID", "--not-sent", "--sent-as", "0x" + "ab" * 32),
        ("SIGNED", "--not-sent"),
        ("SIGNED", "--sent-as", "0x" + "ab" * 32),
    ],
    ids=" ".join,
)
def test_what_became_of_a_handed_send_is_said_of_one_and_in_one_way(
    desk: Desk, flags: tuple[str, ...]
) -> None:
    handed = handed_over(desk)
    (signed,) = [record.id for record in desk.sends() if record.id != handed]
    before = desk.sends()
    run = desk.wallet("resume", *({"ID": handed, "SIGNED": signed}.get(flag, flag) for flag in flags))
    assert (run.code, desk.sends()) == (exit_codes.USAGE, before)
