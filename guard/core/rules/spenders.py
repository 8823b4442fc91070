"""Who is given a right over tokens: a stranger, a person, a contract that is new.

What belongs here: the measures that the rules on approvals and on permits share. What must not: their texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from guard.core.right import Right
from guard.core.rules.given import in_words
from guard.core.rules.rule import Hit
from guard.core.rules.seen import account_of, is_own, is_person, is_trusted
from guard.core.subject import Subject
from guard.core.verdict import FactValue, Severity


def hit_of(subject: Subject, right: Right, severity: Severity | None = None, **more: FactValue) -> Hit:
    """Return the hit that names spender, token and amount; it reads `tokens` for the words."""
    facts = {
        "spender": right.spender,
        "token": right.token,
        "amount": right.amount,
        "what": in_words(subject, right),
    }
    return Hit(facts={**facts, **more}, severity=severity, counterparty=right.spender, act=right.act)


def strangers(subject: Subject, rights: Iterable[Right]) -> Iterator[Hit]:
    """Yield a hit for each right of somebody who is no contact; it reads `counterparties`.

    Having paid a contract once is no reason to hand tokens over to it: a mint for a few cents comes first.
    """
    for right in rights:
        if not is_trusted(subject, right.spender):
            yield hit_of(subject, right)


def persons(subject: Subject, rights: Iterable[Right]) -> Iterator[Hit]:
    """Yield a hit for each right of a key's account; it reads `accounts` and `counterparties`.

    A contact's asks where others' blocks, and an account of the user's own is quiet. Having paid somebody is
    no reason to hand over tokens.
    """
    for right in rights:
        account = account_of(subject, right.spender)
        if account is not None and is_person(account) and not is_own(subject, right.spender):
            level = Severity.WARN if is_trusted(subject, right.spender) else None
            yield hit_of(subject, right, level)


def newcomers(subject: Subject, rights: Iterable[Right]) -> Iterator[Hit]:
    """Yield a hit for each right of a contract that is new, or of a stranger whose age is not known.

    A contact's, and an age that nobody told, are notes. It reads `accounts` and `counterparties`.
    """
    for right in rights:
        account = account_of(subject, right.spender)
        if account is None or is_person(account) or account.is_young is False:
            continue
        days = subject.policy.young_contract_days
        if account.is_young:
            level = Severity.INFO if is_trusted(subject, right.spender) else None
            yield hit_of(subject, right, level, age=f"no code {days} days ago", days=days)
        elif not is_trusted(subject, right.spender):
            yield hit_of(subject, right, Severity.INFO, age="an age that is not known", days=days)
