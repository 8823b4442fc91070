"""Rights that an account has given away, and the calls that take them back.

What belongs here: the kinds of right, how a contract is asked whether one stands, and what ends it. What must
not: asking; that needs a node.

Sources: https://eips.ethereum.org/EIPS/eip-20, eip-165, eip-721, eip-777, eip-1155 and eip-7702; Uniswap's
Permit2, AllowanceTransfer.sol (`allowance`, `lockdown`)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from guard.core import abi
from guard.core.address import NOBODY, Address, keccak256

RESET_GAS = 46_000
"""Units of gas of a transaction that resets a delegation: 21,000 for any, and 25,000 for one authorization
(PER_EMPTY_ACCOUNT_COST of EIP-7702). No code runs: the delegation is gone before the call."""

_PERMIT2 = Address("0x000000000022D473030F116dDEE9F6B43aC78BA3")
_PERMIT2_ELSEWHERE = {324: Address("0x0000000000225e31D15943971F47aD3022F714Fa")}
"""zkSync Era derives addresses differently: https://docs.uniswap.org/contracts/v3/reference/deployments"""

_DESIGNATOR = bytes.fromhex("ef0100")
"""What the code of a delegated account begins with (EIP-7702); the delegate's 20 bytes follow."""
_ERC721, _ERC1155 = bytes.fromhex("80ac58cd"), bytes.fromhex("d9b67a26")
"""The interfaces' ids by EIP-165."""
_WORD = 32


class RightKind(Enum):
    """What sort of right stands."""

    ALLOWANCE = "allowance"
    """An ERC-20 allowance."""
    PERMIT2 = "permit2-allowance"
    """An allowance within Permit2, which holds as long as the token allows Permit2."""
    OPERATOR = "operator"
    """An operator over all pieces of an ERC-721 or ERC-1155 collection."""
    PIECE = "piece"
    """One piece of an ERC-721 collection."""
    TOKEN_OPERATOR = "erc777-operator"  # noqa: S105  a kind of right, no password
    """An operator over all of an ERC-777 token."""
    DELEGATION = "delegation"
    """The account runs a delegate's code (EIP-7702)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRight:
    """One right that stands."""

    kind: RightKind
    """What sort of right it is."""
    owner: Address
    """Who gave it."""
    contract: Address
    """The contract that keeps it, and is called to take it back; for a delegation the account itself."""
    token: Address
    """What may be taken: the token or collection; for a delegation the account itself."""
    spender: Address
    """Who has it; for a delegation, whose code the account runs."""
    amount: int | None = None
    """How much, in the token's smallest unit; None for everything."""
    token_id: int | None = None
    """Which piece; None where it is not about one."""

    @property
    def words(self) -> str:
        """What it is, in words."""
        return {
            RightKind.ALLOWANCE: f"the allowance of {self.amount} units of {self.token} to {self.spender}",
            RightKind.PERMIT2: (
                f"the allowance of {self.amount} units of {self.token} to {self.spender} within Permit2"
            ),
            RightKind.OPERATOR: f"the right of {self.spender} to move all of yours in {self.token}",
            RightKind.PIECE: f"the right of {self.spender} to take number {self.token_id} of {self.token}",
            RightKind.TOKEN_OPERATOR: f"the right of {self.spender} to send all of your {self.token}",
            RightKind.DELEGATION: f"the delegation of {self.owner} to the code of {self.spender}",
        }[self.kind]

    @property
    def call(self) -> bytes:
        """The calldata with which `contract` takes it back; empty for a delegation."""
        if self.kind is RightKind.DELEGATION:
            return b""
        if self.kind is RightKind.ALLOWANCE:
            return _call("approve(address,uint256)", self.spender, 0)
        if self.kind is RightKind.PERMIT2:
            return _call("lockdown((address,address)[])", ((self.token, self.spender),))
        if self.kind is RightKind.OPERATOR:
            return _call("setApprovalForAll(address,bool)", self.spender, False)
        if self.kind is RightKind.PIECE:
            return _call("approve(address,uint256)", NOBODY, self.token_id)
        return _call("revokeOperator(address)", self.spender)


def permit2_of(chain_id: int) -> Address:
    """Return where Permit2 is on a chain, if it is there; that is the same place on nearly all."""
    return _PERMIT2_ELSEWHERE.get(chain_id, _PERMIT2)


def delegate_of(code: bytes) -> Address | None:
    """Return whose code an account with this code runs; None where it is not delegated."""
    if len(code) != len(_DESIGNATOR) + 20 or not code.startswith(_DESIGNATOR):
        return None
    return Address.from_bytes(code[len(_DESIGNATOR) :])


def interface_questions() -> tuple[bytes, ...]:
    """Return what a contract is asked to learn whether it is a collection, of ERC-721 or of ERC-1155."""
    return tuple(_call("supportsInterface(bytes4)", name) for name in (_ERC721, _ERC1155))


def allowance_question(owner: Address, spender: Address) -> bytes:
    """Return what an ERC-20 token is asked: how much it lets the spender take."""
    return _call("allowance(address,address)", owner, spender)


def permit2_question(owner: Address, token: Address, spender: Address) -> bytes:
    """Return what Permit2 is asked: amount, Unix seconds of expiration, and nonce."""
    return _call("allowance(address,address,address)", owner, token, spender)


def operator_question(owner: Address, operator: Address) -> bytes:
    """Return what a collection is asked: whether the operator may move all of the owner's."""
    return _call("isApprovedForAll(address,address)", owner, operator)


def piece_question(token_id: int) -> bytes:
    """Return what an ERC-721 collection is asked: who may take this piece."""
    return _call("getApproved(uint256)", token_id)


def token_operator_question(owner: Address, operator: Address) -> bytes:
    """Return what an ERC-777 token is asked: whether the operator may send all of the owner's."""
    return _call("isOperatorFor(address,address)", operator, owner)


def words_of(answer: bytes | None, count: int = 1) -> tuple[int, ...] | None:
    """Return the first numbers of a view function's answer; None where there are fewer, or no answer."""
    if answer is None or len(answer) < count * _WORD:
        return None
    return tuple(int.from_bytes(answer[start : start + _WORD]) for start in range(0, count * _WORD, _WORD))


def _call(signature: str, *values: object) -> bytes:
    types = signature[signature.index("(") + 1 : -1]
    return keccak256(signature.encode())[:4] + abi.write(types, values)
