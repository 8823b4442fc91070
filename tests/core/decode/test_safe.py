from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.act import flatten
from guard.core.address import Address
from guard.core.decode.safe import SafeTransaction, safe_transaction
from guard.core.intent import Administer, Batch, Call, Message, OpaqueHash, SafeCall, Transfer
from guard.core.known_contracts import DELEGATECALL_TARGETS
from guard.core.rules.examples import FRIEND, SENDER, STRANGER, TOKEN
from tests.core.decode.calldata import (
    JUNK,
    OTHER,
    THIEF,
    UNREAD,
    VENUE,
    WALLET,
    ZERO,
    approval,
    approve,
    calldata,
    done,
    inside,
    intents,
    transfer,
    unknown,
)

EXEC = "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)"
MULTI_SEND = next(address for address, name in DELEGATECALL_TARGETS.items() if name == "MultiSend 1.4.1")


def executed(
    to: Address, data: bytes, *, value: int = 0, operation: int = 0, refund: object = (0, ZERO, ZERO)
) -> bytes:
    return calldata(EXEC, to, value, data, operation, 0, 0, *refund, b"signatures")  # type: ignore[misc]


def entry(operation: int, to: Address, value: int, data: bytes) -> bytes:
    return (
        bytes([operation]) + to.to_bytes() + value.to_bytes(32, "big") + len(data).to_bytes(32, "big") + data
    )


def sent(*entries: bytes) -> bytes:
    return executed(MULTI_SEND, calldata("multiSend(bytes)", b"".join(entries)), operation=1)


def administered(action: str, subject: Address | None) -> Administer:
    return Administer(contract=WALLET, action=action, subject=subject, is_wallet=True)


def test_a_safe_carries_out_a_call_in_its_own_name() -> None:
    assert done(executed(TOKEN, approve())).intent == SafeCall(
        safe=WALLET,
        call=Call(
            actor=WALLET, to=TOKEN, value=0, data_size=68, selector="0x095ea7b3", intent=approval(WALLET)
        ),
        gas_token=None,
        gas_price=0,
        refund_receiver=None,
        form="execTransaction",
    )


def test_who_is_paid_back_and_in_what_is_told() -> None:
    intent = done(executed(TOKEN, approve(), refund=(7, OTHER, THIEF))).intent
    assert isinstance(intent, SafeCall)
    assert (intent.gas_price, intent.gas_token, intent.refund_receiver) == (7, OTHER, THIEF)


@pytest.mark.parametrize("operation", [1, 2, 255])
def test_code_that_runs_as_the_safe_is_marked_behind_a_harmless_looking_transfer(operation: int) -> None:
    acts = flatten(done(executed(THIEF, transfer(FRIEND, 0), operation=operation)))
    assert [
        (act.call.actor, act.call.to, act.call.is_delegatecall, act.within_delegatecall) for act in acts
    ] == [
        (SENDER, WALLET, False, False),
        (WALLET, THIEF, True, True),
    ]


@pytest.mark.parametrize("name", ["execTransactionFromModule", "execTransactionFromModuleReturnData"])
def test_a_module_makes_the_safe_carry_out_a_call(name: str) -> None:
    intent = done(calldata(f"{name}(address,uint256,bytes,uint8)", FRIEND, 5, b"", 0)).intent
    assert isinstance(intent, SafeCall)
    assert (intent.form, intent.call.intent) == (
        "module",
        Transfer(token=None, owner=WALLET, recipient=FRIEND, amount=5),
    )


def test_each_entry_of_a_multisend_is_a_call_of_the_safe() -> None:
    calls = inside(
        sent(
            entry(0, FRIEND, 3, b""),
            entry(0, OTHER, 0, JUNK),
            entry(1, THIEF, 0, JUNK),
            entry(0, TOKEN, 0, approve()),
        )
    )
    assert [(call.actor, call.to, call.value, call.is_delegatecall, call.intent) for call in calls] == [
        (WALLET, FRIEND, 3, False, Transfer(token=None, owner=WALLET, recipient=FRIEND, amount=3)),
        (WALLET, OTHER, 0, False, UNREAD),
        (WALLET, THIEF, 0, True, UNREAD),
        (WALLET, TOKEN, 0, False, approval(WALLET)),
    ]


def test_a_multisend_that_is_called_itself_acts_in_its_own_name() -> None:
    data = calldata("multiSend(bytes)", entry(0, TOKEN, 0, approve()))
    assert intents(data, to=VENUE) == [approval(VENUE)]


CUT = unknown("an entry ends beyond the list of entries")


@pytest.mark.parametrize("cut", [1, 40, 69, 100, 152])
def test_an_entry_that_is_cut_off_is_unknown_and_hides_no_other(cut: int) -> None:
    entries = entry(0, TOKEN, 0, approve()) + entry(0, TOKEN, 0, approve())[:-cut]
    assert intents(executed(MULTI_SEND, calldata("multiSend(bytes)", entries), operation=1)) == [
        approval(WALLET),
        CUT,
    ]


def test_an_entry_longer_than_any_memory_is_unknown() -> None:
    entries = entry(0, TOKEN, 0, b"")[:-32] + b"\xff" * 32
    assert intents(calldata("multiSend(bytes)", entries)) == [CUT]


def test_an_entry_to_the_zero_address_is_one_to_the_safe_itself() -> None:
    (call,) = inside(sent(entry(0, ZERO, 0, calldata("enableModule(address)", THIEF))))
    assert (call.to, call.intent) == (WALLET, administered("enable a module", THIEF))


