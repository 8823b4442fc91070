"""A verdict as a screen for a person.

What belongs here: words and layout. What must not: any judgement; and nothing is shortened that a person
must compare: addresses and amounts stand in full at every width.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable

import click

from guard.core.amounts import format_ether, format_gwei
from guard.core.intent import Deploy, Intent, Message, Transfer, Unknown
from guard.core.journal import SendRecord, SendState
from guard.core.prediction import Prediction, PredictionClass
from guard.core.request import LegacyFee, TransactionRequest
from guard.core.signature_request import SignatureRequest
from guard.core.subject import Request
from guard.core.text import escape_untrusted
from guard.core.typed_data import TypedData
from guard.core.verdict import Confirmation, Decision, Finding, Severity, Verdict
from guard.report.members import members
from guard.report.words import told

_WIDEST = 100
_LABEL = 10

_HEADLINES = {
    Decision.ALLOW: ("ALLOW", "green", "nothing was found against this {}"),
    Decision.WARN: ("WARN", "yellow", "look at this {} before you sign it"),
    Decision.BLOCK: ("BLOCK", "red", "this {} is refused; nothing was signed"),
    None: ("NO VERDICT", "magenta", "this {} could not be judged"),
}
_COLORS = {Severity.INFO: "blue", Severity.WARN: "yellow", Severity.BLOCK: "red"}


def screen(request: Request, verdict: Verdict, *, verbose: bool = False, width: int | None = None) -> str:
    """Return the whole verdict for a person: the decision, why, what to do, and the facts.

    Lines are as wide as the terminal at the most, or `width` columns for a text that is shown elsewhere.
    """
    word, color, meaning = _HEADLINES[verdict.decision]
    noun = "signature" if isinstance(request, SignatureRequest) else "payment"
    lines = [f"{click.style(word, fg=color, bold=True)}  {meaning.format(noun)}", ""]
    for finding in verdict.findings:
        lines.extend(_finding_lines(finding, verbose=verbose, width=width))
    lines.extend(fact_lines(_facts(request, verdict), width=width))
    return "\n".join(lines)


def plain_screen(request: Request, verdict: Verdict, *, width: int) -> str:
    """Return the same without colours, for a file, a log or a page."""
    return click.unstyle(screen(request, verdict, width=width))


def _finding_lines(finding: Finding, *, verbose: bool, width: int | None) -> Iterable[str]:
    label = click.style(finding.severity.name.lower(), fg=_COLORS[finding.severity])
    padding = " " * (_LABEL - len(finding.severity.name))
    first, *rest = _wrap(finding.message, width)
    yield f"{label}{padding}{first}"
    yield from (" " * _LABEL + line for line in rest)
    details = [
        ("  do", finding.advice),
        ("  rule", f"{finding.rule} (confidence {finding.confidence.value})"),
    ]
    if finding.decided_by:
        details.append(("  policy", finding.decided_by))
    if verbose:
        details.extend(("", f"{name}: {_fact_text(value)}") for name, value in finding.facts.items())
    yield from fact_lines(details, width=width)
    yield ""


def fact_lines(facts: Iterable[tuple[str, str]], *, width: int | None = None) -> Iterable[str]:
    """Yield labels and texts as lines that fit the terminal, or `width` columns; no word is ever cut."""
    for label, text in facts:
        first, *rest = _wrap(text, width, label_width=len(label) + 1)
        yield f"{label:<{_LABEL - 1}} {first}"
        yield from (" " * _LABEL + line for line in rest)


def _facts(request: Request, verdict: Verdict) -> Iterable[tuple[str, str]]:
    match request:
        case TransactionRequest():
            yield from _payment_facts(request, verdict.intent)
        case SignatureRequest():
            yield from _signature_facts(request)
            yield from _deeds(verdict.intent)
            if isinstance(verdict.intent, Unknown):
                yield from _unread_members(request)
            yield "from", request.sender
            yield "chain", "not told" if request.chain_id is None else str(request.chain_id)
        case _:
            yield from _deeds(verdict.intent)
            yield "from", request.sender
            yield "chain", "not told" if request.chain_id is None else str(request.chain_id)
    yield "model", prediction_text(verdict.prediction)
    yield "digest", verdict.digest


def _signature_facts(request: SignatureRequest) -> Iterable[tuple[str, str]]:
    content = request.content
    if not isinstance(content, TypedData):
        return
    yield "sign", f"typed data, {escape_untrusted(content.primary_type, limit=80)}"
    domain = content.domain
    if domain.verifying_contract is not None:
        yield "for", f"the contract {domain.verifying_contract}"
    if domain.name is not None:
        version = "" if domain.version is None else f", version {escape_untrusted(domain.version, limit=40)}"
        yield "named", f'"{escape_untrusted(domain.name, limit=120)}" by itself{version}'
    if domain.chain_id is not None:
        yield "holds on", f"the chain {domain.chain_id}"


def _unread_members(request: SignatureRequest) -> Iterable[tuple[str, str]]:
    """Yield what a structure says that nobody could read: it is not agreed to unseen."""
    if isinstance(request.content, TypedData):
        for place, line in enumerate(members(request.content)):
            yield ("" if place else "says"), line


def _deeds(intent: Intent) -> Iterable[tuple[str, str]]:
    """Yield what is done: the request itself first, then every call inside of it under its place."""
    before: tuple[int, ...] | None = None
    for path, line in told(intent):
        place = " " * len(path) + ".".join(map(str, path)) if path else "does"
        yield ("" if path == before else place), line
        before = path


def _payment_facts(request: TransactionRequest, intent: Intent) -> Iterable[tuple[str, str]]:
    if isinstance(intent, Transfer) and intent.token is not None:
        yield "send", f"{intent.amount} units of the token {intent.token}"
        yield "to", intent.recipient
    elif isinstance(intent, Deploy):
        yield "deploy", f"a contract of {intent.code_size} bytes, with {_ether(intent.value)}"
    else:
        if not isinstance(intent, Transfer | Unknown):
            yield from _deeds(intent)
        yield "send", _ether(request.value)
        yield "to", str(request.to)
    if request.data and not isinstance(intent, Transfer | Deploy):
        yield "calldata", f"{len(request.data)} bytes to {request.to}"
    yield "from", request.sender
    yield "fee", _fee(request)
    yield "chain", "not told" if request.chain_id is None else str(request.chain_id)
    yield "nonce", "not told" if request.nonce is None else str(request.nonce)


def _ether(wei: int) -> str:
    return f"{format_ether(wei)} ({wei} wei)"


def _fee(request: TransactionRequest) -> str:
    if request.fee is None or request.max_fee_wei is None:
        return "not told"
    price = "gas price" if isinstance(request.fee, LegacyFee) else "maximum gas price"
    return (
        f"at most {_ether(request.max_fee_wei)}: {request.gas_limit} gas, {price} "
        f"{format_gwei(request.fee.ceiling)}"
    )


def prediction_text(prediction: Prediction) -> str:
    """Return what the model said in one line; without an answer it says so, and why."""
    text = f"{prediction.source.value}: {prediction.prediction_class.value}"
    if prediction.probability is not None:
        text += f", probability of fraud {prediction.probability:.1%}"
    if prediction.prediction_class in (PredictionClass.UNKNOWN, PredictionClass.ABSTAINED):
        text += f", {prediction.reason or 'without a reason'}"
    return text


def question(request: Request, verdict: Verdict) -> str:
    """Return what a person is asked, in short lines: the payment once more, then the question."""
    intent = verdict.intent
    if not isinstance(request, TransactionRequest):
        lines = [line for path, line in told(intent) if not path]
        # A text of many lines is on the screen, and would push the question out of it.
        action = "Sign this text" if isinstance(intent, Message) and len(lines) > 1 else "\n".join(lines)
        action = f"{action[:1].upper()}{action[1:]}."
    elif isinstance(intent, Transfer) and intent.token is not None:
        action = f"Send {intent.amount} units\nof the token {intent.token}\nto {intent.recipient}."
    elif isinstance(intent, Transfer):
        action = f"Send {format_ether(request.value)} to {request.to}."
    else:
        action = "Sign this transaction."
    first = any(finding.rule == "recipient.first-time" for finding in verdict.findings)
    last = "Send it?" if isinstance(request, TransactionRequest) else "Sign it?"
    return f"{action}\n{'A first payment. ' if first else ''}{_asked(verdict, last)}"


def _asked(verdict: Verdict, ordinary: str) -> str:
    if verdict.confirmation is Confirmation.TYPED:
        return f"Accept the warning? If so, type {verdict.digest[2:10]}"
    if verdict.decision is None:
        return "Go on without a verdict?"
    return ordinary if verdict.confirmation is Confirmation.ORDINARY else "Accept the warning?"


def record_text(record: SendRecord) -> str:
    """Return one send of the journal for a person."""
    # Whether a wallet elsewhere signed what it was given is not known here.
    without = "not known" if record.state is SendState.HANDED else "not signed"
    facts = [
        ("send", _ether(record.request.value)),
        ("to", str(record.request.to or "a new contract")),
        ("from", record.request.sender),
        ("state", record.state.value + (", final" if record.is_final else "")),
        ("decision", record.decision or "no verdict"),
        ("chain", str(record.request.chain_id)),
        ("nonce", str(record.request.nonce)),
        ("fee", _fee(record.request)),
        ("digest", record.digest),
        ("hash", record.hash or without),
    ]
    if record.replaces is not None:
        facts.append(("replaces", record.replaces))
    if record.receipt is not None:
        facts.append(("block", str(record.receipt.block_number)))
    if record.note:
        facts.append(("note", record.note))
    return "\n".join(fact_lines(facts))


def _fact_text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _wrap(text: str, width: int | None, *, label_width: int = 0) -> list[str]:
    """Return lines that fit; a word longer than a line overruns it, and is never cut."""
    width = min(shutil.get_terminal_size().columns, _WIDEST) if width is None else width
    room = max(20, width - max(_LABEL, label_width))
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]
