"""Who controls a contract, and what code it runs: owners, roles, proxies.

Sources: OpenZeppelin's Ownable, Ownable2Step, AccessControl, UUPSUpgradeable, TransparentUpgradeableProxy and
ProxyAdmin (versions 4 and 5), https://docs.openzeppelin.com/contracts/; `setOwner` and `setAuthority` of
ds-auth, https://github.com/dapphub/ds-auth; `transferProxyOwnership` of the proxies that Wyvern gave to its
users, https://github.com/ProjectWyvern/wyvern-ethereum. A wallet contract's own administration is not here.
"""

from __future__ import annotations

from guard.core.address import Address
from guard.core.decode.function import Context, Frame, Function, Reader
from guard.core.intent import Administer, Batch, Intent

_NEW_CODE = "change the code it runs"
_NEW_ADMINISTRATOR = "change the administrator of its proxy"
_CHIEF_ROLE = bytes(32)
"""AccessControl's DEFAULT_ADMIN_ROLE, which gives and takes every other role."""


def _hand_over(action: str) -> Reader:
    """Return the reader of a function that gives control to the address in its one argument."""

    def read(context: Context, subject: Address) -> Intent:
        return Administer(contract=context.to, action=action, subject=subject)

    return read


def _renounce(context: Context) -> Intent:
    return Administer(contract=context.to, action="give up the ownership", subject=None)


def _accept(context: Context) -> Intent:
    return Administer(contract=context.to, action="accept the ownership", subject=context.frame.actor)


def _grant_role(context: Context, role: bytes, account: Address) -> Intent:
    return Administer(contract=context.to, action=f"give {_role(role)}", subject=account)


def _revoke_role(context: Context, role: bytes, account: Address) -> Intent:
    return Administer(
        contract=context.to, action=f"take away {_role(role)}", subject=account, takes_away=True
    )


def _role(role: bytes) -> str:
    return "the role of administrator" if role == _CHIEF_ROLE else f"the role 0x{role.hex()}"


def _change_proxy_admin(context: Context, proxy: Address, administrator: Address) -> Intent:
    return Administer(contract=proxy, action=_NEW_ADMINISTRATOR, subject=administrator)


def _upgrade(context: Context, proxy: Address, code: Address) -> Intent:
    return Administer(contract=proxy, action=_NEW_CODE, subject=code)


def _upgrade_to_and_call(context: Context, code: Address, data: bytes) -> Intent:
    change = Administer(contract=context.to, action=_NEW_CODE, subject=code)
    if not data:
        return change
    return _with_call(context, UPGRADE_TO.calldata(code), context.to, code, data)


def _upgrade_and_call(context: Context, proxy: Address, code: Address, data: bytes) -> Intent:
    if not data:
        return Administer(contract=proxy, action=_NEW_CODE, subject=code)
    return _with_call(context, UPGRADE.calldata(proxy, code), proxy, code, data)


def _with_call(context: Context, change: bytes, proxy: Address, code: Address, data: bytes) -> Intent:
    """Return the change, and the call that the proxy then makes of its new code, as itself."""
    frames = (
        Frame(actor=context.frame.actor, to=context.to, value=0, data=change),
        Frame(actor=proxy, to=code, value=context.frame.value, data=data, is_delegatecall=True),
    )
    return Batch(form="upgrade-and-call", calls=context.nest_all(frames))


UPGRADE_TO = Function("3659cfe6", "upgradeTo(address)", _hand_over(_NEW_CODE))
UPGRADE = Function("99a88ec4", "upgrade(address,address)", _upgrade)

FUNCTIONS = (
    Function("f2fde38b", "transferOwnership(address)", _hand_over("transfer the ownership")),
    Function("f1739cae", "transferProxyOwnership(address)", _hand_over("transfer the ownership")),
    Function("13af4035", "setOwner(address)", _hand_over("transfer the ownership")),
    Function("c42069ec", "setPendingOwner(address)", _hand_over("offer the ownership")),
    Function("715018a6", "renounceOwnership()", _renounce),
    Function("79ba5097", "acceptOwnership()", _accept),
    Function("7a9e5e4b", "setAuthority(address)", _hand_over("change who decides on access")),
    Function("2f2ff15d", "grantRole(bytes32,address)", _grant_role),
    Function("d547741f", "revokeRole(bytes32,address)", _revoke_role),
    Function("36568abe", "renounceRole(bytes32,address)", _revoke_role),
    UPGRADE_TO,
    Function("4f1ef286", "upgradeToAndCall(address,bytes)", _upgrade_to_and_call, is_payable=True),
    Function("d784d426", "setImplementation(address)", _hand_over(_NEW_CODE)),
    Function("8f283970", "changeAdmin(address)", _hand_over(_NEW_ADMINISTRATOR)),
    Function("704b6c02", "setAdmin(address)", _hand_over("change the administrator")),
    Function("7eff275e", "changeProxyAdmin(address,address)", _change_proxy_admin),
    UPGRADE,
    Function("9623609d", "upgradeAndCall(address,address,bytes)", _upgrade_and_call, is_payable=True),
)
