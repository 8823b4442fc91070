"""`wallet revoke`: what stands is told, taken back one by one, and looked at again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from eth_abi import encode

import guard.wiring
from guard.core.address import NOBODY, Address
from guard.core.authorization import Delegation
from guard.core.intent import AssetKind
from guard.core.journal import SendState
from guard.core.prediction import PredictionClass
from guard.core.revocation import (
    RightKind,
    StandingRight,
    allowance_question,
    operator_question,
    permit2_of,
    permit2_question,
)
from guard.core.signed import decode_signed
from guard.core.world import TokenState
from guard.errors import KeystoreError, NodeError
from guard.testing import FakeChain, FakeChainFacts, FakeSimulator
from tests.wallet import harness
from tests.wallet.harness import FRIEND, STRANGER, Desk, Run

PAYER = harness.PAYER.address

TOKEN = Address("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48")
PERMIT2 = permit2_of(1)
DESIGNATOR = bytes.fromhex("ef0100") + STRANGER.to_bytes()
ALLOWANCE = StandingRight(
    kind=RightKind.ALLOWANCE, owner=PAYER, contract=TOKEN, token=TOKEN, spender=FRIEND, amount=5
)
WITHIN = StandingRight(
    kind=RightKind.PERMIT2, owner=PAYER, contract=PERMIT2, token=TOKEN, spender=FRIEND, amount=5
)


@dataclass
class RightsChain(FakeChain):
    """A chain on which rights of FRIEND stand until a transaction takes them back."""

    standing: list[RightKind] = field(default_factory=list)
    obeys: bool = True
    """Whether contracts do what a revocation asks."""

    def view(self, contract: Address, data: bytes) -> bytes | None:
        self._fail("view")
        asked = {
            (TOKEN, allowance_question(PAYER, FRIEND)): [5 * (RightKind.ALLOWANCE in self.standing)],
            (PERMIT2, permit2_question(PAYER, TOKEN, FRIEND)): [
                *(5 * (RightKind.PERMIT2 in self.standing), 2**48 - 1, 0)
            ],
            (TOKEN, operator_question(PAYER, FRIEND)): [int(RightKind.OPERATOR in self.standing)],
        }.get((contract, data))
        return None if asked is None else encode(["uint256"] * len(asked), asked)

    def broadcast(self, raw: bytes) -> str:
        hash_ = super().broadcast(raw)
        self.nonce += 1
        if self.obeys:
            sent = decode_signed(raw).unattributed
            ends = {ALLOWANCE.call: RightKind.ALLOWANCE, WITHIN.call: RightKind.PERMIT2}
            self.standing = [kind for kind in self.standing if kind is not ends.get(sent.data)]
            if sent.authorizations:
                self.codes.pop(PAYER)
        return hash_


def sit(desk: Desk, *standing: RightKind, **chain: Any) -> RightsChain:
    """Put a chain on which these rights stand in the place of the desk's."""
    codes = {TOKEN: b"\x60", PERMIT2: b"\x60", **chain.pop("codes", {})}
    made = RightsChain(codes=codes, standing=list(standing), gas=50_000, **chain)
    desk.chain = made
    desk.node.put(made)  # type: ignore[arg-type]
    states = {TOKEN: TokenState(kind=AssetKind.ERC20, symbol="TUSD", decimals=6)}
    facts = FakeChainFacts(chain=made, token_states=states)
    desk.monkeypatch.setattr(guard.wiring, "build_world", lambda _: (facts, FakeSimulator()))
    contacts = {"friend": FRIEND, "tusd": TOKEN, "permit2": PERMIT2}
    (desk.home / "contacts.json").write_text(json.dumps({"version": 1, "contacts": contacts}))
    return made


def revoke(desk: Desk, *words: str) -> Run:
    return desk.wallet("revoke", *words, "--password-file", str(desk.password_file))


BOTH = (RightKind.ALLOWANCE, RightKind.PERMIT2)
OF_FRIEND = ("tusd", "friend")


