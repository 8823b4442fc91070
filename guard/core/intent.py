"""What a transaction or a signature does, in the words of its user, as one closed union.

What belongs here: the kinds of intent, and the calls that hold them. What must not: how bytes are read; that
is `guard.core.decode`, nor what is thought of an intent; that is `guard.core.rules`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, TypeAlias

from guard.core.address import Address


class AssetKind(Enum):
    """What sort of thing moves."""

    NATIVE = "native"
    ERC20 = "erc20"
    ERC721 = "erc721"
    ERC1155 = "erc1155"


class AllowanceChange(Enum):
    """What an approval does to the allowance that stood before."""

    SET = "set"
    INCREASE = "increase"
    DECREASE = "decrease"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """Some of one thing."""

    kind: AssetKind
    """What sort of thing."""
    token: Address | None
    """Its contract; None for the chain's own coin."""
    token_id: int | None = None
    """Which one of a collection; None where it has no ids, or any of them will do."""
    amount: int
    """Wei, the token's smallest unit, or a count of pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """An asset on its way to somebody."""

    asset: Asset
    """What."""
    recipient: Address
    """To whom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: the transaction itself, or one that is made inside another."""

    actor: Address
    """In whose name it is made: the signer, or the wallet contract that executes it."""
    to: Address | None
    """The account called; None creates a contract."""
    value: int
    """Native value, wei."""
    data_size: int
    """Bytes of calldata."""
    selector: str | None
    """The first four bytes as 0x and 8 hex digits; None where there are fewer."""
    intent: Intent
    """What it does."""
    oddities: tuple[str, ...] = ()
    """How its bytes differ from the one canonical form; empty where they do not."""
    is_delegatecall: bool = False
    """Whether the code called runs as the actor itself, with all that is the actor's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Ether or one fungible token moves from an owner to a recipient."""

    kind: ClassVar[str] = "transfer"
    token: Address | None
    """The token's contract; None means the chain's own coin."""
    owner: Address
    """Whose asset moves."""
    recipient: Address
    """Who gets it: the account whose history counts."""
    amount: int
    """Wei, or the token's smallest unit."""
    expires_at: int | None = None
    """Unix seconds until which a signed transfer can be carried out; None where it is carried out at once."""
    portion: int | None = None
    """Ten-thousandths of what the owner holds then, where that is told and `amount` the least; else None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NftTransfer:
    """Pieces of one collection move from an owner to a recipient."""

    kind: ClassVar[str] = "nft-transfer"
    collection: Address
    """The collection's contract."""
    owner: Address
    """Whose pieces move."""
    recipient: Address
    """Who gets them."""
    token_ids: tuple[int, ...]
    """Which pieces."""
    amounts: tuple[int, ...]
    """How many of each; 1 for ERC-721."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """A spender may take a token of an owner from now on.

    For an ERC-721 collection the same call names one piece: `amount` is then its id. Calldata cannot tell
    the two apart; the token's own answers can.
    """

    kind: ClassVar[str] = "approve"
    token: Address
    """The token's contract."""
    owner: Address
    """Whose tokens."""
    spender: Address
    """Who may take them."""
    amount: int
    """How much, in the token's smallest unit; the piece's id where the token is an ERC-721 collection."""
    change: AllowanceChange = AllowanceChange.SET
    """What it does to what stood before."""
    expires_at: int | None = None
    """Unix seconds until which it holds; None for ever."""
    form: str
    """By which function, such as `approve` or `permit2-approve`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveAll:
    """An operator may, or may no longer, move everything of an owner in one contract."""

    kind: ClassVar[str] = "approve-all"
    collection: Address
    """The collection's, or the ERC-777 token's, contract."""
    owner: Address
    """Whose pieces."""
    operator: Address
    """Who may move them."""
    approved: bool
    """True grants, False takes away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One token of a permit."""

    token: Address
    """The token's contract."""
    amount: int
    """How much, in its smallest unit; 2^256-1 where the permit has no amount (DAI's `allowed`)."""
    expires_at: int | None
    """Unix seconds until which the allowance holds; None for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """An allowance given by signature: when it is signed, or when somebody hands it in on the chain."""

    kind: ClassVar[str] = "permit"
    owner: Address
    """Whose tokens."""
    spender: Address
    """Who may take them."""
    grants: tuple[Grant, ...]
    """Which tokens, and how much of each."""
    deadline: int | None
    """Unix seconds until which the signature can be handed in; None for ever."""
    form: str
    """`permit` (EIP-2612), `dai-permit`, `permit2`, `permit2-transfer` (one pull, at once), ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An offer that anybody, or one taker, can carry out: assets given for assets received."""

    kind: ClassVar[str] = "order"
    market: Address | None
    """The contract that settles it; None where it is not told."""
    offerer: Address
    """Who gives."""
    gives: tuple[Asset, ...]
    """What leaves the offerer."""
    payouts: tuple[Payout, ...]
    """What has to be paid for it, and to whom."""
    taker: Address | None
    """The only one who may take it; None for anybody."""
    expires_at: int | None
    """Unix seconds until which it holds; None for ever."""
    form: str
    """Which market's words, such as `seaport`; `seaport-fill` where the sender takes somebody's offer."""
    unusual: tuple[str, ...] = ()
    """What is out of the ordinary in it, such as a zone or a counter, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """One asset is changed for another at a venue."""

    kind: ClassVar[str] = "swap"
    venue: Address | None
    """The contract called."""
    gives: Asset | None
    """What is given, at the most; None where the payload does not tell."""
    receives: Asset | None
    """What is received, at the least, its `amount` being that minimum; None where it does not tell."""
    recipient: Address
    """Who receives."""
    expires_at: int | None
    """Unix seconds until which it can be carried out; None for ever."""
    form: str
    """Which venue's words, such as `uniswap-v2`, `universal-router`, `1inch` or `wrap`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Administer:
    """Who controls a contract, or what code it runs, changes."""

    kind: ClassVar[str] = "administer"
    contract: Address
    """The contract that is changed."""
    action: str
    """What is done, in words, such as `transfer the ownership` or `add an owner`."""
    subject: Address | None
    """To whom or to what code; None where there is none."""
    takes_away: bool = False
    """Whether the subject loses a right rather than gains one."""
    is_wallet: bool = False
    """Whether it is a wallet contract's own administration (owners, modules, guards, fallback handler)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """One EIP-7702 authorization: an account is to run a delegate's code."""

    chain_id: int
    """The chain it holds on; 0 means every chain."""
    delegate: Address
    """Whose code; the zero address takes an earlier delegation back."""
    nonce: int
    """The authorizing account's nonce at which it holds."""
    authority: Address | None
    """Whose account it is; None where the signature does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegate:
    """Accounts are handed over to code: a set-code transaction, or an authorization that is to be signed."""

    kind: ClassVar[str] = "delegate"
    authorizations: tuple[Authorization, ...]
    """Which accounts to which code."""
    call: Call | None
    """What the transaction then calls; None for an authorization alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeCall:
    """A wallet contract of the Safe kind carries out one call."""

    kind: ClassVar[str] = "safe-call"
    safe: Address
    """The wallet contract."""
    call: Call
    """What it carries out, in its own name."""
    gas_token: Address | None
    """The token in which the one who submits it is paid back; None for ether."""
    gas_price: int
    """What a unit of gas is paid back with, in that token's smallest unit; 0 pays nothing back."""
    refund_receiver: Address | None
    """Who is paid back; None for whoever submits it."""
    form: str
    """`execTransaction`, `module` or `SafeTx` (the signature)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Several calls in one."""

    kind: ClassVar[str] = "batch"
    form: str
    """Which wrapper, such as `multicall` or `universal-router`."""
    calls: tuple[Call, ...]
    """The calls, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """A contract is created."""

    kind: ClassVar[str] = "deploy"
    code_size: int
    """Bytes of creation code."""
    value: int
    """Wei that it is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoke:
    """A function whose name is known, and that moves nothing by itself, such as `claim()`."""

    kind: ClassVar[str] = "invoke"
    function: str
    """Its signature."""
    is_bait: bool = False
    """Whether the name is one of those under which drainers take ether."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A text is signed."""

    kind: ClassVar[str] = "message"
    text: str | None
    """The text, escaped and cut; None where the bytes are no text."""
    size: int
    """Bytes of the message."""
    domain: str | None = None
    """The site that asks to sign in, where it is a sign-in message (EIP-4361)."""
    chain_id: int | None = None
    """The chain that a sign-in message names."""
    is_cut: bool = False
    """Whether the message goes on after the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpaqueHash:
    """Thirty-two bytes are signed or approved that may stand for anything, a transaction included."""

    kind: ClassVar[str] = "opaque-hash"
    hash: str
    """0x and 64 hex digits."""
    form: str
    """`eth_sign`, `personal_sign`, `approveHash`, `SafeMessage` ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A payload that this version cannot read; never taken for harmless."""

    kind: ClassVar[str] = "unknown"
    reason: str
    """Why it could not be read."""
    selector: str | None
    """The first four bytes as 0x and 8 hex digits; None where there are fewer."""
    is_beyond_bound: bool = False
    """Whether it is nested deeper, or is one of more calls, than is looked at: that is refused."""


Intent: TypeAlias = (
    Transfer
    | NftTransfer
    | Approve
    | ApproveAll
    | Permit
    | Order
    | Swap
    | Administer
    | Delegate
    | SafeCall
    | Batch
    | Deploy
    | Invoke
    | Message
    | OpaqueHash
    | Unknown
)


def inner_calls(intent: Intent) -> tuple[Call, ...]:
    """Return the calls that an intent holds directly; empty for all but the wrappers."""
    if isinstance(intent, Batch):
        return intent.calls
    if isinstance(intent, SafeCall):
        return (intent.call,)
    if isinstance(intent, Delegate) and intent.call is not None:
        return (intent.call,)
    return ()
