"""What a node says of signed bytes, read as one of a few answers, each with what follows from it.

Rule 1: every known wording stands in one table, ANSWERS, and nowhere else.
Rule 2: no answer lets anything be signed again; where the chain can tell more, it is asked.

Sources: go-ethereum core/txpool/errors.go and core/error.go (erigon, reth, anvil, hardhat and most providers
use the same phrases), Nethermind AcceptTxResult.cs, Besu TransactionInvalidReason.java, RpcErrorType.java.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from guard.core.journal import SendState


class NodeAnswer(Enum):
    """What a node means."""

    KNOWN = "already known"
    NONCE_TOO_LOW = "nonce too low"
    OUTBID = "replacement underpriced"
    FEE_TOO_LOW = "fee too low"
    FUNDS = "insufficient funds"
    GAP = "nonce gap"
    IN_FLIGHT = "in-flight limit"
    POOL_FULL = "pool full"
    INVALID = "invalid"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """One row of the table."""

    patterns: tuple[str, ...]
    """What its wordings have in common; matched without regard to case, anywhere in the text."""
    state: SendState | None
    """Where the send stands after it; None where the answer does not tell, and the send stays where it is."""
    advice: str
    """What its owner can do, with {id} for the send."""


_CANCEL = "`wallet cancel {id}` frees the nonce; `wallet resume {id}` tries the same bytes again"

ANSWERS: dict[NodeAnswer, Meaning] = {
    NodeAnswer.KNOWN: Meaning(
        # At the start, for "unknown transaction type" says another thing; erigon puts a code before it.
        patterns=(
            r"^(already_exists: |internal_error: )?already ?known",
            r"^known transaction",
            r"^(transaction|tx) already (known|exists|imported)",
            r"^transaction with the same hash was already imported",
            r"^(internal_error: )?existing tx with same hash",
        ),
        state=SendState.BROADCAST,
        advice="the node has it: `wallet resume {id}` waits for its block",
    ),
    NodeAnswer.NONCE_TOO_LOW: Meaning(
        patterns=(
            r"nonce (is )?too low",
            r"nonce_too_low",
            r"old ?nonce",
            r"nonce .*already (been )?used",
            r"nonce .*(lower|less|below) than",
        ),
        state=None,
        advice="the node says that the nonce is used, and its blocks do not: ask another node",
    ),
    NodeAnswer.OUTBID: Meaning(
        patterns=(
            r"replacement .*(underpriced|too low)",
            r"replacementnotallowed",
            r"feetoolowtocompete",
            r"could not replace existing",
            r"too low to replace",
        ),
        state=SendState.REFUSED,
        advice="another transaction of this nonce waits at the node: `wallet speed-up {id}` outbids it",
    ),
    NodeAnswer.FEE_TOO_LOW: Meaning(
        patterns=(
            r"underpriced",
            r"fee ?too ?low",
            r"(less|lower) than (the )?(current )?block base ?fee",
            r"gas ?price (is )?(too low|below|less than)",
        ),
        state=SendState.REFUSED,
        advice="`wallet speed-up {id}` offers more for the gas",
    ),
    NodeAnswer.FUNDS: Meaning(
        patterns=(
            r"insufficient ?(funds|balance)",
            r"upfront.* exceeds",
            r"doesn't have enough funds",
            r"exceeds.*balance",
        ),
        state=SendState.REFUSED,
        advice="bring ether to the account, then `wallet resume {id}`; `wallet cancel {id}` frees the nonce",
    ),
    NodeAnswer.GAP: Meaning(
        patterns=(
            r"nonce (is )?too (high|distant|far)",
            r"nonce_too_high",
            r"nonce ?gap",
            r"gapped",
            r"future nonce",
            r"nonce .*(higher|greater) than",
        ),
        state=SendState.REFUSED,
        advice="an earlier payment of the account is not with the node: `wallet resume` brings them in order",
    ),
    NodeAnswer.IN_FLIGHT: Meaning(
        patterns=(r"in-flight transaction limit", r"delegated account", r"authority already reserved"),
        state=SendState.REFUSED,
        advice="the node takes one payment at a time of an account with code: `wallet resume {id}` later",
    ),
    NodeAnswer.POOL_FULL: Meaning(
        patterns=(
            r"(tx|transaction) ?pool .*(full|limit|overflow)",
            r"too many (pending )?transactions",
            r"queue (is full|limit)",
            r"account ?limit exceeded",
        ),
        state=SendState.REFUSED,
        advice="the node has no room: `wallet resume {id}` later, or `wallet speed-up {id}`",
    ),
    NodeAnswer.INVALID: Meaning(
        patterns=(
            r"intrinsic gas",
            r"gas ?limit ?(reached|too high|exceeded)|exceeds .*gas ?limit",
            r"invalid (sender|signature|transaction)",
            r"chain ?id",
            r"oversized|size limit exceeded|max initcode",
            r"not an eoa",
            r"type not supported|unknown transaction type",
            r"exceeds the configured cap",
        ),
        state=SendState.REFUSED,
        advice=_CANCEL,
    ),
    NodeAnswer.UNKNOWN: Meaning(patterns=(r"",), state=None, advice=_CANCEL),
}
"""Answer to its wordings and what follows."""

_ORDER = (NodeAnswer.KNOWN, NodeAnswer.IN_FLIGHT, *ANSWERS)
"""The first that fits counts. The in-flight limit speaks of nonces and limits too, and is looked for before
them."""
_WORDINGS = {
    answer: re.compile("|".join(meaning.patterns), re.IGNORECASE) for answer, meaning in ANSWERS.items()
}


def read_answer(words: str) -> NodeAnswer:
    """Return what a node's refusal means; UNKNOWN for words that no known client uses."""
    return next(answer for answer in _ORDER if _WORDINGS[answer].search(words.strip()))
