from __future__ import annotations

from guard.adapters.policy_layers import merged, scope_layers, without
from guard.core.rules.examples import FRIEND, SENDER, TOKEN


def test_what_lies_over_wins_key_by_key_and_entry_by_entry() -> None:
    below = {
        "limits": {
            "daily": "1ether",
            "window": [{"hours": 1, "native": "1wei"}],
            "tokens": {TOKEN: {"a": 1}},
        },
        "deny": [{"address": FRIEND, "note": "old"}, {"address": SENDER}],
        "allow": [{"rule": "a", "counterparty": FRIEND}, {"rule": "b", "counterparty": FRIEND}],
    }
    over = {
        "limits": {
            "fee": "2wei",
            "window": [{"hours": 1, "tokens": {}}, {"hours": 2}],
            "tokens": {TOKEN.lower(): {"b": 2}},
        },
        "deny": [{"address": FRIEND.lower(), "note": "new"}],
        "allow": [{"rule": "a", "counterparty": FRIEND.lower(), "note": "mine"}],
        "unattended": True,
    }
    kept = {key: repr(value) for key, value in below.items()}
    assert merged(below, over) == {
        "limits": {
            "daily": "1ether",
            "fee": "2wei",
            "window": [{"hours": 1, "native": "1wei", "tokens": {}}, {"hours": 2}],
            "tokens": {TOKEN.lower(): {"a": 1, "b": 2}},
        },
        "deny": [{"address": FRIEND.lower(), "note": "new"}, {"address": SENDER}],
        "allow": [
            {"rule": "a", "counterparty": FRIEND.lower(), "note": "mine"},
            {"rule": "b", "counterparty": FRIEND},
        ],
        "unattended": True,
    }
    assert {key: repr(value) for key, value in below.items()} == kept


def test_a_table_takes_the_place_of_what_is_none() -> None:
    assert merged({}, {"limits": {"window": [{"hours": 1}]}}) == {"limits": {"window": [{"hours": 1}]}}


def test_where_a_scope_of_a_chain_and_one_of_an_account_meet_both_count() -> None:
    tables = [{"chain": 1, "x": 1}, {"account": FRIEND, "x": 2}, {"chain": 2, "account": FRIEND, "x": 3}]
    assert scope_layers([(1, None), (None, FRIEND), (2, FRIEND)], tables) == {
        (1, None): [{"x": 1}],
        (None, FRIEND): [{"x": 2}],
        (2, FRIEND): [{"x": 2}, {"x": 3}],
        (1, FRIEND): [{"x": 1}, {"x": 2}],
    }


def test_keys_are_left_out_by_name() -> None:
    assert without({"a": 1, "b": 2}, frozenset({"b"})) == {"a": 1}
