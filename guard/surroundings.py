"""What is asked about the world around one request: the chain, a run of it, and the user's lists.

What belongs here: which question is put to which port, and what answers lead to further questions. What must
not: waiting; `guard.gather` does that, nor any judgement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from guard.core.act import Act
from guard.core.address import Address
from guard.core.changes import NOTHING_RUNS, plain_payments
from guard.core.evidence import Fact, Missing, Observed
from guard.core.involved import (
    TokenQuestion,
    involved_accounts,
    involved_tokens,
    moved_tokens,
    paid_contracts,
    simulated_parties,
    too_many,
)
from guard.core.subject import Request, transactions_of
from guard.core.text import escape_untrusted
from guard.core.world import AccountState, Simulation
from guard.deadline import Deadline
from guard.errors import GuardError
from guard.gather import Late, Once
from guard.ports import Chain, ChainFacts, Reputation, Simulator

_OF_THE_PAID = "tokens of the paid"
_OF_THE_RUN = "tokens of the run"
_LISTINGS_OF_THE_RUN = "listings of the run"
"""Questions that wait for another's answer; theirs become parts of a field of Evidence."""

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
        self._codes: dict[Address, Once[bytes]] = {}
        self._simulated = Once(self._simulation_or_why_not)

    def questions(self) -> dict[str, Callable[[], object]]:
        """Return all questions by name, to be asked at once; some wait for another's answer."""
        questions: dict[str, Callable[[], object]] = {}
        chain, sender = self._sources.chain, self._request.sender
        called = self._acts[0].call.to
        if chain is not None:
            code_of, balance_of = self._code, self._balance
            questions["chain_id"] = chain.chain_id
            questions["balance"] = lambda: balance_of(chain, sender)
            questions["recipient_code"] = lambda: b"" if called is None else code_of(chain, called)
        if chain is not None or not transactions_of(self._request):
            questions["simulation"] = self._simulated
        if self._sources.facts is not None:
            questions |= self._questions_of_facts(self._sources.facts)
        return questions | self._questions_of_lists()

    def merged(self, answers: Mapping[str, object]) -> dict[str, object]:
        """Return the answers by field of Evidence.

        Of contracts that are paid everything must be known, or a token paid by mistake would pass unseen.
        Tokens that only a run shows are known where they could be learned, for the run itself tells what
        moved.
        """
        found = dict(answers)
        paid, ran = found.pop(_OF_THE_PAID, {}), found.pop(_OF_THE_RUN, {})
        if "tokens" in found:
            found["tokens"] = _together(found["tokens"], paid, ran if isinstance(ran, Mapping) else {})
        listed = found.pop(_LISTINGS_OF_THE_RUN, {})
        # A run that did not end names nobody, and is missing itself; lists that cannot be read are a failure,
        # and so are those whose answer on a run that did end came too late.
        if isinstance(listed, Late) and isinstance(found.get("simulation"), Late):
            listed = {}
        found["listings"] = _together(found["listings"], listed)
        return found

    def _questions_of_facts(self, facts: ChainFacts) -> dict[str, Callable[[], object]]:
        accounts, deadline = self._accounts, self._deadline
        questions: dict[str, Callable[[], object]] = {"fee_market": lambda: facts.fee_market(deadline)}
        if self._of_tokens:
            questions["tokens"] = lambda: Missing(self._of_tokens)
        else:
            questions["tokens"] = lambda: self._ask_tokens(facts, self._tokens)
            questions[_OF_THE_RUN] = lambda: self._ask_tokens(facts, self._tokens_of_run())
        if accounts is None:
            questions["accounts"] = lambda: Missing(self._of_accounts)
        else:
            questions["accounts"] = accounts
            questions[_OF_THE_PAID] = lambda: self._tokens_of_paid(facts, accounts())
        return questions

    def _questions_of_lists(self) -> dict[str, Callable[[], object]]:
        reputation = self._sources.reputation
        if reputation is None:
            return {"listings": lambda: Observed({}, "no lists")}
        named = tuple(dict.fromkeys([*self._addresses, *(question.token for question in self._tokens)]))
        return {
            "listings": lambda: reputation.listings(named),
            _LISTINGS_OF_THE_RUN: lambda: reputation.listings(self._parties_of_run()),
        }

    def _ask_tokens(self, facts: ChainFacts, questions: tuple[TokenQuestion, ...]) -> object:
        return facts.tokens(questions, self._deadline) if questions else {}

    def _tokens_of_paid(self, facts: ChainFacts, accounts: Mapping[Address, AccountState]) -> object:
        paid = paid_contracts(self._acts, accounts, self._tokens)
        _, too_many_tokens = too_many((), (*self._tokens, *paid))
        return Missing(too_many_tokens) if too_many_tokens else self._ask_tokens(facts, paid)

    def _tokens_of_run(self) -> tuple[TokenQuestion, ...]:
        ran = self._simulated()
        return moved_tokens(self._acts, ran.value, self._tokens) if isinstance(ran, Observed) else ()

    def _parties_of_run(self) -> tuple[Address, ...]:
        ran = self._simulated()
        return simulated_parties(ran.value) if isinstance(ran, Observed) else ()

    def _simulation_or_why_not(self) -> Fact[Simulation]:
        try:
            return self._simulation()
        except GuardError as error:
            return Missing(escape_untrusted(error.message), is_failure=True)

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
        if self._accounts is not None:
            return self._accounts()[account].code
        # Payments to very many accounts, one after the other, would keep a slow node busy for an hour.
        self._deadline.check("asking the node for code")
        return self._codes.setdefault(account, Once(partial(chain.code, account)))()


def _together(*parts: object) -> object:
    """Return mappings as one, or the first part that is none: why there is no whole."""
    for part in parts:
        if not isinstance(part, Mapping):
            return part
    return {key: value for part in parts if isinstance(part, Mapping) for key, value in part.items()}
