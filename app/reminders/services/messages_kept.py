"""Messages that left, or never will: gone after a while. Who was told when stays in the ledger."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.reference.retention import kept_for
from app.reminders.models.deliveries import Delivery, DeliveryState, Message

_AT_ONCE = 5_000


def forget_messages(session: Session, now: datetime) -> None:
    """Those that are over and older than the data say; the rest of very many next night."""
    is_old = Message.created_at < now - kept_for("messages")
    is_over = Message.state != DeliveryState.WAITING
    carries = (Delivery.message_id == Message.id) & (Delivery.state == DeliveryState.WAITING)
    over = select(Message.id).where(is_old, is_over, ~select(Delivery.id).where(carries).exists())
    old = list(session.scalars(over.limit(_AT_ONCE)))
    session.execute(update(Delivery).where(Delivery.message_id.in_(old)).values(message_id=None))
    session.execute(delete(Message).where(Message.id.in_(old)))
