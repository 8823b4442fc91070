"""The signer process: what it is given, what is left of it, and how each of its failures ends.

E6 (nothing in arguments or environment) and E8 (core limit, not dumpable, the key in the child alone, gone at
once) of the threats.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from guard.adapters import signer_process
from guard.adapters.key_file import ScryptCost, load_key_file
from guard.adapters.keystore import KeystoreSigner
from guard.adapters.signer_process import (
    seal_again_in_child,
    seal_in_child,
    sign_authorization_in_child,
    sign_content_in_child,
    sign_in_child,
)
from guard.core.address import NOBODY
from guard.core.authorization import Delegation
from guard.core.request import LegacyFee, TransactionRequest
from guard.core.rules.examples import STRANGER
from guard.core.signature_request import BareHash, PersonalMessage
from guard.errors import KeystoreError
from tests.adapters.key_files import CHEAP, PASSWORD, changed, forms, key_file, told_by
from tests.adapters.values import KEY, SIGNER, address, request, reset, signature_request

CHEAPEST = ScryptCost(n=2, r=1, p=1)
ROOT = Path(__file__).parent.parent.parent

linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc and prctl are Linux's")


@pytest.mark.parametrize(
    "of",
    [
        request(),
        request(fee=LegacyFee(gas_price=10**9)),
        request(to=None, data=b"\x60\x00", value=0),
        request(data=bytes(100_000), value=2**256 - 1),
    ],
    ids=["market fee", "legacy", "deployment", "large"],
)
def test_the_child_signs_exactly_what_was_asked(tmp_path: Path, of: TransactionRequest) -> None:
    assert sign_in_child(load_key_file(key_file(tmp_path, CHEAP)), PASSWORD, of) == SIGNER.sign(of)


def test_a_path_and_a_password_of_any_characters_reach_the_child(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b'f\xffl d"er\n')
    folder.mkdir(mode=0o700)
    password = 'pä"ss\n\\wörd \udcff 密码'
    path = folder / "main"
    path.touch(mode=0o600)
    path.write_bytes(seal_in_child(KEY, password, CHEAPEST).document)
    assert sign_in_child(load_key_file(path), password, request()) == SIGNER.sign(request())


def test_a_fresh_key_is_made_in_the_child_and_comes_out_encrypted(tmp_path: Path) -> None:
    made = [seal_in_child(None, PASSWORD, CHEAPEST) for _ in range(2)]
    assert made[0].address != made[1].address
    path = key_file(tmp_path, made[0].document.decode())
    assert load_key_file(path).address == made[0].address


def test_another_password_opens_the_same_key(tmp_path: Path) -> None:
    sealed = seal_again_in_child(load_key_file(key_file(tmp_path, CHEAP)), PASSWORD, "new", CHEAPEST)
    assert sealed.address == SIGNER.address
    path = key_file(tmp_path, sealed.document.decode(), "again")
    assert sign_in_child(load_key_file(path), "new", request()) == SIGNER.sign(request())
    with pytest.raises(KeystoreError, match="the password does not open the key file again"):
        sign_in_child(load_key_file(path), PASSWORD, request())


def test_the_child_judges_the_file_itself_at_the_moment_it_opens_it(tmp_path: Path) -> None:
    path = key_file(tmp_path, CHEAP)
    judged = load_key_file(path)
    path.chmod(0o644)
    with pytest.raises(KeystoreError, match=r"others may use it \(mode 0644\)"):
        sign_in_child(judged, PASSWORD, request())
    path.chmod(0o600)
    path.write_text(json.dumps(changed(CHEAP, "crypto.kdfparams.c", 10**12)))
    with pytest.raises(KeystoreError, match="rounds are out of bounds"):
        sign_in_child(judged, PASSWORD, request())


def test_the_key_of_another_account_signs_nothing(tmp_path: Path) -> None:
    path = key_file(tmp_path, changed(CHEAP, "address", None))
    other = request(sender=request().to)
    with pytest.raises(KeystoreError, match=f"main holds the key of {SIGNER.address}, not of {other.sender}"):
        sign_in_child(load_key_file(path), PASSWORD, other)


def test_the_child_makes_the_hash_of_what_is_signed_itself(tmp_path: Path) -> None:
    file = load_key_file(key_file(tmp_path, CHEAP))
    for of in (signature_request(), signature_request(content=PersonalMessage(data=b"hi"), chain_id=None)):
        assert sign_content_in_child(file, PASSWORD, of) == SIGNER.sign_content(of)
        assert KeystoreSigner(file, lambda: PASSWORD).sign_content(of) == SIGNER.sign_content(of)


def test_d11_the_child_signs_no_bare_hash(tmp_path: Path) -> None:
    file = load_key_file(key_file(tmp_path, CHEAP))
    with pytest.raises(KeystoreError, match="a bare hash is never signed here"):
        sign_content_in_child(file, PASSWORD, signature_request(content=BareHash(data=b"\x11" * 32)))


def test_the_key_of_another_account_signs_no_content_either(tmp_path: Path) -> None:
    file = load_key_file(key_file(tmp_path, changed(CHEAP, "address", None)))
    other = signature_request(sender=STRANGER)
    with pytest.raises(KeystoreError, match=f"main holds the key of {SIGNER.address}, not of {STRANGER}"):
        sign_content_in_child(file, PASSWORD, other)
    with pytest.raises(KeystoreError, match=f"the key holds the key of {SIGNER.address}"):
        SIGNER.sign_content(other)


# A child that fails


def child(code: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-c", code)


ANSWERS: list[tuple[str, str]] = [
    ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "it ended early (signal 11)"),
    ("raise SystemExit(3)", "it ended early (exit code 3)"),
    ("import sys; sys.stdin.close(); raise ValueError", "it ended early (exit code 1)"),
    ("import sys; sys.stdin.read()", "its answer is not JSON"),
    ("print('Traceback (most recent call last)')", "its answer is not JSON"),
    ("print('[]')", "its answer is not a JSON object"),
    ("print('{}')", "its answer does not hold what was asked for"),
    ("print('{\"raw\": 5}')", "its answer does not hold what was asked for"),
    ('print(\'{"raw": "0x00", "key": "0x00"}\')', "its answer does not hold what was asked for"),
    ('print(\'{"raw": "0xzz"}\')', "its answer is not signed bytes"),
    ('print(\'{"raw": "0x"}\')', "its answer is not signed bytes"),
    ("while True: print('x' * 65536)", "its answer does not end"),
    ("import sys, time; sys.stdin.read(); time.sleep(600)", "it did not answer in time"),
    ("import os, time; os.close(1); time.sleep(600)", "it did not end after its answer"),
]


@pytest.mark.parametrize(("code", "told"), ANSWERS, ids=[str(number) for number in range(len(ANSWERS))])
def test_a_child_that_fails_is_an_error_in_time_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, told: str
) -> None:
    monkeypatch.setattr(signer_process, "COMMAND", child(code))
    monkeypatch.setattr(signer_process, "_END_S", 0.2)
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def popen(*given: Any, **named: Any) -> subprocess.Popen[bytes]:
        started.append(real(*given, **named))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)
    seconds = 0.5 if "sleep(600)" in code else 60
    with pytest.raises(KeystoreError) as caught:
        sign_in_child(load_key_file(key_file(tmp_path, CHEAP)), PASSWORD, request(), seconds=seconds)
    assert caught.value.message == f"the signer process failed: {told}"
    assert started[0].returncode is not None
    assert not [form for form in forms(PASSWORD.encode()) if form in told_by(caught.value)]


def test_an_interpreter_that_is_not_there_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signer_process, "COMMAND", ("/nowhere/python",))
    with pytest.raises(KeystoreError, match="it could not be started: No such file"):
        sign_in_child(load_key_file(key_file(tmp_path, CHEAP)), PASSWORD, request())


def test_an_interruption_ends_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signer_process, "COMMAND", child("import time; time.sleep(600)"))
    started: list[subprocess.Popen[bytes]] = []

    def interrupt(process: subprocess.Popen[bytes], *_: object) -> bytes:
        started.append(process)
        # A Ctrl-C at the terminal does not reach the child by itself.
        assert os.getsid(process.pid) != os.getsid(0)
        raise KeyboardInterrupt

    monkeypatch.setattr(signer_process, "_converse", interrupt)
    with pytest.raises(KeyboardInterrupt):
        sign_in_child(load_key_file(key_file(tmp_path, CHEAP)), PASSWORD, request())
    assert started[0].returncode == -9


def test_what_fails_inside_the_child_is_told_by_its_kind_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sabotage = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
from guard.adapters import signer_child
def explode(key_file, password):
    raise RuntimeError(password)
signer_child.open_key_file = explode
signer_child.main()
"""
    monkeypatch.setattr(signer_process, "COMMAND", child(sabotage))
    with pytest.raises(KeystoreError) as caught:
        sign_in_child(load_key_file(key_file(tmp_path, CHEAP)), PASSWORD, request())
    assert caught.value.message == "opening the key failed (RuntimeError)"


