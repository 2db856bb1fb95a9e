"""What did not arrive, by user and channel: nothing of a case, not even its number."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from app.auth.models import Unit, User
from app.reminders.models import Channel, DeliveryState, Message

WINDOW = timedelta(hours=24)
LetterRow = Row[Message, uuid.UUID, str, str, bool]
_IS_DEAD = Message.state == DeliveryState.DEAD
_IS_WAITING = Message.state == DeliveryState.WAITING


class Counts(NamedTuple):
    """Of one channel: waiting now; sent and given up in the last 24 hours; dead altogether."""

    channel: Channel
    waiting: int
    sent: int
    given_up: int
    dead: int


def dead_letters(
    session: Session, *, after: uuid.UUID | None, limit: int
) -> tuple[Sequence[LetterRow], bool]:
    """(message, user id, name, unit, whether active) of what died or keeps failing, the newest
    first; whether there are more."""
    wanted = (
        select(Message, User.id, User.name, Unit.short_name, User.is_active)
        .join(User, User.id == Message.user_id)
        .join(Unit, Unit.id == User.unit_id)
        .where(or_(_IS_DEAD, _IS_WAITING & Message.error.is_not(None)))
        .order_by(Message.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        wanted = wanted.where(Message.id < after)
    rows = session.execute(wanted).all()
    return rows[:limit], len(rows) > limit


def counts_by_channel(session: Session, now: datetime) -> list[Counts]:
    """Every channel that leaves the house, those without a message too."""
    since = now - WINDOW
    is_sent = (Message.state == DeliveryState.SENT) & (Message.sent_at >= since)
    rows = session.execute(
        select(
            Message.channel,
            func.count().filter(_IS_WAITING),
            func.count().filter(is_sent),
            func.count().filter(_IS_DEAD & (Message.try_at >= since)),
            func.count().filter(_IS_DEAD),
        )
        .where(or_(_IS_WAITING, is_sent, _IS_DEAD))
        .group_by(Message.channel)
    )
    found = {channel: Counts(channel, *numbers) for channel, *numbers in rows}
    outside = (Channel.MAIL, Channel.SMS, Channel.PUSH)
    return [found.get(channel, Counts(channel, 0, 0, 0, 0)) for channel in outside]
