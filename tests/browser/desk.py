"""The page in a real browser, as a person uses it: a wallet on a real node, and the server of the page.

What belongs here: the parts, and the moves of a person. What must not: assertions about the product.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Request

from guard.desk_wiring import build_desk
from guard.http.desk import Desk, new_token
from guard.http.hosts import allowed_hosts, check_hosts
from guard.http.served import served_app
from guard.http.serving import Serving
from guard.wiring import read_settings
from tests.integration.node import Node

HERE = Path(__file__).parent
ONE_WALLET = [{"uuid": "1", "name": "Test wallet", "icon": "data:,", "rdns": "test.wallet"}]
CONNECT = "Connect Test wallet"


class WalletSaysNo(Exception):
    """What a wallet answers with an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class BrowserWallet:
    """What stands behind the page's provider: an account of the node, which signs what it is asked to."""

    node: Node
    account: str
    chain_id: int = 31337
    calls: list[tuple[str, list[Any]]] = field(default_factory=list)
    """Every request, in order."""
    answers: dict[str, Callable[[list[Any]], Any]] = field(default_factory=dict)
    """Answers in place of the node's."""

    def asked(self, method: str) -> list[list[Any]]:
        """Return the parameters of every request of one method."""
        return [parameters for name, parameters in self.calls if name == method]

    def answer(self, text: str) -> str:
        """Answer one request of the page."""
        asked = json.loads(text)
        method, parameters = asked["method"], asked["params"]
        self.calls.append((method, parameters))
        try:
            return json.dumps({"result": self._answer(method, parameters)})
        except WalletSaysNo as no:
            return json.dumps({"error": {"code": no.code, "message": str(no)}})

    def _answer(self, method: str, parameters: list[Any]) -> Any:
        if method in self.answers:
            return self.answers[method](parameters)
        if method in ("eth_requestAccounts", "eth_accounts"):
            return [self.account.lower()]
        if method == "eth_chainId":
            return hex(self.chain_id)
        told: Any = self.node.web3.provider.make_request(method, parameters)  # type: ignore[arg-type]
        if "error" in told:
            raise WalletSaysNo(told["error"]["code"], told["error"]["message"])
        return json.loads(json.dumps(told["result"]))


@contextmanager
def served(*, with_desk: bool) -> Iterator[str]:
    """Serve what `guard serve` does, with the environment's settings; give the page's address."""
    desk = None
    if with_desk:
        parts = build_desk(read_settings())
        desk = Desk(
            token=new_token(),
            questions=parts.questions,
            handover=parts.handover,
            reason=parts.reason,
            chain_id=parts.chain_id,
        )
    app = served_app(observers=(), desk=desk)
    server = Serving(app, host="127.0.0.1", port=0, longest_stop_s=1.0)
    names = allowed_hosts("127.0.0.1", int(server.urls[0].rpartition(":")[2]))
    assert names is not None
    check_hosts(app, names)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.urls[0] + ("/" if desk is None else f"/#token={desk.token}")
    finally:
        server.stop()
        thread.join(10)


@dataclass
class PageUnderTest:
    """One tab, and everything that it asked."""

    page: Page
    wallet: BrowserWallet
    origin: str
    requests: list[Request] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    """What the browser's console was told, errors of the page included."""

    def connect(self) -> None:
        """Choose the wallet."""
        self.page.get_by_role("button", name=CONNECT).click()
        self.page.get_by_text("Use another wallet").wait_for()

    def fill(self, recipient: str, amount: str, *, gas_price: str | None = None) -> None:
        """Type a payment."""
        if gas_price is not None:
            self.page.get_by_label("Fee", exact=True).select_option("price")
            self.page.get_by_label("Gas price, in gwei").fill(gas_price)
        self.page.get_by_label("To", exact=True).fill(recipient)
        self.page.get_by_label("Amount, in ether").fill(amount)

    def verdict(self) -> str:
        """Wait for a verdict, and return its word."""
        word = self.page.locator("#verdict .banner .word")
        word.wait_for()
        return word.inner_text()

    def findings(self) -> list[str]:
        """Return the rules that the verdict names."""
        return self.page.locator("#verdict .findings .rule bdi").all_inner_texts()

    def press_send(self) -> None:
        """Press the button below the form, whatever it says."""
        self.page.locator("#send").click()

    def outcome(self, kind: str) -> str:
        """Wait until the payment stands at one of its ends, and return what is told."""
        place = self.page.locator(f"#outcome[data-kind={kind}]")
        place.wait_for()
        return place.inner_text()

    def asked(self, path: str) -> list[Request]:
        """Return the requests of one path."""
        return [one for one in self.requests if one.url.partition("#")[0] == self.origin + path]

    def violations(self) -> list[str]:
        """Return what the browser says that the page's policy forbade."""
        return list(self.page.evaluate("window.violations"))


def open_page(
    context: BrowserContext, wallet: BrowserWallet, address: str, *, wallets: Sequence[Any] | str = ONE_WALLET
) -> PageUnderTest:
    """Open the page with a wallet in the browser."""
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.expose_function("askWallet", wallet.answer)
    script = (HERE / "wallet.js").read_text().replace("__WALLETS__", json.dumps(wallets))
    page.add_init_script(script)
    opened = PageUnderTest(page=page, wallet=wallet, origin=address.partition("/#")[0].rstrip("/"))
    page.on("request", lambda request: opened.requests.append(request))  # noqa: PLW0108  it gets a mark
    page.on("console", lambda message: opened.messages.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: opened.messages.append(f"error: {error}"))
    page.goto(address)
    return opened
