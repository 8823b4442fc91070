"""The browser's wallets: several, an old one, one that changes its mind, and none."""

from __future__ import annotations

import pytest

from guard.core.address import Address
from tests.browser.conftest import Opener
from tests.browser.desk import PageUnderTest, WalletSaysNo
from tests.integration.node import Node

TWO = [
    {"uuid": "1", "name": "Red wallet", "icon": "data:,", "rdns": "red.example"},
    {"uuid": "2", "name": "Blue wallet", "icon": "data:,", "rdns": "blue.example"},
]


def test_of_several_wallets_a_person_chooses(opened: Opener) -> None:
    page = opened(wallets=TWO)
    offers = page.page.locator("#wallets button")
    offers.nth(1).wait_for()
    assert [text.replace("\n", " ") for text in offers.all_inner_texts()] == [
        "Connect Red wallet red.example",
        "Connect Blue wallet blue.example",
    ]
    assert page.wallet.calls == []
    offers.nth(1).click()
    page.page.get_by_text("Use another wallet").wait_for()
    told = page.page.locator("#wallets").inner_text()
    assert "Blue wallet" in told
    assert page.wallet.account in told
    assert "a development chain (chain 31337)" in told


def test_a_wallet_that_announces_nothing_is_found_at_its_old_place(opened: Opener) -> None:
    page = opened(wallets="legacy")
    page.page.get_by_role("button", name="Connect the wallet of this browser").click()
    page.page.get_by_text("Use another wallet").wait_for()


def test_without_a_wallet_nothing_is_asked(opened: Opener, recipient: Address) -> None:
    page = opened(wallets=[])
    page.page.get_by_text("No wallet was found in this browser.").wait_for()
    page.fill(recipient, "0.01")
    page.page.get_by_text("Connect a wallet: the check needs to know who pays").wait_for()
    page.page.wait_for_timeout(600)
    assert page.asked("/api/predict") == []


def test_a_person_who_shows_no_account_is_not_connected(opened: Opener) -> None:
    def rejects(parameters: list[object]) -> None:
        raise WalletSaysNo(4001, "User rejected the request.")

    page = opened()
    page.wallet.answers["eth_requestAccounts"] = rejects
    page.page.get_by_role("button", name="Connect").click()
    page.page.get_by_text("You said no in the wallet.").wait_for()
    page.wallet.answers["eth_requestAccounts"] = lambda parameters: []
    page.page.get_by_role("button", name="Connect").click()
    page.page.get_by_text("The wallet shows no account.").wait_for()


def test_what_was_said_of_one_wallet_stays_when_another_announces_itself(opened: Opener) -> None:
    page = opened()
    page.wallet.answers["eth_requestAccounts"] = lambda parameters: []
    page.page.get_by_role("button", name="Connect").click()
    page.page.get_by_text("The wallet shows no account.").wait_for()
    page.page.evaluate(
        """() => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: {
             info: { uuid: "late", name: "Late wallet" }, provider: { request: async () => [] } } }))"""
    )
    page.page.get_by_role("button", name="Connect Late wallet").wait_for()
    assert page.page.get_by_text("The wallet shows no account.").is_visible()


@pytest.mark.parametrize(
    ("event", "argument"), [("accountsChanged", "other"), ("chainChanged", "0x1"), ("disconnect", None)]
)
def test_a_change_in_the_wallet_takes_the_verdict_and_an_open_question_away(
    smaller: PageUnderTest, node: Node, recipient: Address, event: str, argument: str | None
) -> None:
    smaller.fill(recipient, "0.06")
    smaller.verdict()
    smaller.press_send()
    smaller.page.get_by_role("dialog").wait_for()
    told = [node.web3.eth.accounts[1]] if argument == "other" else argument
    smaller.page.evaluate("([event, told]) => window.walletSays(event, told)", [event, told])
    assert "Something changed meanwhile: nothing was sent." in smaller.outcome("stopped")
    assert smaller.wallet.asked("eth_sendTransaction") == []
    if event == "disconnect":
        smaller.page.get_by_text("The wallet disconnected.").wait_for()
        smaller.page.get_by_role("button", name="Connect").wait_for()
        return
    # It is looked at again, as it now would be.
    smaller.verdict()
    told_now = smaller.page.locator("#wallets").inner_text()
    assert (node.web3.eth.accounts[1] if argument == "other" else "Ethereum (chain 1)") in told_now


@pytest.mark.parametrize("what", ["account", "chain_id"])
def test_a_change_that_the_wallet_does_not_tell_of_is_seen_before_it_is_asked_to_send(
    smaller: PageUnderTest, node: Node, recipient: Address, what: str
) -> None:
    smaller.fill(recipient, "0.01")
    smaller.verdict()
    setattr(smaller.wallet, what, {"account": node.web3.eth.accounts[2], "chain_id": 10}[what])
    smaller.press_send()
    word = {"account": "another account", "chain_id": "another chain"}[what]
    assert f"{word} now: nothing was sent" in smaller.outcome("stopped")
    assert smaller.wallet.asked("eth_sendTransaction") == []


def test_another_wallet_can_be_used_and_the_first_is_not_listened_to(smaller: PageUnderTest) -> None:
    smaller.page.get_by_role("button", name="Use another wallet").click()
    smaller.page.get_by_role("button", name="Connect").wait_for()
    smaller.page.evaluate("window.walletSays('chainChanged', '0x5')")
    smaller.page.wait_for_timeout(100)
    assert "chain 5" not in smaller.page.locator("body").inner_text()
