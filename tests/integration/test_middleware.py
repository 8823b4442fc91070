"""What the middleware lets through, refuses, asks about and writes down, under web3 on anvil."""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from requests import ConnectionError as NoConnection
from web3 import EthereumTesterProvider, HTTPProvider, Web3
from web3.exceptions import MethodUnavailable, Web3RPCError
from web3.middleware import ExtraDataToPOAMiddleware, SignAndSendRawMiddlewareBuilder
from web3.types import RPCEndpoint

from guard import (
    ConfirmationRequired,
    Decision,
    Guard,
    NoVerdict,
    Policy,
    Severity,
    TransactionBlocked,
    guard_provider,
    install_guard,
)
from guard.adapters.approvals import ApprovalFolder
from guard.adapters.sqlite_journal import SqliteJournal
from guard.adapters.web3_chain import Web3Chain, connect
from guard.config import find_home
from guard.core.address import Address
from guard.core.journal import SendRecord, SendState, SignatureRecord
from guard.core.subject import Request
from guard.core.verdict import Verdict
from guard.engine import SystemClock
from guard.errors import ConfigurationError, DigestMismatch, IntegrityError, InvalidRequest, JournalDamaged
from guard.testing import FakeChain
from tests.integration.node import Node
from tests.middleware.recording import RecordingProvider
from tests.middleware.witness import FRIEND, THIEF, Witness, guarding, watching

BROADCAST, BLOCKED, DECLINED = SendState.BROADCAST, SendState.BLOCKED, SendState.DECLINED
ABANDONED, SIGNED, REFUSED = SendState.ABANDONED, SendState.SIGNED, SendState.REFUSED
HANDED = SendState.HANDED


ASKING = Policy(strangers=Severity.WARN)
"""Under which whoever is not known is asked about."""


class Program:
    """A program that pays with the node's first account, or with a key of its own."""

    def __init__(self, node: Node, home: Path) -> None:
        self.node = node
        self.home = home
        self.provider = RecordingProvider(node.url)
        self.w3 = Web3(self.provider)
        self.local = Account.from_key(secrets.token_bytes(32))
        node.fund(Address.parse(self.local.address))
        self.account = node.web3.eth.accounts[0]
        self.witness = Witness()
        # An address that nobody ever used, which is warned about.
        self.stranger = Address.from_bytes(secrets.token_bytes(20))

    def install(self, *, policy: Policy | None = None, **options: Any) -> Guard:
        guard = watching(self.node.url, self.witness, policy or ASKING)
        install_guard(self.w3, guard, **options)
        return guard

    def sign_locally(self) -> None:
        self.w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(self.local), layer=0)

    def pay(self, to: Address, value: int = 1, **fields: Any) -> str:
        payment = {"from": self.account, "to": to, "value": value, **fields}
        return self.w3.eth.send_transaction(payment).to_0x_hex()

    def pay_locally(self, to: Address, value: int = 1, **fields: Any) -> str:
        return self.pay(to, value, **{"from": self.local.address, **fields})

    def raw(self, to: Address, value: int = 1, **fields: Any) -> bytes:
        base_fee = self.node.web3.eth.get_block("latest")["baseFeePerGas"]
        transaction = {
            "to": to,
            "value": value,
            "nonce": self.node.pending_nonce(Address.parse(self.local.address)),
            "gas": 21_000,
            "maxFeePerGas": 2 * base_fee + 10**9,
            "maxPriorityFeePerGas": 10**9,
            "chainId": 31337,
            **fields,
        }
        return bytes(self.local.sign_transaction(transaction).raw_transaction)

    def journal(self) -> SqliteJournal:
        return SqliteJournal(self.home / "journal.sqlite3", read_only=True)

    def sends(self) -> list[SendRecord]:
        journal = self.journal()
        try:
            assert journal.verify_audit() > 0
            return list(reversed(journal.sends(100)))
        finally:
            journal.close()

    def states(self) -> list[SendState]:
        return [record.state for record in self.sends()]

    def signatures(self) -> list[SignatureRecord]:
        journal = self.journal()
        try:
            return list(reversed(journal.latest_signatures(100)))
        finally:
            journal.close()


@pytest.fixture
def program(node: Node, home: Path) -> Iterator[Program]:
    node.call("anvil_setNextBlockBaseFeePerGas", hex(10**9))
    node.call("anvil_mine", "0x1")
    made = Program(node, home)
    yield made
    made.provider._request_session_manager.session_cache.clear()


