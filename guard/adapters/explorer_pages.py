"""What an explorer's account API answers, read strictly: a page of rows, or the reason why there is none.

What belongs here: the form of answers, Etherscan's and Blockscout's. What must not: asking, and the order of
pages.

Source: https://docs.etherscan.io/api-reference/endpoint/txlist, https://docs.blockscout.com/devs/apis/rpc/account
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from guard.core.address import Address
from guard.core.history import MAX_DECIMALS, AccountTransaction, TokenMove, token_name, whole_tokens
from guard.core.strict_json import parse_object
from guard.core.text import escape_untrusted
from guard.errors import InvalidAddress, InvalidJson, RateLimited, ServiceInvalid

MAX_PAGE_BYTES = 8 * 1024 * 1024
"""Bytes of one page: a thousand rows are 0.7 MB, and one with its calldata can be 128 kB."""

T = TypeVar("T")

_NUMBER = re.compile(r"[0-9]{1,78}")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_MAX_NUMBER = 2**256
_MAX_BLOCK = 2**53
_MAX_TIME = 2**40
_NOTHING = re.compile(r"no (?:transactions|token transfers|records) found(?:-missing/.*)?", re.IGNORECASE)
"""Etherscan adds to it, after a hyphen, that a key is missing."""
_TOO_OFTEN = re.compile(r"rate limit|too many requests", re.IGNORECASE)
_OF_OTHER_TOKENS = ("tokenID", "tokenIDs", "values")
"""Fields of moves of tokens with an id."""
_SHORTEST_PART = 4
"""Characters of a key's beginning, before three dots, that are taken for what a cut has left of it."""
_GENESIS = "GENESIS"
"""What Etherscan writes as the sender of the balance that an account had in the first block."""


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """One row of a page."""

    block: int
    """The number of its block."""
    value: T
    """What it tells."""


class PageReader:
    """Reads the pages about one account; remembers the addresses in them, for they come again and again."""

    def __init__(self, account: Address) -> None:
        self._account = account
        self._addresses: dict[str, Address] = {}

    def transactions(self, rows: Sequence[Any]) -> list[Row[AccountTransaction | None]]:
        """Return the transactions of a `txlist` page, failed ones included; None for what is no transaction.

        Raises ServiceInvalid for a row that cannot be read, or that is not about the account.
        """
        read = [self._transaction(_mapping(row)) for row in rows]
        if len({_text(row, "hash") for row in rows}) != len(rows):
            raise _invalid("a transaction told twice")
        return read

    def token_moves(self, rows: Sequence[Any]) -> list[Row[TokenMove | None]]:
        """Return the ERC-20 moves of a `tokentx` page; None for other tokens, which Blockscout lists too.

        Raises ServiceInvalid for a row that cannot be read, or that is not about the account.
        """
        return [self._move(_mapping(row)) for row in rows]

    def _transaction(self, row: Mapping[str, Any]) -> Row[AccountTransaction | None]:
        block = _number(row, "blockNumber", _MAX_BLOCK)
        if block == 0 and _text(row, "from") == _GENESIS:
            return Row(block, None)
        if not _HASH.fullmatch(_text(row, "hash")) or _text(row, "isError") not in ("0", "1"):
            raise _invalid("a transaction without a hash, or without its success")
        sender, recipient = self._address(row, "from"), self._address_if_any(row, "to")
        created = None if recipient else self._address_if_any(row, "contractAddress")
        if self._account not in (sender, recipient, created):
            raise _invalid("a transaction of another account")
        entry = AccountTransaction(
            timestamp=_number(row, "timeStamp", _MAX_TIME),
            sender=sender,
            recipient=recipient,
            value_wei=_number(row, "value", _MAX_NUMBER),
        )
        return Row(block, entry)

    def _move(self, row: Mapping[str, Any]) -> Row[TokenMove | None]:
        block = _number(row, "blockNumber", _MAX_BLOCK)
        if any(row.get(name) for name in _OF_OTHER_TOKENS):
            return Row(block, None)
        sender, recipient = self._address(row, "from"), self._address(row, "to")
        if self._account not in (sender, recipient):
            raise _invalid("a token move of another account")
        decimals = _decimals(_text(row, "tokenDecimal")) if _has(row, "tokenDecimal") else 0
        move = TokenMove(
            sender=sender,
            recipient=recipient,
            token=self._address(row, "contractAddress"),
            token_name=token_name(_text(row, "tokenName") if _has(row, "tokenName") else ""),
            amount=whole_tokens(_number(row, "value", _MAX_NUMBER), decimals),
        )
        return Row(block, move)

    def _address_if_any(self, row: Mapping[str, Any], name: str) -> Address | None:
        return self._address(row, name) if _has(row, name) else None

    def _address(self, row: Mapping[str, Any], name: str) -> Address:
        text = _text(row, name)
        known = self._addresses.get(text)
        if known is None:
            try:
                known = self._addresses[text] = Address.parse(text)
            except InvalidAddress as error:
                raise _invalid(f"no address as {name}") from error
        return known


