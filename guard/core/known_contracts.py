"""Contracts whose address alone says what they are, as data with its source.

What belongs here: addresses, and where each was read. What must not: any judgement of a call to them.

Sources: https://github.com/safe-global/safe-deployments, `src/assets/v*/`, fields `canonical`, `eip155` and
`zksync`; read in November 2026. An address holds on every chain on which that deployment exists. For money:
Arbitrum's and Base's documentation of their contracts, and Etherscan's public labels.
"""

from __future__ import annotations

from collections.abc import Mapping

from guard.core.address import Address

MULTI_SEND = "MultiSend"
MULTI_SEND_CALL_ONLY = "MultiSendCallOnly"
SIGN_MESSAGE_LIB = "SignMessageLib"
SAFE_MIGRATION = "SafeMigration"
SAFE_TO_L2_MIGRATION = "SafeToL2Migration"

_DEPLOYMENTS = (
    (MULTI_SEND, "1.1.1", "0x8D29bE29923b68abfDD21e541b9374737B49cdAD"),
    (MULTI_SEND, "1.3.0", "0xA238CBeb142c10Ef7Ad8442C6D1f9E89e07e7761"),
    (MULTI_SEND, "1.3.0", "0x998739BFdAAdde7C933B942a68053933098f9EDa"),
    (MULTI_SEND, "1.3.0", "0x0dFcccB95225ffB03c6FBB2559B530C2B7C8A912"),
    (MULTI_SEND, "1.4.1", "0x38869bf66a61cF6bDB996A6aE40D5853Fd43B526"),
    (MULTI_SEND, "1.5.0", "0x218543288004CD07832472D464648173c77D7eB7"),
    (MULTI_SEND_CALL_ONLY, "1.3.0", "0x40A2aCCbd92BCA938b02010E17A5b8929b49130D"),
    (MULTI_SEND_CALL_ONLY, "1.3.0", "0xA1dabEF33b3B82c7814B6D82A79e50F4AC44102B"),
    (MULTI_SEND_CALL_ONLY, "1.3.0", "0xf220D3b4DFb23C4ade8C88E526C1353AbAcbC38F"),
    (MULTI_SEND_CALL_ONLY, "1.4.1", "0x9641d764fc13c8B624c04430C7356C1C7C8102e2"),
    (MULTI_SEND_CALL_ONLY, "1.5.0", "0xA83c336B20401Af773B6219BA5027174338D1836"),
    (SIGN_MESSAGE_LIB, "1.3.0", "0xA65387F16B013cf2Af4605Ad8aA5ec25a2cbA3a2"),
    (SIGN_MESSAGE_LIB, "1.3.0", "0x98FFBBF51bb33A056B08ddf711f289936AafF717"),
    (SIGN_MESSAGE_LIB, "1.3.0", "0x357147caf9C0cCa67DfA0CF5369318d8193c8407"),
    (SIGN_MESSAGE_LIB, "1.4.1", "0xd53cd0aB83D845Ac265BE939c57F53AD838012c9"),
    (SIGN_MESSAGE_LIB, "1.5.0", "0x4FfeF8222648872B3dE295Ba1e49110E61f5b5aa"),
    (SAFE_MIGRATION, "1.4.1", "0x526643F69b81B008F46d95CD5ced5eC0edFFDaC6"),
    (SAFE_MIGRATION, "1.5.0", "0x6439e7ABD8Bb915A5263094784C5CF561c4172AC"),
    (SAFE_TO_L2_MIGRATION, "1.4.1", "0xfF83F6335d8930cBad1c0D439A841f01888D9f69"),
)

DELEGATECALL_TARGETS: Mapping[Address, str] = {
    Address(address): f"{name} {version}" for name, version, address in _DEPLOYMENTS
}
"""Code that a Safe is made to run as itself in the ordinary course: address to name and version."""

MONEY: Mapping[Address, str] = {
    Address.parse(address): name
    for name, address in (
        ("wrapped ether", "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"),
        ("wrapped ether of Optimism and Base", "0x4200000000000000000000000000000000000006"),
        ("wrapped ether of Arbitrum", "0x82aF49447D8a07e3bd95BD0d56f35241523fBab1"),
        ("wrapped coin of Polygon", "0x0d500B1d8E8eF31E21C99d1Db9A6444d3ADf1270"),
        ("USDC", "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"),
        ("USDT", "0xdAC17F958D2ee523a2206206994597C13D831ec7"),
        ("DAI", "0x6B175474E89094C44Da98b954EedeAC495271d0F"),
    )
}
"""Tokens in which markets pay in the ordinary course: address to name."""
