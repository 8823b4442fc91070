from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.intent import Batch, Invoke, Transfer
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN
from tests.core.decode.calldata import (
    JUNK,
    OTHER,
    UNREAD,
    VENUE,
    WALLET,
    ZERO,
    approval,
    approve,
    arguments,
    calldata,
    done,
    inside,
    intents,
    transfer,
    unknown,
)

CALLS = "(address,uint256,bytes)[]"
SINGLE, BATCH = bytes(32), b"\x01" + bytes(31)
TRIED = b"\x01\x01" + bytes(30)
WITH_DATA = b"\x01" + bytes(5) + bytes.fromhex("78210001") + bytes(22)
OF_BATCHES = b"\x01" + bytes(5) + bytes.fromhex("78210002") + bytes(22)
DELEGATED = b"\xff" + bytes(31)
SENT = Transfer(token=None, owner=WALLET, recipient=FRIEND, amount=3)


def by_mode(mode: bytes, data: bytes) -> bytes:
    return calldata("execute(bytes32,bytes)", mode, data)


def packed(to: object, value: int, data: bytes) -> bytes:
    return to.to_bytes() + value.to_bytes(32, "big") + data  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(
    "data",
    [
        calldata("execute(address,uint256,bytes)", TOKEN, 0, approve()),
        calldata("execute(address,uint256,bytes,uint8)", TOKEN, 0, approve(), 0),
        calldata("executeBatch(address[],uint256[],bytes[])", [TOKEN], [0], [approve()]),
        calldata("executeBatch(address[],uint256[],bytes[])", [TOKEN], [], [approve()]),
        calldata("executeBatch(address[],bytes[])", [TOKEN], [approve()]),
        calldata("executeBatch((address,uint256,bytes)[])", [(TOKEN, 0, approve())]),
        by_mode(SINGLE, packed(TOKEN, 0, approve())),
        by_mode(BATCH, arguments(CALLS, [(TOKEN, 0, approve())])),
        by_mode(TRIED, arguments(CALLS, [(TOKEN, 0, approve())])),
        by_mode(WITH_DATA, arguments(CALLS, [(TOKEN, 0, approve())])),
        by_mode(WITH_DATA, arguments(f"{CALLS},bytes", [(TOKEN, 0, approve())], b"signed")),
        by_mode(
            OF_BATCHES, arguments("bytes[]", [arguments(f"{CALLS},bytes", [(TOKEN, 0, approve())], b"")])
        ),
        calldata("executeFromExecutor(bytes32,bytes)", SINGLE, packed(TOKEN, 0, approve())),
    ],
)
def test_a_wallet_approves_in_its_own_name(data: bytes) -> None:
    (inner,) = inside(data)
    assert (inner.actor, inner.to, inner.is_delegatecall, inner.intent) == (
        WALLET,
        TOKEN,
        False,
        approval(WALLET),
    )


@pytest.mark.parametrize(
    "data",
    [
        calldata(
            "executeBatch(address[],uint256[],bytes[])",
            [FRIEND, OTHER, TOKEN],
            [3, 0, 0],
            [b"", JUNK, approve()],
        ),
        calldata(
            "executeBatch((address,uint256,bytes)[])",
            [(FRIEND, 3, b""), (OTHER, 0, JUNK), (TOKEN, 0, approve())],
        ),
        by_mode(BATCH, arguments(CALLS, [(FRIEND, 3, b""), (OTHER, 0, JUNK), (TOKEN, 0, approve())])),
    ],
)
def test_what_cannot_be_read_hides_nothing_beside_it(data: bytes) -> None:
    assert intents(data) == [SENT, UNREAD, approval(WALLET)]


@pytest.mark.parametrize(
    "data",
    [
        calldata("executeBatch(address[],uint256[],bytes[])", [TOKEN], [0, 0], [approve()]),
        calldata("executeBatch(address[],uint256[],bytes[])", [TOKEN, TOKEN], [0, 0], [approve()]),
        calldata("executeBatch(address[],bytes[])", [TOKEN], [approve(), JUNK]),
    ],
)
def test_lists_that_are_not_equally_long_are_said_and_hide_nothing(data: bytes) -> None:
    assert intents(data) == [approval(WALLET), unknown("the lists of the batch are not equally long")]


