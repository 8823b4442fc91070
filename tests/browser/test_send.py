"""A payment on the page without a guard on this machine: what is let through, held, refused, and told."""

from __future__ import annotations

import json

from guard.core.address import Address
from tests.browser.desk import PageUnderTest, WalletSaysNo
from tests.documented_service import FRAUD, MILDLY_UNSAFE, DocumentedService
from tests.integration.node import Node

MILLI = 10**15


def test_a_small_payment_is_sent_as_it_was_checked_and_mined(
    smaller: PageUnderTest, service: DocumentedService, node: Node, recipient: Address
) -> None:
    smaller.fill(recipient, "0.01", gas_price="2")
    assert (smaller.verdict(), smaller.findings()) == ("No objection", ["recipient.first-time"])
    smaller.press_send()
    told = smaller.outcome("mined")
    assert "Mined in block" in told
    [[sent]] = smaller.wallet.asked("eth_sendTransaction")
    assert sent == {
        "from": smaller.wallet.account,
        "to": recipient,
        "value": hex(10 * MILLI),
        "chainId": "0x7a69",
        "gasPrice": hex(2 * 10**9),
    }
    assert node.balance(recipient) == 10 * MILLI
    [asked] = service.bodies
    assert (asked["transaction_value"], asked["gas_price"]) == (0.01, 2.0)
    assert (asked["from_address"], asked["to_address"]) == (smaller.wallet.account, recipient)
    # What was paid is not to be paid twice by one more press.
    assert smaller.page.get_by_label("Amount, in ether").input_value() == ""
    assert smaller.page.locator("#send").is_disabled()


def test_a_fraud_is_blocked_and_the_wallet_is_never_asked_to_send(
    smaller: PageUnderTest, service: DocumentedService, recipient: Address
) -> None:
    service.answer = FRAUD
    smaller.fill(recipient, "0.01")
    assert (smaller.verdict(), smaller.findings()[0]) == ("Blocked", "model.fraud")
    assert "does not come from the recipient's history" in smaller.page.locator("#verdict").inner_text()
    smaller.press_send()
    dialog = smaller.page.get_by_role("dialog")
    dialog.wait_for()
    assert dialog.get_by_role("button").all_inner_texts() == ["Close"]
    dialog.get_by_role("button", name="Close").click()
    assert "Refused: nothing was sent." in smaller.outcome("stopped")
    assert smaller.wallet.asked("eth_sendTransaction") == []


def test_a_warning_is_shown_whole_and_can_be_accepted(
    smaller: PageUnderTest, node: Node, recipient: Address
) -> None:
    smaller.fill(recipient, "0.06")
    assert smaller.verdict() == "Warning"
    smaller.press_send()
    dialog = smaller.page.get_by_role("dialog", name="Warning")
    dialog.wait_for()
    told = dialog.inner_text()
    for part in (
        f"0.06 ether would be the first payment to {recipient}; the limit for strangers is 0.05 ether",
        "What to do: compare the whole address with its source, or send a small amount first",
        "Rule recipient.first-time",
        smaller.wallet.account,
    ):
        assert part in told
    # The way back is what a hasty Enter does.
    assert smaller.page.evaluate("document.activeElement.textContent") == "Do not send"
    assert smaller.wallet.asked("eth_sendTransaction") == []
    dialog.get_by_role("button", name="Accept and send").click()
    smaller.outcome("mined")
    assert node.balance(recipient) == 60 * MILLI


def test_a_warning_that_is_declined_in_any_way_sends_nothing(
    smaller: PageUnderTest, recipient: Address
) -> None:
    smaller.fill(recipient, "0.06")
    for way in ("button", "Escape", "Enter"):
        smaller.verdict()
        smaller.press_send()
        smaller.page.get_by_role("dialog").wait_for()
        if way == "button":
            smaller.page.get_by_role("button", name="Do not send").click()
        else:
            smaller.page.keyboard.press(way)
        assert "You declined: nothing was sent." in smaller.outcome("stopped")
    assert smaller.wallet.asked("eth_sendTransaction") == []


def test_a_suspicion_about_a_contract_vector_is_noted(
    smaller: PageUnderTest, service: DocumentedService, recipient: Address
) -> None:
    service.answer = MILDLY_UNSAFE
    smaller.fill(recipient, "0.01")
    assert smaller.verdict() == "No objection"
    assert smaller.findings() == ["model.suspicious", "recipient.first-time"]
    assert "leans to fraud (probability of fraud 80%)" in smaller.page.locator("#verdict").inner_text()


def test_an_address_that_imitates_a_trusted_one_is_blocked_and_the_trusted_one_is_no_stranger(
    smaller: PageUnderTest, recipient: Address
) -> None:
    page = smaller.page
    page.get_by_role("button", name="Trusted").click()
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Address", exact=True).fill(recipient)
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Send", exact=True).first.click()
    smaller.fill(recipient, "1")
    assert (smaller.verdict(), smaller.findings()) == ("No objection", [])
    imitation = Address.parse(f"{recipient[:8]}{'0' * 28}{recipient[-6:]}".lower())
    page.get_by_label("To", exact=True).fill(imitation)
    page.locator("[data-decision=BLOCK]").first.wait_for()
    assert "recipient.lookalike" in smaller.findings()


def test_the_zero_address_is_blocked(smaller: PageUnderTest) -> None:
    smaller.fill("0x" + "0" * 40, "0.01")
    assert (smaller.verdict(), smaller.findings()[0]) == ("Blocked", "recipient.zero-address")


