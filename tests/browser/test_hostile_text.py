"""What others wrote is text on the page and nothing else, and the page asks nobody but its own server."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route

from guard.core.address import Address
from guard.core.text import escape_untrusted
from tests.browser.conftest import Opener
from tests.browser.desk import PageUnderTest, WalletSaysNo
from tests.browser.test_no_verdict import ANSWER
from tests.documented_service import DocumentedService

HOSTILE = (
    '<img src=x onerror="window.owned = 1">',
    "</script><script>window.owned = 1</script>",
    '<a href="javascript:window.owned=1">verify</a>',
    '<svg onload="window.owned=1"><use href="//evil.example/x#y"/></svg>',
    '"><iframe srcdoc="<script>parent.owned=1</script>">',
    "\u202eelbisreverri\u202c \u200b\u2066\x1b[31m",
    "{{constructor.constructor('window.owned=1')()}}",
)


def assert_untouched(page: PageUnderTest) -> None:
    """Nothing ran, nothing was made of the text, nobody else was asked, and no policy had to step in."""
    assert page.page.evaluate("window.owned === undefined")
    made = "img, svg, iframe, object, embed, base, [onerror], [onload], a[href^=javascript], main script"
    assert page.page.locator(made).count() == 0
    assert page.violations() == []
    assert [message for message in page.messages if "Content Security Policy" in message] == []
    hosts = {urlsplit(request.url).netloc for request in page.requests if not request.url.startswith("blob:")}
    assert hosts == {urlsplit(page.origin).netloc}


def test_the_services_own_words_are_text(
    smaller: PageUnderTest, service: DocumentedService, recipient: Address
) -> None:
    """I1 I2: markup in `type` is text, the policy reports nothing, every request is same-origin."""
    smaller.page.get_by_label("To", exact=True).fill(recipient)
    for number, text in enumerate(HOSTILE):
        service.answer = {
            "prediction": "Non-Fraud",
            "type": f"Mildly Unsafe - {text}",
            "confidence": "80.00%",
        }
        smaller.page.get_by_label("Amount, in ether").fill(f"0.0{number + 1}")
        smaller.verdict()
        told = smaller.page.locator("#verdict .basis").inner_text()
        # As the terminal would write it: nothing is dropped, and nothing is made of it.
        assert f"Its own words: Mildly Unsafe - {escape_untrusted(text)}" in told
    assert_untouched(smaller)


def test_a_route_that_is_not_ours_may_write_anything_into_any_field(
    smaller: PageUnderTest, recipient: Address
) -> None:
    """I1: the same for whatever stands in the place of the route, in each of its texts, problems included."""
    text = "".join(HOSTILE)
    answers = iter(
        [
            (200, ANSWER | {"Type": text, "model": text, "request_id": text}),
            (200, ANSWER | {"prediction": text}),
            (200, ANSWER | {text: text}),
            (422, {"code": text, "detail": text, "title": text}),
            (503, text),
        ]
    )

    def answer(route: Route) -> None:
        status, body = next(answers)
        route.fulfill(status=status, body=body if isinstance(body, str) else json.dumps(body))

    smaller.page.route("**/api/predict", answer)
    smaller.page.get_by_label("To", exact=True).fill(recipient)
    for step in range(5):
        smaller.page.get_by_label("Amount, in ether").fill(f"0.0{step + 1}")
        smaller.page.get_by_text("Looking at it…").wait_for()
        smaller.verdict()
        assert_untouched(smaller)


def test_a_wallet_may_write_anything_into_its_name_and_its_errors(opened: Opener, recipient: Address) -> None:
    """I1 I5: the names and words of wallets are text, and what turns text around is written out."""
    text = "".join(HOSTILE)
    names = [{"uuid": "1", "name": text, "icon": "javascript:window.owned=1", "rdns": text}]
    page = opened(wallets=names)

    def fails(parameters: list[object]) -> None:
        raise WalletSaysNo(-32000, text)

    page.wallet.answers["eth_requestAccounts"] = fails
    page.page.get_by_role("button", name="Connect").click()
    page.page.get_by_text("The wallet said: ").wait_for()
    assert "\u202e" not in page.page.locator("body").inner_text()
    assert_untouched(page)
    del page.wallet.answers["eth_requestAccounts"]
    page.page.get_by_role("button", name="Connect").click()
    page.page.get_by_text("Use another wallet").wait_for()
    page.wallet.answers["eth_sendTransaction"] = fails
    page.fill(recipient, "0.01")
    page.verdict()
    page.press_send()
    page.outcome("unknown")
    assert "\u202e" not in page.page.locator("body").inner_text()
    assert_untouched(page)


def test_a_wallet_that_tells_nonsense_is_not_connected(opened: Opener) -> None:
    page = opened()
    no_chain = "the wallet does not say on which chain it is"
    for method, told, expected in (
        ("eth_requestAccounts", ["<img src=x>"], "The wallet shows no account."),
        ("eth_requestAccounts", {"0": "0x"}, "The wallet shows no account."),
        ("eth_chainId", "<svg>", no_chain),
        ("eth_chainId", 1, no_chain),
    ):
        page.wallet.answers = {method: lambda parameters, told=told: told}
        page.page.get_by_role("button", name="Connect").click()
        page.page.get_by_text(expected).wait_for()
    assert_untouched(page)


def test_whatever_is_typed_into_a_field_is_text(smaller: PageUnderTest) -> None:
    """I1 I5: the person's own fields too: names of the list are shown again, isolated."""
    page = smaller.page
    for text in HOSTILE:
        smaller.fill(text, text)
    page.get_by_role("button", name="Trusted").click()
    for number, text in enumerate(HOSTILE):
        page.get_by_label("Name").fill(text)
        page.get_by_label("Address", exact=True).fill("0x" + f"{number + 1:040x}")
        page.get_by_role("button", name="Add").click()
    rows = page.locator("#trust-list li")
    assert rows.count() == len(HOSTILE)
    assert HOSTILE[0] in rows.first.inner_text()
    assert "\u202e" not in page.locator("#trust-list").inner_text()
    isolated = page.locator("#trust-list .word bdi").evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one).unicodeBidi)"
    )
    assert isolated == ["isolate"] * len(HOSTILE)
    assert_untouched(smaller)
    assert smaller.asked("/api/predict") == []


