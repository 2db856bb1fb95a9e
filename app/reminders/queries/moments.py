"""When steps of open obligations come, as the database counts it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Float, and_, cast, func, literal, or_

from app.reminders.models import Obligation
from app.reminders.rules import Step

NEXT_AT = func.reminder_next_at  # of the migrations; as Kind.next_at
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # `last_at` of what nobody was told of yet

# In seconds of the epoch, which the database counts faster than times and their differences.
# (date_part is of double precision; extract is a numeric, which counts slowly).
STARTED: ColumnElement[float] = func.date_part("epoch", Obligation.started_at, type_=Float)
TERM: ColumnElement[float] = func.date_part(
    "epoch", Obligation.due_at - Obligation.started_at, type_=Float
)
LAST: ColumnElement[float] = func.date_part("epoch", Obligation.last_at, type_=Float)


def epoch(moment: datetime) -> ColumnElement[float]:
    return cast(literal(moment.timestamp(), Float), Float)


def is_settled(steps: Sequence[Step], now: datetime) -> ColumnElement[bool]:
    """What these new steps have passed already is told of no more: nothing of the old steps waits
    to be told, and somebody was told, or will be by a later step.

    What nobody would ever be told of is not settled: it is told of at the next pass.
    """
    return and_(
        or_(Obligation.next_at.is_(None), Obligation.next_at > now),
        or_(Obligation.last_at > LONG_AGO, *(_at(step) > epoch(now) for step in steps)),
    )


def has_passed(steps: Sequence[Step], now: datetime) -> ColumnElement[bool]:
    """One of these steps would be told now."""
    return or_(*(and_(_at(step) > LAST, _at(step) <= epoch(now)) for step in steps))


def _at(step: Step) -> ColumnElement[float]:
    """As Step.at."""
    part, seconds = step.place
    return STARTED + TERM * literal(part, Float) + literal(float(seconds), Float)