def read_page(body: bytes, *, key: str | None = None) -> list[Any]:
    """Return the rows of one answer, not yet read; an account without any has an empty list.

    What the explorer says is told without `key`, in whatever case it repeats it.

    Raises RateLimited when the questions came too fast, ServiceInvalid for all else that is no page.
    """
    try:
        answer = parse_object(body, max_bytes=MAX_PAGE_BYTES)
    except InvalidJson as error:
        raise _invalid(f"what is no JSON object that can be read: {error.message}") from error
    status, message, result = answer.get("status"), answer.get("message"), answer.get("result")
    if status == "1" and isinstance(result, list):
        return result
    said = [text for text in (result, message) if isinstance(text, str)]
    if status != "0" or not said:
        raise _invalid("neither rows nor a reason")
    if not result and isinstance(message, str) and _NOTHING.fullmatch(message.strip()):
        return []
    # The key is taken out of the whole text: once that is cut, a part of the key is not found any more.
    reason = escape_untrusted(without_key(said[0], key), limit=160)
    if "daily" not in said[0].lower() and any(map(_TOO_OFTEN.search, said)):
        raise RateLimited(f"the explorer says that it was asked too often: {reason}")
    raise ServiceInvalid(f"the explorer refuses: {reason}")


def without_key(text: str, key: str | None) -> str:
    """Return a text with `(key)` in the place of the key, in any case, and of a part that a cut has left."""
    if key is None:
        return text
    parts = "|".join(re.escape(key[:length]) for length in range(len(key) - 1, _SHORTEST_PART - 1, -1))
    return re.sub(rf"{re.escape(key)}|(?:{parts})(?=\.\.\.)", "(key)", text, flags=re.IGNORECASE)


def _mapping(row: Any) -> Mapping[str, Any]:
    if not isinstance(row, dict):
        raise _invalid("a row that is none")
    return row


def _has(row: Mapping[str, Any], name: str) -> bool:
    """Tell whether a field that may be left empty is not: explorers write "" or null for nothing."""
    return row.get(name) not in ("", None)


def _text(row: Mapping[str, Any], name: str) -> str:
    text = row.get(name)
    if not isinstance(text, str):
        raise _invalid(f"a row without {name}")
    return text


def _decimals(text: str) -> int:
    """Return a token's decimals; 0 where it tells none that can be, so that it counts in its smallest unit.

    They are the token's own words, and count as they do from a node (`token_moves.py`): anyone can make
    a token and send it, and would otherwise hide an account's whole past.
    """
    number = int(text) if _NUMBER.fullmatch(text) else 0
    return number if number <= MAX_DECIMALS else 0


def _number(row: Mapping[str, Any], name: str, limit: int) -> int:
    text = _text(row, name)
    if not _NUMBER.fullmatch(text) or int(text) >= limit:
        raise _invalid(f"no number as {name}")
    return int(text)


def _invalid(what: str) -> ServiceInvalid:
    return ServiceInvalid(f"the explorer answered {what}")
