"""What is asked about the world around one request: the chain, a run of it, and the user's lists.

What belongs here: which question is put to which port, and what answers lead to further questions. What must
not: waiting; `guard.gather` does that, nor any judgement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from guard.core.act import Act
from guard.core.address import Address
from guard.core.changes import NOTHING_RUNS, plain_payments
from guard.core.evidence import Fact, Missing, Observed
from guard.core.involved import (
    further_tokens,
    involved_accounts,
    involved_tokens,
    simulated_parties,
    too_many,
)
from guard.core.reputation import Listing
from guard.core.subject import Request, transactions_of
from guard.core.world import AccountState, Simulation
from guard.deadline import Deadline
from guard.gather import Once
from guard.ports import Chain, ChainFacts, Reputation, Simulator

NO_NODE = "no node was given to ask"
"""Why what the chain would tell is missing where there is no chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The ports that are asked; each may be missing."""

    chain: Chain | None = None
    """The node."""
    facts: ChainFacts | None = None
    """The same node, for accounts, tokens and fees."""
    simulator: Simulator | None = None
    """The same node, for runs."""
    reputation: Reputation | None = None
    """The user's lists."""


class Surroundings:
    """The questions that one request raises."""

    def __init__(
        self,
        request: Request,
        acts: tuple[Act, ...],
        sources: Sources,
        *,
        young_days: int,
        deadline: Deadline,
    ) -> None:
        self._request = request
        self._acts = acts
        self._sources = sources
        self._deadline = deadline
        self._addresses = involved_accounts(request, acts)
        self._tokens = involved_tokens(acts)
        self._of_accounts, self._of_tokens = too_many(self._addresses, self._tokens)
        facts, addresses = sources.facts, self._addresses
        self._accounts: Once[Mapping[Address, AccountState]] | None = None
        if facts is not None and not self._of_accounts:
            self._accounts = Once(lambda: facts.accounts(addresses, young_days=young_days, deadline=deadline))

    def questions(self) -> dict[str, Callable[[], object]]:
        """Return what can be asked at once, by field of Evidence."""
        questions: dict[str, Callable[[], object]] = {}
        chain, facts, sender = self._sources.chain, self._sources.facts, self._request.sender
        called = self._acts[0].call.to
        if chain is not None:
            code_of, balance_of = self._code, self._balance
            questions["chain_id"] = chain.chain_id
            questions["balance"] = lambda: balance_of(chain, sender)
            questions["recipient_code"] = lambda: b"" if called is None else code_of(chain, called)
        if chain is not None or not transactions_of(self._request):
            questions["simulation"] = self._simulation
        if facts is not None:
            accounts, tokens = self._accounts, self._tokens
            questions["accounts"] = (lambda: Missing(self._of_accounts)) if accounts is None else accounts
            questions["tokens"] = lambda: (
                Missing(self._of_tokens) if self._of_tokens else facts.tokens(tokens, self._deadline)
            )
            questions["fee_market"] = lambda: facts.fee_market(self._deadline)
        return questions

    def further_questions(
        self, accounts: Fact[Any], tokens: Fact[Any], simulation: Fact[Simulation]
    ) -> dict[str, Callable[[], object]]:
        """Return what can be asked only once these are known, by field of Evidence.

        "tokens" is asked only where there are more of them; its answer holds the earlier ones too.
        """
        ran = simulation.value if isinstance(simulation, Observed) else None
        parties = () if ran is None else simulated_parties(ran)
        listed = tuple(
            dict.fromkeys([*self._addresses, *(question.token for question in self._tokens), *parties])
        )
        questions: dict[str, Callable[[], object]] = {"listings": lambda: self._listings(listed)}
        facts = self._sources.facts
        if facts is not None and isinstance(tokens, Observed):
            known = accounts.value if isinstance(accounts, Observed) else {}
            further = further_tokens(self._acts, known, ran, self._tokens)
            if further:
                earlier = tokens.value
                questions["tokens"] = lambda: {**earlier, **facts.tokens(further, self._deadline)}
        return questions

    def _listings(self, addresses: tuple[Address, ...]) -> Fact[Mapping[Address, tuple[Listing, ...]]]:
        if self._sources.reputation is None:
            return Observed({}, "no lists")
        return Observed(self._sources.reputation.listings(addresses), "lists")

    def _simulation(self) -> Fact[Simulation]:
        transactions = transactions_of(self._request)
        if not transactions:
            return Observed(NOTHING_RUNS, "nothing runs")
        chain = self._sources.chain
        paid = {one.to for one in transactions if one.to is not None and not one.data}
        if chain is not None and len(paid) > 0:
            without_code = {address for address in paid if not self._code(chain, address)}
            if (plain := plain_payments(transactions, without_code)) is not None:
                return Observed(plain, "nothing runs")
        if self._sources.simulator is None:
            return Missing(NO_NODE)
        return self._sources.simulator.simulate(transactions, self._acts, self._deadline)

    def _balance(self, chain: Chain, account: Address) -> int:
        return chain.balance(account) if self._accounts is None else self._accounts()[account].balance

    def _code(self, chain: Chain, account: Address) -> bytes:
        return chain.code(account) if self._accounts is None else self._accounts()[account].code
