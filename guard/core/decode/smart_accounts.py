"""Wallet contracts that carry out calls: ERC-4337, 7579, 7821 and 6551, meta-transactions, forwarders.

What belongs here: who executes what. What must not: Safe, which has a file of its own; what the calls do.

Sources: https://eips.ethereum.org/EIPS/eip-4337, /eip-7579, /eip-7821, /eip-6551 and /eip-2771;
eth-infinitism's SimpleAccount.sol and EntryPoint.sol (v0.6, v0.7); CoinbaseSmartWallet.sol; Biconomy's
EIP712MetaTransaction (`executeMetaTransaction`); OpenZeppelin's MinimalForwarder.sol, ERC2771Forwarder.sol.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import TypeAlias

from guard.core import abi
from guard.core.address import Address
from guard.core.decode.function import Context, Frame, Function
from guard.core.intent import Batch, Intent, Invoke, Unknown
from guard.errors import UnreadableArguments

_Calls: TypeAlias = tuple[tuple[Address, int, bytes], ...]

_CALLS = "(address,uint256,bytes)[]"
_SINGLE, _BATCH, _DELEGATE = 0x00, 0x01, 0xFF
"""The first byte of an ERC-7579 mode: what kind of call it is."""
_WITH_DATA, _OF_BATCHES = bytes.fromhex("78210001"), bytes.fromhex("78210002")
"""ERC-7821's selectors of a mode: calls with data for their authorization; batches of such calls."""
_BATCHES = (bytes(4), _WITH_DATA, _OF_BATCHES)
_EXECUTE_OPERATION = bytes.fromhex("8dd7712f")
"""`executeUserOp(PackedUserOperation,bytes32)`: the account is given the whole operation (ERC-4337 v0.7)."""
_DELEGATED = bytes.fromhex("7702") + bytes(18)
"""In the factory's place: the account is one delegated by EIP-7702, and is itself called (ERC-4337 v0.8)."""


def _one(context: Context, to: Address, value: int, data: bytes) -> Intent:
    return _batch(context, iter([context.inner(to, value, data)]))


def _batch(context: Context, frames: Iterator[Frame], form: str = "execute") -> Intent:
    return Batch(form=form, calls=context.nest_all(frames))


def _with_operation(context: Context, to: Address, value: int, data: bytes, operation: int) -> Intent:
    if operation > 1:
        return Unknown(reason=f"operation {operation} is neither a call nor a delegatecall", selector=None)
    return _batch(context, iter([context.inner(to, value, data, is_delegatecall=operation == 1)]))


def _listed(context: Context, calls: _Calls, _authorization: bytes = b"") -> Intent:
    return _batch(context, (context.inner(*call) for call in calls))


def _in_columns(
    context: Context, targets: tuple[Address, ...], values: tuple[int, ...], payloads: tuple[bytes, ...]
) -> Intent:
    # SimpleAccount takes no values at all for zeros.
    rows = zip(targets, values or [0] * len(targets), payloads, strict=False)
    frames = (context.inner(*row) for row in rows)
    is_even = len(targets) == len(payloads) and len(values) in (0, len(targets))
    uneven = Unknown(reason="the lists of the batch are not equally long", selector=None)
    return _batch(context, frames if is_even else chain(frames, [context.step(uneven)]))


def _without_values(context: Context, targets: tuple[Address, ...], payloads: tuple[bytes, ...]) -> Intent:
    return _in_columns(context, targets, (), payloads)


def _by_mode(context: Context, mode: bytes, data: bytes) -> Intent:
    kind, selector = mode[0], mode[6:10]
    if kind == _SINGLE:
        if len(data) < 52:
            raise UnreadableArguments("a single execution is shorter than its address and value")
        return _one(context, Address.from_bytes(data[:20]), int.from_bytes(data[20:52], "big"), data[52:])
    if kind == _BATCH and selector in _BATCHES:
        return _batch(context, iter([_same_call(context, _batch_function(data, selector), data)]))
    if kind == _DELEGATE:
        if len(data) < 20:
            raise UnreadableArguments("a delegated execution is shorter than its address")
        to = Address.from_bytes(data[:20])
        return _batch(context, iter([context.inner(to, 0, data[20:], is_delegatecall=True)]))
    return Unknown(reason=f"the execution mode 0x{mode.hex()} is not known", selector=None)


def _batch_function(data: bytes, selector: bytes) -> Function:
    if selector == _OF_BATCHES:
        return Function("", "batches(bytes[])", _batches)
    # The first word says where the calls begin: behind it alone, or behind the place of the data as well.
    has_more = selector == _WITH_DATA and int.from_bytes(data[:32], "big") >= 64
    return Function("", f"batch({_CALLS},bytes)" if has_more else f"batch({_CALLS})", _listed)


def _batches(context: Context, payloads: tuple[bytes, ...]) -> Intent:
    frames = (_same_call(context, _batch_function(data, _WITH_DATA), data) for data in payloads)
    return _batch(context, frames)


