"""Whether reminders help: how many were sent, opened, acted on; counts only, no case."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.row_scope import across
from app.reminders.models import (
    Channel,
    Delivery,
    DeliveryState,
    Obligation,
    ObligationAnswer,
)

LATER, NOT_NEEDED, HANDED_OVER = "later", "not_needed", "handed_over"  # of ObligationAnswer


class Use(NamedTuple):
    """The reminders of one kind by one channel. `lost`: given up; what was over before it left is
    not counted. `old`: sent so long ago that somebody could have acted."""

    kind: str
    channel: Channel
    sent: int
    waiting: int
    lost: int
    opened: int
    acted: int
    old: int


class Answers(NamedTuple):
    kind: str
    later: int
    not_needed: int
    handed_over: int


def uses(
    session: Session, kinds: Iterable[str], start: datetime, end: datetime, *, old_at: datetime
) -> list[Use]:
    """Made from `start`, before `end`; old before `old_at`. One statement, by the index of kind
    and time."""
    number, state = func.count(), Delivery.state
    is_sent = state == DeliveryState.SENT
    rows = session.execute(
        select(
            Delivery.kind,
            Delivery.channel,
            number.filter(is_sent),
            number.filter(state == DeliveryState.WAITING),
            number.filter(state == DeliveryState.DEAD),
            number.filter(is_sent, Delivery.read_at.is_not(None)),
            number.filter(is_sent, Delivery.acted_at.is_not(None)),
            number.filter(is_sent, Delivery.created_at < old_at),
        )
        .where(
            Delivery.kind.in_(list(kinds)),
            Delivery.created_at >= start,
            Delivery.created_at < end,
        )
        .group_by(Delivery.kind, Delivery.channel)
    )
    return [Use(*row) for row in rows]


def answers(session: Session, start: datetime, end: datetime) -> list[Answers]:
    """What people answered, by kind: numbers only, of all. One statement."""
    number, answer = func.count(), ObligationAnswer.answer
    counts = (
        select(
            Obligation.kind,
            number.filter(answer == LATER),
            number.filter(answer == NOT_NEEDED),
            number.filter(answer == HANDED_OVER),
        )
        .join(Obligation, Obligation.id == ObligationAnswer.obligation_id)
        .where(ObligationAnswer.at >= start, ObligationAnswer.at < end)
        .group_by(Obligation.kind)
    )
    with across(session):
        return [Answers(*row) for row in session.execute(counts)]
