"""What signs a send: another program, or a key file that is fit and beyond doubt the one that was meant.

E2 of the threats (modes and owners, exit 7) is here as its user meets it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from guard.core.journal import SendState
from guard.core.signed import decode_signed
from tests import hostile_service
from tests.hostile_service import HostileService
from tests.signer_service import CLEF, WEB3SIGNER, SignerService
from tests.wallet.harness import PASSWORD, PAYER, Desk, Run, private

PAYMENT = ("send", "friend", "--value", "0.1ether", "--yes")


def send(desk: Desk, signer: str, *flags: str) -> Run:
    return desk.wallet(*PAYMENT, "--signer", signer, "--from", PAYER.address, *flags)


@pytest.mark.parametrize("kind", [CLEF, WEB3SIGNER])
def test_a_payment_is_signed_elsewhere_without_a_key_file_or_a_password(desk: Desk, kind: str) -> None:
    (desk.home / "keystore" / "main").unlink()
    with SignerService(kind, PAYER) as service:
        done = send(desk, f"{kind}+{service.url}")
    assert done.code == 0
    assert len(service.questions) == 1
    (record,) = desk.sends()
    assert (record.state, desk.chain.sent) == (SendState.MINED, [record.raw])
    assert record.raw is not None
    assert decode_signed(record.raw).request(PAYER.address) == record.request


def test_nothing_that_the_signer_changed_is_broadcast(desk: Desk) -> None:
    with SignerService(CLEF, PAYER, edit=lambda of: replace(of, value=of.value + 1)) as service:
        done = send(desk, f"clef+{service.url}", "--json")
    assert (done.code, done.object["error"]["code"], done.object["hash"]) == (1, "digest_mismatch", None)
    assert desk.chain.sent == []
    (record,) = desk.sends()
    assert (record.state, record.raw) == (SendState.ABANDONED, None)


def test_a_no_at_the_signer_is_exit_5_and_a_silent_one_exit_7(desk: Desk) -> None:
    denied = b'{"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "Request denied"}}'
    with HostileService(hostile_service.answering(denied)) as service:
        done = send(desk, f"clef+{service.url}", "--json")
    assert (done.code, done.object["error"]["message"]) == (5, "the signer refused: Request denied")
    with HostileService(hostile_service.silent) as service:
        done = send(desk, f"clef+{service.url}", "--json", "--nonce", "8", "--signer-timeout", "0.3")
    assert (done.code, done.object["error"]["code"]) == (7, "signer")
    assert "did not sign within 0.3 s" in done.object["error"]["message"]
    assert [record.state for record in desk.sends()] == [SendState.ABANDONED] * 2
    assert desk.chain.sent == []


def test_the_signer_is_not_asked_about_what_the_guard_refuses(desk: Desk) -> None:
    desk.policy('[limits]\nper_transaction = "1wei"\n')
    with SignerService(CLEF, PAYER) as service:
        assert send(desk, f"clef+{service.url}").code == 3
    assert service.questions == []


def test_a_signer_needs_the_payers_address_and_an_address_of_its_own(desk: Desk) -> None:
    done = desk.wallet(*PAYMENT, "--signer", "clef+http://127.0.0.1:1")
    assert (done.code, "--signer needs --from ADDRESS" in done.err) == (2, True)
    done = send(desk, "http://127.0.0.1:1")
    assert (done.code, "does not say what kind of signer it is" in done.err) == (9, True)
    assert desk.sends() == []


@pytest.mark.parametrize("named", ["account", "keystore"])
def test_of_a_signer_and_a_key_file_the_stronger_counts(
    desk: Desk, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = {"account": "main", "keystore": str(desk.home / "keystore" / "main")}[named]
    variable = {"account": "ETH_KEYSTORE_ACCOUNT", "keystore": "ETH_KEYSTORE"}[named]
    both = send(desk, "clef+http://127.0.0.1:1", f"--{named}", value)
    assert (both.code, f"both --signer and --{named} were given" in both.err) == (2, True)
    with SignerService(CLEF, PAYER) as service:
        with monkeypatch.context() as patch:
            patch.setenv(variable, value)
            assert send(desk, f"clef+{service.url}").code == 0
        assert len(service.questions) == 1
        desk.chain.nonce += 1
        with monkeypatch.context() as patch:
            patch.setenv("WALLET_SIGNER", f"clef+{service.url}")
            assert desk.send("--yes", f"--{named}", value).code == 0
        assert len(service.questions) == 1


def test_the_configuration_may_name_the_signer_and_its_time(desk: Desk) -> None:
    with SignerService(CLEF, PAYER) as service:
        desk.config(f'signer = "clef+{service.url}"\nsigner_timeout = 7\nsender = "{PAYER.address}"\n')
        done = desk.wallet(*PAYMENT)
    assert done.code == 0
    assert "waiting for clef to sign, for at most 7 s" in done.err


def test_a_password_is_read_from_a_pipe_once_after_the_verdict(desk: Desk) -> None:
    reading, writing = os.pipe()
    os.write(writing, f"{PASSWORD}\n".encode())
    os.close(writing)
    desk.policy('[limits]\nper_transaction = "1wei"\n')
    flags = (*PAYMENT, "--password-file", f"/dev/fd/{reading}")
    assert desk.wallet(*flags).code == 3
    (desk.home / "policy.toml").unlink()
    # What the guard refused did not use the password up.
    assert desk.wallet(*flags).code == 0
    os.close(reading)
    closed = desk.wallet(*PAYMENT, "--nonce", "9", "--password-file", f"/dev/fd/{reading}")
    assert (closed.code, "Bad file descriptor" in closed.err) == (7, True)
    assert len(desk.sends()) == 2


# Which key file


def let_others_read(desk: Desk) -> None:
    (desk.home / "keystore" / "main").chmod(0o644)


def put_a_link(desk: Desk) -> None:
    main = desk.home / "keystore" / "main"
    main.rename(desk.home / "elsewhere")
    main.symlink_to(desk.home / "elsewhere")


def let_the_group_write_the_folder(desk: Desk) -> None:
    (desk.home / "keystore").chmod(0o770)


def give_to_another_user(desk: Desk) -> None:
    status = (desk.home / "keystore" / "main").stat()
    desk.monkeypatch.setattr(os, "geteuid", lambda: status.st_uid + 1)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (let_others_read, "(mode 0644); mend it with: chmod 600 {main}"),
        (put_a_link, "but a link; name the file that it leads to"),
        (give_to_another_user, "it belongs to another user; mend it with: sudo chown $(id -un) {main}"),
        (let_the_group_write_the_folder, "(mode 0770); mend it with: chmod go-w {folder}"),
    ],
)
def test_e2_a_key_file_that_others_could_have_touched_is_exit_7_with_the_way_to_mend_it(
    desk: Desk, spoil: Callable[[Desk], None], told: str
) -> None:
    spoil(desk)
    folder = desk.home / "keystore"
    for flags in ((), ("--account", "main"), ("--keystore", str(folder / "main"))):
        done = desk.send("--yes", *flags)
        assert (done.code, desk.chain.sent, desk.sends()) == (7, [], [])
        assert told.format(main=folder / "main", folder=folder) in done.err


def test_an_unfit_file_beside_a_fit_one_is_told_and_the_fit_one_not_taken_for_the_only_one(
    desk: Desk,
) -> None:
    other = private(desk.home / "keystore" / "other", "damaged")
    done = desk.send("--yes")
    assert (done.code, desk.chain.sent) == (7, [])
    assert f"the key file {other} cannot be used: not JSON" in done.err
    assert desk.wallet("check", "friend", "--value", "1wei").code == 7
    assert desk.send("--yes", "--account", "main").code == 0
    desk.chain.nonce += 1
    assert desk.send("--yes", "--from", PAYER.address).code == 0


def test_a_file_that_tells_no_address_may_be_the_one_that_was_meant(desk: Desk) -> None:
    main = desk.home / "keystore" / "main"
    private(main.with_name("of-cast"), main.read_text().replace('"address"', '"name"'))
    done = desk.send("--yes")
    assert (done.code, desk.chain.sent) == (2, [])
    assert "give --account, one of: main, of-cast" in done.err
    main.unlink()
    done = desk.send("--yes")
    assert done.code == 7
    assert "does not tell its address, as cast writes them" in done.err
