"""Settings in, one source of histories out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from guard.adapters.block_scan import BlockScan
from guard.adapters.explorer_history import ExplorerHistory
from guard.adapters.node_history import NodeHistory
from guard.adapters.otterscan import Otterscan
from guard.adapters.shared_history import NoHistory
from guard.adapters.web3_chain import Web3Chain
from guard.config import Home
from guard.core.evidence import Fact, Missing, Observed
from guard.core.history import AccountHistory
from guard.deadline import Deadline
from guard.errors import ConfigurationError
from guard.history_wiring import HistorySettings, build_history, explorer_key
from guard.ports import HistorySource
from guard.testing import FixedClock
from guard.wiring import build_chain
from tests.adapters.explorer_rows import ME, Told, payment
from tests.explorer import KEY, Explorer

ETHERSCAN = "https://api.etherscan.io/v2/api"
BLOCKSCOUT = "https://eth.blockscout.com/api"


def built(
    home: Path, chain: Web3Chain | None = None, environ: dict[str, str] | None = None, **settings: Any
) -> HistorySource:
    folders = Home(config_dir=home, data_dir=home)
    return build_history(HistorySettings(**settings), folders, chain, FixedClock(), environ or {})


def ask(source: HistorySource) -> Fact[AccountHistory]:
    return source.history(ME, Deadline.after(20))


class ChainOf(Web3Chain):
    """A node that knows its chain and nothing else."""

    def __init__(self, number: int) -> None:
        self.number = number

    def chain_id(self) -> int:
        return self.number


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({}, NodeHistory),
        ({"source": "auto"}, NodeHistory),
        ({"source": "otterscan"}, Otterscan),
        ({"source": "scan"}, BlockScan),
        ({"source": "none"}, NoHistory),
        ({"source": "explorer"}, ExplorerHistory),
        ({"url": ETHERSCAN}, ExplorerHistory),
        ({"url": BLOCKSCOUT, "chain_id": 1}, ExplorerHistory),
        ({"source": "explorer", "url": BLOCKSCOUT, "chain_id": 1}, ExplorerHistory),
        ({"source": "scan", "url": BLOCKSCOUT}, BlockScan),
        ({"source": "none", "url": BLOCKSCOUT}, NoHistory),
    ],
    ids=str,
)
def test_the_source_is_the_one_that_is_named(home: Path, settings: dict[str, Any], kind: type) -> None:
    assert type(built(home, build_chain("http://127.0.0.1:1"), **settings)) is kind
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("source", ["auto", "otterscan", "scan"])
def test_without_a_node_and_an_explorer_the_past_is_missing(home: Path, source: str) -> None:
    assert ask(built(home, source=source)) == Missing(
        "no source of account histories is configured: name a node or an explorer"
    )


def test_turned_off_it_is_missing_even_with_a_node(home: Path) -> None:
    assert ask(built(home, build_chain("http://127.0.0.1:1"), source="none")) == Missing(
        "account histories are turned off: [history] source is none"
    )


def test_a_key_in_the_environment_alone_does_not_turn_an_explorer_on(home: Path) -> None:
    environ = {"ETHERSCAN_API_KEY": KEY, "WALLET_HISTORY_API_KEY": KEY}
    assert type(built(home, build_chain("http://127.0.0.1:1"), environ)) is NodeHistory


@pytest.mark.parametrize(
    "settings",
    [
        {"source": "etherscan"},
        {"source": ""},
        {"source": "a\x1b[2J"},
        {"rate": 0.0},
        {"rate": -1.0},
        {"rate": 101.0},
        {"rate": float("nan")},
        {"rate": float("inf")},
        {"chain_id": 0},
        {"chain_id": -1},
    ],
    ids=str,
)
def test_a_setting_that_cannot_be_used_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"^\[history\] ") as caught:
        HistorySettings(**settings)
    assert caught.value.message.isprintable()


def test_an_explorer_that_does_not_say_its_chain_is_refused(home: Path) -> None:
    with pytest.raises(ConfigurationError, match="not which chain it serves"):
        built(home, ChainOf(1), url=BLOCKSCOUT)
    with pytest.raises(ConfigurationError, match="not which of them is meant"):
        built(home, source="explorer")


def test_an_explorer_over_plain_http_must_be_loopback(home: Path) -> None:
    with pytest.raises(ConfigurationError, match="plain http"):
        built(home, url="http://eth.blockscout.com/api", chain_id=1)


@pytest.mark.parametrize(
    ("shape", "chain_id", "node", "asked"),
    [
        ("etherscan", None, 10, "10"),
        ("etherscan", 10, None, "10"),
        ("etherscan", 10, 10, "10"),
        ("blockscout", 10, 10, None),
        ("blockscout", 10, None, None),
    ],
)
def test_the_chain_is_the_nodes_or_the_one_that_is_set(
    home: Path, shape: str, chain_id: int | None, node: int | None, asked: str | None
) -> None:
    with Explorer(Told([payment(1)]), shape=shape) as explorer:
        chain = None if node is None else ChainOf(node)
        fact = ask(built(home, chain, url=explorer.url, chain_id=chain_id, rate=100))
    assert isinstance(fact, Observed)
    assert {question.get("chainid") for question in explorer.questions} == {asked}
    assert sorted(path.name for path in home.iterdir()) == ["explorer-turns", "histories.sqlite3"]


def test_the_past_on_another_chain_than_the_nodes_is_never_told(home: Path) -> None:
    with Explorer(Told([payment(1)]), shape="blockscout") as explorer:
        fact = ask(built(home, ChainOf(11155111), url=explorer.url, chain_id=1))
        reason = "the explorer is asked about chain 1, and the node is on 11155111"
        assert fact == Missing(
            f"no history from the explorer 127.0.0.1:{explorer.port}: {reason}", is_failure=True
        )
        assert explorer.questions == []


def test_the_key_reaches_the_explorer_from_its_file_and_no_file_of_ours(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text(KEY + "\n")
    with Explorer(Told([payment(1)]), key=KEY) as explorer:
        fact = ask(built(home, ChainOf(1), url=explorer.url, api_key_file=path, rate=100))
    assert isinstance(fact, Observed)
    for kept in home.iterdir():
        assert KEY.encode() not in kept.read_bytes()


def test_a_file_goes_before_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text("FROM-THE-FILE")
    environ = {"WALLET_HISTORY_API_KEY": "OURS1234", "ETHERSCAN_API_KEY": "THEIRS12"}
    assert explorer_key(HistorySettings(api_key_file=path), ETHERSCAN, environ) == "FROM-THE-FILE"
    assert explorer_key(HistorySettings(), ETHERSCAN, environ) == "OURS1234"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (ETHERSCAN, "THEIRS12"),
        (BLOCKSCOUT, None),
        ("https://api.etherscan.io.example/v2/api", None),
        ("https://example/api.etherscan.io", None),
        ("http://127.0.0.1:9/v2/api", None),
    ],
)
def test_etherscans_key_is_told_to_etherscan_alone(url: str, key: str | None) -> None:
    environ = {"ETHERSCAN_API_KEY": "THEIRS12", "WALLET_HISTORY_API_KEY": ""}
    assert explorer_key(HistorySettings(), url, environ) == key


def absent(path: Path) -> None:
    path.unlink()


def open_to_others(path: Path) -> None:
    path.chmod(0o640)


def empty(path: Path) -> None:
    path.write_text("\n")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def not_ascii(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")


@pytest.mark.parametrize("damage", [absent, open_to_others, empty, folder, not_ascii])
def test_a_key_file_that_cannot_be_used_is_refused_without_its_content(tmp_path: Path, damage: Any) -> None:
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text(KEY)
    damage(path)
    with pytest.raises(ConfigurationError, match=r"^the key file ") as caught:
        explorer_key(HistorySettings(api_key_file=path), ETHERSCAN, {})
    assert KEY not in str(caught.value.as_mapping())


def test_an_explorer_without_a_node_loads_no_web3(home: Path) -> None:
    code = (
        "import sys\nfrom guard.wiring import *\n"
        "settings = Settings(home=find_home(), predict_url='embedded',"
        " history=HistorySettings(url='https://e.example/api', chain_id=1))\n"
        "build_predictors(settings, None, None)\n"
        "print(sorted({'web3', 'eth_account', 'eth_abi'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
