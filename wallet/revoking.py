"""Taking rights back from a terminal: what stands, one guarded transaction for each, and a look afterwards.

What belongs here: the order of the steps as their user sees them. What must not: how a contract is asked, or
any step of a send.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from guard import exit_codes
from guard.command_line import print_json, say
from guard.core.address import NOBODY, Address
from guard.core.authorization import Delegation, SignedAuthorization
from guard.core.request import TransactionRequest
from guard.core.revocation import RESET_GAS, RightKind, StandingRight
from guard.errors import CallerError, DigestMismatch, GuardError
from guard.nonces import next_nonce
from guard.ports import AccountSigner
from guard.report.objects import no_result
from guard.standing import Search, standing_delegation, standing_rights
from wallet.checking import completed, tell
from wallet.drafts import Payment, draft, recipient
from wallet.options import Output, is_given
from wallet.sending import Sending
from wallet.wiring import Session, find_payer, find_signer, open_journal, require_chain

_KINDS = {
    "token_id": (RightKind.PIECE,),
    "operator": (RightKind.OPERATOR, RightKind.TOKEN_OPERATOR),
    "allowance": (RightKind.ALLOWANCE,),
    "permit2": (RightKind.PERMIT2,),
}
"""Flag to the kinds of right that it chooses; none chooses all."""

_GRAVITY = (exit_codes.DONE, exit_codes.DECLINED, exit_codes.NO_VERDICT, exit_codes.BLOCKED)
"""The exit codes of a dry run, the worst last."""


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What has come of the rights so far; `--json` tells it at the end in one object."""

    rights: dict[StandingRight, dict[str, object]]
    """Each right that stood, as it is told."""
    last: Mapping[str, object] = field(default_factory=dict)
    """The object of the last transaction."""
    instead: list[str] = field(default_factory=list)
    """What must be told even where standard output cannot be written."""

    @classmethod
    def of(cls, standing: Sequence[StandingRight]) -> _Tally:
        """Return the tally before anything is done."""
        told = {
            right: {**asdict(right), "kind": right.kind.value, "state": "standing", "hash": None}
            for right in standing
        }
        return cls(rights=told)

    def put(self, value: Mapping[str, object], *, instead: str = "") -> None:
        """Take the object of one transaction."""
        self.last = value
        self.instead += [instead] if instead else []

    def close(self, right: StandingRight, state: str) -> None:
        """Note what has become of a right: `revoked`, `sent`, or `standing`."""
        self.rights[right] |= {"state": state, "hash": self.last.get("hash")}

    def print(self) -> None:
        """Print the one object."""
        told = {**self.last, "rights": list(self.rights.values())}
        print_json(told, instead="; ".join(self.instead))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand:
    """One command: whose rights, and how to look for them."""

    session: Session
    options: dict[str, Any]
    output: Output
    owner: Address
    search: Search | None
    """None where the account's delegation is meant."""

    def standing(self) -> tuple[StandingRight, ...]:
        """Ask what stands now."""
        chain = require_chain(self.session, "a revocation")
        if self.search is None:
            return standing_delegation(self.owner, chain)
        return standing_rights(self.search, chain, now=self.session.clock.now())

    def chosen(self, standing: Sequence[StandingRight]) -> list[StandingRight]:
        """Return the rights that the flags choose; raises CallerError where they take one alone."""
        flag = next((name for name in _KINDS if is_given(self.options[name])), None)
        chosen = [right for right in standing if flag is None or right.kind in _KINDS[flag]]
        if self.options["nonce"] is not None and len(chosen) > 1:
            raise CallerError(
                f"{len(chosen)} rights stand, and --nonce is for one transaction",
                hint="choose one with --allowance, --permit2 or --operator, or leave --nonce out",
            )
        return chosen

    def draft(self, right: StandingRight) -> TransactionRequest:
        """Return the transaction that takes a right back, as far as the flags tell it."""
        told = {
            name: self.options[name]
            for name in ("chain", "nonce", "gas_limit", "gas_price", "priority_gas_price", "legacy")
        }
        data = "0x" + right.call.hex() if right.call else None
        payment = Payment(to=right.contract, value="0wei", data=data, signature=None, arguments=(), **told)
        return draft(payment, self.owner, self.session.contacts, self.session.chain)


def revoke(session: Session, options: dict[str, Any], output: Output) -> int:
    """Take back what the flags choose of the rights that stand, and return the exit code."""
    require_chain(session, "a revocation")
    signer: AccountSigner | None = None
    if options["dry_run"]:
        owner = find_payer(options, session.settings).address
    else:
        owner, signer = find_signer(options, session, can_ask=output.can_ask(no_input=options["no_input"]))
    search = None if options["delegation"] else _search(options, owner, session)
    errand = _Errand(session=session, options=options, output=output, owner=owner, search=search)
    standing = errand.standing()
    chosen = errand.chosen(standing)
    tally = _Tally.of(standing)
    for right in standing:
        output.notify(f"{right.words} stands{'' if right in chosen else ', and is left as it is'}")
    if not chosen:
        return _nothing(errand, tally)
    code = _dry_run(chosen, errand, tally) if signer is None else _take_back(chosen, errand, signer, tally)
    if output.as_json:
        tally.print()
    return code


def _search(options: Mapping[str, Any], owner: Address, session: Session) -> Search:
    token, spender = (recipient(options[name], session.contacts) for name in ("token", "spender"))
    if spender in (owner, NOBODY):
        whose = "the account itself" if spender == owner else "nobody"
        raise CallerError(
            f"the spender {spender} is {whose}", hint="give TOKEN, and then who may take it, in this order"
        )
    return Search(
        owner=owner,
        token=token,
        spender=spender,
        token_id=options["token_id"],
        is_collection=options["operator"],
    )


