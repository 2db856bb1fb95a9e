"""What one person said about mail, and what became of theirs."""

import uuid

from sqlalchemy import ColumnElement, exists, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.auth.models import User
from app.reminders.channels.mail import BOUNCED
from app.reminders.models import Channel, DeliveryState, Message, ReminderChoice

_HANDLED = (DeliveryState.SENT, DeliveryState.DEAD)


def bounced_mail(session: Session, user_id: uuid.UUID) -> Message | None:
    """The last mail, if the server refused the address; None once a later one was taken."""
    last = session.scalars(
        select(Message)
        .where(
            Message.user_id == user_id,
            Message.channel == Channel.MAIL,
            Message.state.in_(_HANDLED),
        )
        .order_by(Message.id.desc())
        .limit(1)
    ).first()
    if last is None or last.state is not DeliveryState.DEAD:
        return None
    return last if (last.error or "").startswith(BOUNCED) else None


def may_be_asked(user_id: uuid.UUID) -> ColumnElement[bool]:
    """Has an address, and never chose how to be reminded."""
    chosen = exists().where(
        ReminderChoice.user_id == User.id, ReminderChoice.channels != literal({}, JSONB)
    )
    return exists().where(User.id == user_id, User.email.is_not(None), ~chosen)
