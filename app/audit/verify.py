"""Reading the whole log and finding whatever was changed, removed, inserted, reordered or cut
off."""

import base64
import hashlib
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.checkpoints import Statement, next_root, statement_of
from app.audit.models import AuditCheckpoint, AuditEvent, AuditHead
from app.core.crypto import keyring
from app.core.db import NIL

SIGNED_WITHIN = timedelta(hours=1)  # the scheduler signs every five minutes
_START = b"\x00" * 32


@dataclass(frozen=True)
class Problem:
    """The first thing found wrong: which event (None for a checkpoint or a head) and what."""

    event_id: int | None
    what: str


@dataclass
class Result:
    events: int = 0
    chains: int = 0
    checkpoints: int = 0
    anchors: int = 0
    problem: Problem | None = None

    @property
    def is_intact(self) -> bool:
        return self.problem is None


def event_hash(previous: bytes, seq: int, chain_id: uuid.UUID, body: str) -> bytes:
    """SHA-256(0x01 | previous hash | seq, 8 bytes | chain, 16 bytes | body), as `audit_append_all`
    has it."""
    head = b"\x01" + previous + seq.to_bytes(8, "big") + chain_id.bytes
    return hashlib.sha256(head + body.encode()).digest()


def verify(session: Session, anchors: Sequence[str] = (), *, now: datetime | None = None) -> Result:
    """Read every event, every chain head and every checkpoint, in one pass over the log.

    `anchors` are checkpoints exported earlier: the log must still contain what they signed. With
    `now` a log that nothing has signed for SIGNED_WITHIN is a problem too.
    """
    result = Result()
    walk = _Walk(session.scalars(select(AuditCheckpoint).order_by(AuditCheckpoint.id)).all())
    events = session.execute(
        select(
            AuditEvent.id,
            AuditEvent.chain_id,
            AuditEvent.seq,
            AuditEvent.at,
            AuditEvent.actor_id,
            AuditEvent.subject_id,
            AuditEvent.action,
            AuditEvent.outcome,
            AuditEvent.body,
            AuditEvent.hash,
        )
        .order_by(AuditEvent.id)
        .execution_options(yield_per=5_000)
    )
    for row in events:
        result.problem = walk.step(EventRow._make(row))
        if result.problem:
            break
        result.events += 1
    events.close()
    result.problem = (
        result.problem
        or walk.finish()
        or _heads_problem(session, walk.heads)
        or _anchors_problem(walk, anchors)
        or _unsigned_problem(session, walk, now)
    )
    result.chains, result.checkpoints = len(walk.heads), walk.done
    result.anchors = len(anchors)
    return result


class EventRow(NamedTuple):
    """The columns that `verify` selects, in their order."""

    id: int
    chain_id: uuid.UUID
    seq: int
    at: datetime
    actor_id: uuid.UUID | None
    subject_id: uuid.UUID | None
    action: str
    outcome: str
    body: str
    hash: bytes


@dataclass
class _Walk:
    """The state of the pass: each chain's head so far and the running root of the checkpoints."""

    checkpoints: Iterable[AuditCheckpoint]
    heads: dict[uuid.UUID, tuple[int, bytes]] = field(default_factory=dict)
    done: int = 0
    count: int = 0
    last_id: int = 0

    def __post_init__(self) -> None:
        self._waiting = list(self.checkpoints)
        self._running = next_root(b"")
        self.roots: dict[int, bytes] = {}
        self.is_old = True  # no numbered checkpoint has come yet

    def step(self, row: EventRow) -> Problem | None:
        while self._waiting and self._waiting[0].last_event_id < row.id:
            problem = self._check(self._waiting.pop(0))
            if problem:
                return problem
        seq, previous = self.heads.get(row.chain_id, (0, _START))
        if row.seq != seq + 1:
            return Problem(row.id, "an event before it in its chain is missing or out of order")
        if event_hash(previous, row.seq, row.chain_id, row.body) != row.hash:
            return Problem(row.id, "its content or its predecessor was changed")
        if not _columns_agree(row):
            return Problem(row.id, "a column differs from the signed body")
        self.heads[row.chain_id] = (row.seq, row.hash)
        self._running.update(row.hash)
        self.count += 1
        self.last_id = row.id
        return None

    def finish(self) -> Problem | None:
        while self._waiting:
            problem = self._check(self._waiting.pop(0))
            if problem:
                return problem
        return None

    def _check(self, checkpoint: AuditCheckpoint) -> Problem | None:
        statement = statement_of(checkpoint)
        name = f"checkpoint {checkpoint.id}"
        if not keyring().verify(checkpoint.signature, statement.message()):
            return Problem(None, f"the signature of {name} is not ours")
        if not self._follows(checkpoint.number):
            return Problem(None, f"a checkpoint before {name} is missing")
        if checkpoint.last_event_id != self.last_id or checkpoint.event_count != self.count:
            return Problem(None, f"events that {name} signed are missing, or others were added")
        root = self._running.digest()
        if root != checkpoint.root:
            return Problem(None, f"the events up to {name} are not those it signed")
        self.roots[checkpoint.last_event_id] = root
        self._running = next_root(root)
        self.done += 1
        return None

    def _follows(self, number: int | None) -> bool:
        """Numbers rise by one from 1; only the first checkpoints may have none."""
        if number is None:
            return self.is_old
        self.is_old = False
        return number == self.done + 1


def _columns_agree(row: EventRow) -> bool:
    try:
        body = json.loads(row.body)
        return bool(
            body["action"] == row.action
            and body["outcome"] == row.outcome
            and body["at"] == row.at.isoformat()
            and body["subject"] == (row.subject_id and str(row.subject_id))
            and body["actor"] == (row.actor_id and str(row.actor_id))
        )
    except (ValueError, KeyError, TypeError):
        return False


def _heads_problem(session: Session, seen: dict[uuid.UUID, tuple[int, bytes]]) -> Problem | None:
    rows = session.execute(select(AuditHead.chain_id, AuditHead.seq, AuditHead.hash)).all()
    stored = {row.chain_id: (row.seq, row.hash) for row in rows}
    for chain in stored.keys() | seen.keys():
        if stored.get(chain) != seen.get(chain):
            name = "the system's chain" if chain == NIL else f"chain {chain}"
            return Problem(None, f"the end of {name} was cut off or its head was changed")
    return None


def _anchors_problem(walk: _Walk, anchors: Sequence[str]) -> Problem | None:
    found = (_anchor_problem(walk, anchor, line) for line, anchor in enumerate(anchors, start=1))
    return next(filter(None, found), None)


def _anchor_problem(walk: _Walk, anchor: str, line: int) -> Problem | None:
    try:
        fields = json.loads(anchor)
        signature = base64.b64decode(fields.pop("signature"))
        last, root = fields["last"], fields["root"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return Problem(None, f"line {line} of the anchors is not a checkpoint")
    message = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
    if not keyring().verify(signature, message):
        return Problem(None, f"the signature of line {line} of the anchors is not ours")
    if walk.roots.get(last, b"").hex() != root:
        return Problem(None, f"the log no longer contains what line {line} of the anchors signed")
    return None


def _unsigned_problem(session: Session, walk: _Walk, now: datetime | None) -> Problem | None:
    """A log that was in use for a while has a checkpoint, or somebody removed them all."""
    if now is None or walk.done:
        return None
    first = session.scalar(select(func.min(AuditEvent.at)))
    if first is None or now - first < SIGNED_WITHIN:
        return None
    return Problem(None, "no checkpoint has ever signed it, or all were removed")


__all__ = ["Problem", "Result", "Statement", "event_hash", "verify"]