class Person:
    """Answers what a callback is asked, and remembers it."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.shown: list[Verdict] = []

    def __call__(self, request: Request, verdict: Verdict) -> Any:
        self.shown.append(verdict)
        answer = self.answers.pop(0)
        return answer(verdict) if callable(answer) else answer


def approve(home: Path, digest: str) -> None:
    """Say yes elsewhere, as `guard approve` does."""
    folder = ApprovalFolder(find_home({"TXGUARD_HOME": str(home)}).approvals_dir, SystemClock())
    folder.grant(folder.question(digest))


# What is blocked


@pytest.mark.parametrize(
    "send",
    [
        lambda program: program.pay(THIEF),
        lambda program: program.pay_locally(THIEF),
        lambda program: program.w3.eth.send_raw_transaction(program.raw(THIEF)),
        lambda program: program.w3.eth.sign_transaction(
            {"from": program.account, "to": THIEF, "gas": 21_000}
        ),
        lambda program: program.w3.provider.make_request(
            RPCEndpoint("eth_sendTransaction"), [{"from": program.account, "to": THIEF}]
        ),
    ],
    ids=["by the node", "by a local key", "raw", "signed alone", "past the middlewares"],
)
def test_of_a_fraud_the_node_is_asked_nothing_but_questions(
    program: Program, send: Callable[[Program], object]
) -> None:
    """H1 H6: TransactionBlocked with the whole verdict, one record, and no call that signs or sends."""
    program.install()
    program.sign_locally()
    with pytest.raises(TransactionBlocked) as blocked:
        send(program)
    assert blocked.value.message.startswith("BLOCK: the external model says Fraud")
    assert blocked.value.verdict is not None
    assert blocked.value.verdict.decision is Decision.BLOCK
    assert program.provider.sent() == []
    assert program.states() == [BLOCKED]
    assert program.sends()[0].digest == blocked.value.verdict.digest


def test_without_a_guard_the_same_program_pays(program: Program) -> None:
    """The measure of the tests above: the calls themselves are good."""
    program.sign_locally()
    assert len(program.pay(program.stranger)) == len(program.pay_locally(program.stranger)) == 66


@pytest.mark.parametrize(
    "call", ["eth_sendPrivateTransaction", "wallet_grantPermissions", "eth_sendSomethingNew"]
)
def test_what_could_send_and_cannot_be_read_is_refused(program: Program, call: str) -> None:
    program.install()
    with pytest.raises(InvalidRequest, match=f"the guard (refuses|does not know) {call}"):
        program.w3.manager.request_blocking(RPCEndpoint(call), [{}])
    assert program.provider.sent() == []


def test_what_reads_and_what_commands_a_test_node_passes_untouched(program: Program) -> None:
    program.install()
    parameters = [{"to": FRIEND, "data": "0x"}, "latest"]
    answer = program.w3.provider.make_request(RPCEndpoint("eth_call"), parameters)
    assert answer["result"] == "0x"
    assert program.provider.asked[-1][1] is parameters
    program.w3.provider.make_request(RPCEndpoint("anvil_mine"), ["0x1"])
    program.w3.provider.make_request(RPCEndpoint("bor_getAuthor"), [])
    assert program.witness.queries == []
    assert not (program.home / "journal.sqlite3").exists()


def test_a_payload_that_can_be_read_in_two_ways_is_refused(program: Program) -> None:
    program.install()
    call = {"from": program.account, "to": FRIEND, "data": "0x01", "input": "0x02"}
    with pytest.raises(InvalidRequest, match="`data` and `input` differ"):
        program.w3.provider.make_request(RPCEndpoint("eth_sendTransaction"), [call])
    with pytest.raises(InvalidRequest):
        program.w3.provider.make_request(RPCEndpoint("eth_sendTransaction"), [{**call, "value": object()}])
    assert program.provider.sent() == []


@pytest.mark.parametrize("kind", [0, 1, 2, "0x2"])
def test_a_payment_of_each_type_is_signed_as_that(program: Program, kind: int | str) -> None:
    program.install()
    market = {"maxFeePerGas": 3 * 10**9, "maxPriorityFeePerGas": 10**9}
    fees = market if kind in (2, "0x2") else {"gasPrice": 3 * 10**9}
    lists = {"accessList": []} if kind == 1 else {}
    paid = program.pay(FRIEND, 5, **{"type": kind, "gas": 21_000, **fees, **lists})
    assert program.node.web3.eth.get_transaction(paid)["type"] == int(str(kind), 0)  # type: ignore[arg-type]
    assert program.states() == [BROADCAST]


# Batches


def test_a_batch_with_anything_but_questions_is_refused_whole(program: Program) -> None:
    """H4: by the batch context, by make_batch_request, and by the middlewares' own wrapping."""
    program.install()
    raw = Web3.to_hex(program.raw(FRIEND))
    batch: list[Any] = [("eth_blockNumber", []), ("eth_sendRawTransaction", [raw])]
    with pytest.raises(InvalidRequest, match="refuses a batch with eth_sendRawTransaction"):
        program.w3.provider.make_batch_request(batch)  # type: ignore[attr-defined]
    with pytest.raises(InvalidRequest, match="refuses a batch with personal_sign"):
        program.w3.manager._make_batch_request(
            [((RPCEndpoint("personal_sign"), ["0x00", program.account]), ((), (), ()))]
        )
    with program.w3.batch_requests() as requests:
        requests.add(program.w3.eth.get_block("latest"))
        requests.add(program.w3.eth.get_balance(program.w3.to_checksum_address(FRIEND)))
        assert len(requests.execute()) == 2
    assert program.node.pending_nonce(Address.parse(program.local.address)) == 0
    assert program.witness.queries == []