def _nothing(errand: _Errand, tally: _Tally) -> int:
    """Say that there is nothing to take back."""
    if errand.output.as_json:
        tally.put({**no_result({}), "ok": True, "error": None})
        tally.print()
    elif not errand.output.quiet:
        search = errand.search
        what = (
            f"the account {errand.owner} is not delegated"
            if search is None
            else f"no such right of {search.spender} over {search.token} of {errand.owner} stands"
        )
        say(f"nothing to take back: {what}")
    return exit_codes.DONE


def _dry_run(chosen: Sequence[StandingRight], errand: _Errand, tally: _Tally) -> int:
    """Print the verdict on each transaction and return the worst exit code."""
    session, guard, worst = errand.session, errand.session.guard(), exit_codes.DONE
    kept: Mapping[str, object] = {}
    for right in chosen:
        request = completed(session, errand.draft(right), errand.options, errand.output)
        code = tell(request, guard.review(request), errand.output, put=tally.put)
        if _GRAVITY.index(code) >= _GRAVITY.index(worst):
            worst, kept = code, tally.last
    tally.put(kept)
    return worst


def _take_back(chosen: Sequence[StandingRight], errand: _Errand, signer: AccountSigner, tally: _Tally) -> int:
    """Send one transaction after the other, until one does not succeed, and return its exit code."""
    session, code = errand.session, exit_codes.DONE
    guard = session.guard()
    with open_journal(session.settings) as journal:
        sending = Sending(
            session=session,
            options=errand.options,
            output=errand.output,
            guard=guard,
            signer=signer,
            journal=journal,
            put=tally.put,
        )
        for number, right in enumerate(chosen):
            errand.output.notify(f"taking back {right.words}")
            try:
                code = _take_back_one(right, errand, sending, signer)
            except GuardError as error:
                if number == 0:
                    raise
                # What was done before must be told too.
                code = _failed(error, no_result({}), tally, errand.output)
            if code == exit_codes.DONE:
                code = _look_again(right, errand, tally)
            if code != exit_codes.DONE:
                break
    return code


def _take_back_one(right: StandingRight, errand: _Errand, sending: Sending, signer: AccountSigner) -> int:
    request = errand.draft(right)
    if right.kind is RightKind.DELEGATION:
        request = _signed_reset(request, sending, signer)
    key = errand.options["idempotency_key"]
    # Each right has a payment of its own, and so a key of its own.
    return sending.send(request, None if key is None else f"{key} {right.kind.value}")


def _signed_reset(request: TransactionRequest, sending: Sending, signer: AccountSigner) -> TransactionRequest:
    """Return the request with the signed authorization that it carries.

    The review must see the very transaction that is signed, so the authorization is signed before it. That
    one names the zero address, can do nothing but end a delegation, and leaves this process with the
    transaction alone.
    """
    from guard.adapters.recover import recover_authorities

    session, owner = sending.session, request.sender
    chain_id = sending.ports.chain.chain_id() if request.chain_id is None else request.chain_id
    nonce = request.nonce
    if nonce is None:
        with session.turns.account(chain_id, owner):
            nonce = next_nonce(chain_id, owner, sending.ports)
    # The transaction's own nonce is used up before its authorizations are looked at (EIP-7702).
    delegation = Delegation(chain_id=chain_id, delegate=NOBODY, nonce=nonce + 1)
    session.notify("signing the authorization that takes the delegation back")
    authorization = SignedAuthorization(
        delegation=delegation, signature=signer.sign_authorization(delegation, owner)
    )
    carrying = recover_authorities(
        replace(
            request,
            chain_id=chain_id,
            nonce=nonce,
            gas_limit=RESET_GAS if request.gas_limit is None else request.gas_limit,
            authorizations=(authorization,),
        )
    )
    if carrying.authorizations[0].authority != owner:
        raise DigestMismatch(
            f"the signer signed the authorization with another key than that of {owner}",
            hint="nothing was sent: check which account the signer holds",
        )
    return carrying


def _look_again(right: StandingRight, errand: _Errand, tally: _Tally) -> int:
    """Ask the contract again once a block has the transaction, and say so where it did not obey."""
    if errand.options["no_wait"]:
        tally.close(right, "sent")
        return exit_codes.DONE
    try:
        stands = any(other.kind is right.kind for other in errand.standing())
    except GuardError as error:
        tally.close(right, "sent")
        errand.output.notify(f"whether it is gone could not be seen: {error.message}")
        return exit_codes.DONE
    if not stands:
        tally.close(right, "revoked")
        errand.output.notify(f"{right.words} is gone")
        return exit_codes.DONE
    tally.close(right, "standing")
    disobeyed = GuardError(
        f"the transaction was mined, and {right.words} still stands",
        hint="look again in a moment, for the node may be behind; if it stays, the contract does not obey:"
        " move what it holds of yours to another account",
        code="still_standing",
    )
    return _failed(disobeyed, tally.last, tally, errand.output)


def _failed(error: GuardError, told: Mapping[str, object], tally: _Tally, output: Output) -> int:
    """Tell an error after something was sent, and return its exit code; `told` is the object it goes into."""
    tally.put({**told, "ok": False, "error": error.as_mapping()})
    if not output.as_json:
        say(f"error: {error.message}")
        if error.hint:
            say(f"  {error.hint}")
    return exit_codes.of_error(error)
