"""What the page keeps: nothing, but what a person asked it to keep; and where addresses never are."""

from __future__ import annotations

import json
from typing import Any

from guard.core.address import Address
from tests.browser.conftest import Opener
from tests.browser.desk import PageUnderTest
from tests.browser.test_hostile_text import assert_untouched


def storage(page: PageUnderTest) -> dict[str, Any]:
    """Return everything that this origin keeps in the browser."""
    kept: dict[str, Any] = page.page.evaluate(
        "async () => ({ local: { ...localStorage }, session: { ...sessionStorage }, cookie: document.cookie,"
        " databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,"
        " workers: (await navigator.serviceWorker.getRegistrations()).length })"
    )
    return kept


NOTHING = {"local": {}, "session": {}, "cookie": "", "databases": 0, "caches": 0, "workers": 0}


def test_a_payment_leaves_nothing_in_storage_address_bar_or_history(
    full: PageUnderTest, recipient: Address
) -> None:
    """I5: no address in URL, storage or history; the token is in none of them either."""
    full.fill(recipient, "0.01")
    full.verdict()
    full.press_send()
    full.outcome("mined")
    assert storage(full) == NOTHING
    assert full.page.url == f"{full.origin}/"
    entries = full.page.evaluate("navigation.entries().map((entry) => entry.url)")
    assert [url for url in entries if "token" in url or "0x" in url] == []
    assert full.page.evaluate("history.state") is None
    urls = [request.url for request in full.requests]
    assert [url for url in urls if recipient.lower()[2:] in url.lower()] == []
    assert {request.headers.get("referer") or "" for request in full.requests} == {""}
    assert_untouched(full)


def test_an_address_with_a_token_opened_in_a_tab_that_has_the_page_is_taken_and_leaves_no_trace(
    opened: Opener,
) -> None:
    full = opened(full=True)
    full.page.get_by_text("Full review on this machine").first.wait_for()
    token = full.asked("/api/desk")[0].headers["x-txguard-token"]
    full.page.reload()
    full.page.get_by_text("Smaller check").first.wait_for()
    full.page.evaluate("(token) => { location.hash = `token=${token}`; }", token)
    full.page.get_by_text("Full review on this machine").first.wait_for()
    entries = full.page.evaluate("navigation.entries().map((entry) => entry.url)")
    assert (full.page.url, [url for url in entries if "token" in url]) == (f"{full.origin}/", [])


def test_a_reload_forgets_what_was_typed_and_the_token(full: PageUnderTest, recipient: Address) -> None:
    full.fill(recipient, "0.01")
    full.page.reload()
    assert full.page.get_by_label("To", exact=True).input_value() == ""
    assert "Smaller check" in full.page.locator("#mode").inner_text()


def test_a_trusted_address_is_kept_because_that_was_asked_for_and_its_removal_too(
    opened: Opener, recipient: Address
) -> None:
    page = opened()
    page.page.get_by_role("button", name="Trusted").click()
    page.page.get_by_label("Name").fill("alice")
    page.page.get_by_label("Address", exact=True).fill(recipient.lower())
    page.page.get_by_role("button", name="Add").click()
    kept = {"txguard.trust": json.dumps([{"address": recipient, "name": "alice"}], separators=(",", ":"))}
    assert storage(page) == NOTHING | {"local": kept}
    page.page.reload()
    page.page.get_by_role("button", name="Trusted").click()
    assert recipient in page.page.locator("#trust-list").inner_text()
    page.page.get_by_role("button", name="Remove alice").click()
    assert storage(page) == NOTHING


def test_the_log_and_the_settings_are_kept_only_while_that_is_asked_for(
    smaller: PageUnderTest, recipient: Address
) -> None:
    page = smaller.page
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Keep the log of decisions").check()
    page.get_by_label("Key", exact=True).fill("0123456789abcdef")
    page.get_by_role("button", name="Send", exact=True).first.click()
    smaller.fill(recipient, "0.06")
    smaller.verdict()
    smaller.press_send()
    page.get_by_role("button", name="Do not send").click()
    smaller.outcome("stopped")
    kept = storage(smaller)["local"]
    assert set(kept) == {"txguard.log", "txguard.settings"}
    assert "0123456789abcdef" not in json.dumps(kept)
    [request] = smaller.asked("/api/predict")[:1]
    assert request.headers["x-api-key"] == "0123456789abcdef"
    page.reload()
    page.get_by_role("button", name="Log", exact=True).click()
    assert recipient in page.locator("#log-list").inner_text()
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Keep the log of decisions").uncheck()
    assert storage(smaller) == NOTHING


def test_what_somebody_else_wrote_into_the_storage_is_text_or_left_out(
    opened: Opener, recipient: Address
) -> None:
    """I1: what is kept is outside text when it comes back."""
    page = opened()
    hostile = '<img src=x onerror="window.owned=1">\u202e'
    trust = [{"address": recipient, "name": hostile}, {"address": "0x1", "name": "x"}, 5]
    entry = {
        "at": hostile,
        "outcome": hostile,
        "to": hostile,
        "amount": hostile,
        "reasons": [{"message": hostile}],
    }
    page.page.evaluate(
        "([trust, log]) => { localStorage.setItem('txguard.trust', trust);"
        " localStorage.setItem('txguard.log', log); localStorage.setItem('txguard.settings', '[]'); }",
        [json.dumps(trust), json.dumps([entry, "x", None])],
    )
    page.page.reload()
    page.page.get_by_role("button", name="Trusted").click()
    assert page.page.locator("#trust-list li").count() == 1
    page.page.get_by_role("button", name="Log", exact=True).click()
    told = page.page.locator("#log-list").inner_text()
    assert '<img src=x onerror="window.owned=1">\\u202e' in told
    assert_untouched(page)


def test_what_somebody_else_left_in_the_storage_does_not_stop_the_page(opened: Opener) -> None:
    page = opened()
    for name in ("trust", "log", "settings"):
        for planted in ("{}", "[1, null]", "7", "{"):
            page.page.evaluate(
                "([name, text]) => localStorage.setItem(name, text)", [f"txguard.{name}", planted]
            )
            page.page.reload()
            page.page.get_by_role("button", name="Connect").wait_for()
    assert [text for text in page.messages if text.startswith("error: ")] == []
