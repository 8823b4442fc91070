"""The one table of JSON-RPC methods: complete where it must be, exact, and never two answers."""

from __future__ import annotations

from itertools import combinations

import pytest

from guard.core.rpc_methods import (
    DEVELOPMENT,
    READS,
    REFUSED,
    SIGNS_OR_SENDS,
    MethodKind,
    is_named_like_a_read,
    kind_of,
)
from guard.core.rpc_request import METHODS


def test_no_method_stands_in_two_tables() -> None:
    tables = (READS, SIGNS_OR_SENDS, REFUSED, DEVELOPMENT)
    assert [one & other for one, other in combinations(tables, 2)] == [frozenset()] * 6


def test_what_is_reviewed_is_exactly_what_can_be_read() -> None:
    assert frozenset(METHODS) == SIGNS_OR_SENDS


def test_more_than_forty_methods_that_sign_or_send_are_known() -> None:
    """G2: every signing or sending method is scored or refused; at least 40 are known by name."""
    assert len(SIGNS_OR_SENDS | REFUSED) >= 100


@pytest.mark.parametrize(
    "method",
    [
        "eth_sendBundle",
        "eth_sendPrivateTransaction",
        "eth_sendRawTransactionConditional",
        "eth_sendRawTransactionSync",
        "eth_sendUserOperation",
        "mev_sendBundle",
        "personal_sendTransaction",
        "personal_unlockAccount",
        "wallet_grantPermissions",
        "wallet_addEthereumChain",
        "eth_decrypt",
        "admin_startHTTP",
        "trace_rawTransaction",
        "eth_callBundle",
    ],
)
def test_what_is_known_to_send_or_change_is_refused_by_name(method: str) -> None:
    """G2: sending and signing in other forms is not taken for a question."""
    assert kind_of(method) is MethodKind.REFUSED


@pytest.mark.parametrize(
    "spelling",
    [
        "ETH_SENDTRANSACTION",
        "eth_sendtransaction",
        "eth_sendTransaction ",
        " eth_sendTransaction",
        "eth_sendTransaction\0",
        "eth_sendTransaction\n",
        "eth_sеndTransaction",
        "eth_getBalance\n",
        "eth_getEncryptionPublicKey ",
        "debug_traceRawTransaction",
        "eth_estimateGasBundle",
        "",
    ],
)
def test_another_spelling_is_another_method(spelling: str) -> None:
    """G3: names in other case, with a space, a NUL or a look-alike letter are known to nobody."""
    assert kind_of(spelling) is MethodKind.UNKNOWN
    assert not is_named_like_a_read(spelling)


@pytest.mark.parametrize("method", [None, 1, True, ["eth_call"], {"eth_call": 1}])
def test_what_is_no_text_is_no_method(method: object) -> None:
    assert kind_of(method) is MethodKind.UNKNOWN
    assert not is_named_like_a_read(method)


@pytest.mark.parametrize("method", ["bor_getAuthor", "zks_estimateFee", "eth_getSomethingNew"])
def test_a_question_of_some_node_alone_is_told_by_its_name(method: str) -> None:
    assert kind_of(method) is MethodKind.UNKNOWN
    assert is_named_like_a_read(method)


@pytest.mark.parametrize(
    "method",
    ["eth_sendNewThing", "eth_gettransactions", "eth_getEncryptionPublicKey", "eth_call", "get_Balance"],
)
def test_what_sends_or_is_known_is_no_unknown_question(method: str) -> None:
    assert not is_named_like_a_read(method)
