"""Safe wallets: what they carry out, what they agree to, and who controls them.

What belongs here: Safe's own functions, 1.0.0 to 1.5.0. What must not: which code is known to be harmless to
run as the wallet; that is `guard.core.known_contracts`.

Source: https://github.com/safe-global/safe-smart-account (Safe.sol, OwnerManager.sol, ModuleManager.sol,
GuardManager.sol, FallbackManager.sol, MultiSend.sol, SignMessageLib.sol, SafeMigration.sol).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from guard.core.abi import Value
from guard.core.address import NOBODY, Address
from guard.core.decode.function import Context, Frame, Function, Nest
from guard.core.decode.sign_in import shown_message
from guard.core.intent import (
    Administer,
    Batch,
    Intent,
    Message,
    OpaqueHash,
    SafeCall,
    Transfer,
    Unknown,
)

_HEAD = 85
"""Bytes of a MultiSend entry before its calldata: operation 1, address 20, value 32, length 32."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeTransaction:
    """What a Safe carries out: what matters of `SafeTx`, or of the arguments of `execTransaction`."""

    to: Address
    """The account called, or the code that is run."""
    value: int
    """Native value, wei."""
    data: bytes
    """Calldata."""
    operation: int
    """0 calls; 1 runs the code as the Safe itself."""
    gas_price: int = 0
    """What a unit of gas is paid back with; 0 pays nothing back."""
    gas_token: Address = NOBODY
    """In which token; the zero address for ether."""
    refund_receiver: Address = NOBODY
    """To whom; the zero address for whoever submits it."""


def safe_transaction(nest: Nest, safe: Address, transaction: SafeTransaction, form: str) -> SafeCall:
    """Return what `safe` carries out, read within the bounds of `nest`; the Safe is the call's actor.

    An operation that is neither 0 nor 1 is refused by every Safe; it is read as the worse of the two.
    """
    inner = Frame(
        actor=safe,
        to=transaction.to,
        value=transaction.value,
        data=transaction.data,
        is_delegatecall=transaction.operation != 0,
    )
    return SafeCall(
        safe=safe,
        call=nest(inner),
        gas_token=_told(transaction.gas_token),
        gas_price=transaction.gas_price,
        refund_receiver=_told(transaction.refund_receiver),
        form=form,
    )


def _told(address: Address) -> Address | None:
    return None if address == NOBODY else address


def _exec_transaction(
    context: Context, to: Address, value: int, data: bytes, operation: int, *rest: Value
) -> Intent:
    _safe_gas, _base_gas, gas_price, gas_token, refund_receiver, _signatures = rest
    transaction = SafeTransaction(
        to=to,
        value=value,
        data=data,
        operation=operation,
        gas_price=gas_price,
        gas_token=gas_token,
        refund_receiver=refund_receiver,
    )
    return safe_transaction(context.nest, context.executor, transaction, "execTransaction")


def _from_module(context: Context, to: Address, value: int, data: bytes, operation: int) -> Intent:
    transaction = SafeTransaction(to=to, value=value, data=data, operation=operation)
    return safe_transaction(context.nest, context.executor, transaction, "module")


def _multi_send(context: Context, entries: bytes) -> Intent:
    return Batch(form="multisend", calls=context.nest_all(_entries(context, entries)))


def _entries(context: Context, entries: bytes) -> Iterator[Frame]:
    place = 0
    while place < len(entries):
        start = place + _HEAD
        size = int.from_bytes(entries[start - 32 : start], "big")
        # The contract reads on, into whatever lies behind: where it would end cannot be told from here.
        if start + size > len(entries):
            yield context.step(Unknown(reason="an entry ends beyond the list of entries", selector=None))
            return
        yield context.inner(
            Address.from_bytes(entries[place + 1 : place + 21]),
            int.from_bytes(entries[place + 21 : place + 53], "big"),
            entries[start : start + size],
            is_delegatecall=entries[place] != 0,
        )
        place = start + size


def _approve_hash(_context: Context, digest: bytes) -> Intent:
    return OpaqueHash(hash="0x" + digest.hex(), form="approveHash")


def _sign_message(_context: Context, data: bytes) -> Intent:
    # Applications hand over the hash of what they show; the wallet then vouches for whatever it stands for.
    if len(data) == 32:
        return OpaqueHash(hash="0x" + data.hex(), form="signMessage")
    try:
        text, is_cut = shown_message(data.decode("utf-8"))
    except UnicodeDecodeError:
        return Message(text=None, size=len(data))
    return Message(text=text, size=len(data), is_cut=is_cut)