# What can be seen of it


def slow_file(tmp_path: Path) -> Path:
    """Return a key file whose derivation takes long enough to look at the process meanwhile."""
    from eth_account import Account

    return key_file(tmp_path, Account.encrypt(KEY, PASSWORD, kdf="pbkdf2", iterations=1_000_000))


@linux
def test_e6_e8_while_it_is_unlocked_nothing_is_in_its_arguments_or_environment_and_it_leaves_no_core(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNRELATED", "variable")
    judged = load_key_file(slow_file(tmp_path))
    before = set(Path(f"/proc/{os.getpid()}/task").iterdir())
    signing = threading.Thread(target=sign_in_child, args=(judged, PASSWORD, request()))
    signing.start()
    seen: dict[str, list[bytes]] = {"cmdline": [], "environ": [], "limits": []}
    children: set[int] = set()
    while signing.is_alive():
        for task in set(Path(f"/proc/{os.getpid()}/task").iterdir()) - before:
            with suppress(OSError):
                for number in map(int, (task / "children").read_text().split()):
                    children.add(number)
                    for name, contents in seen.items():
                        # Of a process that is not dumpable only root sees the environment.
                        with suppress(OSError):
                            contents.append(Path(f"/proc/{number}/{name}").read_bytes())
    signing.join()
    ours = Path("/proc/self/cmdline").read_bytes() + Path("/proc/self/environ").read_bytes()
    assert len(children) == 1
    assert any(b"guard.adapters.signer_child" in text for text in seen["cmdline"])
    assert seen["environ"]
    for text in [*seen["cmdline"], *seen["environ"], ours]:
        assert not [form for form in (*forms(PASSWORD.encode()), *forms(KEY)) if form in text]
    # Until the interpreter takes the place of the fork, the variables are the parent's.
    assert b"UNRELATED" not in seen["environ"][-1]
    limits = [text.decode() for text in seen["limits"] if text][-1]
    (core,) = [line.split() for line in limits.splitlines() if line.startswith("Max core file size")]
    assert core[4:6] == ["0", "0"]
    # Returned, and gone: nobody has to wait for it.
    assert not [number for number in children if Path(f"/proc/{number}").exists()]


@linux
def test_e8_when_the_key_is_opened_the_child_is_not_dumpable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
import ctypes, resource
from guard.adapters import signer_child
from guard.errors import KeystoreError
def look(key_file, password):
    dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
    raise KeystoreError(f"dumpable {{dumpable}}, core {{resource.getrlimit(resource.RLIMIT_CORE)}}")
signer_child.open_key_file = look
signer_child.main()
"""
    monkeypatch.setattr(signer_process, "COMMAND", child(looking))
    with pytest.raises(KeystoreError) as caught:
        sign_in_child(load_key_file(key_file(tmp_path, CHEAP)), PASSWORD, request())
    assert caught.value.message == "dumpable 0, core (0, 0)"


@linux
def test_e8_the_parent_never_holds_the_key(tmp_path: Path) -> None:
    path = key_file(tmp_path, CHEAP)
    password_file = tmp_path / "password"
    password_file.write_text(PASSWORD)
    script = f"""
import sys
from pathlib import Path
from guard.adapters.keystore import KeystoreSigner, load_key_file
from guard.core.rpc_transaction import parse_transaction
import json
request = parse_transaction(json.loads(sys.argv[1]))
password = Path({str(password_file)!r}).read_text()
raw = KeystoreSigner(load_key_file(Path({str(path)!r})), lambda: password).sign(request)
print(raw.hex(), flush=True)
sys.stdin.read()
"""
    from guard.core.rpc_transaction import transaction_object

    asked = json.dumps(transaction_object(request()))
    with subprocess.Popen(
        [sys.executable, "-c", script, asked], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        assert bytes.fromhex(parent.stdout.readline().decode()) == SIGNER.sign(request())
        memory = memory_of(parent.pid)
        parent.stdin.close()
    # The search works: what the parent does know is found.
    assert PASSWORD.encode() in memory
    for form in (KEY[2:], KEY.hex().encode(), KEY[2:][::-1]):
        assert form not in memory


def memory_of(process: int) -> bytes:
    """Return all that a process has in memory, as far as it can be read."""
    content = b""
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            where, modes, *_ = line.split()
            if "rw" not in modes:
                continue
            start, end = (int(number, 16) for number in where.split("-"))
            try:
                memory.seek(start)
                content += memory.read(end - start)
            except (OSError, ValueError):
                continue
    return content


def test_e8_the_child_ends_itself_when_nobody_reads_its_answer(tmp_path: Path) -> None:
    path = key_file(tmp_path, CHEAP)
    from guard.core.rpc_transaction import transaction_object

    question = {
        "operation": "sign",
        "path": str(path),
        "password": PASSWORD,
        # Its answer is larger than a pipe takes.
        "transaction": transaction_object(request(data=bytes(100_000))),
        "seconds": 60,
    }
    with subprocess.Popen(
        signer_process.COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(question).encode())
        process.stdin.close()
        started = time.monotonic()
        assert process.wait(60) == -14
        assert time.monotonic() - started < 30


def test_the_signer_asks_for_the_password_when_it_signs_and_shows_nothing(tmp_path: Path) -> None:
    asked: list[str] = []

    def ask() -> str:
        asked.append("asked")
        return PASSWORD

    signer = KeystoreSigner(load_key_file(key_file(tmp_path, CHEAP)), ask)
    assert asked == []
    assert signer.sign(request()) == SIGNER.sign(request())
    assert asked == ["asked"]
    shown = repr([signer, vars(signer)]).encode()
    assert not [form for form in (*forms(KEY), *forms(PASSWORD.encode())) if form in shown]


# The authorization that takes a delegation back

RESET = Delegation(chain_id=1, delegate=NOBODY, nonce=8)


def test_the_child_signs_the_reset_of_a_delegation_and_nothing_that_delegates(tmp_path: Path) -> None:
    path = key_file(tmp_path, CHEAP)
    told = sign_authorization_in_child(load_key_file(path), PASSWORD, RESET, SIGNER.address)
    assert told == SIGNER.sign_authorization(RESET, SIGNER.address)
    handing_over = Delegation(chain_id=1, delegate=address(9), nonce=8)
    with pytest.raises(KeystoreError, match=f"the code of {address(9)} is never signed here"):
        sign_authorization_in_child(load_key_file(path), PASSWORD, handing_over, SIGNER.address)
    with pytest.raises(KeystoreError, match=f"holds the key of {SIGNER.address}, not of {address(9)}"):
        sign_authorization_in_child(load_key_file(path), PASSWORD, RESET, address(9))


@pytest.mark.parametrize(
    "answer",
    [
        {"y_parity": "0x0", "r": "0x1"},
        {"y_parity": "0x0", "r": "0x1", "s": 1},
        {"y_parity": "0x0", "r": "0x1", "s": "-0x1"},
        {"y_parity": "0x0", "r": "0x1", "s": "0x" + "1" * 65},
        {"y_parity": "", "r": "0x1", "s": "0x1"},
    ],
)
def test_an_answer_that_is_no_signature_is_refused(
    tmp_path: Path, answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signer_process, "COMMAND", child(f"print({json.dumps(answer)!r})"))
    with pytest.raises(KeystoreError, match="the signer process failed: its answer"):
        sign_authorization_in_child(load_key_file(key_file(tmp_path, CHEAP)), PASSWORD, RESET, SIGNER.address)


def test_the_password_is_asked_once_for_both_signatures_and_again_for_the_next(tmp_path: Path) -> None:
    asked: list[str] = []

    def ask() -> str:
        asked.append("asked")
        return PASSWORD

    signer = KeystoreSigner(load_key_file(key_file(tmp_path, CHEAP)), ask)
    assert signer.sign_authorization(RESET, SIGNER.address) == SIGNER.sign_authorization(
        RESET, SIGNER.address
    )
    assert signer.sign(reset()) == SIGNER.sign(reset())
    assert asked == ["asked"]
    assert signer.sign(request()) == SIGNER.sign(request())
    assert asked == ["asked", "asked"]
