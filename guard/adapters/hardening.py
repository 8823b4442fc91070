"""A process that holds a secret, closed to dumps and to other processes of the same user.

What belongs here: what the operating system can be asked for. What must not: the secret.
"""

from __future__ import annotations

import resource
import signal
import sys

from guard.errors import KeystoreError

_SET_PARENT_DEATH_SIGNAL = 1
_SET_DUMPABLE = 4
"""Options of prctl, https://man7.org/linux/man-pages/man2/prctl.2.html"""


def forbid_core_dumps() -> None:
    """Let this process leave no core file and, on Linux, be read by no debugger of its user.

    Linux alone can refuse debuggers (PR_SET_DUMPABLE, which also holds where core files go to a program and
    the limit of their size is not asked). Raises KeystoreError where the system does not do what it can.
    """
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError) as error:
        raise _refused("core files cannot be turned off") from error
    if sys.platform == "linux" and _prctl(_SET_DUMPABLE, 0) != 0:
        raise _refused("the process cannot be closed to debuggers")


def die_with_parent() -> None:
    """On Linux, end this process when the one that started it ends; elsewhere its own alarm has to do."""
    if sys.platform == "linux":
        _prctl(_SET_PARENT_DEATH_SIGNAL, int(signal.SIGKILL))


def _prctl(option: int, argument: int) -> int:
    import ctypes

    done: int = ctypes.CDLL(None, use_errno=True).prctl(option, argument, 0, 0, 0)
    return done


def _refused(problem: str) -> KeystoreError:
    return KeystoreError(
        f"no secret is taken in here: {problem}",
        hint="nothing was signed: a sandbox may forbid it",
    )
