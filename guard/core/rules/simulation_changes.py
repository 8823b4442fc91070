"""What you would have more or less of.

What it finds: the changes that a simulation shows for the account that signs, and for a wallet contract that
carries the call out: what goes, and what comes.

Why it matters: a payload says what is asked for, and this says what happens. "You send 1 ether, you receive
nothing" is the whole of most frauds.

What to do: compare it with what you expect; decline where it is another thing.

Limits: a note, which decides nothing. It holds for the node's present state, and a contract can behave
otherwise when it is mined; plain payments of ether, which are what they say, are left out, and so is what gas
costs.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.core.changes import in_words
from guard.core.evidence import Observed
from guard.core.intent import Asset, AssetKind, SafeCall
from guard.core.rules import examples
from guard.core.rules.rule import Hit, Rule
from guard.core.subject import Subject, observed
from guard.core.verdict import Confidence, Severity
from guard.core.world import AssetChange, Simulation, SimulationMethod


def check(subject: Subject) -> Iterable[Hit]:
    """Fire for the sender, and for each wallet contract that carries a call out, where changes are shown."""
    simulation = observed(subject.evidence.simulation)
    if not simulation.succeeded or not simulation.changes or simulation.method is SimulationMethod.STATIC:
        return
    tokens = subject.evidence.tokens.value if isinstance(subject.evidence.tokens, Observed) else {}
    wallets = {act.intent.safe: act for act in subject.acts if isinstance(act.intent, SafeCall)}
    concerned = {change.party for change in simulation.changes}
    if subject.sender in concerned or concerned.isdisjoint(wallets):
        yield Hit(facts={"whose": "", "changes": in_words(simulation, subject.sender, tokens)})
    for wallet in wallets:
        if wallet in concerned:
            words = in_words(simulation, wallet, tokens)
            yield Hit(facts={"whose": f"as the wallet {wallet}, ", "changes": words})


def _shown(*changes: AssetChange) -> Simulation:
    return Simulation(method=SimulationMethod.SIMULATE, succeeded=True, changes=changes, variants_agree=True)


_TOKEN = Asset(kind=AssetKind.ERC20, token=examples.TOKEN, amount=3 * examples.UNIT)
_CLAIM = examples.call(examples.STRANGER, "claim()")
_PAID = AssetChange(party=examples.SENDER, asset=_TOKEN, is_gain=False)
_BY_WALLET = AssetChange(party=examples.WALLET, asset=_TOKEN, is_gain=False)

RULE = Rule(
    id="simulation.changes",
    documentation=__doc__,
    severity=Severity.INFO,
    confidence=Confidence.MEDIUM,
    needs=("simulation",),
    helped_by=("tokens",),
    message="if it were mined now, {whose}{changes}",
    advice="compare it with what you expect",
    check=check,
    fires=(
        examples.example(
            "a claim that takes three tokens",
            _CLAIM,
            examples.simulated(_shown(_PAID), examples.told(tokens={examples.TOKEN: examples.STATE})),
        ),
        examples.example(
            "a payment by a wallet contract",
            examples.safe_execution(
                examples.TOKEN,
                examples.calldata("transfer(address,uint256)", examples.FRIEND, 3 * examples.UNIT),
            ),
            examples.simulated(_shown(_BY_WALLET)),
        ),
    ),
    quiet=(
        examples.example("plain ether, where nothing runs"),
        examples.example(
            "a node that shows no changes",
            _CLAIM,
            examples.simulated(Simulation(method=SimulationMethod.CALL, succeeded=True)),
        ),
        examples.example("a call that moves nothing", _CLAIM, examples.simulated(_shown())),
    ),
)
