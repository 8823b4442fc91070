"""A router's plan: steps named by one byte each, with their inputs, for one caller.

What belongs here: what the Universal Router's commands and the actions of V4 have in common. What must not:
any one command or action.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from guard.core.address import NOBODY, Address
from guard.core.decode.function import Context, Frame, Function
from guard.core.decode.swaps import WHOLE, addressed, ether, token_amount
from guard.core.intent import Asset, Batch, Intent, Swap, Transfer, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """For whom a router works."""

    caller: Address
    """Who called the router: whose tokens it may take."""
    router: Address
    """The router."""

    def recipient(self, address: Address) -> Address:
        """Return whom an address in a plan stands for."""
        return addressed(address, caller=self.caller, router=self.router)

    def payment(self, token: Address, recipient: Address, least: int, portion: int | None) -> Transfer:
        """Return what the router pays out of what it holds; the zero address is ether."""
        return Transfer(
            token=None if token == NOBODY else token,
            owner=self.router,
            recipient=self.recipient(recipient),
            amount=least,
            portion=portion,
        )

    def whole_or(self, token: Address, recipient: Address, amount: int, whole: int) -> Transfer:
        """Return a payment of an amount; the amount `whole` stands for all that there is."""
        if amount == whole:
            return self.payment(token, recipient, 0, WHOLE)
        return self.payment(token, recipient, amount, None)

    def swap(self, gives: Asset | None, receives: Asset | None, recipient: Address, form: str) -> Swap:
        """Return a swap that the router makes; what is for the router itself stays for later steps."""
        return Swap(
            venue=self.router,
            gives=gives,
            receives=receives,
            recipient=self.recipient(recipient),
            expires_at=None,
            form=form,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of step."""

    signature: str
    """Its name in the router's source, and the types of its input."""
    reader: Callable[..., Intent]
    """Takes the plan, the context and the arguments, and returns the intent."""
    is_of_router: bool = False
    """Whether it moves what the router holds; otherwise it is made in the caller's name."""


Choice: TypeAlias = Callable[[int, bytes], "Step | Frame | None"]
"""Takes a step's byte and its input, and returns its kind, or the call that it makes; None if not known."""


def asset(token: Address, amount: int) -> Asset:
    """Return this much of a token; the zero address is ether."""
    return ether(amount) if token == NOBODY else token_amount(token, amount)


def carried_out(
    context: Context, plan: Plan, choose: Choice, codes: bytes, inputs: tuple[bytes, ...], *, form: str
) -> Batch:
    """Return the plan's steps as calls, each read by itself; what is not known hides nothing beside it."""
    return Batch(form=form, calls=context.nest_all(_frames(context, plan, choose, codes, inputs)))


def _frames(
    context: Context, plan: Plan, choose: Choice, codes: bytes, inputs: tuple[bytes, ...]
) -> Iterator[Frame]:
    for code, data in zip(codes, inputs, strict=False):
        step = choose(code, data)
        if isinstance(step, Frame):
            yield step
        elif step is None:
            unknown = Unknown(reason=f"the step 0x{code:02x} of the plan is not known", selector=None)
            yield context.step(unknown, actor=plan.caller)
        else:
            yield _step_frame(plan, step, data)
    if len(codes) != len(inputs):
        uneven = Unknown(reason="the plan has not as many inputs as steps", selector=None)
        yield context.step(uneven, actor=plan.caller)


def _step_frame(plan: Plan, step: Step, data: bytes) -> Frame:
    function = Function("", step.signature, partial(_read, plan, step.reader))
    actor = plan.router if step.is_of_router else plan.caller
    return Frame(actor=actor, to=plan.router, value=0, data=data, function=function)


def _read(plan: Plan, reader: Callable[..., Intent], context: Context, *arguments: object) -> Intent:
    return reader(plan, context, *arguments)