@pytest.mark.parametrize(
    "data",
    [
        calldata("execute(address,uint256,bytes,uint8)", TOKEN, 0, approve(), 1),
        by_mode(DELEGATED, TOKEN.to_bytes() + approve()),
    ],
)
def test_code_that_runs_as_the_wallet_is_marked(data: bytes) -> None:
    (inner,) = inside(data)
    assert (inner.actor, inner.to, inner.is_delegatecall) == (WALLET, TOKEN, True)


def test_the_zero_address_is_the_wallet_itself_with_calldata_and_nobody_without() -> None:
    calls = [(ZERO, 0, transfer(FRIEND)), (ZERO, 3, b"")]
    inner = inside(calldata("executeBatch((address,uint256,bytes)[])", calls))
    assert [call.to for call in inner] == [WALLET, ZERO]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (by_mode(b"\xfe" + bytes(31), b""), f"the execution mode 0xfe{'00' * 31} is not known"),
        (
            by_mode(b"\x01" + bytes(5) + b"\x12\x34\x56\x78" + bytes(22), b""),
            f"the execution mode 0x01000000000012345678{'00' * 22} is not known",
        ),
        (
            calldata("execute(address,uint256,bytes,uint8)", TOKEN, 0, b"", 2),
            "operation 2 is neither a call nor a delegatecall",
        ),
    ],
)
def test_another_kind_of_execution_is_unknown_by_its_selector(data: bytes, reason: str) -> None:
    assert done(data).intent == replace(unknown(reason), selector="0x" + data[:4].hex())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (by_mode(SINGLE, bytes(51)), "a single execution is shorter than its address and value"),
        (by_mode(DELEGATED, bytes(19)), "a delegated execution is shorter than its address"),
    ],
)
def test_an_execution_that_ends_early_is_unknown(data: bytes, reason: str) -> None:
    assert done(data).intent == unknown(f"execute(bytes32,bytes): {reason}", "0xe9ae5c53")


def test_a_batch_in_another_form_than_the_usual_one_says_so() -> None:
    batch = arguments(CALLS, [(TOKEN, 0, approve())])
    call = done(by_mode(BATCH, batch + bytes(32)))
    assert isinstance(call.intent, Batch)
    assert [inner.oddities for inner in call.intent.calls] == [("32 bytes follow the arguments",)]
    assert done(by_mode(BATCH, b"\xff" * 64)).intent == Batch(
        form="execute",
        calls=(
            replace(
                call.intent.calls[0],
                data_size=64,
                oddities=(),
                intent=unknown(f"batch({CALLS}): an offset or a length leads out of the data"),
            ),
        ),
    )


def test_a_batch_of_batches_is_read_batch_by_batch() -> None:
    good = arguments(CALLS, [(TOKEN, 0, approve())])
    read = intents(by_mode(OF_BATCHES, arguments("bytes[]", [b"\x01" * 33, good])))
    assert [type(intent).__name__ for intent in read] == ["Unknown", "Approve"]


def test_calls_of_oneself_without_the_chain_in_the_signature_are_read() -> None:
    types = "executeWithoutChainIdValidation(bytes[])"
    (inner,) = inside(calldata(types, [calldata("setGuard(address)", STRANGER)]))
    assert (inner.actor, inner.to, inner.intent.kind) == (WALLET, WALLET, "administer")


def operation_6(create: bytes, data: bytes, paymaster: bytes) -> tuple[object, ...]:
    return (WALLET, 0, create, data, 1, 2, 3, 4, 5, paymaster, b"signed")


def operation_7(create: bytes, data: bytes, paymaster: bytes) -> tuple[object, ...]:
    return (WALLET, 0, create, data, bytes(32), 3, bytes(32), paymaster, b"signed")