@pytest.mark.parametrize(
    ("data", "action", "subject"),
    [
        (
            calldata("addOwnerWithThreshold(address,uint256)", THIEF, 1),
            "add an owner and set the threshold to 1",
            THIEF,
        ),
        (
            calldata("removeOwner(address,address,uint256)", FRIEND, STRANGER, 2),
            "remove an owner and set the threshold to 2",
            STRANGER,
        ),
        (
            calldata("swapOwner(address,address,address)", FRIEND, STRANGER, THIEF),
            f"put an owner in the place of {STRANGER}",
            THIEF,
        ),
        (calldata("changeThreshold(uint256)", 1), "set the threshold to 1", None),
        (calldata("enableModule(address)", THIEF), "enable a module", THIEF),
        (
            calldata("disableModule(address,address)", FRIEND, STRANGER),
            "disable a module",
            STRANGER,
        ),
        (calldata("setGuard(address)", THIEF), "set the guard", THIEF),
        (calldata("setGuard(address)", ZERO), "set the guard", None),
        (calldata("setModuleGuard(address)", THIEF), "set the guard of modules", THIEF),
        (calldata("setFallbackHandler(address)", THIEF), "set the fallback handler", THIEF),
        (calldata("changeMasterCopy(address)", THIEF), "change the wallet's code", THIEF),
    ],
)
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_change_of_who_controls_the_safe_is_named_at_any_depth(
    data: bytes, action: str, subject: Address | None, depth: int
) -> None:
    for _ in range(depth):
        data = executed(WALLET, data)
    taken = action.startswith(("remove", "disable"))
    assert intents(data) == [replace(administered(action, subject), takes_away=taken)]


@pytest.mark.parametrize(
    ("data", "subject"),
    [
        (calldata("migrateSingleton()"), None),
        (calldata("migrateWithFallbackHandler()"), None),
        (calldata("migrateL2Singleton()"), None),
        (calldata("migrateL2WithFallbackHandler()"), None),
        (calldata("migrateToL2(address)", FRIEND), FRIEND),
        (calldata("migrateFromV111(address,address)", FRIEND, STRANGER), FRIEND),
    ],
)
def test_a_migration_changes_the_code_of_the_safe_that_runs_it(data: bytes, subject: Address | None) -> None:
    assert intents(executed(OTHER, data, operation=1)) == [administered("change the wallet's code", subject)]


def test_an_approved_hash_may_stand_for_anything() -> None:
    digest = bytes(range(32))
    assert done(calldata("approveHash(bytes32)", digest)).intent == OpaqueHash(
        hash="0x" + digest.hex(), form="approveHash"
    )
    assert done(calldata("signMessage(bytes)", digest)).intent == OpaqueHash(
        hash="0x" + digest.hex(), form="signMessage"
    )


@pytest.mark.parametrize(
    ("data", "text"), [(b"hello\x1b[2J", "hello\\x1b[2J"), (b"\xff\xfe", None)], ids=["text", "bytes"]
)
def test_a_message_that_the_safe_signs_is_told(data: bytes, text: str | None) -> None:
    assert done(calldata("signMessage(bytes)", data)).intent == Message(text=text, size=len(data))


SETUP = "setup(address[],uint256,address,bytes,address,address,uint256,address)"


def test_what_sets_a_safe_up_is_all_named() -> None:
    data = calldata(SETUP, [FRIEND, STRANGER], 2, THIEF, JUNK, OTHER, TOKEN, 9, VENUE)
    call = done(data)
    assert isinstance(call.intent, Batch)
    assert [(one.is_delegatecall, one.to, one.intent) for one in call.intent.calls] == [
        (False, WALLET, administered("add an owner", FRIEND)),
        (False, WALLET, administered("add an owner", STRANGER)),
        (False, WALLET, administered("set the threshold to 2", None)),
        (False, WALLET, administered("set the fallback handler", OTHER)),
        (True, THIEF, UNREAD),
        (False, WALLET, Transfer(token=TOKEN, owner=WALLET, recipient=VENUE, amount=9)),
    ]


def test_a_plain_setup_runs_no_code_and_pays_nobody() -> None:
    assert intents(calldata(SETUP, [FRIEND], 1, ZERO, b"", ZERO, ZERO, 0, ZERO)) == [
        administered("add an owner", FRIEND),
        administered("set the threshold to 1", None),
    ]


def test_a_setup_that_names_nobody_to_pay_pays_its_caller() -> None:
    data = calldata(SETUP, [], 1, ZERO, b"", ZERO, ZERO, 9, ZERO)
    assert intents(data)[-1] == Transfer(token=None, owner=WALLET, recipient=SENDER, amount=9)


def test_a_transaction_of_a_safe_is_read_apart_from_its_submission() -> None:
    seen = []

    def nest(frame: object) -> Call:
        seen.append(frame)
        return replace(done(b"", to=FRIEND), actor=WALLET)

    transaction = SafeTransaction(to=FRIEND, value=0, data=b"", operation=0)
    read = safe_transaction(nest, WALLET, transaction, "SafeTx")
    assert (read.form, read.gas_token, read.refund_receiver, len(seen)) == ("SafeTx", None, None, 1)


def test_the_known_targets_are_those_of_the_published_deployments() -> None:
    assert len(DELEGATECALL_TARGETS) == 19
    assert {name.split()[0] for name in DELEGATECALL_TARGETS.values()} == {
        "MultiSend",
        "MultiSendCallOnly",
        "SignMessageLib",
        "SafeMigration",
        "SafeToL2Migration",
    }