AMOUNTS = {
    "1e309": "Not an amount",
    "1,5": "Not an amount",
    "-1": "Not an amount",
    "+1": "Not an amount",
    "0x10": "Not an amount",
    "1_000": "Not an amount",
    "１": "Not an amount",
    "1.": "Not an amount",
    "1" * 80: "Too much",
    "1" * 81: "Too much",
    "0." + "1" * 19: "Too many decimals",
}
ADDRESSES = {
    "0x7E5F4552091A69125d5DfCb7b8C2659029395BdF": "Its checksum is wrong",
    "0x7E5F4552091A69125d5DfCb7b8C2659029395Bd": "Not an address",
    "vitalik.eth": "Not an address",
    "7E5F4552091A69125d5DfCb7b8C2659029395Bdf": "Not an address",
}


@pytest.mark.parametrize(
    ("field", "problem", "cases"),
    [("amount", "#amount-problem", AMOUNTS), ("recipient", "#recipient-problem", ADDRESSES)],
)
def test_what_cannot_be_read_is_a_message_and_no_request(
    smaller: PageUnderTest, recipient: Address, field: str, problem: str, cases: dict[str, str]
) -> None:
    """I4: 1e309, "1,5", -1, 80 digits: a message beside the field, and nobody is asked."""
    page = smaller.page
    smaller.fill(recipient, "x")
    for text, message in cases.items():
        page.locator(f"#{field}").fill(text)
        assert message in page.locator(problem).inner_text()
        assert page.locator(f"#{field}").get_attribute("aria-invalid") == "true"
        assert page.locator("#send").is_disabled()
    # Longer than the pause after which a check would begin.
    page.wait_for_timeout(700)
    assert smaller.asked("/api/predict") == []


def test_an_address_without_a_checksum_is_checked_and_said_to_be_so(
    smaller: PageUnderTest, recipient: Address
) -> None:
    smaller.fill(recipient.lower(), "0.01")
    assert smaller.verdict() == "No objection"
    assert "It has no checksum" in smaller.page.locator("#recipient-hint").inner_text()
    smaller.press_send()
    smaller.outcome("mined")
    assert smaller.wallet.asked("eth_sendTransaction")[0][0]["to"] == recipient
