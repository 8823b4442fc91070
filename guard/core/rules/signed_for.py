"""For whom a signature is meant: the chain one is on, and the domain of structured data.

What belongs here: the reading that rules on signatures share. What must not: any judgement. It reads
`chain_id`, which a rule that asks here names in `needs` or `helped_by`.
"""

from __future__ import annotations

from guard.core.evidence import Observed
from guard.core.signature_request import SignatureRequest
from guard.core.subject import Subject
from guard.core.typed_data import TypedData


def active_chain(subject: Subject) -> int | None:
    """Return the chain that one is on: the request's own, otherwise the node's; None where none is told."""
    request, chain = subject.request, subject.evidence.chain_id
    if isinstance(request, SignatureRequest) and request.chain_id is not None:
        return request.chain_id
    return chain.value if isinstance(chain, Observed) else None


def structured(subject: Subject) -> TypedData | None:
    """Return the structured data that would be signed; None for everything else."""
    request = subject.request
    if isinstance(request, SignatureRequest) and isinstance(request.content, TypedData):
        return request.content
    return None
