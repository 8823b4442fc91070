"""A wallet contract would pay for the gas.

What it finds: a wallet contract's transaction that pays back whoever submits it: a gas price other than 0, in
ether or in a token, perhaps to a named receiver.

Why it matters: the price is a number in what you sign, not the market's. A high one, or a token in which a
unit is worth much, empties the wallet through the refund, however harmless the call is.

What to do: ask for the transaction with gas price 0, gas token 0 and refund receiver 0, which is what wallets
make.

Limits: what the refund comes to depends on the gas used, and is not computed here.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.intent import SafeCall
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject
from guard.core.verdict import Confidence, Severity


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each wallet transaction with a gas price of its own."""
    for act in subject.acts:
        intent = act.intent
        if isinstance(intent, SafeCall) and intent.gas_price:
            yield Hit(
                facts={
                    "wallet": intent.safe,
                    "price": intent.gas_price,
                    "token": intent.gas_token or "ether, in wei",
                    "receiver": intent.refund_receiver or "whoever submits it",
                },
                counterparty=intent.refund_receiver,
                act=act,
            )


_HARMLESS = examples.calldata("transfer(address,uint256)", examples.FRIEND, 1)

RULE = Rule(
    id="safe.gas-refund",
    documentation=__doc__,
    severity=Severity.WARN,
    confidence=Confidence.HIGH,
    needs=(),
    message="{wallet} would pay {receiver} back for the gas: {price} of {token} for each unit",
    advice="ask for it with a gas price of 0, which is what wallets make",
    check=check,
    fires=(
        examples.example(
            "one ether for each unit of gas",
            examples.safe_execution(examples.TOKEN, _HARMLESS, gas_price=examples.ETHER),
        ),
    ),
    quiet=(examples.example("no refund", examples.safe_execution(examples.TOKEN, _HARMLESS)),),
    about=(SafeCall,),
)
