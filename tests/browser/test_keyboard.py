"""The page without a mouse, and what it tells to a screen reader."""

from __future__ import annotations

from typing import Any

from guard.core.address import Address
from tests.browser.conftest import Opener
from tests.browser.desk import PageUnderTest
from tests.integration.node import Node


def focused(page: PageUnderTest) -> str:
    text: str = page.page.evaluate(
        "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()"
    )
    return text


def tab_to(page: PageUnderTest, name: str) -> None:
    for _ in range(25):
        page.page.keyboard.press("Tab")
        if focused(page).startswith(name):
            return
    raise AssertionError(f"no Tab led to {name}")


def test_a_warned_payment_is_made_by_the_keyboard_alone(
    opened: Opener, node: Node, recipient: Address
) -> None:
    page = opened()
    keyboard = page.page.keyboard
    page.page.get_by_role("button", name="Connect").wait_for()
    tab_to(page, "Connect Test wallet")
    keyboard.press("Enter")
    page.page.get_by_text("Use another wallet").wait_for()
    assert focused(page) == "Use another wallet"
    tab_to(page, "To")
    keyboard.type(recipient)
    tab_to(page, "Amount, in ether")
    keyboard.type("0.06")
    page.verdict()
    keyboard.press("Enter")
    page.page.get_by_role("dialog").wait_for()
    assert focused(page) == "Do not send"
    keyboard.press("Tab")
    assert focused(page) == "Accept and send"
    # The focus stays in the dialog: what is behind it cannot be reached.
    for _ in range(6):
        keyboard.press("Tab")
        assert page.page.evaluate("document.activeElement.closest('#question, body') !== null")
        assert not page.page.evaluate("document.querySelector('main').contains(document.activeElement)")
    page.page.get_by_role("button", name="Accept and send").focus()
    keyboard.press("Enter")
    page.outcome("mined")
    assert node.balance(recipient) == 6 * 10**16
    assert page.page.evaluate("document.activeElement.id") == "outcome"


def unnamed(page: PageUnderTest) -> list[str]:
    """Return what can be used and has no name for a screen reader."""
    found: list[str] = page.page.evaluate(
        "[...document.querySelectorAll('button, input, select, a')].filter((one) => !(one.labels?.length"
        " || one.getAttribute('aria-label') || one.textContent.trim())).map((one) => one.outerHTML)"
    )
    return found


def test_everything_has_a_name_and_each_problem_belongs_to_its_field(smaller: PageUnderTest) -> None:
    assert unnamed(smaller) == []
    smaller.page.get_by_label("Amount, in ether").fill("x")
    field = smaller.page.get_by_label("Amount, in ether")
    described = (field.get_attribute("aria-describedby") or "").split()
    told = [smaller.page.locator(f"#{name}").inner_text() for name in described]
    assert any("Not an amount" in text for text in told)
    assert smaller.page.locator("html").get_attribute("lang") == "en"


def test_what_the_verdict_is_becomes_heard(smaller: PageUnderTest, recipient: Address) -> None:
    smaller.fill(recipient, "0.01")
    smaller.verdict()
    status = smaller.page.locator("#spoken")
    assert status.get_attribute("aria-live") == "polite"
    assert status.inner_text().startswith("No objection.")
    smaller.page.get_by_label("Amount, in ether").fill("0.06")
    smaller.page.locator("[data-decision=WARN]").first.wait_for()
    assert smaller.page.locator("#alarm").inner_text().startswith("Warning.")


def test_text_stands_out_from_its_ground_in_both_themes(opened: Opener, recipient: Address) -> None:
    """At least 4.5 to 1, as WCAG 2.2 asks of text."""
    page = opened()
    page.connect()
    page.fill(recipient, "0.06")
    page.verdict()
    for theme in ("light", "dark"):
        page.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        pale: list[Any] = page.page.evaluate(CONTRAST)
        assert pale == [], theme


CONTRAST = """() => {
  const read = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const colour = read(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('main *, header *, nav *, footer *')]
    .filter((one) => one.checkVisibility() && !one.disabled && !one.closest(':disabled')
      && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .map((one) => {
      const [a, b] = [light(read(getComputedStyle(one).color)), light(ground(one))];
      return [one.tagName, one.className, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
    })
    .filter(([, , ratio]) => ratio < 4.5);
}"""