# What is let through


def test_what_was_scored_is_what_the_node_signs(program: Program) -> None:
    program.install()
    paid = program.pay(FRIEND, 5)
    _, parameters = next(one for one in program.provider.asked if one[0] == "eth_sendTransaction")
    record = program.sends()[-1]
    assert (record.state, record.hash) == (BROADCAST, paid)
    assert record.raw is not None
    told = program.node.web3.eth.get_transaction(paid)
    assert (told["value"], told["nonce"], told["to"]) == (5, record.request.nonce, FRIEND)
    assert set(parameters[0]) == {
        "from", "to", "value", "data", "chainId", "nonce", "gas", "maxFeePerGas", "maxPriorityFeePerGas"
    }  # fmt: skip
    assert len(program.witness.queries) == 1


def test_a_local_key_signs_what_was_scored_and_no_one_is_asked_twice(program: Program) -> None:
    """What was left without a nonce is reviewed again with it; the person's yes goes along."""
    person = Person(True)
    program.install(confirm=person)
    program.sign_locally()
    paid = program.pay_locally(program.stranger)
    unnumbered, numbered = program.sends()
    assert (unnumbered.state, unnumbered.note) == (ABANDONED, f"reviewed again as {numbered.id}")
    assert (numbered.state, numbered.hash, numbered.request.nonce) == (BROADCAST, paid, 0)
    assert [verdict.digest for verdict in person.shown] == [unnumbered.digest]


def test_a_local_payment_with_a_nonce_is_reviewed_once(program: Program) -> None:
    program.install()
    program.sign_locally()
    paid = program.pay_locally(FRIEND, nonce=0)
    assert [(one.state, one.hash) for one in program.sends()] == [(BROADCAST, paid)]
    assert len(program.witness.queries) == 1


def test_web3_own_middlewares_further_in_cost_no_second_review(program: Program) -> None:
    program.install()
    program.w3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
    program.pay(FRIEND)
    assert len(program.witness.queries) == 1


def test_a_middleware_that_changes_the_payment_after_the_verdict_has_it_reviewed_again(
    program: Program,
) -> None:
    """C4: a signer further in that signs something else is met on the wire."""

    def thief(w3: Any) -> Any:
        signer = SignAndSendRawMiddlewareBuilder.build(program.local)(w3)
        honest = signer.request_processor
        signer.request_processor = lambda method, params: honest(
            method, [{**params[0], "to": THIEF}] if method == "eth_sendTransaction" else params
        )
        return signer

    program.install()
    program.w3.middleware_onion.inject(thief, name="thief", layer=0)
    with pytest.raises(TransactionBlocked):
        program.pay_locally(FRIEND)
    assert program.provider.sent() == []
    assert sorted(state.value for state in program.states()) == ["blocked", "reviewed"]


def test_the_journal_is_ahead_of_the_node(program: Program) -> None:
    """The verdict is on disk before the node may sign, signed bytes are before it has them."""
    program.install()
    then: list[tuple[SendState, bool]] = []

    def look(parameters: Any, ask: Callable[[], Any]) -> Any:
        record = program.sends()[-1]
        then.append((record.state, record.raw is not None))
        return ask()

    program.provider.changes |= {"eth_sendTransaction": look, "eth_sendRawTransaction": look}
    program.pay(FRIEND, 1)
    program.w3.eth.send_raw_transaction(program.raw(FRIEND, 2))
    assert then == [(HANDED, False), (SIGNED, True)]


def test_what_another_thread_changes_after_the_verdict_is_not_sent(program: Program) -> None:
    """C4: the scored copy goes on, whatever the caller's own object says by then."""
    payment = {"from": program.account, "to": FRIEND, "value": "0x1"}

    class Changing(Witness):
        def predict(self, *asked: Any) -> Any:
            payment["to"] = THIEF
            return super().predict(*asked)

    install_guard(program.w3, watching(program.node.url, Changing()))
    before = program.node.balance(FRIEND)
    program.w3.provider.make_request(RPCEndpoint("eth_sendTransaction"), [payment])
    assert (program.node.balance(FRIEND), program.node.balance(THIEF)) == (before + 1, 0)


# The same bytes again


def test_the_same_bytes_are_scored_once_and_have_one_hash(program: Program) -> None:
    """H5 G11: whoever sends them again is answered as the first time."""
    program.install()
    raw = program.raw(FRIEND)
    first = program.w3.eth.send_raw_transaction(raw)
    assert program.w3.eth.send_raw_transaction(raw) == first
    assert [(one.state, one.hash) for one in program.sends()] == [(BROADCAST, first.to_0x_hex())]
    assert len(program.witness.queries) == 1


