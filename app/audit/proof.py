"""The proof that goes with the record of a case: its chain, and what was signed of it.

A file of JSON that needs neither the database nor the secrets: who has it and the public key can
compute every hash again. `chain` holds every event of the case in order. Its newest signed event
stands among `hashes`, those of all events between two checkpoints; their running hash is the root
that the checkpoint signs. What came before it in the chain is covered by its hash.
"""

import base64
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.checkpoints import export, next_root
from app.audit.models import AuditCheckpoint, AuditEvent
from app.audit.verify import Problem, event_hash

FORMAT = "vongtay-proof/1"
NAME = "chung-thuc.json"
_START = b"\x00" * 32
Verify = Callable[[bytes, bytes], bool]  # (signature, message)


@dataclass(frozen=True, slots=True)
class ProofResult:
    """`signed`: how many of the events a checkpoint covers, the first ones. `problem`: the first
    thing found wrong; its `event_id` is the place of the event in the chain."""

    events: int
    signed: int
    problem: Problem | None


def proof_of(session: Session, chain_id: uuid.UUID) -> str:
    """Five statements."""
    rows = session.execute(
        select(AuditEvent.id, AuditEvent.seq, AuditEvent.body, AuditEvent.hash)
        .where(AuditEvent.chain_id == chain_id)
        .order_by(AuditEvent.seq)
    ).all()
    signed = _signing(session, [row.id for row in rows])
    chain = [{"seq": row.seq, "body": row.body, "hash": row.hash.hex()} for row in rows]
    return json.dumps(
        {"format": FORMAT, "chain_id": str(chain_id), "chain": chain, "signed": signed},
        ensure_ascii=False,
        indent=1,
    )


def _signing(session: Session, ids: Sequence[int]) -> Mapping[str, Any] | None:
    """The checkpoint over the newest signed event of this chain, with all that it signs."""
    last = session.scalar(select(func.max(AuditCheckpoint.last_event_id))) or 0
    newest = max((one for one in ids if one <= last), default=None)
    if newest is None:
        return None
    by_id = AuditCheckpoint.last_event_id
    covers = select(AuditCheckpoint).where(by_id >= newest).order_by(by_id).limit(1)
    before = select(AuditCheckpoint).where(by_id < newest).order_by(by_id.desc()).limit(1)
    point, earlier = session.scalars(covers).one(), session.scalars(before).first()
    hashes = session.scalars(
        select(AuditEvent.hash)
        .where(AuditEvent.id > (earlier.last_event_id if earlier else 0))
        .where(AuditEvent.id <= point.last_event_id)
        .order_by(AuditEvent.id)
    )
    return {
        "checkpoint": json.loads(export(point)),
        "previous_root": earlier.root.hex() if earlier else "",
        "hashes": [one.hex() for one in hashes],
    }


def read_proof(content: bytes, password: str | None = None) -> str:
    """The text of a proof: of a PDF the file attached to it. "" where there is none."""
    if not content.startswith(b"%PDF-"):
        return content.decode("utf-8", "replace")
    try:
        reader = PdfReader(BytesIO(content), password=password)
        return reader.attachments[NAME][0].decode("utf-8", "replace")
    except (PyPdfError, KeyError, IndexError):
        return ""


def verify_proof(text: str, verify: Verify) -> ProofResult:
    """Compute everything again, and name the first event that is not as it was written. That newer
    events were left out at the end only a newer copy or the log itself can tell."""
    try:
        proof = json.loads(text)
        if proof["format"] != FORMAT:
            raise ValueError
        chain, chain_id = proof["chain"], uuid.UUID(proof["chain_id"])
        places, problem = _walk(chain, chain_id)
        if problem:
            return ProofResult(len(chain), 0, problem)
        signed, problem = _check_signed(proof["signed"], places, verify)
        return ProofResult(len(chain), signed, problem)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return ProofResult(0, 0, Problem(None, "this is not a proof, or its form was changed"))


def _walk(
    chain: Sequence[Mapping[str, Any]], chain_id: uuid.UUID
) -> tuple[dict[str, int], Problem | None]:
    """(the place of each hash in the chain, the first event that is not what it was)."""
    places: dict[str, int] = {}
    previous = _START
    for place, event in enumerate(chain, start=1):
        if event.get("seq") != place:
            return places, Problem(place, "an event is missing here, was added or moved")
        body, said = event.get("body"), event.get("hash")
        if not isinstance(body, str) or event_hash(previous, place, chain_id, body).hex() != said:
            return places, Problem(place, "its content or its predecessor was changed")
        places[str(said)] = place
        previous = bytes.fromhex(str(said))
    return places, None


def _check_signed(
    signed: Mapping[str, Any] | None, places: Mapping[str, int], verify: Verify
) -> tuple[int, Problem | None]:
    """(how many events are covered, what is wrong with the signature)."""
    if signed is None:
        return 0, None
    fields = dict(signed["checkpoint"])
    signature = base64.b64decode(fields.pop("signature"), validate=True)
    message = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
    if not verify(signature, message):
        return 0, Problem(None, "the signature of the checkpoint is not of this key")
    running = next_root(bytes.fromhex(signed["previous_root"]))
    for one in signed["hashes"]:
        running.update(bytes.fromhex(one))
    if running.hexdigest() != fields["root"]:
        return 0, Problem(None, "the hashes are not those that the checkpoint signed")
    covered = max((places.get(one, 0) for one in signed["hashes"]), default=0)
    if not covered:
        return 0, Problem(None, "the checkpoint signs no event of this chain")
    return covered, None
