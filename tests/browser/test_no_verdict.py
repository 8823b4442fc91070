"""What cannot be judged is told as that: with its reason, to eyes and ears, and never as an approval."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route

from guard.core.address import Address
from tests.browser.conftest import Opener
from tests.browser.desk import PageUnderTest
from tests.documented_service import GARBAGE, DocumentedService
from tests.hostile_service import HostileService, silent
from tests.integration.node import Node

GREEN = re.compile(r"rgb\((\d+), (\d+), (\d+)\)")
ANSWER = {
    "prediction": "Safe",
    "Type": "Safe Transaction",
    "probability": None,
    "source": "external",
    "model": None,
    "features": "contract",
    "request_id": "0" * 32,
}


def is_green(colour: str) -> bool:
    match = GREEN.match(colour)
    assert match is not None, colour
    red, green, blue = map(int, match.groups())
    return green > red + 8 and green > blue + 8


def assert_no_verdict(page: PageUnderTest, reason: str) -> None:
    assert page.verdict() == "No verdict"
    banner = page.page.locator("#verdict .banner")
    colours = banner.evaluate(
        "(part) => [part, ...part.querySelectorAll('*')].flatMap((one) => {"
        " const style = getComputedStyle(one); return [style.color, style.borderTopColor]; })"
    )
    assert [colour for colour in colours if is_green(colour)] == []
    assert "safe" not in page.page.locator("body").inner_text().lower()
    told = page.page.locator("#verdict").inner_text()
    assert reason in told
    assert "Not known" in told
    # Beside the colour: a word, another glyph, another line; and a screen reader is told at once.
    assert page.page.locator("#verdict .glyph").inner_text() == "?"
    assert banner.evaluate("(part) => getComputedStyle(part).borderTopStyle") == "dashed"
    alarm = page.page.get_by_role("alert").filter(has_text="No verdict")
    assert alarm.count() == 1
    assert reason in alarm.inner_text()


def answering(status: int, body: str, headers: dict[str, str] | None = None) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        route.fulfill(
            status=status, body=body, headers={"Content-Type": "application/json", **(headers or {})}
        )

    return answer


def problem(status: int, code: str, detail: str) -> str:
    return json.dumps({"status": status, "code": code, "detail": detail})


CASES: dict[str, tuple[Callable[[Route], None], str]] = {
    "429": (
        answering(429, problem(429, "rate_limited", "Too many requests."), {"Retry-After": "7"}),
        "it answered 429 (rate_limited): Too many requests. Ask again in 7 s.",
    ),
    "504": (
        answering(504, problem(504, "upstream_timeout", "The service did not answer.")),
        "it answered 504 (upstream_timeout): The service did not answer.",
    ),
    "500 of a proxy": (answering(500, "<h1>oops</h1>"), "it answered 500"),
    "not JSON": (answering(200, "{"), "it answered what is not JSON"),
    "another shape": (answering(200, '{"prediction": "Safe"}'), "what is not its contract"),
    "a key too many": (answering(200, json.dumps(ANSWER | {"x": 1})), "what is not its contract"),
    "another word": (answering(200, json.dumps(ANSWER | {"prediction": "safe"})), "what is not its contract"),
    "an odd probability": (
        answering(200, json.dumps(ANSWER | {"probability": 1.5})),
        "what is not its contract",
    ),
    "too large": (answering(200, json.dumps(ANSWER | {"Type": "x" * 2**20})), "the answer is too large"),
    "a broken line": (lambda route: route.abort(), "could not be reached"),
}


def test_what_is_no_answer_is_no_verdict_and_never_green(
    smaller: PageUnderTest, service: DocumentedService, recipient: Address
) -> None:
    """I3: upstream down, 429, 504, bad JSON: "no verdict", told to ears too, not by colour alone."""
    smaller.page.get_by_label("To", exact=True).fill(recipient)
    for number, (answer, reason) in enumerate(CASES.values()):
        smaller.page.route("**/api/predict", answer)
        smaller.page.get_by_label("Amount, in ether").fill(f"0.0{number + 1}")
        assert_no_verdict(smaller, reason)
        smaller.page.unroute("**/api/predict")
    service.close()
    smaller.page.get_by_label("Amount, in ether").fill("0.99")
    assert_no_verdict(smaller, "(upstream_unavailable): The service is down or asleep.")
    assert smaller.wallet.asked("eth_sendTransaction") == []


def test_nonsense_of_the_service_is_no_verdict(
    smaller: PageUnderTest, service: DocumentedService, recipient: Address
) -> None:
    """I3: what the service garbles is a problem of the route, and no verdict of the page."""
    service.answer = GARBAGE
    smaller.fill(recipient, "0.01")
    assert_no_verdict(smaller, "it answered 502 (upstream_invalid)")


def test_a_route_that_never_answers_is_no_verdict_in_the_end(
    smaller: PageUnderTest, recipient: Address
) -> None:
    smaller.page.clock.install()
    smaller.page.route("**/api/predict", lambda route: None)
    smaller.fill(recipient, "0.01")
    smaller.page.clock.run_for(600)
    smaller.page.get_by_text("Looking at it…").wait_for()
    smaller.page.clock.run_for(66_000)
    assert_no_verdict(smaller, "the route did not answer in 65 s")


def test_a_slow_service_is_waited_for_and_then_there_is_no_verdict(
    opened: Opener, recipient: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I3: 504 of the route itself, when its own deadline has passed."""
    with HostileService(silent) as slow:
        monkeypatch.setenv("TXGUARD_UPSTREAM_URL", slow.url)
        monkeypatch.setenv("TXGUARD_UPSTREAM_TIMEOUT_S", "1")
        page = opened()
        page.connect()
        page.fill(recipient, "0.01")
        assert_no_verdict(page, "it answered 504 (upstream_timeout)")


