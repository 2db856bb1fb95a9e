"""How much should have been told or sent by now."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.row_scope import across
from app.reminders.models import DeliveryState, Message, Obligation


def backlog(session: Session, now: datetime) -> int:
    """Obligations of which somebody should have been told, and messages that should have left."""
    untold = select(func.count()).where(Obligation.closed_at.is_(None), Obligation.next_at <= now)
    unsent = select(func.count()).where(
        Message.state == DeliveryState.WAITING, Message.try_at <= now
    )
    with across(session):  # one number of all
        counted = session.scalar(select(untold.scalar_subquery() + unsent.scalar_subquery()))
    return int(counted or 0)
