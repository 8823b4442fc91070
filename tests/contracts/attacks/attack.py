"""What an attack is: a story that ends in one request to a wallet, and what follows on a yes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from guard.core.address import Address
from tests.contracts.chain import Chain, WalletRequest

Holdings = dict[str, int]
"""What somebody has: `ether` in wei, and each other asset, by its name in the story, in its smallest unit."""


def _nothing() -> None:
    return None


def _nothing_with(signature: bytes) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """An attack on one chain, at the moment at which the user is asked."""

    request: WalletRequest
    """What the user is asked to sign or to send."""
    holdings: Callable[[], Holdings]
    """What the user has now; ether paid for gas counts as still there."""
    loss: Mapping[str, int]
    """What the user has less of at the end, without a guard; a gain is negative."""
    steal: Callable[[bytes], None] = field(default=_nothing_with)
    """What the thief does then, given the signature; b"" where the request is a transaction."""
    ambush: Callable[[], None] = field(default=_nothing)
    """What the thief does between the user's look at the request and the block that holds it."""
    revocation: WalletRequest | None = None
    """What takes the right back that the request gave, if the user sends it before the thief comes."""
    promise: Mapping[str, int] | None = None
    """What a naive simulation shows as the user's gain, by `ether` or token; None where it shows none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One way to lose one's savings."""

    name: str
    """Its name in tests, words with dashes."""
    story: str
    """What the user believes, and what happens."""
    prepare: Callable[[Chain], Scene]
    """Puts everything in place, on a chain where nothing has happened yet."""

    @classmethod
    def told_by(cls, prepare: Callable[[Chain], Scene]) -> Attack:
        """Return the attack that a function prepares, its name and docstring as name and story."""
        assert prepare.__doc__ is not None
        return cls(name=prepare.__name__.replace("_", "-"), story=prepare.__doc__, prepare=prepare)

    def __str__(self) -> str:
        return self.name


def owned(
    chain: Chain, owner: Address, assets: Mapping[str, Address | tuple[Address, int]]
) -> Callable[[], Holdings]:
    """Return what tells the owner's ether and assets; a pair is one kind in a multi-collection."""

    def holdings() -> Holdings:
        held = {"ether": chain.wealth(owner)}
        for name, asset in assets.items():
            if isinstance(asset, tuple):
                held[name] = chain.read(asset[0], "balanceOf(address,uint256)", owner, asset[1])
            else:
                held[name] = chain.read(asset, "balanceOf(address)", owner)
        return held

    return holdings


def difference(before: Holdings, after: Holdings) -> Holdings:
    """Return what is less now, assets that are as they were left out."""
    return {name: held - after[name] for name, held in before.items() if held != after[name]}