def test_a_person_may_go_on_without_a_verdict_after_an_answer_of_their_own(
    smaller: PageUnderTest, service: DocumentedService, node: Node, recipient: Address
) -> None:
    service.close()
    smaller.fill(recipient, "0.01")
    smaller.verdict()
    smaller.press_send()
    dialog = smaller.page.get_by_role("dialog", name="No verdict")
    dialog.wait_for()
    assert smaller.wallet.asked("eth_sendTransaction") == []
    dialog.get_by_role("button", name="Send without a verdict").click()
    smaller.outcome("mined")
    assert node.balance(recipient) == 10**16


def test_a_wallet_that_does_not_tell_the_gas_price_leaves_no_verdict(
    smaller: PageUnderTest, recipient: Address
) -> None:
    smaller.wallet.answers["eth_gasPrice"] = lambda parameters: "cheap"
    smaller.fill(recipient, "0.01")
    assert_no_verdict(smaller, "the wallet does not say what gas costs")
    assert smaller.asked("/api/predict") == []


@pytest.mark.parametrize("aborting", [True, False])
def test_answers_that_arrive_out_of_order_never_stand_for_what_is_typed_now(
    opened: Opener, recipient: Address, aborting: bool
) -> None:
    """A stale answer is dropped by its number, though the browser had not given it up."""

    def arrange(context: BrowserContext) -> None:
        if not aborting:
            context.add_init_script("AbortController.prototype.abort = () => {};")

    page = opened(arrange=arrange)
    page.connect()
    held: list[Route] = []
    page.page.route("**/api/predict", lambda route: held.append(route))  # noqa: PLW0108  it gets a mark
    page.fill(recipient, "0.01")
    page.page.wait_for_timeout(700)
    page.page.get_by_label("Amount, in ether").fill("0.02")
    page.page.wait_for_timeout(700)
    first, second = held
    second.fulfill(status=200, json=ANSWER | {"prediction": "Fraud", "Type": "Unsafe Transaction"})
    assert page.verdict() == "Blocked"
    first.fulfill(status=200, json=ANSWER)
    page.page.wait_for_timeout(200)
    assert page.verdict() == "Blocked"


def test_a_verdict_that_has_grown_old_is_taken_away(smaller: PageUnderTest, recipient: Address) -> None:
    smaller.page.clock.install()
    smaller.fill(recipient, "0.01")
    smaller.page.clock.run_for(600)
    smaller.verdict()
    smaller.page.clock.run_for(601_000)
    smaller.page.get_by_text("The verdict is too old to act on.").wait_for()
    assert smaller.page.locator("#send").is_disabled()
    smaller.page.get_by_role("button", name="Look again").click()
    smaller.page.clock.run_for(100)
    assert smaller.verdict() == "No objection"
