"""The wallet with two witnesses and histories: service, explorer and node are real processes and sockets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from guard.core.address import Address
from guard.core.history import AccountHistory, AccountTransaction, account_vector
from tests.adapters.explorer_rows import GENESIS, Told, payment
from tests.adapters.values import address
from tests.documented_service import FRAUD, DocumentedService
from tests.explorer import KEY, Explorer, Row
from tests.integration.conftest import Payer
from tests.integration.node import Node
from tests.integration.wallet import Run, wallet

ANNA = address(2)
BOTH = ("--predictors", "external,embedded")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[DocumentedService]:
    with DocumentedService() as running:
        monkeypatch.setenv("TXGUARD_UPSTREAM_URL", running.url)
        yield running


def check(node: Node, payer: Payer, recipient: Address, *flags: str) -> Run:
    given = (
        "--from",
        payer.address,
        "--rpc-url",
        node.url,
        "--gas-price",
        "20gwei",
        "--predict-timeout",
        "5",
    )
    return wallet("check", recipient, "--value", "0.01ether", "--json", *given, *flags)


def rules(run: Run) -> dict[str, dict[str, Any]]:
    return {finding["rule"]: finding for finding in run.object["findings"] if "model." in finding["rule"]}


def test_both_are_asked_and_an_abstention_does_not_hide_a_safe(
    node: Node, payer: Payer, recipient: Address, service: DocumentedService
) -> None:
    run = check(node, payer, recipient, *BOTH)
    assert (run.code, run.object["decision"]) == (0, "ALLOW")
    assert (run.object["prediction"]["class"], run.object["prediction"]["source"]) == ("SAFE", "external")
    assert list(rules(run)) == ["model.abstained", "model.witnesses"]
    assert rules(run)["model.abstained"]["facts"]["source"] == "embedded"
    assert rules(run)["model.witnesses"]["facts"]["said"] == [
        "external, contract vector: SAFE",
        "embedded, account vector: ABSTAINED",
    ]


def test_a_fraud_of_one_blocks_whatever_the_other_says(
    node: Node, payer: Payer, recipient: Address, service: DocumentedService
) -> None:
    service.answer = FRAUD
    run = check(node, payer, recipient, *BOTH, "--predict-require", "embedded")
    assert (run.code, run.object["decision"], run.object["prediction"]["class"]) == (3, "BLOCK", "FRAUD")


def test_a_silent_service_leaves_no_verdict_unless_the_other_witness_is_enough(
    node: Node, payer: Payer, recipient: Address, service: DocumentedService
) -> None:
    service.close()
    run = check(node, payer, recipient, *BOTH)
    assert (run.code, run.object["decision"], run.object["prediction"]["class"]) == (4, None, "UNKNOWN")
    run = check(node, payer, recipient, *BOTH, "--predict-require", "embedded")
    assert (run.code, run.object["decision"]) == (0, "ALLOW")
    assert (run.object["prediction"]["class"], run.object["prediction"]["source"]) == (
        "ABSTAINED",
        "embedded",
    )
    assert list(rules(run)) == ["model.abstained", "model.silent", "model.witnesses"]


def test_an_explorer_that_cannot_be_reached_leaves_no_verdict_and_is_no_abstention(
    node: Node, payer: Payer, recipient: Address, service: DocumentedService
) -> None:
    explorer = ("--history-url", "http://127.0.0.1:1/v2/api")
    run = check(node, payer, recipient, "--predict-url", "embedded", *explorer)
    assert (run.code, run.object["decision"]) == (4, None)
    assert (run.object["prediction"]["class"], run.object["prediction"]["source"]) == ("UNKNOWN", "embedded")
    assert run.object["prediction"]["reason"].startswith("no history from the explorer 127.0.0.1:1: ")
    run = check(node, payer, recipient, *BOTH, *explorer, "--predict-require", "external")
    assert (run.code, run.object["decision"], list(rules(run))) == (
        4,
        None,
        ["model.silent", "model.witnesses"],
    )
    (missing,) = (found for found in run.object["findings"] if found["rule"] == "evidence.missing")
    assert missing["facts"]["missing"] == ["the known counterparties"]
    run = check(node, payer, recipient, "--predict-url", "embedded", "--history-source", "none")
    assert (run.code, run.object["prediction"]["class"]) == (0, "ABSTAINED")


def asked_about(account: Address, explorer: Explorer) -> int:
    """Return how often the explorer was asked about this account; the payer's own past is asked for too."""
    return sum(question["address"].lower() == account.lower() for question in explorer.questions)


def test_the_service_is_asked_about_the_history_that_an_explorer_tells_and_the_key_shows_nowhere(
    node: Node, payer: Payer, recipient: Address, service: DocumentedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WALLET_HISTORY_API_KEY", KEY)
    told = Told([payment(number, to=recipient.lower()) for number in (10, 20, 40)])

    def rows(action: str, account: str) -> Sequence[Row]:
        return told(action, account) if account == recipient.lower() else []

    with Explorer(rows, key=KEY) as explorer:
        flags = (
            "--predict-features",
            "account",
            "--history-url",
            explorer.url,
            "--history-rate",
            "100",
            "-v",
        )
        run = check(node, payer, recipient, *flags)
        questions = asked_about(recipient, explorer)
        again = check(node, payer, recipient, *flags)
        assert asked_about(recipient, explorer) == questions > 0
    past = AccountHistory(
        account=recipient,
        transactions=tuple(
            AccountTransaction(
                timestamp=GENESIS + 12 * number, sender=ANNA, recipient=recipient, value_wei=10**18
            )
            for number in (10, 20, 40)
        ),
        source="hand",
    )
    assert run.code == again.code == 0, run.out
    assert run.object["features"] == again.object["features"] == list(account_vector(past))
    assert [body["features"] for body in service.bodies] == [list(account_vector(past))] * 2
    assert {question["chainid"] for question in explorer.questions} == {"31337"}
    assert KEY not in run.out + run.err + again.out + again.err
    assert KEY.encode() not in b"".join(path.read_bytes() for path in payer.home.rglob("*") if path.is_file())


def test_without_a_history_the_service_is_not_asked_and_there_is_no_verdict(
    node: Node, payer: Payer, recipient: Address, service: DocumentedService
) -> None:
    run = check(node, payer, recipient, "--predict-features", "account", "--history-source", "none")
    assert (run.code, run.object["decision"], run.object["features"]) == (4, None, [])
    assert run.object["prediction"]["reason"] == (
        "there is no history to ask it about: account histories are turned off: [history] source is none"
    )
    assert service.requests == []