def test_a_reply_that_was_lost_is_asked_for_again_without_a_score(program: Program) -> None:
    """H5: web3 sends the bytes again after a lost reply; the node has them already, and its hash is told."""
    program.install()
    lost = [True]

    def lose(_: Any, ask: Callable[[], Any]) -> Any:
        answer = ask()
        if lost and lost.pop():
            raise NoConnection("http://user:key@node.example/secret")
        return answer

    raw = program.raw(FRIEND)
    program.provider.changes["eth_sendRawTransaction"] = lose
    with pytest.raises(NoConnection):
        program.w3.eth.send_raw_transaction(raw)
    waiting = program.sends()[0]
    assert (waiting.state, waiting.note) == (SIGNED, "the node could not be asked (ConnectionError)")
    program.provider.changes["eth_sendRawTransaction"] = lambda _, ask: {
        "jsonrpc": "2.0",
        "id": 1,
        "error": {"code": -32000, "message": "already known"},
    }
    assert program.w3.eth.send_raw_transaction(raw).to_0x_hex() == waiting.hash
    assert program.states() == [BROADCAST]
    assert len(program.witness.queries) == 1


def test_bytes_that_the_node_refuses_are_kept_with_its_words(program: Program) -> None:
    program.install()
    program.provider.changes["eth_sendRawTransaction"] = lambda _, ask: {
        "jsonrpc": "2.0",
        "id": 1,
        "error": {"code": -32000, "message": "transaction underpriced\x1b[2J"},
    }
    with pytest.raises(Web3RPCError):
        program.w3.eth.send_raw_transaction(program.raw(FRIEND))
    record = program.sends()[0]
    assert (record.state, record.note) == (REFUSED, "transaction underpriced\\x1b[2J")


def test_a_node_that_calls_the_bytes_otherwise_is_not_believed(program: Program) -> None:
    program.install()
    other = "0x" + "ab" * 32
    program.provider.changes["eth_sendRawTransaction"] = lambda _, ask: {
        "jsonrpc": "2.0",
        "id": 1,
        "result": other,
    }
    with pytest.raises(IntegrityError, match=f"the node calls the payment {other}"):
        program.w3.eth.send_raw_transaction(program.raw(FRIEND))
    assert program.states() == [SIGNED]


def test_a_payment_that_outbids_another_takes_its_place(program: Program) -> None:
    program.install()
    program.node.call("evm_setAutomine", False)
    try:
        program.w3.eth.send_raw_transaction(program.raw(FRIEND))
        cheap = program.sends()[0]
        fee = {"maxFeePerGas": 8 * 10**9, "maxPriorityFeePerGas": 2 * 10**9, "nonce": cheap.request.nonce}
        program.w3.eth.send_raw_transaction(program.raw(FRIEND, 2, **fee))
    finally:
        program.node.call("evm_setAutomine", True)
        program.node.call("anvil_mine", "0x1")
    first, second = program.sends()
    assert (first.replaces, second.replaces, second.state) == (None, first.id, BROADCAST)


# A node that signs


def test_a_node_of_the_guard_that_is_behind_outbids_no_payment(program: Program) -> None:
    class Behind(Web3Chain):
        def next_nonce(self, account: Address) -> int:
            return first

    first = program.node.pending_nonce(Address.parse(program.account))
    install_guard(program.w3, guarding(Behind(connect(program.node.url)), program.witness))
    program.node.call("evm_setAutomine", False)
    try:
        program.pay(FRIEND, 1)
        program.pay(FRIEND, 2, maxFeePerGas=9 * 10**9, maxPriorityFeePerGas=2 * 10**9)
    finally:
        program.node.call("evm_setAutomine", True)
        program.node.call("anvil_mine", "0x1")
    assert [record.request.nonce for record in program.sends()] == [first, first + 1]
    assert [record.replaces for record in program.sends()] == [None, None]


def test_a_node_that_sends_something_else_is_told_of(program: Program) -> None:
    program.install()

    def cheat(parameters: Any, ask: Callable[[], Any]) -> Any:
        other = {"from": program.account, "to": program.stranger, "value": "0x7"}
        return HTTPProvider(program.node.url).make_request(RPCEndpoint("eth_sendTransaction"), [other])

    program.provider.changes["eth_sendTransaction"] = cheat
    with pytest.raises(DigestMismatch, match="which is not the transaction that was scored"):
        program.pay(FRIEND)
    record = program.sends()[0]
    assert (record.state, record.raw) == (HANDED, None)
    assert record.note.startswith("the node signed and sent it as 0x")


def test_a_node_that_names_another_hash_than_its_payment_has_is_not_believed(program: Program) -> None:
    program.install()
    named, real = "0x" + "ab" * 32, []

    def misname(parameters: Any, ask: Callable[[], Any]) -> Any:
        real.append(ask()["result"])
        return {"jsonrpc": "2.0", "id": 1, "result": named}

    def describe(parameters: Any, ask: Callable[[], Any]) -> Any:
        return HTTPProvider(program.node.url).make_request(RPCEndpoint("eth_getTransactionByHash"), real)

    program.provider.changes |= {"eth_sendTransaction": misname, "eth_getTransactionByHash": describe}
    with pytest.raises(IntegrityError, match=f"the node calls the payment {named}"):
        program.pay(FRIEND)
    assert [(one.state, one.hash) for one in program.sends()] == [(SIGNED, real[0])]


