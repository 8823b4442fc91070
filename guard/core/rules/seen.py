"""What the evidence tells of one address, and None where it tells nothing.

What belongs here: the looking up that several rules share. What must not: any judgement. A rule that asks
here names the field in `needs` or in `helped_by`, so that a source which is missing is a finding.
"""

from __future__ import annotations

from guard.core.address import Address
from guard.core.evidence import Acquaintance, Counterparty, Observed
from guard.core.subject import Subject
from guard.core.world import AccountState, TokenState

DELEGATION = bytes.fromhex("ef0100")
"""What the code of a delegated account begins with, https://eips.ethereum.org/EIPS/eip-7702"""


def acquaintance_of(subject: Subject, address: Address) -> Counterparty | None:
    """Return how the user knows an address, from `counterparties`."""
    return subject.known().get(address) if isinstance(subject.evidence.counterparties, Observed) else None


def is_trusted(subject: Subject, address: Address) -> bool:
    """Whether the user chose to know an address: a contact, or an account of the user's own."""
    known = acquaintance_of(subject, address)
    return known is not None and known.acquaintance is not Acquaintance.PAID_BEFORE


def is_own(subject: Subject, address: Address) -> bool:
    """Whether it is an account of the user's own, the sender included."""
    known = acquaintance_of(subject, address)
    is_told = known is not None and known.acquaintance is Acquaintance.OWN_ACCOUNT
    return is_told or address == subject.sender


def account_of(subject: Subject, address: Address) -> AccountState | None:
    """Return an account as the chain knows it, from `accounts`."""
    accounts = subject.evidence.accounts
    return accounts.value.get(address) if isinstance(accounts, Observed) else None


def token_of(subject: Subject, token: Address) -> TokenState | None:
    """Return a token's own answers, from `tokens`."""
    tokens = subject.evidence.tokens
    return tokens.value.get(token) if isinstance(tokens, Observed) else None


def is_person(account: AccountState) -> bool:
    """Whether it is a key's account: it has no code, or code that its key chose (a delegation)."""
    return not account.code or account.code.startswith(DELEGATION)
