"""It would leave a hidden right behind.

What it finds: an approval of yours, of a token or a whole collection, that stands after the simulation
although no part of the payload gives it.

Why it matters: whoever holds an approval can take the tokens at any later time, when nobody looks.

What to do: do not sign; if it is done already, take the right back with `wallet revoke`.

Limits: an approval that the simulation only lowers, as most tokens announce it whenever a spender uses one,
is not counted, where the allowance that stands now is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from guard.core.address import Address
from guard.core.intent import Approve, ApproveAll, AssetKind, Permit
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity
from guard.core.world import AllowanceGiven, Simulation, SimulationMethod, TokenState


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for each new right over the sender's assets that the payload does not openly give."""
    named = set(_named(subject))
    known = subject.known()
    for given in observed(subject.evidence.simulation).allowances:
        is_named = (given.token, given.spender) in named
        if given.owner != subject.sender or is_named or not _is_more(given, subject):
            continue
        yield Hit(
            facts={
                "spender": given.spender,
                "token": given.token,
                "amount": "everything" if given.amount is None else f"{given.amount} units",
            },
            severity=Severity.WARN if given.spender in known else Severity.BLOCK,
            counterparty=given.spender,
        )


def _named(subject: Subject) -> Iterator[tuple[Address, Address]]:
    for act in subject.acts:
        match act.intent:
            case Approve(token=token, spender=spender) | ApproveAll(collection=token, operator=spender):
                yield token, spender
            case Permit(grants=grants, spender=spender):
                yield from ((grant.token, spender) for grant in grants)
            case _:
                pass


def _is_more(given: AllowanceGiven, subject: Subject) -> bool:
    if given.amount is None:
        return True
    state = observed(subject.evidence.tokens).get(given.token)
    stands = None if state is None else state.allowances.get((given.owner, given.spender))
    return given.amount > (stands or 0)


_CLAIM = examples.call(examples.STRANGER, "claim()")


def _leaving(amount: int | None) -> Simulation:
    right = AllowanceGiven(
        token=examples.TOKEN, owner=examples.SENDER, spender=examples.STRANGER, amount=amount
    )
    return Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=(), allowances=(right,))


_STANDING = TokenState(kind=AssetKind.ERC20, allowances={(examples.SENDER, examples.STRANGER): 1000})

RULE = Rule(
    id="simulation.hidden-approval",
    documentation=__doc__,
    severity=Severity.BLOCK,
    confidence=Confidence.HIGH,
    needs=("simulation", "tokens", "counterparties"),
    message="afterwards {spender} could take {amount} of {token} from you, which the payload does not say",
    advice="do not sign; `wallet revoke {token} {spender}` takes a right back that stands already",
    check=check,
    fires=(
        examples.example(
            "claim() that leaves an approval for everything", _CLAIM, examples.simulated(_leaving(2**256 - 1))
        ),
        examples.example("claim() that leaves an operator", _CLAIM, examples.simulated(_leaving(None))),
        examples.example(
            "the same for a contact, a warning",
            _CLAIM,
            examples.knowing(examples.STRANGER, evidence=examples.simulated(_leaving(5))),
        ),
    ),
    quiet=(
        examples.example(
            "an approval that the payload gives",
            examples.call(examples.TOKEN, "approve(address,uint256)", examples.STRANGER, 5),
            examples.simulated(_leaving(5)),
        ),
        examples.example(
            "what is left of an approval after it was used",
            _CLAIM,
            examples.with_tokens({examples.TOKEN: _STANDING}, examples.simulated(_leaving(900))),
        ),
        examples.example(
            "somebody else's approval",
            _CLAIM,
            examples.simulated(
                Simulation(
                    method=SimulationMethod.SIMULATE,
                    succeeded=True,
                    allowances=(
                        AllowanceGiven(
                            token=examples.TOKEN,
                            owner=examples.FRIEND,
                            spender=examples.STRANGER,
                            amount=5,
                        ),
                    ),
                )
            ),
        ),
    ),
)
