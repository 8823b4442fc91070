"""The page of `guard serve`: the guard of this machine in front of the browser's wallet, and its journal."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from guard.adapters.approvals import ApprovalFolder
from guard.adapters.sqlite_journal import SqliteJournal
from guard.core.address import Address
from guard.core.journal import SendRecord, SendState
from guard.core.policy import Policy
from guard.core.prediction import PredictionClass
from guard.core.review import review
from guard.core.rpc_transaction import transaction_object
from guard.core.rules.examples import TRANSFER, said
from guard.core.verdict import Confirmation, Severity
from guard.engine import SystemClock
from tests.browser.conftest import Opener
from tests.browser.desk import PageUnderTest, WalletSaysNo
from tests.documented_service import FRAUD, DocumentedService
from tests.integration.node import Node


def sends(home: Path) -> list[SendRecord]:
    with closing(SqliteJournal(home / "journal.sqlite3")) as journal:
        journal.verify_audit()
        return journal.sends(10)


def states(home: Path) -> list[SendState]:
    return [record.state for record in sends(home)]


def test_what_the_guard_completed_and_reviewed_is_what_the_wallet_is_given_and_the_journal_tells_its_end(
    full: PageUnderTest, home: Path, node: Node, recipient: Address
) -> None:
    full.fill(recipient, "0.01")
    assert (full.verdict(), full.findings()) == ("No objection", ["recipient.first-time"])
    # To look is not to act: there is no journal yet.
    assert not (home / "journal.sqlite3").exists()
    full.press_send()
    told = full.outcome("mined")
    [[sent]] = full.wallet.asked("eth_sendTransaction")
    assert {"nonce", "gas", "maxFeePerGas", "maxPriorityFeePerGas"} < set(sent)
    [record] = sends(home)
    assert transaction_object(record.request) == sent
    assert (record.state, record.decision) == (SendState.MINED, "ALLOW")
    assert record.hash is not None
    assert record.hash in told
    assert f"In the journal of this machine: {record.id}, mined" in told
    assert node.balance(recipient) == 10**16
    assert full.asked("/api/predict") == []


def test_a_fraud_is_blocked_and_journaled_when_somebody_acts_on_it(
    full: PageUnderTest, home: Path, service: DocumentedService, recipient: Address
) -> None:
    service.answer = FRAUD
    full.fill(recipient, "0.01")
    assert (full.verdict(), full.findings()[0]) == ("Blocked", "model.fraud")
    full.press_send()
    full.page.get_by_role("dialog").get_by_role("button", name="Close").click()
    full.outcome("stopped")
    assert states(home) == [SendState.BLOCKED]
    assert full.wallet.asked("eth_sendTransaction") == []


def test_a_warning_is_declined_then_accepted_and_both_are_journaled(
    full: PageUnderTest, home: Path, recipient: Address
) -> None:
    full.fill(recipient, "0.06")
    assert full.verdict() == "Warning"
    full.press_send()
    full.page.get_by_role("button", name="Do not send").click()
    full.outcome("stopped")
    full.verdict()
    full.press_send()
    full.page.get_by_role("button", name="Accept and send").click()
    full.outcome("mined")
    assert states(home) == [SendState.MINED, SendState.DECLINED]


def test_a_fraud_under_a_softer_policy_takes_the_digits_of_the_digest(
    opened: Opener, home: Path, service: DocumentedService, recipient: Address
) -> None:
    policy = home / "policy.toml"
    policy.touch(mode=0o600)
    policy.write_text('version = 1\nname = "soft"\n[predict]\nfraud = "warn"\n')
    service.answer = FRAUD
    full = opened(full=True)
    full.connect()
    full.fill(recipient, "0.01")
    assert full.verdict() == "Warning"
    full.press_send()
    accept = full.page.get_by_role("button", name="Accept and send")
    assert accept.is_disabled()
    wanted = full.page.locator("#typed-hint bdi").inner_text()
    typed = full.page.get_by_label("To accept it, type these digits")
    typed.fill("00000000")
    assert accept.is_disabled()
    typed.fill(wanted.upper())
    accept.click()
    full.outcome("mined")
    [record] = sends(home)
    assert (record.state, record.digest[2:10]) == (SendState.MINED, wanted)


def test_a_no_in_the_wallet_and_an_error_of_it_are_two_ends(
    full: PageUnderTest, home: Path, recipient: Address
) -> None:
    def says(code: int) -> None:
        def answer(parameters: list[object]) -> None:
            raise WalletSaysNo(code, "no")

        full.wallet.answers["eth_sendTransaction"] = answer

    says(4001)
    full.fill(recipient, "0.01")
    full.verdict()
    full.press_send()
    full.outcome("stopped")
    says(-32000)
    full.verdict()
    full.press_send()
    full.outcome("unknown")
    handed, declined = sends(home)
    assert (declined.state, declined.note) == (SendState.DECLINED, "a person said no in the wallet")
    # What the wallet did after another error is not known here, and the journal does not say more.
    assert (handed.state, handed.note) == (SendState.HANDED, "the wallet said -32000: no")


def test_a_wallet_that_sends_something_else_is_found_out(
    full: PageUnderTest, home: Path, node: Node, recipient: Address
) -> None:
    def another(parameters: list[dict[str, str]]) -> object:
        changed = parameters[0] | {"value": "0x1"}
        return node.call("eth_sendTransaction", changed)

    full.wallet.answers["eth_sendTransaction"] = another
    full.fill(recipient, "0.01")
    full.verdict()
    full.press_send()
    # The wallet's word alone is not told as the end of what was checked.
    told = full.outcome("unknown")
    assert "That it is what was checked was not seen" in told
    [record] = sends(home)
    assert record.state is SendState.HANDED
    assert record.raw is None
    assert "the signed bytes are not the transaction that was scored" in record.note
    assert "the signed bytes are not the transaction that was scored" in told


def test_without_the_guard_there_is_no_verdict_and_nothing_is_handed_over(
    full: PageUnderTest, home: Path, recipient: Address
) -> None:
    full.page.route("**/api/review", lambda route: route.abort())
    full.fill(recipient, "0.01")
    assert full.verdict() == "No verdict"
    full.press_send()
    dialog = full.page.get_by_role("dialog", name="No verdict")
    dialog.wait_for()
    assert "there is no review of it" in dialog.inner_text()
    dialog.get_by_role("button", name="Close").click()
    assert "nothing was sent" in full.outcome("stopped")
    assert full.wallet.asked("eth_sendTransaction") == []
    assert not (home / "journal.sqlite3").exists()


def test_a_journal_that_cannot_be_told_stops_the_payment_before_the_wallet(
    full: PageUnderTest, home: Path, recipient: Address
) -> None:
    full.page.route("**/api/review/*", lambda route: route.abort())
    full.fill(recipient, "0.01")
    full.verdict()
    full.press_send()
    assert "Nothing was sent: the guard on this machine could not be reached" in full.outcome("stopped")
    assert full.wallet.asked("eth_sendTransaction") == []


def test_a_chain_that_is_not_the_nodes_is_blocked(opened: Opener, recipient: Address) -> None:
    full = opened(full=True)
    full.wallet.chain_id = 5
    full.connect()
    full.fill(recipient, "0.01")
    assert (full.verdict(), full.findings()[0]) == ("Blocked", "chain.mismatch")


def test_a_page_without_the_token_says_so_and_makes_the_smaller_check(
    opened: Opener, recipient: Address
) -> None:
    full = opened(full=True)
    full.page.goto("about:blank")
    full.page.goto(f"{full.origin}/#token={'x' * 43}")
    full.page.get_by_role("alert").filter(has_text="it answered 401 (unauthorized)").wait_for()
    assert "Smaller check" in full.page.locator("#mode").inner_text()
    full.connect()
    full.fill(recipient, "0.01")
    assert full.verdict() == "No objection"
    assert (full.asked("/api/review"), len(full.asked("/api/predict"))) == ([], 1)
    assert full.page.get_by_role("button", name="Waiting").count() == 0


def test_what_a_door_without_a_person_asks_can_be_answered_here(
    opened: Opener, home: Path, node: Node
) -> None:
    folder = ApprovalFolder(home / "approvals", SystemClock())
    request = replace(TRANSFER, value=1)
    fraud = said(PredictionClass.FRAUD)
    verdict = review(request, fraud, Policy(fraud=Severity.WARN), SystemClock().now())
    folder.ask(request, verdict)
    full = opened(full=True)
    full.page.get_by_role("button", name="Waiting 1").click()
    full.page.get_by_role("button", name="Look at it").click()
    dialog = full.page.get_by_role("dialog")
    assert str(request.to) in dialog.locator("pre").inner_text()
    full.page.keyboard.press("Escape")
    assert [one.digest for one in folder.questions()] == [verdict.digest]
    full.page.get_by_role("button", name="Look at it").click()
    dialog.get_by_label("To accept it, type these digits").fill(verdict.digest[2:10])
    dialog.get_by_role("button", name="Accept it, once").click()
    full.page.get_by_text("Accepted, once").wait_for()
    approval = folder.take(verdict, SystemClock().now())
    assert approval is not None
    assert approval.confirmation is Confirmation.TYPED
