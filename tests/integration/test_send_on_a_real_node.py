"""The whole chain: wallet, route, service and node; the service speaks its documented contract."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from guard.core.address import Address
from guard.http import create_app
from guard.http.serving import Serving
from guard.predict.service import PredictService
from guard.predict.settings import read_settings
from tests.documented_service import FRAUD, GARBAGE, DocumentedService
from tests.integration.conftest import Payer
from tests.integration.node import Node
from tests.integration.wallet import wallet, wallet_at_a_terminal

VALUE_WEI = 10**16


@pytest.fixture
def service() -> Iterator[DocumentedService]:
    with DocumentedService() as running:
        yield running


@pytest.fixture(params=["in process", "over http"])
def asking(
    request: pytest.FixtureRequest, service: DocumentedService, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, ...]]:
    """The flags with which the wallet reaches the service: by the route's code in process, or by a route."""
    monkeypatch.setenv("TXGUARD_UPSTREAM_URL", service.url)
    if request.param == "in process":
        yield ()
        return
    settings = read_settings({"TXGUARD_UPSTREAM_URL": service.url})
    serving = Serving(create_app(PredictService(settings)), host="127.0.0.1", port=0)
    thread = threading.Thread(target=serving.run)
    thread.start()
    yield ("--predict-url", f"{serving.urls[0]}/api/predict")
    serving.stop()
    thread.join()


def send_flags(node: Node, payer: Payer, asking: tuple[str, ...]) -> tuple[str, ...]:
    return (
        *("--account", "main", "--password-file", str(payer.password_file)),
        *("--rpc-url", node.url, "--gas-price", "20gwei", "--predict-timeout", "5"),
        *asking,
    )


def signed_bytes(payer: Payer) -> list[bytes]:
    """Return all signed bytes that the journal holds."""
    with closing(sqlite3.connect(payer.home / "journal.sqlite3")) as journal:
        return [row[0] for row in journal.execute("SELECT raw FROM sends WHERE raw IS NOT NULL")]


def test_safe_is_mined_and_the_service_is_asked_once_with_exactly_the_documented_body(
    node: Node, payer: Payer, recipient: Address, service: DocumentedService, asking: tuple[str, ...]
) -> None:
    run = wallet("send", recipient, "--value", "0.01ether", "-y", "--json", *send_flags(node, payer, asking))
    features = [0.0] * 13 + [0.01, 20.0] + [0.0] * 3
    assert (run.code, run.object["ok"], run.object["decision"]) == (0, True, "ALLOW")
    assert service.bodies == [
        {
            "from_address": payer.address,
            "to_address": recipient,
            "transaction_value": 0.01,
            "gas_price": 20.0,
            "is_contract_interaction": False,
            "acc_holder": payer.address,
            "features": features,
        }
    ]
    assert run.object["features"] == features
    assert run.object["prediction"] == {
        "class": "SAFE",
        "probability": None,
        "source": "external",
        "reason": None,
        "model": None,
    }
    assert run.object["receipt"]["status"] == 1
    assert run.object["receipt"]["hash"] == run.object["hash"]
    assert (node.nonce(payer.address), node.balance(recipient)) == (1, VALUE_WEI)


def test_fraud_exits_3_with_nothing_signed_and_the_nonce_unchanged(
    node: Node, payer: Payer, recipient: Address, service: DocumentedService, asking: tuple[str, ...]
) -> None:
    service.answer = FRAUD
    run = wallet("send", recipient, "--value", "0.01ether", "-y", "--json", *send_flags(node, payer, asking))
    assert (run.code, run.object["decision"], run.object["hash"]) == (3, "BLOCK", None)
    assert run.object["error"]["code"] == "blocked"
    assert "model.fraud" in [finding["rule"] for finding in run.object["findings"]]
    assert signed_bytes(payer) == []
    assert (node.pending_nonce(payer.address), node.balance(recipient)) == (0, 0)


def test_fraud_cannot_be_accepted_at_a_terminal(
    node: Node, payer: Payer, recipient: Address, service: DocumentedService, asking: tuple[str, ...]
) -> None:
    service.answer = FRAUD
    run = wallet_at_a_terminal(
        "send",
        recipient,
        *("--value", "0.01ether"),
        *send_flags(node, payer, asking),
        prompt="not sent",
        answer="y",
    )
    assert run.code == 3
    assert "does not come from the" in run.err
    assert signed_bytes(payer) == []


def test_a_service_that_is_down_is_no_verdict_without_a_terminal(
    node: Node, payer: Payer, recipient: Address, service: DocumentedService, asking: tuple[str, ...]
) -> None:
    service.close()
    run = wallet("send", recipient, "--value", "0.01ether", "-y", "--json", *send_flags(node, payer, asking))
    assert (run.code, run.object["decision"], run.object["prediction"]["class"]) == (4, None, "UNKNOWN")
    reason = run.object["prediction"]["reason"]
    assert reason
    assert "\n" not in reason
    assert signed_bytes(payer) == []
    assert node.pending_nonce(payer.address) == 0


def test_garbage_is_no_verdict_without_a_terminal_and_none_of_it_is_shown(
    node: Node, payer: Payer, recipient: Address, service: DocumentedService, asking: tuple[str, ...]
) -> None:
    service.answer = GARBAGE
    run = wallet("send", recipient, "--value", "0.01ether", "-y", *send_flags(node, payer, asking))
    assert run.code == 4
    assert "NO VERDICT" in run.err
    assert "the external model gave no answer: " in run.err
    assert "html" not in run.err
    assert signed_bytes(payer) == []


@pytest.mark.parametrize(("answer", "code", "paid"), [("", 5, 0), ("n", 5, 0), ("y", 0, VALUE_WEI)])
def test_without_a_verdict_a_person_is_asked_and_the_default_is_no(
    node: Node,
    payer: Payer,
    recipient: Address,
    service: DocumentedService,
    asking: tuple[str, ...],
    answer: str,
    code: int,
    paid: int,
) -> None:
    service.answer = GARBAGE
    run = wallet_at_a_terminal(
        "send",
        recipient,
        *("--value", "0.01ether"),
        *send_flags(node, payer, asking),
        prompt="Go on without a verdict? [y/N]: ",
        answer=answer,
    )
    assert (run.code, node.balance(recipient)) == (code, paid)
    assert len(signed_bytes(payer)) == (1 if paid else 0)


def test_a_warning_names_amount_and_recipient_and_yes_alone_does_not_accept_it(
    node: Node, payer: Payer, recipient: Address, asking: tuple[str, ...]
) -> None:
    run = wallet("send", recipient, "--value", "1ether", "--yes", *send_flags(node, payer, asking))
    assert (run.code, node.balance(recipient)) == (5, 0)
    assert recipient in run.err
    assert "1 ether (1000000000000000000 wei)" in run.err


def test_a_warning_accepted_at_a_terminal_is_mined(
    node: Node, payer: Payer, recipient: Address, asking: tuple[str, ...]
) -> None:
    run = wallet_at_a_terminal(
        "send",
        recipient,
        *("--value", "1ether"),
        *send_flags(node, payer, asking),
        prompt="A first payment. Accept the warning? [y/N]: ",
        answer="y",
    )
    assert (run.code, node.balance(recipient)) == (0, 10**18)