def test_a_no_in_the_wallet_is_told_as_such(smaller: PageUnderTest, recipient: Address) -> None:
    def rejects(parameters: list[object]) -> None:
        raise WalletSaysNo(4001, "User rejected the request.")

    smaller.wallet.answers["eth_sendTransaction"] = rejects
    smaller.fill(recipient, "0.01")
    smaller.verdict()
    smaller.press_send()
    assert "You said no in the wallet: nothing was sent." in smaller.outcome("stopped")


def test_any_other_error_of_the_wallet_leaves_open_whether_it_was_sent(
    smaller: PageUnderTest, recipient: Address
) -> None:
    def fails(parameters: list[object]) -> None:
        raise WalletSaysNo(-32603, "<b>internal</b> \u202eerror")

    smaller.wallet.answers["eth_sendTransaction"] = fails
    smaller.fill(recipient, "0.01")
    smaller.verdict()
    smaller.press_send()
    told = smaller.outcome("unknown")
    assert "Whether it was sent is not known" in told
    assert "<b>internal</b> \\u202eerror (-32603)" in told


def test_an_answer_that_is_no_hash_is_not_taken_for_one(smaller: PageUnderTest, recipient: Address) -> None:
    smaller.fill(recipient, "0.01")
    for told in (None, "0x12", {"hash": "0x"}, "0x" + "g" * 64):
        smaller.wallet.answers["eth_sendTransaction"] = lambda parameters, told=told: told
        smaller.verdict()
        smaller.press_send()
        assert "The wallet answered with no transaction hash." in smaller.outcome("unknown")
    assert smaller.wallet.asked("eth_getTransactionReceipt") == []


def test_a_payment_that_is_reverted_is_told_as_such(smaller: PageUnderTest, recipient: Address) -> None:
    given = "0x" + "ab" * 32
    receipts = iter([None, {"transactionHash": given, "status": "0x0", "blockNumber": "0x10"}])
    smaller.wallet.answers["eth_sendTransaction"] = lambda parameters: given
    smaller.wallet.answers["eth_getTransactionReceipt"] = lambda parameters: next(receipts)
    smaller.fill(recipient, "0.01")
    smaller.verdict()
    smaller.press_send()
    assert "In block 16, but reverted: the fee is spent" in smaller.outcome("reverted")


def test_a_receipt_of_something_else_ends_nothing(smaller: PageUnderTest, recipient: Address) -> None:
    given = "0x" + "ab" * 32
    good = {"transactionHash": given, "status": "0x1", "blockNumber": "0x11"}
    receipts = iter(
        [good | {"transactionHash": "0x" + "cd" * 32}, good | {"status": "0x2"}, "nonsense", good]
    )
    smaller.wallet.answers["eth_sendTransaction"] = lambda parameters: given
    smaller.wallet.answers["eth_getTransactionReceipt"] = lambda parameters: next(receipts)
    smaller.fill(recipient, "0.01")
    smaller.verdict()
    smaller.press_send()
    assert "Mined in block 17." in smaller.outcome("mined")
    assert len(smaller.wallet.asked("eth_getTransactionReceipt")) == 4


def test_a_maximum_fee_and_a_tip_are_checked_and_sent(
    smaller: PageUnderTest, service: DocumentedService, recipient: Address
) -> None:
    page = smaller.page
    page.get_by_label("Fee", exact=True).select_option("market")
    page.get_by_label("Maximum fee, in gwei").fill("3")
    page.get_by_label("Tip, in gwei").fill("4")
    smaller.fill(recipient, "0.01")
    page.get_by_text("The tip is above the maximum fee.").wait_for()
    assert smaller.asked("/api/predict") == []
    page.get_by_label("Tip, in gwei").fill("1")
    smaller.verdict()
    smaller.press_send()
    smaller.outcome("mined")
    [[sent]] = smaller.wallet.asked("eth_sendTransaction")
    assert (sent["maxFeePerGas"], sent["maxPriorityFeePerGas"]) == (hex(3 * 10**9), hex(10**9))
    assert service.bodies[0]["gas_price"] == 3.0


def test_what_is_typed_while_a_verdict_stands_takes_it_away(
    smaller: PageUnderTest, recipient: Address
) -> None:
    smaller.fill(recipient, "0.01")
    smaller.verdict()
    smaller.page.get_by_label("Amount, in ether").press_sequentially("1")
    assert smaller.page.locator("#verdict .banner").count() == 0
    assert smaller.page.locator("#send").is_disabled()


def test_the_log_tells_what_was_decided_and_why_and_can_be_taken_along(
    smaller: PageUnderTest, recipient: Address
) -> None:
    smaller.fill(recipient, "0.06")
    smaller.verdict()
    smaller.press_send()
    smaller.page.get_by_role("button", name="Do not send").click()
    smaller.outcome("stopped")
    smaller.page.get_by_role("button", name="Log", exact=True).click()
    told = smaller.page.locator("#view-log").inner_text()
    assert "Warning, then declined" in told
    assert recipient in told
    with smaller.page.expect_download() as download:
        smaller.page.get_by_role("button", name="Export as JSON").click()
    [entry] = json.loads(download.value.path().read_text())
    assert {name: entry[name] for name in ("check", "decision", "to", "amount", "outcome", "hash")} == {
        "check": "smaller",
        "decision": "WARN",
        "to": recipient,
        "amount": "0.06 ether",
        "outcome": "declined",
        "hash": None,
    }
    assert [reason["rule"] for reason in entry["reasons"]] == ["recipient.first-time"]
    smaller.page.get_by_role("button", name="Clear").click()
    assert "Nothing yet." in smaller.page.locator("#view-log").inner_text()