TYPES_6 = "(address,uint256,bytes,bytes,uint256,uint256,uint256,uint256,uint256,bytes,bytes)[]"
TYPES_7 = "(address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)[]"
PAYING = Invoke(function="validatePaymasterUserOp")


@pytest.mark.parametrize(
    ("types", "operation"), [(TYPES_6, operation_6), (TYPES_7, operation_7)], ids=["v0.6", "v0.7"]
)
def test_an_operation_is_its_creation_its_paymaster_and_its_calls(types: str, operation: object) -> None:
    execute = calldata("execute(address,uint256,bytes)", TOKEN, 0, approve())
    create = VENUE.to_bytes() + calldata("createAccount(address,uint256)", SENDER, 0)
    whole = operation(create, execute, OTHER.to_bytes() + b"more")  # type: ignore[operator]
    plain = operation(b"", b"", b"")  # type: ignore[operator]
    data = calldata(f"handleOps({types},address)", [whole, plain], SENDER)
    assert [(call.actor, call.to, call.intent) for call in inside(data, to=STRANGER)] == [
        (STRANGER, VENUE, Invoke(function="createAccount(address,uint256)")),
        (STRANGER, OTHER, PAYING),
        (WALLET, TOKEN, approval(WALLET)),
        (STRANGER, WALLET, Transfer(token=None, owner=STRANGER, recipient=WALLET, amount=0)),
    ]


def handled(create: bytes, data: bytes, paymaster: bytes = b"") -> bytes:
    return calldata(f"handleOps({TYPES_7},address)", [operation_7(create, data, paymaster)], SENDER)


def test_an_account_that_is_given_the_whole_operation_is_read_as_well() -> None:
    execute = calldata("execute(address,uint256,bytes)", TOKEN, 0, approve())
    assert intents(handled(b"", bytes.fromhex("8dd7712f") + execute), to=STRANGER) == [approval(WALLET)]


def test_a_delegated_account_is_itself_called_where_another_is_created() -> None:
    create = b"\x77\x02" + bytes(18) + JUNK
    (first, _) = inside(handled(create, b""), to=STRANGER)
    assert (first.actor, first.to, first.intent) == (STRANGER, WALLET, UNREAD)


def test_a_creation_too_short_to_name_its_factory_is_unknown_and_hides_nothing() -> None:
    execute = calldata("execute(address,uint256,bytes)", TOKEN, 0, approve())
    assert intents(handled(b"\x01", execute, b"\x01"), to=STRANGER) == [
        unknown("the init code is shorter than a factory's address"),
        PAYING,
        approval(WALLET),
    ]


def test_a_meta_transaction_is_made_in_the_name_of_the_one_who_signed_it() -> None:
    types = "executeMetaTransaction(address,bytes,bytes32,bytes32,uint8)"
    data = calldata(types, FRIEND, approve(), bytes(32), bytes(32), 27)
    call = done(data, to=TOKEN)
    assert isinstance(call.intent, Batch)
    assert (call.intent.form, call.intent.calls[0].actor, call.intent.calls[0].intent) == (
        "meta-transaction",
        FRIEND,
        approval(FRIEND),
    )


SIGNED = (FRIEND, TOKEN, 0, 9, 8, approve(), b"signed")
SIGNED_TYPES = "(address,address,uint256,uint256,uint48,bytes,bytes)"


@pytest.mark.parametrize(
    "data",
    [
        calldata(
            "execute((address,address,uint256,uint256,uint256,bytes),bytes)",
            (FRIEND, TOKEN, 0, 9, 8, approve()),
            b"signed",
        ),
        calldata(f"execute({SIGNED_TYPES})", SIGNED),
        calldata(f"executeBatch({SIGNED_TYPES}[],address)", [SIGNED], SENDER),
    ],
)
def test_what_is_forwarded_is_in_the_name_of_the_one_who_signed_it(data: bytes) -> None:
    (inner,) = inside(data, to=VENUE)
    assert (inner.actor, inner.to, inner.intent) == (FRIEND, TOKEN, approval(FRIEND))