def test_an_impersonated_account_pays_and_its_record_says_that_there_are_no_bytes(program: Program) -> None:
    program.install()
    whale = Address.from_bytes(secrets.token_bytes(20))
    program.node.fund(whale)
    program.node.call("anvil_impersonateAccount", whale)
    before = program.node.balance(FRIEND)
    program.pay(FRIEND, 3, **{"from": whale})
    assert program.node.balance(FRIEND) == before + 3
    record = program.sends()[0]
    assert (record.state, record.raw) == (HANDED, None)
    assert record.note.startswith("the node signed and sent it as 0x")


def test_a_node_whose_answer_is_lost_may_have_sent_it(program: Program) -> None:
    program.install()

    def lose(parameters: Any, ask: Callable[[], Any]) -> Any:
        ask()
        raise NoConnection("http://user:key@node.example/secret")

    program.provider.changes["eth_sendTransaction"] = lose
    with pytest.raises(NoConnection):
        program.pay(FRIEND)
    note = "the node was asked for eth_sendTransaction, and whether it did is not known (ConnectionError)"
    assert [(one.state, one.note) for one in program.sends()] == [(HANDED, note)]


def test_a_journal_that_fails_after_the_node_has_sent_says_so(program: Program) -> None:
    program.install()

    def damage(parameters: Any, ask: Callable[[], Any]) -> Any:
        answer = ask()
        with contextlib.closing(sqlite3.connect(program.home / "journal.sqlite3")) as database:
            database.execute("DROP TABLE sends")
        return answer

    program.provider.changes["eth_sendTransaction"] = damage
    with pytest.raises(JournalDamaged) as failed:
        program.pay(FRIEND)
    assert failed.value.hint.startswith("the node has sent the payment: do not send it again; ")


def test_what_the_node_would_not_sign_ends_with_its_words(program: Program) -> None:
    program.install()
    nobody = Address.from_bytes(secrets.token_bytes(20))
    program.node.fund(nobody)
    with pytest.raises(Web3RPCError):
        program.pay(FRIEND, **{"from": nobody})
    record = program.sends()[0]
    assert (record.state, record.note) == (ABANDONED, "No Signer available")


def test_a_transaction_that_is_signed_alone_is_on_record_before_it_is_told(program: Program) -> None:
    program.install()
    payment = {"from": program.account, "to": FRIEND, "value": "0x1"}
    answer = program.w3.provider.make_request(RPCEndpoint("eth_signTransaction"), [payment])
    record = program.sends()[0]
    assert record.state is SIGNED
    assert record.raw is not None
    assert answer["result"] == Web3.to_hex(record.raw)
    assert program.w3.eth.send_raw_transaction(record.raw).to_0x_hex() == record.hash
    assert program.states() == [BROADCAST]
    assert len(program.witness.queries) == 1


# Signatures that are no transactions


def test_a_text_is_signed_and_on_record(program: Program) -> None:
    program.install()
    parameters = [Web3.to_hex(text="hello"), program.account]
    signature = program.w3.manager.request_blocking(RPCEndpoint("personal_sign"), parameters)
    kept = program.signatures()[0]
    assert (kept.state, kept.signature) == (SIGNED, bytes.fromhex(signature[2:]))


def test_a_signature_of_another_account_is_told_to_nobody(program: Program) -> None:
    program.install()
    other = program.node.web3.eth.accounts[1]
    program.provider.changes["personal_sign"] = lambda parameters, ask: HTTPProvider(
        program.node.url
    ).make_request(RPCEndpoint("personal_sign"), [parameters[0], other])
    with pytest.raises(DigestMismatch, match="the signature under what was scored is of"):
        program.w3.manager.request_blocking(
            RPCEndpoint("personal_sign"), [Web3.to_hex(text="hello"), program.account]
        )
    assert [one.state for one in program.signatures()] == [ABANDONED]


def test_typed_data_that_nobody_knows_needs_a_yes(program: Program) -> None:
    person = Person(False, True)
    program.install(confirm=person)
    document = {
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
            "Order": [{"name": "amount", "type": "uint256"}],
        },
        "primaryType": "Order",
        "domain": {"name": "shop", "chainId": 31337},
        "message": {"amount": 1},
    }
    with pytest.raises(ConfirmationRequired, match="DECLINED: the payload cannot be read"):
        program.w3.eth.sign_typed_data(program.account, document)
    sign = [program.account, document]
    assert len(program.w3.manager.request_blocking(RPCEndpoint("eth_signTypedData_v4"), sign)) == 132
    assert [one.state for one in program.signatures()] == [DECLINED, SIGNED]


@pytest.mark.parametrize("method", ["eth_sign", "wallet_signAuthorization"])
def test_a_bare_hash_and_a_handover_are_blocked(program: Program, method: str) -> None:
    program.install()
    calls: dict[str, Sequence[Any]] = {
        "eth_sign": [program.account, "0x" + "ab" * 32],
        "wallet_signAuthorization": [
            {"from": program.account, "address": THIEF, "chainId": "0x7a69", "nonce": "0x0"}
        ],
    }
    with pytest.raises(TransactionBlocked):
        program.w3.manager.request_blocking(RPCEndpoint(method), calls[method])
    assert program.provider.sent() == []


