"""Calldata is sent to an account without code.

What it finds: a call with calldata, at any depth, to an address at which this chain has no contract.

Why it matters: a call to nothing succeeds and does nothing; the value it carries is gone, and a token that
was meant to move does not. It is what a contract's address from another chain looks like, and what an address
looks like at which a contract will appear after you looked.

What to do: check on which chain the contract lives. To send a message in calldata to a person on purpose,
lower this rule in the policy.

Limits: code is looked up at the moment of the review. An account that the same request lets run code
(EIP-7702) is quiet; one whose code it takes away is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from guard.core.act import Act
from guard.core.address import NOBODY, Address
from guard.core.evidence import Observed
from guard.core.intent import Batch, Delegate
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.rules.seen import account_of
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity

_CALL = replace(examples.TRANSFER, to=examples.TOKEN, data=bytes.fromhex("4e71d92d"))
_WITH_CODE = replace(examples.EVIDENCE, recipient_code=Observed(b"\x60\x80", "node", 100))
_INNER = Batch(
    form="multicall",
    calls=(
        examples.call_doing(examples.approval()),
        examples.call_doing(examples.approval(), to=examples.STRANGER),
    ),
)
_STATES = examples.told(
    accounts={examples.TOKEN: examples.CONTRACT, examples.STRANGER: examples.PERSON}, evidence=_WITH_CODE
)


def check(subject: Subject) -> Iterable[Hit]:
    """Fire once for each account that is called with calldata, at any depth, and has no code."""
    told: set[Address] = set()
    for act in subject.acts:
        call = act.call
        if call.to is None or not call.data_size or call.to in told:
            continue
        if _is_empty(subject, act, call.to) and not _is_delegated(subject, call.to):
            told.add(call.to)
            yield Hit(
                facts={"recipient": call.to, "data_bytes": call.data_size}, counterparty=call.to, act=act
            )


def _is_empty(subject: Subject, act: Act, address: Address) -> bool:
    if not act.is_nested:
        return not observed(subject.evidence.recipient_code)
    account = account_of(subject, address)
    return account is not None and not account.code


def _is_delegated(subject: Subject, address: Address) -> bool:
    """Whether the request itself lets this account run code (EIP-7702), before anything is called."""
    return any(
        one.authority in (address, None) and one.delegate != NOBODY
        for act in subject.acts
        if isinstance(act.intent, Delegate)
        for one in act.intent.authorizations
    )


RULE = Rule(
    id="recipient.no-code",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("recipient_code",),
    helped_by=("accounts",),
    message="there is no contract at {recipient} on this chain to read the {data_bytes} bytes of calldata",
    advice="check on which chain the contract lives",
    check=check,
    fires=(
        examples.example("claim() to an account without code", _CALL),
        examples.example(
            "a token transfer where the token has no code", examples.token_transfer(examples.FRIEND)
        ),
        examples.doing("the same inside of a batch", _INNER, _STATES),
    ),
    quiet=(
        examples.example("claim() to a contract", _CALL, _WITH_CODE),
        examples.example("plain ether to an account without code"),
    ),
)
