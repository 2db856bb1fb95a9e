"""What did not arrive is put back: it is written anew from the state when it leaves."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.reminders.models import Channel, Delivery, DeliveryState, Message


def put_back(session: Session, *, actor: Actor, message: Message, now: datetime) -> None:
    """One, with the reminders it carries. Raises NotDead for who comes second."""
    session.refresh(message, with_for_update=True)
    message.put_back(now=now)
    session.execute(
        update(Delivery)
        .where(Delivery.message_id == message.id)
        .values(state=DeliveryState.WAITING)
    )
    session.flush()
    _record(session, actor, message.channel, 1, now, message)


def put_back_all(session: Session, *, actor: Actor, channel: Channel, now: datetime) -> int:
    """All that died on a channel; how many. What is over meanwhile is left out when it leaves."""
    dead = select(Message.id).where(Message.channel == channel, Message.state == DeliveryState.DEAD)
    ids = session.scalars(dead.with_for_update()).all()
    if not ids:
        return 0
    waiting = DeliveryState.WAITING
    session.execute(
        update(Message)
        .where(Message.id.in_(ids))
        .values(state=waiting, attempts=1, try_at=now, error=None)
    )
    session.execute(update(Delivery).where(Delivery.message_id.in_(ids)).values(state=waiting))
    _record(session, actor, channel, len(ids), now)
    return len(ids)


def _record(
    session: Session,
    actor: Actor,
    channel: Channel,
    count: int,
    now: datetime,
    message: Message | None = None,
) -> None:
    record(
        session,
        actor,
        AuditAction.REMINDER_RESENT,
        at=now,
        subject_id=message.id if message else None,
        data={"channel": channel.value, "count": count},
    )