def test_a_bare_hash_is_signed_under_no_policy(program: Program) -> None:
    program.install(
        policy=Policy(levels={"message.opaque-hash": None}), confirm=lambda request, verdict: True
    )
    with pytest.raises(InvalidRequest, match="a bare hash is never signed here"):
        program.w3.manager.request_blocking(RPCEndpoint("eth_sign"), [program.account, "0x" + "ab" * 32])
    assert [one.state for one in program.signatures()] == [ABANDONED]
    assert program.provider.sent() == []


def test_a_bundle_is_reviewed_as_one_and_each_call_is_on_record(program: Program) -> None:
    program.install()
    calls = [{"to": THIEF, "value": "0x1"}, {"to": FRIEND, "value": "0x1"}]
    bundle = {"version": "2.0.0", "from": program.account, "chainId": "0x7a69", "atomicRequired": True}
    with pytest.raises(TransactionBlocked):
        program.w3.manager.request_blocking(RPCEndpoint("wallet_sendCalls"), [{**bundle, "calls": calls}])
    assert program.states() == [BLOCKED, BLOCKED]
    assert program.provider.sent() == []
    with pytest.raises(MethodUnavailable):
        program.w3.manager.request_blocking(RPCEndpoint("wallet_sendCalls"), [{**bundle, "calls": calls[1:]}])
    assert program.sends()[-1].note == "Method not found"


# What needs a person


def test_nobody_there_is_a_refusal_that_names_the_way(program: Program) -> None:
    program.install()
    with pytest.raises(ConfirmationRequired) as refused:
        program.pay(program.stranger)
    assert refused.value.verdict is not None
    assert f"guard approve {refused.value.verdict.digest[:10]}" in refused.value.hint
    assert program.states() == [DECLINED]
    assert program.provider.sent() == []


@pytest.mark.parametrize("is_local", [False, True], ids=["by the node", "by a local key"])
def test_what_was_accepted_elsewhere_passes_once(program: Program, is_local: bool) -> None:
    """The call comes again as it was shown, though gas prices moved; the third time it is asked about."""
    program.install()
    program.sign_locally()
    pay = program.pay_locally if is_local else program.pay
    with pytest.raises(ConfirmationRequired) as refused:
        pay(program.stranger)
    assert refused.value.verdict is not None
    approve(program.home, refused.value.verdict.digest)
    program.node.call("anvil_setNextBlockBaseFeePerGas", hex(10**9 + 12_345))
    program.node.call("anvil_mine", "0x1")
    assert len(pay(program.stranger)) == 66
    with pytest.raises(ConfirmationRequired):
        pay(program.stranger)


def test_a_yes_to_a_payment_without_a_gas_limit_leaves_none_to_the_node(program: Program) -> None:
    """It can be reviewed while its run fails, and is signed only as something that was scored whole."""
    program.install()
    program.node.call("anvil_setCode", program.stranger, "0x60006000fd")
    payment = {"from": program.account, "to": program.stranger, "value": "0x1", "data": "0x12345678"}

    def ask() -> Any:
        return program.w3.provider.make_request(RPCEndpoint("eth_sendTransaction"), [payment])

    for _ in range(2):
        with pytest.raises(ConfirmationRequired) as refused:
            ask()
        assert refused.value.verdict is not None
        approve(program.home, refused.value.verdict.digest)
        program.node.call("anvil_setCode", program.stranger, "0x00")
    assert "result" in ask()
    (last,) = [parameters for method, parameters in program.provider.asked if method == "eth_sendTransaction"]
    assert "gas" in last[0]
    assert program.states() == [DECLINED, DECLINED, BROADCAST]


def test_a_callback_accepts_and_declines(program: Program) -> None:
    program.install(confirm=Person(True, False))
    assert len(program.pay(program.stranger)) == 66
    with pytest.raises(ConfirmationRequired, match="DECLINED: "):
        program.pay(program.stranger)
    assert program.states() == [BROADCAST, DECLINED]


def test_of_a_block_nobody_is_asked(program: Program) -> None:
    person = Person()
    program.install(confirm=person)
    with pytest.raises(TransactionBlocked):
        program.pay(THIEF)
    assert person.shown == []


def test_a_typed_warning_takes_the_digits_and_a_yes_is_not_enough(program: Program) -> None:
    person = Person(True, lambda verdict: verdict.digest[2:10], "01234567")
    program.install(policy=Policy(typed_warnings=True, strangers=Severity.WARN), confirm=person)
    with pytest.raises(ConfirmationRequired) as refused:
        program.pay(program.stranger)
    assert "first eight hex digits" in refused.value.hint
    assert len(program.pay(program.stranger)) == 66
    with pytest.raises(ConfirmationRequired, match="DECLINED: "):
        program.pay(program.stranger)


