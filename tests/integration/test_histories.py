"""One past on a real node, counted by hand, and told alike by every source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from guard.adapters.block_scan import BlockScan
from guard.adapters.explorer_api import ExplorerApi
from guard.adapters.explorer_history import ExplorerHistory
from guard.adapters.history_cache import HistoryCache
from guard.adapters.node_history import NodeHistory
from guard.adapters.otterscan import Otterscan
from guard.adapters.rate_limit import RateLimit
from guard.core.address import Address, keccak256
from guard.core.evidence import Missing, Observed
from guard.core.features import FEATURE_NAMES
from guard.core.history import AccountHistory, account_vector
from guard.core.rules.examples import TRANSFER
from guard.deadline import Deadline
from guard.engine import prediction_query
from guard.ports import HistorySource
from guard.predict.embedded import EmbeddedPredictor
from guard.testing import FixedClock
from tests.adapters.token import REVERTER, deployment, token_code, transfer_call
from tests.explorer import Explorer, NodeRows
from tests.integration.node import Node, running_node
from tests.needs import anvil

GENESIS = 1_700_000_000
ETHER = 10**18
ALICE, BOB, CAROL = (Address.from_bytes(b"\xa1" * 19 + bytes([number])) for number in (1, 2, 3))
NOBODY = Address.from_bytes(b"\xa1" * 19 + b"\x09")
TRANSFER_TOPIC = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
SHAPES = ("etherscan", "blockscout")
SOURCES = ("scan", "otterscan", "auto", *SHAPES)


def pays_on(to: Address) -> bytes:
    """Return the creation code of a contract that passes on whatever ether it is sent."""
    call = bytes.fromhex("6000600060006000" + "34" + "73" + to[2:] + "5a" + "f1" + "00")
    return deployment(call)


def hands_out_collectible(sender: Address, to: Address) -> bytes:
    """Return the creation code of a contract that logs an ERC-721 Transfer when called."""
    log = "6007" + "73" + to[2:] + "73" + sender[2:] + "7f" + TRANSFER_TOPIC + "60006000a400"
    return deployment(bytes.fromhex(log))


Payment = tuple[Address, Address | None, int, bytes]
"""Who pays, whom (None: a contract is created), how much in wei, and calldata."""


@dataclass
class Past:
    """A node, and how things are made to happen on it."""

    node: Node
    rich: Address
    contracts: dict[str, Address]
    explorers: dict[str, NodeRows]
    """What an explorer of each shape has of it."""

    def at(
        self, minute: int, *transactions: tuple[Address, Address | None, int, bytes]
    ) -> list[Address | None]:
        """Put these into one block at this minute; return what they created."""
        self.node.call("evm_setAutomine", False)
        hashes = [self._send(*one) for one in transactions]
        self.node.call("evm_setNextBlockTimestamp", hex(GENESIS + 60 * minute))
        self.node.call("evm_mine")
        self.node.call("evm_setAutomine", True)
        receipts = [self.node.call("eth_getTransactionReceipt", one) for one in hashes]
        return [Address.parse(one["contractAddress"]) if one["contractAddress"] else None for one in receipts]  # type: ignore[index]

    def _send(self, sender: Address, to: Address | None, value: int, data: bytes = b"") -> object:
        fields: dict[str, object] = {
            "from": sender,
            "value": hex(value),
            "data": "0x" + data.hex(),
            "gas": hex(400_000),
            "gasPrice": hex(0),
        }
        return self.node.call("eth_sendTransaction", fields if to is None else fields | {"to": to})

    def deploy(self, minute: int, sender: Address, code: bytes) -> Address:
        (created,) = self.at(minute, (sender, None, 0, code))
        assert created is not None
        return created

    def tokens(self) -> dict[str, tuple[str, int]]:
        told = {"coin": ("Coin", 6), "big": ("Big", 18)}
        return {self.contracts[name].lower(): told[name] for name in told}


@pytest.fixture(scope="module")
def past() -> Iterator[Past]:
    flags = ("--timestamp", str(GENESIS), "--gas-price", "0", "--base-fee", "0")
    with running_node(anvil(), *flags) as node:
        for account in (ALICE, BOB):
            node.call("anvil_impersonateAccount", account)
        told = Past(node, Address.parse(node.web3.eth.accounts[0]), {}, {})
        live(told)
        told.explorers |= {shape: NodeRows(node.web3, told.tokens(), shape) for shape in SHAPES}
        yield told


def live(past: Past) -> None:
    """The past that is counted below; every line is one block at its minute."""
    a, b, rich, made = ALICE, BOB, past.rich, past.contracts
    past.at(5, (rich, b, 5 * ETHER, b""))
    past.at(10, (rich, a, 2 * ETHER, b""))
    past.at(30, (rich, a, ETHER, b""))
    made["reverter"] = past.deploy(40, b, REVERTER)
    made["forwarder"] = past.deploy(45, b, pays_on(a))
    made["collectible"] = past.deploy(50, b, hands_out_collectible(b, a))
    past.at(60, (a, b, ETHER // 2, b""))
    past.at(90, (a, made["reverter"], ETHER // 4, b""))
    past.at(100, (a, a, ETHER // 8, b""))
    past.at(110, (a, b, 0, b""))
    made["coin"] = past.deploy(120, a, token_code(b"Coin", 6))
    made["big"] = past.deploy(130, a, token_code(b"Big", 18))
    past.at(135, (a, None, 0, bytes.fromhex("60006000fd")))
    past.at(150, (a, made["coin"], 0, transfer_call(b, 1_500_000)))
    past.at(160, (b, made["coin"], 0, transfer_call(a, 250_000)))
    past.at(170, (b, made["big"], 0, transfer_call(a, 3 * ETHER)))
    past.at(175, (b, made["big"], 0, transfer_call(a, 0)))
    past.at(180, (a, made["big"], 0, transfer_call(CAROL, 2 * ETHER)))
    past.at(185, (a, made["coin"], 0, transfer_call(a, 1_000_000)))
    past.at(200, (rich, a, ETHER // 4, b""), (b, a, 3 * ETHER // 4, b""))
    past.at(220, (b, made["forwarder"], 3 * ETHER // 10, b""))
    past.at(230, (b, made["collectible"], 0, b""))


ALICES_VECTOR = {
    # Sent at 60, 90, 100, 110, 150, 180, 185; received at 10, 30, 200, 200; creations count for nothing.
    "avg_min_between_sent_tnx": (30 + 30 + 10 + 10 + 40 + 30 + 5) / 7,
    "avg_min_between_received_tnx": (20 + 15 + 0) / 4,
    "time_diff_mins": 190.0,
    # The one that was refused at 90, the self-payment at 100 and the empty one at 110 are among them.
    "sent_tnx": 7.0,
    "received_tnx": 4.0,
    # Two tokens, and the creation that failed.
    "number_of_created_contracts": 3.0,
    "max_value_received": 2.0,
    "avg_val_received": 1.0,
    "avg_val_sent": 0.125,
    "total_ether_sent": 0.875,
    # What the forwarder paid from inside at 220 is not in it.
    "total_ether_balance": 3.125,
    # 0.25 and 1 of the one, 3 and 0 of the other; the collectible is none of these.
    "erc20_total_ether_received": 4.25,
    "erc20_total_ether_sent": 4.5,
    "erc20_total_ether_sent_contract": 0.0,
    "erc20_uniq_sent_addr": 3.0,
    "erc20_uniq_rec_token_name": 2.0,
    "erc20_most_sent_token_type": "Coin",
    "erc20_most_rec_token_type": "Coin",
}


@contextmanager
def source(name: str, past: Past, folder: Path) -> Iterator[HistorySource]:
    web3 = past.node.web3
    readers: dict[str, Callable[[], HistorySource]] = {
        "scan": lambda: BlockScan(web3),
        "otterscan": lambda: Otterscan(web3, page_size=2),
        "auto": lambda: NodeHistory(web3),
    }
    if name in readers:
        yield readers[name]()
        return
    with Explorer(past.explorers[name], shape=name) as explorer:
        yield ExplorerHistory(
            ExplorerApi(explorer.url, limit=RateLimit(1e6)),
            chain_id=lambda: 31337,
            clock=FixedClock(),
            cache=HistoryCache(folder / "histories.sqlite3"),
            page_size=3,
        )


def read(name: str, past: Past, account: Address, folder: Path) -> AccountHistory:
    with source(name, past, folder) as reader:
        fact = reader.history(account, Deadline.after(60))
        assert isinstance(fact, Observed), fact
        again = reader.history(account, Deadline.after(60))
    assert again == fact
    return fact.value


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_gives_the_vector_that_was_counted_by_hand(
    name: str, past: Past, tmp_path: Path
) -> None:
    vector = account_vector(read(name, past, ALICE, tmp_path))
    assert dict(zip(FEATURE_NAMES, vector, strict=True)) == ALICES_VECTOR


@pytest.fixture(scope="module")
def scanned(past: Past) -> dict[str, AccountHistory]:
    """What the scan of all blocks tells of everybody."""
    reader = BlockScan(past.node.web3)
    told = {}
    for name, account in everybody(past).items():
        fact = reader.history(account, Deadline.after(60))
        assert isinstance(fact, Observed)
        told[name] = fact.value
    return told


def everybody(past: Past) -> dict[str, Address]:
    return {"bob": BOB, "carol": CAROL, "nobody": NOBODY, **past.contracts}


@pytest.mark.parametrize("name", SOURCES[1:])
def test_every_source_tells_the_past_of_everybody_as_the_scan_of_all_blocks_does(
    name: str, past: Past, scanned: dict[str, AccountHistory], tmp_path: Path
) -> None:
    for who, account in everybody(past).items():
        told = read(name, past, account, tmp_path)
        assert (told.transactions, told.token_moves) == (scanned[who].transactions, scanned[who].token_moves)
        assert account_vector(told) == account_vector(scanned[who])


def test_a_payment_from_inside_a_contract_is_no_transaction_of_the_account(past: Past) -> None:
    told = read("otterscan", past, ALICE, Path())
    mentioned = past.node.call("ots_searchTransactionsBefore", ALICE, 0, 1)
    assert mentioned["txs"][0]["to"] == past.contracts["forwarder"].lower()  # type: ignore[index]
    assert past.contracts["forwarder"] not in {entry.recipient for entry in told.transactions}


def test_a_node_that_has_forgotten_a_part_is_found_out_by_the_nonce(past: Past) -> None:
    past.node.call("anvil_setNonce", CAROL, hex(5))
    try:
        fact = Otterscan(past.node.web3).history(CAROL, Deadline.after(60))
    finally:
        past.node.call("anvil_setNonce", CAROL, hex(0))
    assert fact == Missing(
        "the node tells 0 of the 5 transactions that the account has sent", is_failure=True
    )


@pytest.mark.parametrize("call", ["transfer", "transferFrom"])
@pytest.mark.parametrize("name", SOURCES)
def test_the_past_that_is_read_of_a_token_transfer_is_that_of_who_gets_the_token(
    name: str, call: str, past: Past, tmp_path: Path
) -> None:
    token = past.contracts["coin"]
    arguments = {
        "transfer": transfer_call(ALICE, 1),
        "transferFrom": keccak256(b"transferFrom(address,address,uint256)")[:4]
        + b"".join(part.rjust(32, b"\0") for part in (CAROL.to_bytes(), ALICE.to_bytes(), b"\x01")),
    }
    payment = replace(TRANSFER, to=token, value=0, data=arguments[call], gas_limit=65_000)
    with source(name, past, tmp_path) as reader:
        predictor = EmbeddedPredictor(reader)
        prediction = predictor.predict(prediction_query(payment), Deadline.after(60))
    assert dict(zip(FEATURE_NAMES, prediction.features, strict=True)) == ALICES_VECTOR
