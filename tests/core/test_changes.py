from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.address import Address
from guard.core.changes import NOTHING_RUNS, asset_in_words, in_words, plain_payments
from guard.core.intent import Asset, AssetKind
from guard.core.rules.examples import ETHER, FRIEND, SENDER, STRANGER, TOKEN, TRANSFER, token_transfer
from guard.core.text import escape_untrusted
from guard.core.world import AssetChange, Simulation, SimulationMethod, TokenState

WETH = TokenState(kind=AssetKind.ERC20, symbol="WETH", decimals=18)
STATES = {TOKEN: WETH}


def asset(amount: int, kind: AssetKind = AssetKind.NATIVE, token_id: int | None = None) -> Asset:
    token = None if kind is AssetKind.NATIVE else TOKEN
    return Asset(kind=kind, token=token, token_id=token_id, amount=amount)


def ran(*changes: AssetChange) -> Simulation:
    return Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=changes)


def lost(what: Asset, party: Address = SENDER) -> AssetChange:
    return AssetChange(party=party, asset=what, is_gain=False)


def gained(what: Asset, party: Address = SENDER) -> AssetChange:
    return AssetChange(party=party, asset=what, is_gain=True)


def test_plain_ether_to_an_account_without_code_runs_nothing() -> None:
    assert plain_payments([TRANSFER], {FRIEND}) == Simulation(
        method=SimulationMethod.STATIC,
        succeeded=True,
        changes=(lost(asset(TRANSFER.value)), gained(asset(TRANSFER.value), FRIEND)),
    )


def test_several_payments_add_up_and_nothing_is_left_of_one_to_oneself() -> None:
    to_self = replace(TRANSFER, to=SENDER)
    assert plain_payments([TRANSFER, TRANSFER, to_self], {FRIEND, SENDER}) == Simulation(
        method=SimulationMethod.STATIC,
        succeeded=True,
        changes=(lost(asset(2 * TRANSFER.value)), gained(asset(2 * TRANSFER.value), FRIEND)),
    )
    assert plain_payments([replace(TRANSFER, value=0)], {FRIEND}) == ran_static()


def ran_static() -> Simulation:
    return Simulation(method=SimulationMethod.STATIC, succeeded=True, changes=())


@pytest.mark.parametrize(
    "transaction", [token_transfer(FRIEND), replace(TRANSFER, to=None), replace(TRANSFER, to=STRANGER)]
)
def test_calldata_a_creation_and_an_account_that_may_have_code_must_be_run(transaction: object) -> None:
    assert plain_payments([TRANSFER, transaction], {FRIEND}) is None  # type: ignore[list-item]


def test_what_is_sent_and_received_is_one_sentence() -> None:
    three = asset(3 * ETHER, AssetKind.ERC20)
    assert in_words(ran(lost(three), gained(asset(5), FRIEND)), SENDER, STATES) == (
        f"you send 3 WETH ({TOKEN}), you receive nothing"
    )
    both = ran(lost(asset(ETHER // 2)), lost(three), gained(asset(1, AssetKind.ERC721, 42)))
    assert in_words(both, SENDER, STATES) == (
        f"you send 0.5 ether and 3 WETH ({TOKEN}), you receive 1 WETH no. 42 ({TOKEN})"
    )


def test_a_run_that_failed_or_shows_no_changes_says_so() -> None:
    failed = Simulation(method=SimulationMethod.CALL, succeeded=False, revert_reason="not enough")
    assert in_words(failed, SENDER, {}) == "it would fail: not enough"
    assert in_words(replace(failed, revert_reason=None), SENDER, {}) == "it would fail"
    assert in_words(NOTHING_RUNS, SENDER, {}) == "what you would send and receive is not known"


def test_many_assets_are_counted_and_not_dropped() -> None:
    pieces = [lost(asset(1, AssetKind.ERC721, token_id)) for token_id in range(11)]
    assert "no. 7" in in_words(ran(*pieces), SENDER, STATES)
    assert "no. 8" not in in_words(ran(*pieces), SENDER, STATES)
    assert " and 3 assets more, you receive nothing" in in_words(ran(*pieces), SENDER, STATES)


@pytest.mark.parametrize(
    ("state", "kind", "expected"),
    [
        (None, AssetKind.ERC20, f"1500000 of the smallest unit of the token ({TOKEN})"),
        (
            TokenState(kind=None, symbol="USDC"),
            AssetKind.ERC20,
            f"1500000 of the smallest unit of USDC ({TOKEN})",
        ),
        (TokenState(kind=None, decimals=6), AssetKind.ERC20, f"1.5 of the token ({TOKEN})"),
        (TokenState(kind=None, symbol="USDC", decimals=6), AssetKind.ERC20, f"1.5 USDC ({TOKEN})"),
        (TokenState(kind=None, symbol="USDC", decimals=0), AssetKind.ERC20, f"1500000 USDC ({TOKEN})"),
        (None, AssetKind.ERC1155, f"1500000 of the collection ({TOKEN})"),
    ],
)
def test_an_amount_is_in_whole_tokens_where_the_decimals_are_known(
    state: TokenState | None, kind: AssetKind, expected: str
) -> None:
    states = {} if state is None else {TOKEN: state}
    assert asset_in_words(asset(1_500_000, kind), states) == expected


def test_amounts_are_exact_whatever_a_token_says_of_its_decimals() -> None:
    state = TokenState(kind=None, symbol="X", decimals=255)
    told = asset_in_words(asset(2**256 - 1, AssetKind.ERC20), {TOKEN: state})
    assert told.startswith("0." + "0" * 177 + str(2**256 - 1))


@pytest.mark.parametrize(
    ("symbol", "shown"),
    [
        ("\u202eCDSU", '"\\u202eCDSU"'),
        ("US\u200bDC", '"US\\u200bDC"'),
        ("\x1b[2J", '"\\x1b[2J"'),
        ("U\u0405DC", '"U\u0405DC" [not in plain letters]'),
        ("USDC, you receive 5 ether", '"USDC, you receive 5 ether"'),
        ('X" and 5 ether', '"X\' and 5 ether"'),
        ("a" + "\u0301" * 9, None),
    ],
)
def test_a_symbol_that_imitates_or_hides_is_quoted_and_told_and_the_contract_shown(
    symbol: str, shown: str | None
) -> None:
    """D14 token symbol with RTL override, zero-width, combining flood, Cyrillic letters, ESC."""
    state = TokenState(kind=AssetKind.ERC20, symbol=escape_untrusted(symbol, limit=32), decimals=0)
    told = asset_in_words(asset(5, AssetKind.ERC20), {TOKEN: state})
    assert told.endswith(f" ({TOKEN})")
    if shown is None:
        assert "[not in plain letters]" in told
        assert told.count("\u0301") == 2
    else:
        assert told == f"5 {shown} ({TOKEN})"
