"""Signed checkpoints: what the log said at a moment, to be kept outside the database too."""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.audit.models import AuditCheckpoint, AuditEvent
from app.core.crypto import keyring

APPEND_LOCK = 7_305_001  # advisory: shared by every append, exclusive while a checkpoint is taken


@dataclass(frozen=True)
class Statement:
    """What a checkpoint signs. `number` counts the checkpoints from 1 without a gap: a removed one
    is missed. Those of before revision 0101 have none."""

    number: int | None
    at: datetime
    last_event_id: int
    event_count: int
    root: bytes

    def message(self) -> bytes:
        fields = {
            "log": "vongtay",
            "at": self.at.isoformat(),
            "last": self.last_event_id,
            "size": self.event_count,
            "root": self.root.hex(),
            **({} if self.number is None else {"number": self.number}),
        }
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def statement_of(checkpoint: AuditCheckpoint) -> Statement:
    return Statement(
        checkpoint.number,
        checkpoint.at,
        checkpoint.last_event_id,
        checkpoint.event_count,
        checkpoint.root,
    )


def next_root(previous: bytes) -> "hashlib._Hash":
    """A running hash that takes the events' hashes, in the order of their ids."""
    return hashlib.sha256(b"\x02" + previous)


def take_checkpoint(session: Session, now: datetime) -> AuditCheckpoint | None:
    """Sign all events so far; None when nothing was added since the last checkpoint.

    Waits until no append is under way, so that no event with a smaller id can appear afterwards.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPEND_LOCK})
    last = session.scalars(
        select(AuditCheckpoint).order_by(AuditCheckpoint.id.desc()).limit(1)
    ).first()
    since = last.last_event_id if last else 0
    running, count, newest = next_root(last.root if last else b""), 0, since
    rows = session.execute(
        select(AuditEvent.id, AuditEvent.hash).where(AuditEvent.id > since).order_by(AuditEvent.id)
    ).yield_per(10_000)
    for newest, digest in rows:  # noqa: B007  # the last id is used after the loop
        running.update(digest)
        count += 1
    if not count:
        return None
    before = session.scalar(select(func.count()).select_from(AuditCheckpoint)) or 0
    number = (last.number if last and last.number else before) + 1
    total = (last.event_count if last else 0) + count
    statement = Statement(number, now, newest, total, running.digest())
    checkpoint = AuditCheckpoint(
        number=number,
        at=now,
        last_event_id=newest,
        event_count=statement.event_count,
        root=statement.root,
        signature=keyring().sign(statement.message()),
    )
    session.add(checkpoint)
    session.flush()
    return checkpoint


def export(checkpoint: AuditCheckpoint) -> str:
    """The checkpoint as one line of JSON, to be kept on another machine or on paper."""
    signed = base64.b64encode(checkpoint.signature).decode()
    return json.dumps({**json.loads(statement_of(checkpoint).message()), "signature": signed})