def test_what_a_callback_raises_is_raised_and_nothing_is_sent(program: Program) -> None:
    def broken(request: Request, verdict: Verdict) -> bool:
        raise ZeroDivisionError

    program.install(confirm=broken)
    with pytest.raises(ZeroDivisionError):
        program.pay(program.stranger)
    assert [(one.state, one.note) for one in program.sends()] == [(ABANDONED, "ZeroDivisionError")]


def test_a_program_that_nobody_watches_is_refused_what_would_be_a_question(program: Program) -> None:
    guard = watching(program.node.url, program.witness, ASKING).unattended()
    install_guard(program.w3, guard)
    with pytest.raises(TransactionBlocked):
        program.pay(program.stranger)
    assert len(program.pay(FRIEND)) == 66


def test_a_limit_holds_over_everything_that_goes_through(program: Program) -> None:
    program.install(policy=Policy(daily_limit_wei=10**18))
    program.pay(FRIEND, 6 * 10**17)
    with pytest.raises((ConfirmationRequired, TransactionBlocked)) as refused:
        program.pay(FRIEND, 6 * 10**17)
    assert refused.value.verdict is not None
    assert refused.value.verdict.findings[0].rule.startswith("limit")


def answers_lost(parameters: Any, ask: Callable[[], Any]) -> Any:
    ask()
    raise NoConnection("the answer was lost")


def answers_nothing(parameters: Any, ask: Callable[[], Any]) -> Any:
    return {"jsonrpc": "2.0", "id": 1, "result": None}


@pytest.mark.parametrize(
    ("method", "change"),
    [("eth_sendTransaction", answers_lost), ("eth_getTransactionByHash", answers_nothing)],
    ids=["its answer is lost", "the node does not tell it back"],
)
def test_a_payment_whose_bytes_are_not_known_counts_for_the_limit(
    program: Program, method: str, change: Any
) -> None:
    """A program that asks again, because it knows no better, must not spend the limit twice."""
    program.install(policy=Policy(daily_limit_wei=10**18))
    program.provider.changes[method] = change
    with contextlib.suppress(NoConnection):
        program.pay(FRIEND, 6 * 10**17)
    with pytest.raises(TransactionBlocked) as refused:
        program.pay(FRIEND, 6 * 10**17)
    assert refused.value.verdict is not None
    assert refused.value.verdict.findings[0].rule == "limit.daily"
    assert program.states() == [HANDED, BLOCKED]


def test_bundles_count_for_the_limit_where_the_node_takes_them(program: Program) -> None:
    program.install(policy=Policy(daily_limit_wei=10**18))
    bundle = {
        "version": "2.0.0",
        "from": program.account,
        "chainId": "0x7a69",
        "atomicRequired": False,
        "calls": [{"to": FRIEND, "value": hex(3 * 10**17)}, {"to": FRIEND, "value": hex(3 * 10**17)}],
    }

    def make() -> Any:
        return program.w3.provider.make_request(RPCEndpoint("wallet_sendCalls"), [bundle])

    # anvil does not know the method: what was refused counts for nothing.
    assert "error" in make()
    program.provider.changes["wallet_sendCalls"] = lambda parameters, ask: {"jsonrpc": "2.0", "result": "0x1"}
    make()
    with pytest.raises(TransactionBlocked, match="daily limit"):
        make()


def test_what_is_signed_while_a_person_thinks_counts_for_what_they_think_about(program: Program) -> None:
    """The yes was to a payment within the limit; it is reviewed again where it no longer is."""
    paid = []

    def confirm(request: Request, verdict: Verdict) -> bool:
        if not paid:
            paid.append(program.pay(FRIEND, 6 * 10**17))
        return all(not finding.rule.startswith("limit") for finding in verdict.findings)

    policy = Policy(daily_limit_wei=10**18, strangers=Severity.WARN)
    program.install(policy=policy, confirm=confirm)
    with pytest.raises((ConfirmationRequired, TransactionBlocked)) as refused:
        program.pay(program.stranger, 6 * 10**17, nonce=program.node.pending_nonce(program.account) + 1)  # type: ignore[arg-type]
    assert refused.value.verdict is not None
    assert any(finding.rule.startswith("limit") for finding in refused.value.verdict.findings)
    assert program.node.balance(program.stranger) == 0


# Installing


def test_installing_twice_is_installing_once(program: Program) -> None:
    guard = program.install()
    layers = list(program.w3.middleware_onion.middleware)
    install_guard(program.w3, guard)
    assert list(program.w3.middleware_onion.middleware) == layers
    program.pay(FRIEND)
    assert len(program.witness.queries) == 1


def test_another_guard_on_the_same_provider_is_an_error(program: Program) -> None:
    program.install()
    with pytest.raises(ConfigurationError, match="another guard watches this provider already"):
        install_guard(program.w3, watching(program.node.url))


def test_a_provider_that_is_put_in_later_is_noticed(program: Program) -> None:
    guard = program.install()
    program.w3.provider = RecordingProvider(program.node.url)
    with pytest.raises(ConfigurationError, match="was changed after the guard was installed"):
        program.pay(FRIEND)
    install_guard(program.w3, guard)
    with pytest.raises(TransactionBlocked):
        program.pay(THIEF)


