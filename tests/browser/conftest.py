"""One node for the run, a browser for each module; for each test a fresh profile, a service, a server."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from guard.core.address import Address
from tests.browser.desk import BrowserWallet, PageUnderTest, open_page, served
from tests.documented_service import SAFE, DocumentedService
from tests.integration.node import Node, running_node
from tests.needs import anvil, chromium

PICTURES = Path(__file__).parent.parent.parent / ".screenshots"

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    with running_node(anvil()) as running:
        yield running


# For a module and no longer: its driver keeps a loop in this thread, and tests elsewhere start their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=path, headless=True, args=list(_FLAGS))
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900})
    yield made
    made.close()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[DocumentedService]:
    """The service behind the route, which says Safe unless a test changes its answer."""
    with DocumentedService(SAFE) as running:
        monkeypatch.setenv("TXGUARD_UPSTREAM_URL", running.url)
        yield running


@pytest.fixture
def recipient() -> Address:
    """An address that nobody has ever used."""
    return Address.from_bytes(secrets.token_bytes(20))


class Opener(Protocol):
    def __call__(self, *, full: bool = False, **options: Any) -> PageUnderTest: ...


@pytest.fixture
def opened(
    context: BrowserContext, node: Node, service: DocumentedService, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Opener]:
    """Open the page, with the guard of this machine or, as on a deployment, without it."""
    with ExitStack() as stack:

        def open_(
            *, full: bool = False, arrange: Callable[[BrowserContext], None] | None = None, **options: Any
        ) -> PageUnderTest:
            if full:
                monkeypatch.setenv("ETH_RPC_URL", node.url)
            address = stack.enter_context(served(with_desk=full))
            if arrange is not None:
                arrange(context)
            return open_page(context, BrowserWallet(node, node.web3.eth.accounts[0]), address, **options)

        yield open_


@pytest.fixture
def smaller(opened: Opener) -> PageUnderTest:
    """The page without a guard on this machine, its wallet connected."""
    page = opened()
    page.connect()
    return page


@pytest.fixture
def full(opened: Opener) -> PageUnderTest:
    """The page of `guard serve`, its wallet connected."""
    page = opened(full=True)
    page.connect()
    return page
