from __future__ import annotations

from typing import Any

import pytest

from guard.core.intent import Grant, Permit, Unknown
from guard.core.rules.examples import SENDER, STRANGER, TOKEN
from tests.core.decode.structures.reading import MARKET, NAMELESS, declared, read

WETH = MARKET
REST = "address spender,uint256 nonce,uint256 deadline"
PERMITTED = "TokenPermissions(address token,uint256 amount)"


def detail(token: str, amount: int, expiration: int) -> dict[str, Any]:
    return {"token": token, "amount": str(amount), "expiration": expiration, "nonce": 0}


def permit(grants: list[Grant], form: str) -> Permit:
    return Permit(owner=SENDER, spender=STRANGER, grants=tuple(grants), deadline=500, form=form)


def test_an_allowance_names_token_amount_and_end_inside_and_needs_no_domain() -> None:
    message = {"details": detail(TOKEN, 2**160 - 1, 99), "spender": STRANGER, "sigDeadline": 500}
    grants = [Grant(token=TOKEN, amount=2**160 - 1, expires_at=99)]
    for domain in (None, NAMELESS):
        assert read(declared("PermitSingle("), message, domain=domain) == permit(grants, "permit2")


def test_every_token_of_a_batch_is_named() -> None:
    details = [detail(TOKEN, 1, 99), detail(WETH, 2, 2**48 - 1)]
    message = {"details": details, "spender": STRANGER, "sigDeadline": 500}
    grants = [
        Grant(token=TOKEN, amount=1, expires_at=99),
        Grant(token=WETH, amount=2, expires_at=2**48 - 1),
    ]
    assert read(declared("PermitBatch("), message) == permit(grants, "permit2")
    assert read(declared("PermitBatch("), {**message, "details": []}) == permit([], "permit2")


SINGLE = {"token": TOKEN, "amount": 7}
BATCH = [SINGLE, {"token": WETH, "amount": 8}]
GRANTS = [
    Grant(token=TOKEN, amount=7, expires_at=500),
    Grant(token=WETH, amount=8, expires_at=500),
]


@pytest.mark.parametrize(
    ("start", "permitted", "grants"),
    [("PermitTransferFrom(", SINGLE, GRANTS[:1]), ("PermitBatchTransferFrom(", BATCH, GRANTS)],
)
def test_a_pull_is_over_with_its_deadline(start: str, permitted: Any, grants: list[Grant]) -> None:
    message = {"permitted": permitted, "spender": STRANGER, "nonce": 0, "deadline": 500}
    assert read(declared(start), message) == permit(grants, "permit2-transfer")


@pytest.mark.parametrize(
    ("head", "permitted", "grants"),
    [
        ("PermitWitnessTransferFrom(TokenPermissions", SINGLE, GRANTS[:1]),
        ("PermitBatchWitnessTransferFrom(TokenPermissions[]", BATCH, GRANTS),
    ],
)
@pytest.mark.parametrize(
    ("witness", "value", "before", "after"),
    [
        ("Order witness", {"info": 1}, "Order(uint8 info)", ""),
        ("Zebra witness", {"info": 1}, "", "Zebra(uint8 info)"),
        ("bytes32 witness", "0x" + "11" * 32, "", ""),
    ],
)
def test_a_pull_with_a_witness_is_read_whatever_the_witness_is(
    *, head: str, permitted: Any, grants: list[Grant], witness: str, value: Any, before: str, after: str
) -> None:
    declaration = f"{head} permitted,{REST},{witness}){before}{PERMITTED}{after}"
    message = {
        "permitted": permitted,
        "spender": STRANGER,
        "nonce": 0,
        "deadline": 500,
        "witness": value,
    }
    assert read(declaration, message) == permit(grants, "permit2-witness-transfer")


@pytest.mark.parametrize(
    ("declaration", "permitted"),
    [
        # Another name, another member, or what is permitted declared in another way.
        (
            f"MyPermitWitnessTransferFrom(TokenPermissions permitted,{REST},bytes32 witness){PERMITTED}",
            SINGLE,
        ),
        (
            "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 deadline,"
            f"uint256 nonce,bytes32 witness){PERMITTED}",
            SINGLE,
        ),
        (
            f"PermitWitnessTransferFrom(TokenPermissions permitted,{REST},bytes32 witness)"
            "TokenPermissions(uint256 amount,address token)",
            SINGLE,
        ),
    ],
)
def test_what_only_looks_like_a_pull_with_a_witness_is_unknown(declaration: str, permitted: Any) -> None:
    message = {
        "permitted": permitted,
        "spender": STRANGER,
        "nonce": 0,
        "deadline": 500,
        "witness": "0x" + "11" * 32,
    }
    assert isinstance(read(declaration, message), Unknown)