def _same_call(context: Context, function: Function, data: bytes) -> Frame:
    """Return a part of the call that is being read, which has a form of its own."""
    return replace(context.frame, to=context.to, value=0, data=data, function=function)


def _own(context: Context, payloads: tuple[bytes, ...]) -> Intent:
    return _batch(context, (context.inner(context.executor, 0, data) for data in payloads))


def _operations(context: Context, operations: tuple[tuple[abi.Value, ...], ...], _paid: Address) -> Intent:
    frames = chain.from_iterable(
        _operation(context, sender, create, data, fields[-2])
        for sender, _, create, data, *fields in operations
    )
    return _batch(context, frames, form="user-operations")


def _operation(
    context: Context, sender: Address, create: bytes, data: bytes, paymaster: bytes
) -> Iterator[Frame]:
    entry_point = context.to
    if create:
        yield _creation(context, sender, create)
    if paymaster:
        # Who pays the gas is called with the operation, and may ask the account for a token in return.
        payer = Address.from_bytes(paymaster[:20].ljust(20, b"\0"))
        paying = Function("", "validatePaymasterUserOp()", _pay_gas)
        yield Frame(actor=entry_point, to=payer, value=0, data=b"", function=paying)
    inner = data[4:] if data.startswith(_EXECUTE_OPERATION) else data
    yield Frame(actor=entry_point, to=sender, value=0, data=inner)


def _pay_gas(_context: Context) -> Intent:
    return Invoke(function="validatePaymasterUserOp")


def _creation(context: Context, sender: Address, create: bytes) -> Frame:
    if len(create) < 20:
        short = Unknown(reason="the init code is shorter than a factory's address", selector=None)
        return context.step(short)
    is_delegated = create[:20] == _DELEGATED
    to = sender if is_delegated else Address.from_bytes(create[:20])
    return Frame(actor=context.to, to=to, value=0, data=create[20:])


def _create_account(_context: Context, _owner: Address, _salt: int) -> Intent:
    return Invoke(function="createAccount(address,uint256)")


def _meta_transaction(context: Context, user: Address, data: bytes, *_signature: abi.Value) -> Intent:
    frame = Frame(actor=user, to=context.to, value=context.frame.value, data=data)
    return _batch(context, iter([frame]), form="meta-transaction")


_FORWARD = "(address,address,uint256,uint256,uint256,bytes)"
_FORWARD_SIGNED = "(address,address,uint256,uint256,uint48,bytes,bytes)"


def _forward(context: Context, request: tuple[abi.Value, ...], *_signature: bytes) -> Intent:
    return _batch(context, iter([_forwarded(request)]), form="forward-request")


def _forward_all(context: Context, requests: tuple[tuple[abi.Value, ...], ...], _refunded: Address) -> Intent:
    return _batch(context, map(_forwarded, requests), form="forward-request")


def _forwarded(request: tuple[abi.Value, ...]) -> Frame:
    # A contract that does not know the forwarder takes the forwarder for the caller; the signer is the worse.
    sender, to, value, _gas, _nonce_or_deadline, data, *_ = request
    return Frame(actor=sender, to=to, value=value, data=data)


_OPERATION_6 = "(address,uint256,bytes,bytes,uint256,uint256,uint256,uint256,uint256,bytes,bytes)"  # v0.6
_OPERATION_7 = "(address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)"  # v0.7 and later

FUNCTIONS = (
    Function("b61d27f6", "execute(address,uint256,bytes)", _one, is_payable=True),
    Function("51945447", "execute(address,uint256,bytes,uint8)", _with_operation, is_payable=True),
    Function("47e1da2a", "executeBatch(address[],uint256[],bytes[])", _in_columns, is_payable=True),
    Function("18dfb3c7", "executeBatch(address[],bytes[])", _without_values, is_payable=True),
    Function("34fcd5be", f"executeBatch({_CALLS})", _listed, is_payable=True),
    Function("e9ae5c53", "execute(bytes32,bytes)", _by_mode, is_payable=True),
    Function("d691c964", "executeFromExecutor(bytes32,bytes)", _by_mode, is_payable=True),
    Function("2c2abd1e", "executeWithoutChainIdValidation(bytes[])", _own, is_payable=True),
    Function("1fad948c", f"handleOps({_OPERATION_6}[],address)", _operations),
    Function("765e827f", f"handleOps({_OPERATION_7}[],address)", _operations),
    Function("5fbfb9cf", "createAccount(address,uint256)", _create_account),
    Function(
        "0c53c51c",
        "executeMetaTransaction(address,bytes,bytes32,bytes32,uint8)",
        _meta_transaction,
        is_payable=True,
    ),
    Function("47153f82", f"execute({_FORWARD},bytes)", _forward, is_payable=True),
    Function("df905caf", f"execute({_FORWARD_SIGNED})", _forward, is_payable=True),
    Function("ccf96b4a", f"executeBatch({_FORWARD_SIGNED}[],address)", _forward_all, is_payable=True),
)