def test_each_right_is_taken_back_by_a_transaction_of_its_own_in_order(desk: Desk) -> None:
    chain = sit(desk, *BOTH)
    done = revoke(desk, *OF_FRIEND, "--yes")
    first, second = desk.sends()
    assert (done.code, done.out) == (0, f"{first.hash}\n{second.hash}\n")
    told = [(send.request.to, send.request.data, send.request.nonce, send.state) for send in (first, second)]
    assert told == [
        (TOKEN, ALLOWANCE.call, 7, SendState.MINED),
        (PERMIT2, WITHIN.call, 8, SendState.MINED),
    ]
    assert chain.sent == [first.raw, second.raw]
    assert f"... {ALLOWANCE.words} is gone" in done.err


def test_one_object_tells_every_right_and_the_last_transaction(desk: Desk) -> None:
    sit(desk, *BOTH)
    done = revoke(desk, *OF_FRIEND, "--yes", "--json").object
    first, second = desk.sends()
    assert (done["ok"], done["decision"], done["hash"], done["error"]) == (True, "ALLOW", second.hash, None)
    plain = {"owner": PAYER, "token": TOKEN, "spender": FRIEND, "amount": 5, "token_id": None}
    assert done["rights"] == [
        {**plain, "kind": "allowance", "contract": TOKEN, "state": "revoked", "hash": first.hash},
        {**plain, "kind": "permit2-allowance", "contract": PERMIT2, "state": "revoked", "hash": second.hash},
    ]


def test_where_nothing_stands_nothing_is_signed_and_that_is_no_failure(desk: Desk) -> None:
    chain = sit(desk)
    done = revoke(desk, *OF_FRIEND, "--yes")
    assert (done.code, done.out) == (0, "")
    assert f"nothing to take back: no such right of {FRIEND} over {TOKEN} of {PAYER} stands" in done.err
    assert revoke(desk, *OF_FRIEND, "--quiet").err == ""
    told = revoke(desk, *OF_FRIEND, "--json").object
    assert (told["ok"], told["hash"], told["error"], told["rights"]) == (True, None, None, [])
    alone = revoke(desk, "--delegation")
    assert (alone.code, f"the account {PAYER} is not delegated" in alone.err) == (0, True)
    assert (chain.sent, desk.sends()) == ([], [])


@pytest.mark.parametrize(
    ("flag", "left"),
    [("--allowance", [RightKind.PERMIT2]), ("--permit2", [RightKind.ALLOWANCE])],
)
def test_a_flag_chooses_one_right_and_what_is_left_is_told(
    desk: Desk, flag: str, left: list[RightKind]
) -> None:
    chain = sit(desk, *BOTH)
    done = revoke(desk, *OF_FRIEND, flag, "--yes")
    assert (done.code, chain.standing, len(desk.sends())) == (0, left, 1)
    assert done.err.count("stands, and is left as it is") == 1


def test_an_operator_is_chosen_by_its_flag_also_where_the_contract_is_no_collection(desk: Desk) -> None:
    sit(desk, RightKind.OPERATOR, obeys=False)
    done = revoke(desk, *OF_FRIEND, "--operator", "--yes", "--json").object
    assert [(right["kind"], right["state"]) for right in done["rights"]] == [("operator", "standing")]


def test_a_contract_that_does_not_obey_is_told(desk: Desk) -> None:
    sit(desk, RightKind.ALLOWANCE, obeys=False)
    done = revoke(desk, *OF_FRIEND, "--yes", "--json")
    (send,) = desk.sends()
    assert (done.code, send.state) == (1, SendState.MINED)
    told = done.object
    assert (told["ok"], told["hash"], told["error"]["code"]) == (False, send.hash, "still_standing")
    assert told["error"]["message"] == f"the transaction was mined, and {ALLOWANCE.words} still stands"
    assert [(right["state"], right["hash"]) for right in told["rights"]] == [("standing", send.hash)]


def test_a_look_afterwards_that_fails_is_told_and_is_no_failure(desk: Desk) -> None:
    chain = sit(desk, RightKind.ALLOWANCE)
    broadcast = chain.broadcast

    def and_fall_asleep(raw: bytes) -> str:
        chain.fails["view"] = NodeError("asleep")
        return broadcast(raw)

    desk.monkeypatch.setattr(chain, "broadcast", and_fall_asleep)
    done = revoke(desk, *OF_FRIEND, "--yes", "--json")
    assert (done.code, [right["state"] for right in done.object["rights"]]) == (0, ["sent"])
    assert "whether it is gone could not be seen: asleep" in done.err


