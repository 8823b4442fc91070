"""Pure review, per transaction: decode, all rules and the policy; against hashing the request alone."""

from __future__ import annotations

from dataclasses import replace

from guard.core.address import Address
from guard.core.evidence import Acquaintance, Counterparty, Evidence, Observed
from guard.core.policy import Policy
from guard.core.request import TransactionRequest, digest
from guard.core.review import review
from guard.core.rules import examples
from tests.benchmarks.table import median_s, print_table

_ROUND = 200
_APPROVE = "approve(address,uint256)"
_APPROVAL = examples.call(examples.TOKEN, _APPROVE, examples.FRIEND, 5)
_MULTICALL = examples.call(
    examples.TOKEN,
    "multicall(bytes[])",
    tuple(examples.calldata(_APPROVE, examples.FRIEND, amount) for amount in range(1, 21)),
)


def _per_transaction(request: TransactionRequest, evidence: Evidence) -> float:
    policy = Policy()

    def run() -> None:
        for _ in range(_ROUND):
            review(request, evidence, policy, 0)

    return median_s(run, repeats=15) / _ROUND


def main() -> None:
    plain = examples.TRANSFER
    crowd = tuple(
        Counterparty(
            address=Address.from_bytes(number.to_bytes(20, "big")), acquaintance=Acquaintance.CONTACT
        )
        for number in range(1, 1001)
    )
    crowded = replace(examples.EVIDENCE, counterparties=Observed(crowd, "contacts"))

    def hash_only() -> None:
        for _ in range(_ROUND):
            digest(plain)

    print_table(
        "pure review, per transaction",
        [
            ("baseline: the digest alone", median_s(hash_only, repeats=15) / _ROUND),
            ("a plain transfer to a contact", _per_transaction(plain, examples.EVIDENCE)),
            (
                "a token transfer to a stranger",
                _per_transaction(examples.token_transfer(examples.STRANGER), examples.EVIDENCE),
            ),
            (
                "an approval of what is needed, to a contact",
                _per_transaction(_APPROVAL, examples.EVIDENCE),
            ),
            (
                "a multicall of 20 approvals",
                _per_transaction(_MULTICALL, examples.EVIDENCE),
            ),
            (
                "calldata that cannot be read",
                _per_transaction(replace(plain, data=b"\xde\xad\xbe\xef" * 64), examples.EVIDENCE),
            ),
            ("a stranger among 1,000 contacts", _per_transaction(plain, crowded)),
        ],
    )


if __name__ == "__main__":
    main()