@pytest.mark.parametrize("method", ["eth_sendRawTransactionSync", "personal_sendTransaction", "vendor_pay"])
def test_what_no_review_can_read_goes_to_no_provider_that_is_put_in_later(
    program: Program, method: str
) -> None:
    program.install()
    program.w3.provider = unwatched = RecordingProvider(program.node.url)
    with pytest.raises(ConfigurationError, match="was changed after the guard was installed"):
        program.w3.manager.request_blocking(RPCEndpoint(method), [Web3.to_hex(program.raw(THIEF))])
    assert unwatched.asked == []
    unwatched._request_session_manager.session_cache.clear()


@pytest.mark.parametrize("way", ["make_request", "make_batch_request"])
def test_a_way_that_was_set_on_the_provider_itself_is_an_error(program: Program, way: str) -> None:
    """Python finds it before any class, so that the guard would never be asked."""
    setattr(program.provider, way, getattr(program.provider, way))
    with pytest.raises(ConfigurationError, match=f"{way} was set on this RecordingProvider itself"):
        program.install()
    delattr(program.provider, way)
    program.install()
    with pytest.raises(TransactionBlocked):
        program.pay(THIEF)


def test_a_method_is_judged_by_its_letters(program: Program) -> None:
    class Disguised(str):
        def __eq__(self, other: object) -> bool:
            return other == "eth_chainId"

        def __hash__(self) -> int:
            return hash("eth_chainId")

    program.install()
    for ask in (program.w3.manager.request_blocking, program.provider.make_request):
        with pytest.raises(TransactionBlocked):
            ask(
                RPCEndpoint(Disguised("eth_sendTransaction")),
                [{"from": program.account, "to": THIEF, "value": "0x1"}],
            )


def test_without_its_middleware_the_provider_still_watches(program: Program) -> None:
    program.install()
    program.w3.middleware_onion.clear()
    with pytest.raises(TransactionBlocked):
        program.w3.manager.request_blocking(
            RPCEndpoint("eth_sendTransaction"), [{"from": program.account, "to": THIEF}]
        )


def test_two_programs_on_one_provider_share_its_guard(program: Program) -> None:
    other = Web3(program.provider)
    other.eth.block_number  # noqa: B018  web3 keeps the way to the provider from now on
    program.install()
    with pytest.raises(TransactionBlocked):
        other.eth.send_transaction({"from": program.account, "to": THIEF, "value": 1})


def test_a_guard_without_a_node_asks_the_one_behind_the_provider(program: Program) -> None:
    install_guard(program.w3, guarding(None, program.witness))
    assert len(program.pay(FRIEND)) == 66


def test_a_provider_that_speaks_no_json_rpc_is_refused(program: Program) -> None:
    with pytest.raises(ConfigurationError, match="EthereumTesterProvider is not asked in JSON-RPC"):
        install_guard(Web3(EthereumTesterProvider()), watching(program.node.url))


def test_a_provider_whose_class_is_fixed_is_refused_and_stays_as_it_is(program: Program) -> None:
    class Fixed:
        __slots__ = ("is_async",)

    provider: Any = Fixed()
    provider.is_async = False
    with pytest.raises(ConfigurationError, match="a Fixed cannot be watched"):
        guard_provider(provider, watching(program.node.url))
    assert type(provider) is Fixed


def test_a_provider_alone_is_guarded_too(program: Program) -> None:
    provider = guard_provider(program.provider, watching(program.node.url, program.witness))
    assert provider is program.provider
    assert isinstance(provider, HTTPProvider)
    with pytest.raises(TransactionBlocked):
        provider.make_request(RPCEndpoint("eth_sendRawTransaction"), [program.raw(THIEF)])


def test_a_guard_of_another_chain_sends_nothing(program: Program) -> None:
    """D12: what would be signed for the guard's chain could be used there."""
    install_guard(program.w3, guarding(FakeChain(id=1), program.witness))
    program.sign_locally()
    with pytest.raises(
        ConfigurationError, match="the guard's node is of chain 1, and the provider of chain 31337"
    ):
        program.pay_locally(FRIEND)
    assert program.provider.sent() == []


def test_a_journal_that_is_given_takes_the_place_of_the_homes(program: Program, tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "other.sqlite3")
    try:
        program.install(journal=journal)
        paid = program.pay(FRIEND)
        assert [one.hash for one in journal.sends(10)] == [paid]
        assert not (program.home / "journal.sqlite3").exists()
    finally:
        journal.close()


def test_no_verdict_is_raised_as_such(program: Program) -> None:
    chain = Web3Chain(connect("http://127.0.0.1:1"))
    guard = guarding(
        FakeChain(id=31337), program.witness, simulator=chain.simulator(), chain_facts=chain.facts()
    )
    install_guard(program.w3, guard)
    with pytest.raises(NoVerdict) as refused:
        program.pay(FRIEND)
    assert refused.value.verdict is not None
    assert refused.value.verdict.decision is None
    assert program.states() == [SendState.UNDECIDED]
