"""When steps of open obligations come, as the database counts it."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_

from app.core.db import UtcDateTime
from app.reminders.models import Obligation

NEXT_AT = func.reminder_next_at  # of the migrations; as Kind.next_at
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # `last_at` of what nobody was told of yet


def is_settled(places: Any, now: datetime) -> ColumnElement[bool]:
    """What new steps (`places`, as scan writes them) have passed already is told of no more:
    nothing of the old steps waits to be told, and somebody was told, or will be by a later step.

    What nobody would ever be told of is not settled: it is told of at the next pass.
    """
    later = NEXT_AT(places, Obligation.started_at, Obligation.due_at, literal(now, UtcDateTime))
    return and_(
        or_(Obligation.next_at.is_(None), Obligation.next_at > now),
        or_(Obligation.last_at > LONG_AGO, later.is_not(None)),
    )
