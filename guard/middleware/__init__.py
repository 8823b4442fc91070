"""The guard between a program and its node, by web3.py 7.16 or 8: `install_guard(w3, guard)`.

What belongs here: the two functions that a program calls. What must not: how a request is read or reviewed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from guard.errors import ConfigurationError
from guard.wiring import missing_extra

if TYPE_CHECKING:
    from guard.engine import Guard
    from guard.middleware.confirmer import Confirm
    from guard.middleware.onion import AnyWeb3
    from guard.middleware.provider import Provider
    from guard.unmanned import Approvals, DoorJournal

P = TypeVar("P", bound="Provider")


def install_guard(
    w3: AnyWeb3,
    guard: Guard,
    *,
    confirm: Confirm | None = None,
    journal: DoorJournal | None = None,
    approvals: Approvals | None = None,
) -> None:
    """Let nothing be signed or sent through `w3` that `guard` does not let through.

    From now on every call that signs or sends raises TransactionBlocked, ConfirmationRequired or NoVerdict,
    each with its `verdict`, or goes on exactly as it was scored. Calls that read are not touched; calls that
    may sign or send and cannot be read, and batches with any that can, raise InvalidRequest.

    `confirm(request, verdict)` answers a warning: True or False, None where nobody is there, and the first
    eight hex digits of `verdict.digest` after 0x, as text, where the verdict asks for those to be typed. For
    an AsyncWeb3 it may be a coroutine function; an ordinary one runs in a thread of its own. Without it, or
    with None, `guard approve DIGEST` answers, for the next time that the same is asked for. `journal` and
    `approvals` stand in the place of the home's.

    To be called again after the provider was changed; a second time on the same provider it changes nothing
    else. Raises ConfigurationError where another guard is installed there, and where no node can be asked.
    """
    guard_provider(w3.provider, guard, confirm=confirm, journal=journal, approvals=approvals)
    # web3 is imported where it is used: `import guard` must cost nothing.
    from guard.middleware.onion import put_in

    put_in(w3)


def guard_provider(
    provider: P,
    guard: Guard,
    *,
    confirm: Confirm | None = None,
    journal: DoorJournal | None = None,
    approvals: Approvals | None = None,
) -> P:
    """Guard a provider alone, for a program that asks it without a `w3`; return the same object.

    `install_guard` does this too, so that `w3.provider.make_request` is no way around it. Arguments and
    errors are the same; local keys have signed before this sees the bytes.
    """
    try:
        from guard.middleware.provider import checkpoint_of, put_on
        from guard.middleware.wiring import build_checkpoint
    except ModuleNotFoundError as error:
        raise missing_extra("the middleware", error) from error
    checkpoint = checkpoint_of(provider)
    if checkpoint is None:
        built = build_checkpoint(guard, provider, confirm=confirm, journal=journal, approvals=approvals)
        put_on(provider, built)
    elif checkpoint.guard is not guard:
        raise ConfigurationError(
            "another guard watches this provider already",
            hint="make a new Web3 with a provider of its own for the other guard",
        )
    return provider
