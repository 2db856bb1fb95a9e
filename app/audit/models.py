"""The append-only log. Rows are written only by the database function `audit_append`."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class AuditEvent(Base):
    """One event. `body` (canonical JSON) is what the hash covers; the columns beside it repeat
    parts of it for look-ups, and the verification compares them.

    `hash` = SHA-256(0x01 | previous hash of the chain | seq | chain | body).
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("uq_audit_events_chain", "chain_id", "seq", unique=True),
        Index("ix_audit_events_actor", "actor_id", "id"),
        Index("ix_audit_events_subject", "subject_id", "id"),
        Index("ix_audit_events_action", "action", "id"),
        Index("ix_audit_events_at", "at", postgresql_using="brin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    chain_id: Mapped[uuid.UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    actor_id: Mapped[uuid.UUID | None]
    subject_id: Mapped[uuid.UUID | None]
    action: Mapped[str]
    outcome: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditHead(Base):
    """The newest event of each chain; its row lock orders the appends to that chain."""

    __tablename__ = "audit_heads"

    chain_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditCheckpoint(Base):
    """A signed statement about all events up to `last_event_id`, numbered without a gap.

    `root` = SHA-256(0x02 | previous root | hashes of the events since the previous checkpoint, by
    id).
    """

    __tablename__ = "audit_checkpoints"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    number: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    at: Mapped[datetime]
    last_event_id: Mapped[int] = mapped_column(BigInteger)
    event_count: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