def _setup(context: Context, owners: tuple[Address, ...], threshold: int, *rest: Value) -> Intent:
    to, data, handler, payment_token, payment, payment_receiver = rest
    frames = _setup_steps(context, owners, threshold, handler)
    paid = Transfer(
        token=_told(payment_token),
        owner=context.executor,
        recipient=_told(payment_receiver) or context.frame.actor,
        amount=payment,
    )
    if to != NOBODY:
        frames.append(context.inner(to, 0, data, is_delegatecall=True))
    if payment:
        frames.append(context.step(paid))
    return Batch(form="safe-setup", calls=context.nest_all(frames))


def _setup_steps(
    context: Context, owners: tuple[Address, ...], threshold: int, handler: Address
) -> list[Frame]:
    administered = [_administration(context, "add an owner", owner) for owner in owners]
    administered.append(_administration(context, f"set the threshold to {threshold}", None))
    if handler != NOBODY:
        administered.append(_administration(context, "set the fallback handler", handler))
    return [context.step(one) for one in administered]


def _administration(context: Context, action: str, subject: Address | None) -> Administer:
    return Administer(contract=context.executor, action=action, subject=subject, is_wallet=True)


def _administer(action: str, *, subject: int | None) -> Callable[..., Intent]:
    """Return a reader of an administrative function whose argument of this index is whom it is about."""

    def read(context: Context, *arguments: Address) -> Intent:
        about = None if subject is None else _told(arguments[subject])
        return _administration(context, action, about)

    return read


def _add_owner(context: Context, owner: Address, threshold: int) -> Intent:
    return _administration(context, f"add an owner and set the threshold to {threshold}", owner)


def _remove_owner(context: Context, _before: Address, owner: Address, threshold: int) -> Intent:
    action = f"remove an owner and set the threshold to {threshold}"
    return replace(_administration(context, action, owner), takes_away=True)


def _swap_owner(context: Context, _before: Address, old: Address, new: Address) -> Intent:
    return _administration(context, f"put an owner in the place of {old}", new)


def _disable_module(context: Context, _before: Address, module: Address) -> Intent:
    return replace(_administration(context, "disable a module", module), takes_away=True)


def _change_threshold(context: Context, threshold: int) -> Intent:
    return _administration(context, f"set the threshold to {threshold}", None)


FUNCTIONS = (
    Function(
        "6a761202",
        "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)",
        _exec_transaction,
        is_payable=True,
    ),
    Function("468721a7", "execTransactionFromModule(address,uint256,bytes,uint8)", _from_module),
    Function("5229073f", "execTransactionFromModuleReturnData(address,uint256,bytes,uint8)", _from_module),
    Function("8d80ff0a", "multiSend(bytes)", _multi_send, is_payable=True),
    Function("d4d9bdcd", "approveHash(bytes32)", _approve_hash),
    Function("85a5affe", "signMessage(bytes)", _sign_message),
    Function("b63e800d", "setup(address[],uint256,address,bytes,address,address,uint256,address)", _setup),
    Function("0d582f13", "addOwnerWithThreshold(address,uint256)", _add_owner),
    Function("f8dc5dd9", "removeOwner(address,address,uint256)", _remove_owner),
    Function("e318b52b", "swapOwner(address,address,address)", _swap_owner),
    Function("694e80c3", "changeThreshold(uint256)", _change_threshold),
    Function("610b5925", "enableModule(address)", _administer("enable a module", subject=0)),
    Function("e009cfde", "disableModule(address,address)", _disable_module),
    Function("e19a9dd9", "setGuard(address)", _administer("set the guard", subject=0)),
    Function("e068df37", "setModuleGuard(address)", _administer("set the guard of modules", subject=0)),
    Function("f08a0323", "setFallbackHandler(address)", _administer("set the fallback handler", subject=0)),
    Function("7de7edef", "changeMasterCopy(address)", _administer("change the wallet's code", subject=0)),
    Function("f6682ab0", "migrateSingleton()", _administer("change the wallet's code", subject=None)),
    Function(
        "ed007fc6", "migrateWithFallbackHandler()", _administer("change the wallet's code", subject=None)
    ),
    Function("07f464a4", "migrateL2Singleton()", _administer("change the wallet's code", subject=None)),
    Function(
        "68cb3d94", "migrateL2WithFallbackHandler()", _administer("change the wallet's code", subject=None)
    ),
    Function("ef2624ae", "migrateToL2(address)", _administer("change the wallet's code", subject=0)),
    Function(
        "d9a20812", "migrateFromV111(address,address)", _administer("change the wallet's code", subject=0)
    ),
)