def test_without_waiting_nothing_is_looked_at_again(desk: Desk) -> None:
    chain = sit(desk, *BOTH)
    chain.mines = False
    done = revoke(desk, *OF_FRIEND, "--yes", "--async", "--json")
    assert (done.code, [right["state"] for right in done.object["rights"]]) == (0, ["sent", "sent"])
    assert [send.state for send in desk.sends()] == [SendState.BROADCAST] * 2


def test_the_first_that_is_refused_ends_the_command(desk: Desk) -> None:
    chain = sit(desk, *BOTH)
    desk.predictor.answer = PredictionClass.FRAUD
    done = revoke(desk, *OF_FRIEND, "--yes", "--json")
    assert (done.code, chain.sent, len(desk.sends())) == (3, [], 1)
    assert [right["state"] for right in done.object["rights"]] == ["standing", "standing"]


@pytest.mark.parametrize("as_json", [True, False])
def test_an_error_after_the_first_does_not_hide_what_was_done(desk: Desk, as_json: bool) -> None:
    chain = sit(desk, *BOTH)
    broadcast = chain.broadcast

    def and_forget_fees(raw: bytes) -> str:
        chain.fails["suggest_fee"] = NodeError("no fees", hint="wait")
        return broadcast(raw)

    desk.monkeypatch.setattr(chain, "broadcast", and_forget_fees)
    done = revoke(desk, *OF_FRIEND, "--yes", *(["--json"] if as_json else []))
    (send,) = desk.sends()
    assert done.code == 1
    if not as_json:
        assert (done.out, "error: no fees\n  wait\n" in done.err) == (f"{send.hash}\n", True)
        return
    told = done.object
    assert (told["ok"], told["hash"], told["error"]["message"]) == (False, None, "no fees")
    assert [(right["state"], right["hash"]) for right in told["rights"]] == [
        ("revoked", send.hash),
        ("standing", None),
    ]


def test_the_thief_is_not_whom_the_model_is_asked_about(desk: Desk) -> None:
    sit(desk, *BOTH)
    revoke(desk, *OF_FRIEND, "--yes")
    assert [query.beneficiary for query in desk.predictor.queries] == [TOKEN, PERMIT2]


def test_a_key_is_good_for_each_right_once(desk: Desk) -> None:
    chain = sit(desk, *BOTH)
    chain.mines, chain.mined = False, 7
    flags = ("--yes", "--async", "--idempotency-key", "k1")
    assert revoke(desk, *OF_FRIEND, *flags).code == 0
    chain.standing = list(BOTH)
    again = revoke(desk, *OF_FRIEND, *flags)
    assert (again.code, len(desk.sends()), len(chain.sent)) == (0, 2, 2)
    assert again.err.count("this idempotency key was used before") == 2


def test_a_dry_run_opens_no_key_and_judges_each(desk: Desk) -> None:
    chain = sit(desk, *BOTH)
    desk.password_file.unlink()
    done = desk.wallet("revoke", *OF_FRIEND, "--dry-run", "--from", PAYER, "--json")
    assert (done.code, done.object["decision"], chain.sent, desk.sends()) == (0, "ALLOW", [], [])
    assert [right["state"] for right in done.object["rights"]] == ["standing", "standing"]
    assert desk.wallet("revoke", *OF_FRIEND, "--dry-run", "--quiet").out == "ALLOW\nALLOW\n"


def test_a_dry_run_ends_with_its_worst(desk: Desk) -> None:
    sit(desk, *BOTH)
    answers = [PredictionClass.FRAUD, PredictionClass.SAFE]
    predict = desk.predictor.predict

    def in_turn(query: Any, deadline: Any) -> Any:
        desk.predictor.answer = answers.pop(0)
        return predict(query, deadline)

    desk.monkeypatch.setattr(desk.predictor, "predict", in_turn)
    done = desk.wallet("revoke", *OF_FRIEND, "--dry-run", "--json")
    assert (done.code, done.object["decision"], done.object["error"]["code"]) == (3, "BLOCK", "blocked")


# The account's own delegation


