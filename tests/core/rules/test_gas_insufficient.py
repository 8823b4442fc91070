from __future__ import annotations

from dataclasses import replace

import pytest

from guard.core.access_list import AccessEntry
from guard.core.authorization import Delegation, SignedAuthorization
from guard.core.request import TransactionRequest
from guard.core.rules.examples import FRIEND, TRANSFER
from guard.core.rules.gas_insufficient import RULE
from guard.core.signature import Signature
from guard.core.verdict import Confidence, Confirmation, Finding, Severity
from tests.core.rules.asking import ask

CREATION = replace(TRANSFER, to=None)
ENTRY = AccessEntry(address=FRIEND)
AUTHORIZATION = SignedAuthorization(
    delegation=Delegation(chain_id=1, delegate=FRIEND, nonce=8), signature=Signature(y_parity=0, r=1, s=1)
)

# The yellow paper's fee schedule, appendix G, with EIP-2028 (16 for a byte that is not zero) and EIP-3860
# (2 for a word of creation code); EIP-2930 (2,400 for an address of an access list, 1,900 for a key) and
# EIP-7702 (25,000 for an authorization).
LEAST: list[tuple[TransactionRequest, int]] = [
    (TRANSFER, 21_000),
    (replace(TRANSFER, data=b"\x00"), 21_004),
    (replace(TRANSFER, data=b"\x01"), 21_016),
    (replace(TRANSFER, data=b"\x00\xff\x00"), 21_024),
    (CREATION, 53_000),
    (replace(CREATION, data=b"\x60"), 53_018),
    (replace(CREATION, data=b"\x60" * 32), 53_514),
    (replace(CREATION, data=b"\x60" * 33), 53_532),
    (replace(TRANSFER, access_list=(ENTRY,)), 23_400),
    (replace(TRANSFER, access_list=(ENTRY, replace(ENTRY, storage_keys=(bytes(32),) * 3))), 31_500),
    (replace(TRANSFER, authorizations=(AUTHORIZATION,) * 2), 71_000),
]


def test_one_unit_below_what_a_plain_transfer_costs_is_blocked() -> None:
    assert ask(RULE, replace(TRANSFER, gas_limit=20_999)) == (
        Finding(
            rule="gas.insufficient",
            severity=Severity.BLOCK,
            confidence=Confidence.HIGH,
            message="a gas limit of 20999 is below the 21000 that this payload costs before it runs",
            advice="leave the gas limit out, and the node's estimate is used",
            facts={"gas_limit": 20_999, "least": 21_000},
            confirmation=Confirmation.WARNING,
        ),
    )


@pytest.mark.parametrize(("request_", "least"), LEAST)
def test_the_least_is_what_the_protocol_takes_and_not_one_unit_more(
    request_: TransactionRequest, least: int
) -> None:
    (finding,) = ask(RULE, replace(request_, gas_limit=least - 1))
    assert finding.facts == {"gas_limit": least - 1, "least": least}
    assert ask(RULE, replace(request_, gas_limit=least)) == ()


def test_a_gas_limit_that_is_not_told_is_quiet() -> None:
    assert ask(RULE, replace(CREATION, gas_limit=None)) == ()
