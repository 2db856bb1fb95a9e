"""What was told is read, and acted on: marks in the ledger."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.core import clock
from app.core.ids import new_id
from app.reminders.models import Channel, Delivery, DeliveryState, Obligation
from app.reminders.queries.people import Staff
from app.reminders.rules import Whom


def mark_read(
    session: Session, *, actor: Actor, obligation_ids: Sequence[uuid.UUID], now: datetime
) -> None:
    """The reader has seen these; the reading goes on the log."""
    if not obligation_ids:
        return
    session.execute(
        update(Delivery)
        .where(
            Delivery.recipient_id == actor.id,
            Delivery.channel == Channel.APP,
            Delivery.read_at.is_(None),
            Delivery.obligation_id.in_(obligation_ids),
        )
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    )
    ids = sorted(str(one) for one in obligation_ids)
    record(session, actor, AuditAction.REMINDER_READ, at=now, data={"obligations": ids})


def mark_acted(
    session: Session, obligation_id: uuid.UUID, now: datetime, *, by_id: uuid.UUID | None = None
) -> None:
    """This person answered what was told; without one: it is over for everybody."""
    wanted = update(Delivery).where(
        Delivery.obligation_id == obligation_id, Delivery.acted_at.is_(None)
    )
    if by_id is not None:
        wanted = wanted.where(Delivery.recipient_id == by_id)
    read_at = func.coalesce(Delivery.read_at, now) if by_id else Delivery.read_at
    session.execute(
        wanted.values(acted_at=now, read_at=read_at).execution_options(synchronize_session=False)
    )


def tell(
    session: Session,
    obligation: Obligation,
    whom: Iterable[Whom],
    *,
    occurrence: str,
    is_urgent: bool = False,
    now: datetime,
) -> None:
    """Tell these people in the application, at once, beside the steps of the rule."""
    staff = Staff(session, [obligation], clock.local(now).date())
    rows = [
        {
            "id": new_id(),
            "obligation_id": obligation.id,
            "kind": obligation.kind,
            "occurrence": occurrence,
            "channel": Channel.APP,
            "recipient_id": user,
            "is_urgent": is_urgent,
            "state": DeliveryState.SENT,
            "created_at": now,
            "send_after": now,
            "sent_at": now,
        }
        for user in staff.recipients(obligation, whom)
    ]
    if rows:
        session.execute(insert(Delivery).values(rows).on_conflict_do_nothing())
