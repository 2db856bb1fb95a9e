"""What became of the mails to one person."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.reminders.channels.mail import BOUNCED
from app.reminders.models import Channel, DeliveryState, Message

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
