"""Plans and proposals to close that wait for the Chair, over the unit's cases."""

import uuid
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Integer, Select, Uuid, cast, null, select, union_all
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import User
from app.cases.models import Case, Plan, Review
from app.cases.models.plans import PlanState
from app.cases.models.reviews import ClosingState
from app.cases.policy import visible_to

LIMIT = 50


class PendingPlan(NamedTuple):
    """A submitted plan of a running case; words of the file are not read for a list."""

    case_id: uuid.UUID
    number: str
    cycle: int
    submitted_at: datetime
    drafted_by: uuid.UUID
    edited_by: uuid.UUID
    submitted_by: uuid.UUID
    by_name: str


class PendingClosing(NamedTuple):
    """A proposal to close that waits for the Chair."""

    case_id: uuid.UUID
    number: str
    asked_at: datetime
    by_id: uuid.UUID
    by_name: str


class Pending(NamedTuple):
    plans: list[PendingPlan]
    closings: list[PendingClosing]


def pending_of_unit(session: Session, actor: Actor) -> Pending:
    """What waits in the unit's cases that this actor sees, the longest first; one statement."""
    parts = (_plans(actor), _closings(actor))
    rows = session.execute(union_all(*(select(part.subquery()) for part in parts))).all()
    plans = [PendingPlan._make(row) for row in rows if row.cycle is not None]
    closings = [
        PendingClosing(row.case_id, row.number, row.asked_at, row.by_id, row.name)
        for row in rows
        if row.cycle is None
    ]
    return Pending(
        sorted(plans, key=lambda one: one.submitted_at),
        sorted(closings, key=lambda one: one.asked_at),
    )


def _plans(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        _of_unit(actor)
        .join(Plan, (Plan.case_id == Case.id) & (Plan.cycle == Case.cycle))
        .join(User, User.id == Plan.submitted_by)
        .with_only_columns(
            *_columns(
                cycle=Plan.cycle,
                at=Plan.submitted_at,
                people=(Plan.drafted_by, Plan.edited_by, Plan.submitted_by),
            )
        )
        .where(Plan.state == PlanState.SUBMITTED)
        .order_by(Plan.submitted_at, Plan.id)
    )


def _closings(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        _of_unit(actor)
        .join(Review, Review.case_id == Case.id)
        .join(User, User.id == Review.by_id)
        .with_only_columns(
            *_columns(cycle=null(), at=Review.typed_at, people=(null(), null(), Review.by_id))
        )
        .where(Review.closing_state == ClosingState.PENDING)
        .order_by(Review.typed_at)
    )


def _of_unit(actor: Actor) -> Select[Case]:
    unended = visible_to(actor).where(Case.is_ended.is_(False), Case.unit_id == actor.unit_id)
    return unended.limit(LIMIT)


def _columns(*, cycle: Any, at: Any, people: tuple[Any, Any, Any]) -> list[Any]:
    """The same of both tables; the kind of row is told by the cycle, which only plans have."""
    drafted_by, edited_by, by_id = (cast(one, Uuid) for one in people)
    return [
        Case.id.label("case_id"),
        Case.number,
        cast(cycle, Integer).label("cycle"),
        at.label("asked_at"),
        drafted_by.label("drafted_by"),
        edited_by.label("edited_by"),
        by_id.label("by_id"),
        User.name,
    ]
