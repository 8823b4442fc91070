"""What happens between a verdict and the wallet: untold changes, lost and late answers, hasty hands."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Route

from guard.adapters.approvals import ApprovalFolder
from guard.core.address import Address
from guard.core.journal import SendState
from guard.core.policy import Policy
from guard.core.prediction import PredictionClass
from guard.core.review import review
from guard.core.rules.examples import TRANSFER, said
from guard.core.verdict import Severity
from guard.engine import SystemClock
from tests.browser.conftest import Opener
from tests.browser.desk import PageUnderTest
from tests.browser.test_full_review import sends, states
from tests.browser.test_wallets import TWO


def not_sent(page: PageUnderTest) -> bool:
    return page.wallet.asked("eth_sendTransaction") == []


def at_step(page: PageUnderTest, name: str, act: Callable[[Route], None]) -> None:
    """Give the request of one step to `act`."""

    def handle(route: Route) -> None:
        if json.loads(route.request.post_data or "{}").get("step") == name:
            act(route)
        else:
            route.continue_()

    page.page.route("**/api/review/*", handle)


@pytest.mark.parametrize(
    "change",
    [
        "document.getElementById('recipient').value = '0x' + '12'.repeat(20)",
        "document.getElementById('amount').value = '0.02'",
        "document.getElementById('fee').value = 'price'",
    ],
)
def test_a_form_that_was_filled_in_without_a_word_is_looked_at_again_and_not_sent(
    smaller: PageUnderTest, recipient: Address, change: str
) -> None:
    smaller.fill(recipient, "0.01")
    smaller.verdict()
    smaller.page.evaluate(change)
    asked = len(smaller.asked("/api/predict"))
    smaller.press_send()
    if "fee" in change:
        smaller.page.get_by_text("Fill in whom you pay and how much.").wait_for()
    else:
        smaller.verdict()
        assert len(smaller.asked("/api/predict")) == asked + 1
    assert not_sent(smaller)


@pytest.mark.parametrize("seconds", [601, -1])
def test_a_verdict_is_too_old_after_a_sleep_in_which_no_timer_ran_and_when_the_clock_went_back(
    smaller: PageUnderTest, recipient: Address, seconds: int
) -> None:
    smaller.fill(recipient, "0.01")
    smaller.verdict()
    now = smaller.page.evaluate("Date.now()")
    later = now + seconds * 1000 if seconds > 0 else now - 3_600_000
    smaller.page.evaluate("(told) => { Date.now = () => told; }", later)
    smaller.press_send()
    smaller.page.get_by_text("The verdict is too old to act on.").wait_for()
    assert not_sent(smaller)


def test_a_verdict_that_grew_old_under_an_open_question_is_not_acted_on(
    smaller: PageUnderTest, recipient: Address
) -> None:
    smaller.fill(recipient, "0.06")
    smaller.verdict()
    smaller.press_send()
    smaller.page.get_by_role("dialog").wait_for()
    smaller.page.evaluate("const then = Date.now(); Date.now = () => then + 601_000;")
    smaller.page.get_by_role("button", name="Accept and send").click()
    assert "Something changed meanwhile: nothing was sent." in smaller.outcome("stopped")
    assert not_sent(smaller)


def test_a_change_while_the_journal_is_told_of_the_answer_takes_the_payment_back(
    full: PageUnderTest, home: Path, recipient: Address
) -> None:
    def changed_meanwhile(route: Route) -> None:
        answer = route.fetch()
        full.page.evaluate("window.walletSays('chainChanged', '0x1')")
        route.fulfill(response=answer)

    at_step(full, "accept", changed_meanwhile)
    full.fill(recipient, "0.01")
    full.verdict()
    full.press_send()
    assert "Something changed meanwhile: nothing was sent." in full.outcome("stopped")
    [record] = sends(home)
    assert (record.state, record.note) == (SendState.DECLINED, "taken back before the wallet was asked")
    assert not_sent(full)


def test_an_answer_that_is_lost_on_the_way_back_leaves_nothing_with_the_wallet(
    full: PageUnderTest, home: Path, recipient: Address
) -> None:
    def lost(route: Route) -> None:
        route.fetch()
        route.abort()

    at_step(full, "accept", lost)
    full.fill(recipient, "0.01")
    full.verdict()
    full.press_send()
    assert "Nothing was sent: the guard on this machine could not be reached" in full.outcome("stopped")
    assert (states(home), not_sent(full)) == ([SendState.DECLINED], True)


def test_nothing_less_than_the_full_review_is_made_while_the_guard_has_not_said_what_it_can_do(
    opened: Opener, recipient: Address
) -> None:
    held: list[Route] = []

    def arrange(context: BrowserContext) -> None:
        context.route("**/api/desk", lambda route: held.append(route))  # noqa: PLW0108  it gets a mark

    full = opened(full=True, arrange=arrange)
    full.connect()
    full.fill(recipient, "0.01")
    full.page.get_by_text("Asking the guard on this machine what it can do").wait_for()
    assert full.page.locator("#send").is_disabled()
    [route] = held
    route.continue_()
    assert full.verdict() == "No objection"
    assert (len(full.asked("/api/review")), full.asked("/api/predict")) == (1, [])


def changed(**fields: Any) -> Callable[[Route], None]:
    """Answer a review with some of it changed."""

    def handle(route: Route) -> None:
        told = route.fetch().json()
        extra = fields.get("transaction", {})
        route.fulfill(json=told | fields | {"transaction": told["transaction"] | extra})

    return handle


@pytest.mark.parametrize(
    "extra",
    [{"data": "0xa9059cbb"}, {"accessList": []}, {"nonce": 7}, {"gas": {}}, {"__proto__x": "0x1"}],
    ids=str,
)
def test_a_review_of_more_than_was_asked_about_is_no_review(
    full: PageUnderTest, recipient: Address, extra: dict[str, object]
) -> None:
    full.page.route("**/api/review", changed(transaction=extra))
    full.fill(recipient, "0.01")
    assert full.verdict() == "No verdict"
    assert "reviewed something else" in full.page.locator("#verdict").inner_text()


def test_a_verdict_that_asks_for_an_answer_is_asked_about_whatever_it_is_called(
    full: PageUnderTest, recipient: Address
) -> None:
    full.page.route("**/api/review", changed(confirmation="TYPED"))
    full.fill(recipient, "0.01")
    full.verdict()
    full.press_send()
    full.page.get_by_label("To accept it, type these digits").wait_for()
    assert not_sent(full)


def test_a_question_that_something_else_closed_was_left_and_the_page_goes_on(
    smaller: PageUnderTest, recipient: Address
) -> None:
    smaller.fill(recipient, "0.06")
    for _ in range(2):
        smaller.verdict()
        smaller.press_send()
        smaller.page.get_by_role("dialog").wait_for()
        smaller.page.evaluate("document.getElementById('question').close()")
        assert "Something changed meanwhile: nothing was sent." in smaller.outcome("stopped")
    assert not_sent(smaller)


def ask_elsewhere(home: Path) -> None:
    """Put a question as a door does where nobody sits."""
    request = replace(TRANSFER, value=1)
    fraud, policy = said(PredictionClass.FRAUD), Policy(fraud=Severity.WARN)
    verdict = review(request, fraud, policy, SystemClock().now())
    ApprovalFolder(home / "approvals", SystemClock()).ask(request, verdict)


def test_a_wallet_does_not_close_a_question_that_is_not_about_it(opened: Opener, home: Path) -> None:
    ask_elsewhere(home)
    full = opened(full=True)
    full.connect()
    full.page.get_by_role("button", name="Waiting 1").click()
    full.page.get_by_role("button", name="Look at it").click()
    accept = full.page.get_by_role("button", name="Accept it, once")
    accept.wait_for()
    full.page.evaluate("window.walletSays('chainChanged', '0x1')")
    assert accept.is_visible()


def test_no_question_takes_the_place_of_the_one_under_somebodys_hand(
    opened: Opener, home: Path, recipient: Address
) -> None:
    ask_elsewhere(home)
    full = opened(full=True)
    full.connect()
    held: list[Route] = []
    at_step(full, "begin", held.append)
    full.fill(recipient, "0.06")
    full.verdict()
    with full.page.expect_request("**/api/review/*"):
        full.press_send()
    full.page.get_by_role("button", name="Waiting 1").click()
    full.page.get_by_role("button", name="Look at it").click()
    dialog = full.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Accept it, once").wait_for()
    with full.page.expect_response("**/api/review/*"):
        held[0].continue_()
    assert dialog.get_by_role("button").all_inner_texts() == ["Decline it", "Accept it, once"]
    full.page.keyboard.press("Escape")
    dialog.get_by_role("button", name="Accept and send").wait_for()
    dialog.get_by_role("button", name="Do not send").click()
    full.page.locator("#outcome[data-kind=stopped]").wait_for(state="attached")
    assert not_sent(full)


def test_the_second_press_of_a_double_click_accepts_nothing(
    smaller: PageUnderTest, recipient: Address
) -> None:
    smaller.fill(recipient, "0.06")
    smaller.verdict()
    smaller.press_send()
    box = smaller.page.get_by_role("button", name="Accept and send").bounding_box()
    assert box is not None
    smaller.page.get_by_role("button", name="Do not send").click()
    smaller.outcome("stopped")
    smaller.verdict()
    smaller.page.evaluate(
        "(box) => Object.assign(document.getElementById('send').style,"
        " { position: 'fixed', left: `${box.x}px`, top: `${box.y}px` })",
        box,
    )
    smaller.page.mouse.dblclick(box["x"] + 15, box["y"] + 15)
    smaller.page.get_by_role("button", name="Accept and send").wait_for()
    assert not_sent(smaller)
    smaller.page.get_by_role("button", name="Accept and send").click()
    smaller.outcome("mined")


def test_a_wallet_that_answers_late_does_not_take_the_place_of_the_one_in_use(opened: Opener) -> None:
    page = opened(wallets=TWO)
    page.page.evaluate(
        """() => {
          const ask = window.askWallet;
          window.askWallet = async (text) => {
            const { name, method } = JSON.parse(text);
            if (name === "Red wallet" && method === "eth_requestAccounts") {
              await new Promise((resume) => { window.answerNow = resume; });
            }
            return ask(text);
          };
        }"""
    )
    page.page.get_by_role("button", name="Connect Red wallet").click()
    page.page.get_by_text("Waiting for Red wallet").wait_for()
    page.page.get_by_role("button", name="Connect Blue wallet").click()
    page.page.get_by_text("Use another wallet").wait_for()
    asked = len(page.wallet.asked("eth_chainId"))
    page.page.evaluate("window.answerNow()")
    while len(page.wallet.asked("eth_chainId")) == asked:
        page.page.wait_for_timeout(10)
    page.page.wait_for_timeout(50)
    told = page.page.locator("#wallets").inner_text()
    assert ("Blue wallet" in told, "Red wallet" in told) == (True, False)


def test_an_error_that_says_something_else_each_time_is_read_once(opened: Opener, recipient: Address) -> None:
    page = opened(wallets="legacy")
    page.page.get_by_role("button", name="Connect the wallet of this browser").click()
    page.page.get_by_text("Use another wallet").wait_for()
    page.page.evaluate(
        """() => {
          const { request } = window.ethereum;
          let reads = 0;
          window.ethereum.request = (asked) => {
            if (asked.method !== "eth_sendTransaction") {
              return request(asked);
            }
            throw { message: "no", get code() { reads += 1; return reads === 1 ? 5 : "\\u202eevil"; } };
          };
        }"""
    )
    page.fill(recipient, "0.01")
    page.verdict()
    page.press_send()
    assert "no (5)" in page.outcome("unknown")


def test_a_receipt_that_cannot_be_read_is_no_end(opened: Opener, recipient: Address) -> None:
    page = opened(wallets="legacy")
    page.page.get_by_role("button", name="Connect the wallet of this browser").click()
    page.page.get_by_text("Use another wallet").wait_for()
    page.page.evaluate(
        """() => {
          const { request } = window.ethereum;
          let looks = 0;
          window.ethereum.request = (asked) => {
            if (asked.method !== "eth_getTransactionReceipt" || looks++ > 0) {
              return request(asked);
            }
            return { status: "0x1", blockNumber: "0x1", transactionHash: { toString() { throw 1; } } };
          };
        }"""
    )
    page.fill(recipient, "0.01")
    page.verdict()
    page.press_send()
    page.outcome("mined")


def test_what_a_provider_throws_beside_its_answers_is_not_repeated(opened: Opener) -> None:
    page = opened(wallets="legacy")
    page.page.get_by_role("button", name="Connect the wallet of this browser").wait_for()
    page.page.evaluate("() => { window.ethereum.on = () => { throw { code: 1, message: '\\u202eNo' }; }; }")
    page.page.get_by_role("button", name="Connect the wallet of this browser").click()
    page.page.get_by_text("The wallet failed.").wait_for()
