"""Which setting wins: flags, then WALLET_*, then cast's names, then the user's file, then the default."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import pytest

import guard.wiring
from guard.core.prediction import PredictionSource
from guard.history_wiring import HistorySettings
from guard.wiring import Settings
from tests.wallet.harness import FRIEND, PAYER, STRANGER, Desk
from wallet.cli import COMMANDS, cli
from wallet.options import EmbeddedNode

FIRST, SECOND, THIRD, FOURTH = (f"http://127.0.0.1:{port}" for port in (1, 2, 3, 4))


@pytest.fixture
def asked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses of nodes that commands wanted, in order."""
    urls: list[str] = []

    def build_chain(url: str) -> object:
        urls.append(url)
        return desk.chain

    monkeypatch.setattr("wallet.wiring.build_chain", build_chain)
    desk.node = EmbeddedNode()
    return urls


def check(desk: Desk, *flags: str) -> int:
    return desk.wallet("check", "friend", "--value", "1wei", "--json", *flags).code


def test_a_node_is_taken_from_flag_variable_casts_name_and_file_in_this_order(
    desk: Desk, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.config(f'rpc_url = "{FOURTH}"')
    check(desk)
    monkeypatch.setenv("ETH_RPC_URL", THIRD)
    check(desk)
    monkeypatch.setenv("WALLET_RPC_URL", SECOND)
    check(desk)
    check(desk, "--rpc-url", FIRST)
    assert asked == [FOURTH, THIRD, SECOND, FIRST]


def test_an_empty_variable_is_no_setting(
    desk: Desk, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WALLET_RPC_URL", "")
    monkeypatch.setenv("ETH_RPC_URL", THIRD)
    check(desk)
    assert asked == [THIRD]


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("ETH_GAS_PRICE", "9gwei", "maxFeePerGas", hex(9 * 10**9)),
        ("WALLET_GAS_PRICE", "9gwei", "maxFeePerGas", hex(9 * 10**9)),
        ("ETH_GAS_LIMIT", "50000", "gas", hex(50000)),
        ("CHAIN", "1", "chainId", "0x1"),
        ("CHAIN", "mainnet", "chainId", "0x1"),
        ("CHAIN", "0x1", "chainId", "0x1"),
        ("ETH_PRIORITY_GAS_PRICE", "3gwei", "maxPriorityFeePerGas", hex(3 * 10**9)),
    ],
)
def test_casts_variables_reach_the_payment(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, field: str, expected: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert desk.send("--yes").code == 0
    told = desk.wallet("show", desk.sends()[0].id, "--json").object
    assert told["transaction"][field] == expected


def test_casts_names_for_the_account_and_the_password_file_work(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETH_PASSWORD", str(desk.password_file))
    names = (
        ("ETH_KEYSTORE_ACCOUNT", "main"),
        ("ETH_FROM", PAYER.address),
        ("ETH_KEYSTORE", str(desk.home / "keystore" / "main")),
    )
    for wei, (variable, value) in enumerate(names, start=1):
        with monkeypatch.context() as patch:
            patch.setenv(variable, value)
            desk.chain.nonce += 1
            assert desk.wallet("send", "friend", "--value", f"{wei}wei", "--yes").code == 0


def test_the_file_gives_every_setting_that_it_may_hold(desk: Desk) -> None:
    desk.config(
        f'account = "main"\nkeystore_dir = "{desk.home}/keystore"\npassword_file = "{desk.password_file}"\n'
        f'predict_timeout = 5\nreceipt_timeout = 7.5\nsender = "{PAYER.address}"\n'
    )
    done = desk.wallet("send", FRIEND, "--value", "1wei", "--yes")
    assert done.code == 0
    assert "for at most 5 s" in done.err
    assert "for at most 7.5 s" in done.err


def test_help_works_with_a_broken_file(desk: Desk) -> None:
    desk.config("= broken")
    assert desk.wallet("send", "--help").code == 0
    assert desk.send("--yes").code == 9


def test_the_word_help_as_a_value_does_not_hide_the_file(desk: Desk, asked: list[str]) -> None:
    desk.config(f'rpc_url = "{FOURTH}"')
    check(desk, "--account", "-h")
    desk.config("= broken")
    assert check(desk, "--account", "--help") == 9
    assert check(desk, "--account", "-h") == 9
    assert check(desk, "--nope") == 9
    assert check(desk, "--help") == 0


@pytest.mark.parametrize("kept", ["config.toml", "policy.toml", "contacts.json"])
def test_a_file_behind_a_link_that_leads_nowhere_is_not_taken_for_absent(desk: Desk, kept: str) -> None:
    (desk.home / kept).unlink(missing_ok=True)
    (desk.home / kept).symlink_to(desk.home / "unmounted" / kept)
    assert check(desk) == 9


def test_a_priority_price_from_the_environment_leaves_other_fees_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETH_PRIORITY_GAS_PRICE", "3gwei")
    assert desk.send("--yes", "--legacy").code == 0
    assert desk.wallet("resume").code == 0
    desk.node.chain = None
    assert check(desk) == 4


def test_a_chain_that_is_none_is_told_with_its_variable(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAIN", "my-chain")
    done = desk.send("--yes")
    assert done.code == 2
    assert "CHAIN" in done.err
    assert "'my-chain' is neither a chain id, such as 1, nor one of mainnet, sepolia" in done.err


def test_predict_address_and_policy_reach_the_engine(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Settings] = []
    monkeypatch.setattr(
        guard.wiring, "build_predictor", lambda settings, *_: seen.append(settings) or desk.predictor
    )
    desk.policy("")
    desk.config('predict_url = "embedded"')
    check(desk)
    check(desk, "--predict-url", "http://127.0.0.1:9/api/predict", "--predict-timeout", "3")
    assert [(given.predict_url, given.predict_timeout_s) for given in seen] == [
        ("embedded", 90.0),
        ("http://127.0.0.1:9/api/predict", 3.0),
    ]


def test_witnesses_and_histories_reach_the_engine(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Settings] = []
    monkeypatch.setattr(
        guard.wiring, "build_predictor", lambda settings, *_: seen.append(settings) or desk.predictor
    )
    desk.config(
        '[predict]\npredictors = ["embedded"]\n[history]\nurl = "https://f.example/api"\nchain_id = 7\n'
        'api_key_file = "/k"\n'
    )
    check(desk)
    monkeypatch.setenv("WALLET_HISTORY_RATE", "5")
    monkeypatch.setenv("WALLET_PREDICTORS", "external")
    check(desk)
    check(
        desk,
        *("--predictors", "external", "--predict-require", "external", "--predict-features", "account"),
        *("--history-source", "explorer", "--history-url", "https://e.example/api"),
        *("--history-chain-id", "5", "--history-api-key-file", "/l", "--history-rate", "2.5"),
    )
    embedded, external = PredictionSource.EMBEDDED, PredictionSource.EXTERNAL
    named = HistorySettings(url="https://f.example/api", chain_id=7, api_key_file=Path("/k"))
    assert [(one.predictors, one.required.value, one.features.value, one.history) for one in seen] == [
        ((embedded,), "any", "contract", named),
        ((external,), "any", "contract", replace(named, rate=5.0)),
        (
            (external,),
            "external",
            "account",
            HistorySettings(
                source="explorer",
                url="https://e.example/api",
                chain_id=5,
                rate=2.5,
                api_key_file=Path("/l"),
            ),
        ),
    ]


def test_a_typed_predict_url_of_embedded_outweighs_witnesses_in_the_file(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Settings] = []
    monkeypatch.setattr(
        guard.wiring, "build_predictor", lambda settings, *_: seen.append(settings) or desk.predictor
    )
    desk.config('[predict]\npredictors = ["external", "embedded"]\nrequire = "external"\n')
    assert check(desk, "--predict-url", "embedded") == 0
    assert [one.witnesses for one in seen] == [(PredictionSource.EMBEDDED,)]
    desk.config('predict_url = "embedded"\n[predict]\npredictors = ["external", "embedded"]\n')
    assert check(desk) == 9


ROUTE = "http://127.0.0.1:9/api/predict"


def test_a_route_beside_predictors_that_would_not_ask_it_is_refused_unless_they_were_said_more_strongly(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Settings] = []
    monkeypatch.setattr(
        guard.wiring, "build_predictor", lambda settings, *_: seen.append(settings) or desk.predictor
    )
    desk.config('[predict]\npredictors = ["embedded"]\n')
    refused = desk.wallet("check", "friend", "--value", "1wei", "--predict-url", ROUTE)
    assert refused.code == 9
    assert "predict_url (--predict-url) names a route" in refused.err
    assert "the predictors (--predictors) are embedded alone" in refused.err
    assert check(desk, "--predict-url", ROUTE, "--predictors", "embedded") == 9
    assert check(desk, "--predict-url", ROUTE, "--predictors", "external") == 0
    monkeypatch.setenv("WALLET_PREDICT_URL", ROUTE)
    assert check(desk) == 9
    assert check(desk, "--predictors", "embedded") == 0
    desk.config(f'predict_url = "{ROUTE}"\n[predict]\npredictors = ["embedded"]\n')
    monkeypatch.delenv("WALLET_PREDICT_URL")
    assert check(desk) == 9
    external, embedded = PredictionSource.EXTERNAL, PredictionSource.EMBEDDED
    assert [(one.predict_url, one.witnesses) for one in seen] == [(ROUTE, (external,)), (None, (embedded,))]


def test_a_predict_url_of_embedded_in_the_environment_drops_no_witness_of_the_file(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard.wiring, "build_predictor", lambda *_: desk.predictor)
    monkeypatch.setenv("WALLET_PREDICT_URL", "embedded")
    for named in ('predictors = ["external", "embedded"]\nrequire = "external"', 'require = "external"'):
        desk.config(f"[predict]\n{named}\n")
        assert check(desk) == 9
        assert check(desk, "--predict-url", "embedded") == 0
    desk.config('[predict]\npredictors = ["embedded"]\nrequire = "embedded"\n')
    assert check(desk) == 0


def test_words_that_mean_nothing_end_with_the_code_of_usage_or_configuration(desk: Desk) -> None:
    assert check(desk, "--predict-require", "all") == 2
    assert check(desk, "--history-source", "somewhere") == 2
    assert check(desk, "--history-rate", "0") == 2
    assert check(desk, "--predictors", "both") == 9
    desk.config('[predict]\nrequire = "embedded"\n')
    assert check(desk) == 9


def every_command() -> list[tuple[str, click.Command]]:
    context = click.Context(cli)
    found: list[tuple[str, click.Command]] = []
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        found.append((name, command))
        if isinstance(command, click.Group):
            found.extend((f"{name} {inner}", sub) for inner, sub in command.commands.items())
    return found


def test_no_flag_and_no_variable_carries_a_password_or_a_key() -> None:
    for name, command in every_command():
        for parameter in command.params:
            flags = " ".join(parameter.opts)
            variables = parameter.envvar or []
            if any(word in flags for word in ("password", "key", "secret", "mnemonic")):
                is_file = isinstance(parameter.type, click.Path)
                assert is_file or flags == "--idempotency-key", f"{name} {flags}"
            for variable in [variables] if isinstance(variables, str) else variables:
                assert "PRIVATE" not in variable
                assert "PASSWORD" not in variable or isinstance(parameter.type, click.Path)


def test_the_stranger_is_one(desk: Desk) -> None:
    assert desk.wallet("check", STRANGER, "--value", "1ether").code == 5


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[predict]\nrequire = "all"\n', "'all' is not one of"),
        ('[predict]\nfeatures = "some"\n', "'some' is not one of"),
        ("[history]\nrate = 0\n", "0"),
        ('confirmations = "many"\n', "many"),
    ],
)
def test_a_word_of_the_file_that_means_nothing_is_a_fault_of_the_configuration(
    desk: Desk, text: str, told: str
) -> None:
    desk.config(text)
    run = desk.wallet("send" if "confirmations" in text else "check", "friend", "--value", "1wei")
    assert run.code == 9
    assert "config.toml cannot be used" in run.err
    assert told in run.err


def test_a_flag_that_means_nothing_stays_a_fault_of_usage_beside_a_file(desk: Desk) -> None:
    desk.config('[predict]\nrequire = "any"\n')
    assert check(desk, "--predict-require", "all") == 2
