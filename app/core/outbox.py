"""Side effects wait here, in the transaction that caused them, until a worker carries them out."""

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core.db import Base
from app.core.ids import new_id

log = logging.getLogger("vongtay.outbox")
MAX_ATTEMPTS = 10

Handler = Callable[[Session, "OutboxMessage"], None]
HANDLERS: dict[str, Handler] = {}


class OutboxMessage(Base):
    """One side effect. `payload` holds ids only; what is personal is read when it is carried
    out."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_open", "available_at", postgresql_where="done_at IS NULL"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None]  # the class of the error: its text could be personal


def enqueue(session: Session, kind: str, payload: dict[str, Any], *, now: datetime) -> None:
    """Ask for a side effect; it happens only if the caller's transaction commits."""
    session.add(OutboxMessage(kind=kind, payload=payload, created_at=now, available_at=now))


def dispatch(session: Session, now: datetime, *, limit: int = 50) -> int:
    """Carry out what is due, each message behind a savepoint; returns how many succeeded.

    Workers share the queue by SKIP LOCKED. A failure waits longer each time and is given up loudly
    after MAX_ATTEMPTS.
    """
    due = select(OutboxMessage).where(
        OutboxMessage.done_at.is_(None),
        OutboxMessage.available_at <= now,
        OutboxMessage.attempts < MAX_ATTEMPTS,
        OutboxMessage.kind.in_(HANDLERS),
    )
    rows = session.scalars(
        due.order_by(OutboxMessage.available_at).limit(limit).with_for_update(skip_locked=True)
    ).all()
    return sum(_carry_out(session, message, now) for message in rows)


def forget_done(session: Session, before: datetime) -> None:
    """Delete what was carried out before: only ids stood in it."""
    session.execute(delete(OutboxMessage).where(OutboxMessage.done_at < before))


def waiting(session: Session, now: datetime) -> int:
    """How many messages are due and not carried out, those that were given up too."""
    due = (OutboxMessage.done_at.is_(None)) & (OutboxMessage.available_at <= now)
    return session.scalar(select(func.count()).select_from(OutboxMessage).where(due)) or 0


def _carry_out(session: Session, message: OutboxMessage, now: datetime) -> bool:
    message.attempts += 1
    try:
        with session.begin_nested():
            HANDLERS[message.kind](session, message)
    except Exception as error:
        message.last_error = type(error).__name__
        message.available_at = now + timedelta(seconds=30 * 2**message.attempts)
        log.warning("outbox.failed", extra={"kind": message.kind, "attempt": message.attempts})
        return False
    message.done_at = now
    return True