def test_a_delegation_is_reset_by_the_accounts_own_authorization(desk: Desk) -> None:
    chain = sit(desk, codes={PAYER: DESIGNATOR})
    done = revoke(desk, "--delegation", "--yes", "--json")
    (send,) = desk.sends()
    assert (done.code, send.state, chain.sent) == (0, SendState.MINED, [send.raw])
    request = send.request
    (authorization,) = request.authorizations
    assert (request.to, request.value, request.data, request.nonce) == (PAYER, 0, b"", 7)
    assert (request.gas_limit, request.type_byte) == (46_000, 4)
    assert authorization.delegation == Delegation(chain_id=1, delegate=NOBODY, nonce=8)
    assert [(right["kind"], right["state"]) for right in done.object["rights"]] == [("delegation", "revoked")]
    assert done.object["intent"]["authorizations"][0]["authority"] == PAYER


def test_flags_for_gas_and_nonce_hold_for_a_reset_too(desk: Desk) -> None:
    sit(desk, codes={PAYER: DESIGNATOR})
    flags = ("--gas-limit", "90000", "--nonce", "7", "--gas-price", "30gwei")
    assert revoke(desk, "--delegation", "--yes", *flags).code == 0
    (send,) = desk.sends()
    assert (send.request.gas_limit, send.request.nonce) == (90_000, 7)
    assert send.request.fee is not None
    assert send.request.fee.ceiling == 30 * 10**9
    assert send.request.authorizations[0].delegation.nonce == 8


def test_nothing_leaves_before_the_verdict_on_a_reset(desk: Desk) -> None:
    chain = sit(desk, codes={PAYER: DESIGNATOR})
    desk.predictor.answer = PredictionClass.FRAUD
    done = revoke(desk, "--delegation", "--yes", "--json")
    (send,) = desk.sends()
    assert (done.code, send.state, send.raw, chain.sent) == (3, SendState.BLOCKED, None, [])


def test_a_wrong_password_is_found_before_anything_is_asked(desk: Desk) -> None:
    sit(desk, codes={PAYER: DESIGNATOR})
    desk.password_file.write_text("wrong")
    assert (revoke(desk, "--delegation", "--yes").code, desk.sends()) == (7, [])


def test_an_authorization_by_another_key_is_refused(desk: Desk) -> None:
    from guard.adapters import keystore
    from guard.adapters.keystore import MemorySigner

    chain = sit(desk, codes={PAYER: DESIGNATOR})
    other = MemorySigner(b"\x09" * 32)
    desk.monkeypatch.setattr(
        keystore,
        "sign_authorization_in_child",
        lambda _, __, delegation, ___: other.sign_authorization(delegation, other.address),
    )
    done = revoke(desk, "--delegation", "--yes")
    assert (done.code, chain.sent, desk.sends()) == (1, [], [])
    assert f"with another key than that of {PAYER}" in done.err


def test_a_memory_key_of_another_account_signs_no_reset() -> None:
    from guard.adapters.keystore import MemorySigner

    with pytest.raises(KeystoreError, match="holds the key of"):
        MemorySigner(b"\x09" * 32).sign_authorization(Delegation(chain_id=1, delegate=NOBODY, nonce=1), PAYER)


# What was typed


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "it is not said what to take back"),
        (("tusd",), "it is not said what to take back"),
        (("tusd", "friend", "--delegation"), "--delegation is about the account itself"),
        (("tusd", "friend", "--permit2", "--operator"), "both --operator and --permit2 were given"),
        (("tusd", "friend", "--token-id", "0", "--allowance"), "both --token-id and --allowance were given"),
        (("--delegation", "--legacy"), "--legacy cannot go with --delegation"),
        (("--delegation", "--dry-run"), "--dry-run signs nothing"),
        (("tusd", PAYER), f"the spender {PAYER} is the account itself"),
        (("tusd", NOBODY), f"the spender {NOBODY} is nobody"),
        (("tusd", "nobody-known"), "'nobody-known' is neither an address nor a contact"),
        ((STRANGER, "friend"), f"there is no contract at {STRANGER} on this chain"),
        (("tusd", "friend", "--nonce", "7"), "2 rights stand, and --nonce is for one transaction"),
    ],
)
def test_what_cannot_be_meant_is_refused(desk: Desk, words: tuple[str, ...], told: str) -> None:
    sit(desk, *BOTH, codes={PAYER: DESIGNATOR})
    done = revoke(desk, *words)
    assert (done.code, desk.sends()) == (2, [])
    assert told in done.err
    assert revoke(desk, *words, "--json").object["rights"] == []
