"""`wallet demo`: the product itself, run on a chain in this process.

What belongs here: the past of the demo's accounts, and the command lines that a person would type. What must
not: a verdict, an answer, or another way through the product than its command line.
"""

from __future__ import annotations

import os
import secrets
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from guard.adapters.embedded_chain import EmbeddedChain, PastPayment
from guard.adapters.keystore import MemorySigner
from guard.config import ENVIRONMENT, HOME_VARIABLE
from guard.core.address import Address
from guard.core.amounts import WEI_PER_ETHER, format_ether
from guard.wiring import EMBEDDED

_DAY = 86_400
_MINUTE = 60
_WIDTH = 78
_MILLIETHER = WEI_PER_ETHER // 1000

RunCommand = Callable[[str, Sequence[str]], int]
"""Runs one command line, the program's name first, on the embedded chain and returns its exit code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who takes part besides the payer."""

    alice: Address
    """An old contact, who lives an ordinary life on this chain."""
    stranger: Address
    """Somebody ordinary whom the payer has never paid."""
    collector: Address
    """An account that collects many small payments and passes them on."""


def stage(chain: EmbeddedChain, payer: Address, now: int) -> Cast:
    """Let the chain live through everyone's past; the payer ends with 20 ether."""
    alice, stranger, collector, elsewhere = (MemorySigner(secrets.token_bytes(32)) for _ in range(4))
    chain.live_through(
        [
            *_ordinary_life(alice, elsewhere.address, now),
            *_ordinary_life(stranger, elsewhere.address, now - 3 * _DAY),
            *_collecting(collector, elsewhere.address, now - 5 * _DAY),
            PastPayment(at=now - 3600, payer=None, to=payer, value_wei=20 * WEI_PER_ETHER),
        ]
    )
    return Cast(alice=alice.address, stranger=stranger.address, collector=collector.address)


def _ordinary_life(account: MemorySigner, elsewhere: Address, until: int) -> Iterator[PastPayment]:
    """Yield a year of 2 ether received each quarter and 0.3 ether spent every 17 days."""
    start = until - 365 * _DAY
    for quarter in range(4):
        at = start + quarter * 90 * _DAY
        yield PastPayment(at=at, payer=None, to=account.address, value_wei=2 * WEI_PER_ETHER)
    for spending in range(20):
        at = start + (spending + 1) * 17 * _DAY + 600 * _MINUTE
        yield PastPayment(at=at, payer=account, to=elsewhere, value_wei=300 * _MILLIETHER)


def _collecting(account: MemorySigner, elsewhere: Address, until: int) -> Iterator[PastPayment]:
    """Yield two days of a receipt every 90 minutes, and two sweeps of nearly everything."""
    start = until - 30 * 90 * _MINUTE
    held = 0
    for receipt in range(30):
        at = start + receipt * 90 * _MINUTE
        value = (250 + (receipt * 677) % 1650) * _MILLIETHER
        held += value
        yield PastPayment(at=at, payer=None, to=account.address, value_wei=value)
        if receipt in (14, 29):
            sweep = held - 10 * _MILLIETHER
            held -= sweep + _MILLIETHER
            yield PastPayment(at=at + 10 * _MINUTE, payer=account, to=elsewhere, value_wei=sweep)


def demonstrate(run: RunCommand, make_chain: Callable[[EmbeddedChain], None]) -> int:
    """Run the demo and return 0 when every send ended as the guard is meant to end it."""
    started = time.monotonic()
    now = int(time.time())
    with _own_home() as home:
        _say("A chain of its own starts in this process, and an account is made on it.")
        password_file = home / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_hex(16) + "\n")
        chain = EmbeddedChain(genesis_at=now - 400 * _DAY)
        make_chain(chain)
        for name, value in (("WALLET_PREDICT_URL", EMBEDDED), ("WALLET_PASSWORD_FILE", str(password_file))):
            click.echo(f"$ export {name}={value}")
            os.environ[name] = value
        _run(run, "wallet account new main")
        payer = _only_account(home)
        cast = stage(chain, payer, now)
        _run(run, f"wallet contacts add alice {cast.alice}")
        return _three_sends(run, chain, payer, cast, started)


def _three_sends(run: RunCommand, chain: EmbeddedChain, payer: Address, cast: Cast, started: float) -> int:
    _say("1. A payment to an old contact. Nothing speaks against it, so it is signed and mined.")
    codes = [_run(run, "wallet send alice --value 0.1ether --yes --no-input")]
    _say(
        "2. Ten times the limit for strangers, to somebody new. That is a warning, which --yes does not"
        " answer, and nobody is here to answer it: not sent."
    )
    codes.append(_run(run, f"wallet send {cast.stranger} --value 0.5ether --yes --no-input"))
    _say("3. A payment to an account whose past the shipped model calls Fraud.")
    before = chain.mined_nonce(payer)
    codes.append(_run(run, f"wallet send {cast.collector} --value 0.02ether --yes --no-input"))
    after = chain.mined_nonce(payer)
    click.echo(f"nonce of {payer} before: {before}, after: {after}")
    click.echo(f"balance of {payer}: {format_ether(chain.balance(payer))}")
    _say("What the journal keeps of all three, and the proof that nobody edited it.")
    _run(run, "wallet history")
    _run(run, "guard audit verify")
    _say(f"Done in {time.monotonic() - started:.0f} s. The same on a real node, with the real service:")
    click.echo(_ON_A_REAL_NODE)
    return 0 if codes == [0, 5, 3] and before == after else 1


_ON_A_REAL_NODE = """\
  wallet account new main
  export ETH_RPC_URL=https://your.node.example
  wallet check 0xRECIPIENT --value 0.01ether     the verdict alone
  wallet send  0xRECIPIENT --value 0.01ether     asks before it signs

Left as it is, the wallet asks the external fraud model, which then learns both
addresses and the amount; `--predict-url embedded` asks the shipped model alone,
and nothing leaves for it. See README.md, "Limits"."""


def _say(text: str) -> None:
    click.echo(f"\n{click.style(textwrap.fill(text, _WIDTH), bold=True)}")


def _run(run: RunCommand, line: str) -> int:
    """Show a command line, run exactly that on the chain of this process, and show its exit code."""
    click.echo(f"\n$ {line}")
    program, *arguments = line.split()
    code = run(program, arguments)
    click.echo(f"(exit {code})")
    return code


def _only_account(home: Path) -> Address:
    from guard.adapters.keystore import KeystoreFolder

    ((_, address),) = KeystoreFolder(home / "keystore").addresses()
    return address


@contextmanager
def _own_home() -> Iterator[Path]:
    """Keep the demo's files, and the user's settings, apart; the folder is gone afterwards."""
    names = {HOME_VARIABLE, *(name for variables in ENVIRONMENT.values() for name in variables)}
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    with tempfile.TemporaryDirectory(prefix="txguard-demo-") as folder:
        os.environ[HOME_VARIABLE] = folder
        try:
            yield Path(folder)
        finally:
            for name in names & set(os.environ):
                del os.environ[name]
            os.environ.update(kept)
