"""Pictures of the page, kept in `.screenshots` to be looked at, and what they would show: nothing is cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import BrowserContext

from guard.core.address import Address
from tests.browser.conftest import PICTURES, Opener
from tests.browser.desk import PageUnderTest
from tests.documented_service import FRAUD, SAFE, DocumentedService

# A recipient that is no stranger's to the eye: pictures are compared by people.
RECIPIENT = Address.parse("0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf")

BEYOND_THE_EDGE = """() => [...document.querySelectorAll('body *')]
  .filter((one) => one.checkVisibility() && !one.closest('pre, .spoken, .sections'))
  .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((one) => one.outerHTML.slice(0, 120))"""


def picture(page: PageUnderTest, name: str) -> None:
    """Keep a picture, after making sure that nothing lies beyond the edge."""
    assert page.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    beyond: list[Any] = page.page.evaluate(BEYOND_THE_EDGE)
    assert beyond == [], name
    PICTURES.mkdir(exist_ok=True)
    path = PICTURES / f"{name}.png"
    path.write_bytes(page.page.screenshot(full_page=not name.startswith("dialog")))


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_at_its_narrowest_and_at_ease_in_both_themes(
    opened: Opener,
    context: BrowserContext,
    service: DocumentedService,
    width: int,
    theme: Literal["light", "dark"],
    tmp_path: Path,
) -> None:
    page = opened(full=width == 1280)
    page.page.set_viewport_size({"width": width, "height": 800})
    page.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.page.get_by_role("button", name="Connect").wait_for()
    picture(page, f"start-{width}-{theme}")
    page.connect()
    page.fill(RECIPIENT, "0.0123")
    page.verdict()
    picture(page, f"no-objection-{width}-{theme}")
    page.page.get_by_label("Amount, in ether").fill("2.5")
    page.page.locator("[data-decision=WARN]").first.wait_for()
    picture(page, f"warning-{width}-{theme}")
    page.press_send()
    page.page.get_by_role("dialog").wait_for()
    picture(page, f"dialog-warning-{width}-{theme}")
    page.page.get_by_role("button", name="Do not send").click()
    service.answer = FRAUD
    page.page.get_by_label("Amount, in ether").fill("0.0124")
    page.page.locator("[data-decision=BLOCK]").first.wait_for()
    picture(page, f"blocked-{width}-{theme}")
    service.answer = b"<html>"
    page.page.get_by_label("Amount, in ether").fill("0.0125")
    page.page.locator("[data-decision=NONE]").first.wait_for()
    picture(page, f"no-verdict-{width}-{theme}")
    service.answer = SAFE
    page.page.get_by_label("Amount, in ether").fill("1,5")
    picture(page, f"wrong-{width}-{theme}")
    for name in ("Trusted", "Log", "Settings"):
        page.page.get_by_role("button", name=name, exact=True).click()
        picture(page, f"{name.lower()}-{width}-{theme}")
