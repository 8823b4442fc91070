"""What token contracts say of themselves, each answer taken for what it is: a stranger's word.

What belongs here: the questions to a token, and the reading of its answers. What must not: any judgement.

Sources: https://eips.ethereum.org/EIPS/eip-20, eip-165, eip-721, eip-1155
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial

from guard.adapters.contract_view import told
from guard.adapters.web3_chain import Web3Chain
from guard.core import abi
from guard.core.address import Address, keccak256
from guard.core.intent import AssetKind
from guard.core.involved import TokenQuestion
from guard.core.text import escape_untrusted
from guard.core.world import TokenState
from guard.errors import UnreadableArguments

MAX_SYMBOL = 32
"""Characters kept of a token's symbol."""
MAX_NAME = 64
"""Characters kept of a token's name."""
CALL_GAS = 2_000_000
"""Units of gas for one question to a token: far more than any honest answer takes, and too little for an
answer of more than about a megabyte."""

_MAX_TEXT_BYTES = 4096
_MAX_DECIMALS = 255

_DESCRIPTION = {
    name: keccak256(signature)[:4]
    for name, signature in (
        ("symbol", b"symbol()"),
        ("name", b"name()"),
        ("decimals", b"decimals()"),
        ("supply", b"totalSupply()"),
    )
}
_SUPPORTS = keccak256(b"supportsInterface(bytes4)")[:4]
_INTERFACES = {AssetKind.ERC721: "80ac58cd", AssetKind.ERC1155: "d9b67a26"}
_BALANCE = keccak256(b"balanceOf(address)")[:4]
_ALLOWANCE = keccak256(b"allowance(address,address)")[:4]

Questions = Mapping[str, Callable[[], object]]


def questions_about(chain: Web3Chain, question: TokenQuestion) -> Questions:
    """Return every call that this question takes, by name; each answers bytes, empty where it was refused."""
    calls = {
        **_DESCRIPTION,
        **{
            f"is {kind.value}": _SUPPORTS + bytes.fromhex(interface) + bytes(28)
            for kind, interface in _INTERFACES.items()
        },
        **{_balance_name(owner): balance_call(owner) for owner in question.owners},
        **{
            _allowance_name(owner, spender): _ALLOWANCE + abi.write("address,address", (owner, spender))
            for owner, spender in question.allowances
        },
    }
    return {name: partial(_view, chain, question.token, data) for name, data in calls.items()}


def token_state(question: TokenQuestion, answers: Mapping[str, bytes]) -> TokenState:
    """Return what these answers come to; whatever is not an answer of the standard's form is None."""
    balances = {owner: number(answers[_balance_name(owner)]) for owner in question.owners}
    allowances = {
        (owner, spender): number(answers[_allowance_name(owner, spender)])
        for owner, spender in question.allowances
    }
    decimals, supply = number(answers["decimals"]), number(answers["supply"])
    kinds = [kind for kind in _INTERFACES if number(answers[f"is {kind.value}"]) == 1]
    return TokenState(
        kind=_kind(kinds, supply, decimals),
        symbol=_text(answers["symbol"], MAX_SYMBOL),
        name=_text(answers["name"], MAX_NAME),
        decimals=decimals if decimals is not None and decimals <= _MAX_DECIMALS else None,
        total_supply=supply,
        balances={owner: held for owner, held in balances.items() if held is not None},
        allowances={parties: given for parties, given in allowances.items() if given is not None},
    )


def balance_call(owner: Address) -> bytes:
    """Return the calldata of balanceOf(address)."""
    return _BALANCE + abi.write("address", (owner,))


def number(answer: bytes) -> int | None:
    """Return the one number of an answer; None for an answer of another form."""
    return int.from_bytes(answer, "big") if len(answer) == 32 else None


def _kind(kinds: Collection[AssetKind], supply: int | None, decimals: int | None) -> AssetKind | None:
    # A contract that says yes to everything has said nothing.
    if kinds:
        return next(iter(kinds)) if len(kinds) == 1 else None
    return AssetKind.ERC20 if supply is not None and decimals is not None else None


def _text(answer: bytes, limit: int) -> str | None:
    """Return a token's text, escaped and cut; old tokens tell it as bytes32. None where it tells none."""
    if len(answer) == 32:
        raw = answer.rstrip(b"\0")
    else:
        try:
            raw = abi.read("bytes", answer).values[0]
        except UnreadableArguments:
            return None
    try:
        text = raw[:_MAX_TEXT_BYTES].decode("utf-8")
    except UnicodeDecodeError:
        return None
    return escape_untrusted(text, limit=limit) or None


def _view(chain: Web3Chain, token: Address, calldata: bytes) -> bytes:
    return chain.ask("a token's facts", lambda: told(chain.web3, token, calldata, gas=CALL_GAS))


def _balance_name(owner: Address) -> str:
    return f"balance {owner}"


def _allowance_name(owner: Address, spender: Address) -> str:
    return f"allowance {owner} {spender}"
