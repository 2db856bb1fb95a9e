"""What is due, day by day: a few of each day and how many there are, however much it is."""

import uuid
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Date, Row, Select, cast, func, or_, select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Section, sections_of
from app.cases import policy as cases
from app.cases.models import Case
from app.core import clock
from app.core.sealed import DataKey, open_field
from app.people.models import Child
from app.reminders import policy
from app.reminders.models import Channel, Delivery, Obligation
from app.reminders.queries.numbers import number_of, with_referral


class Due(NamedTuple):
    """`of_day`: how many are due that day. `name` only for who may know the child."""

    id: uuid.UUID
    kind: str
    due_at: datetime
    day: date
    of_day: int
    case_id: uuid.UUID | None
    number: str | None
    name: str | None


def dues(
    session: Session,
    actor: Actor,
    *,
    start: datetime,
    end: datetime,
    is_own: bool,
    of_each_day: int,
) -> list[Due]:
    """From `start`, before `end`, by time: at most `of_each_day` of each day in Vietnam. One
    statement."""
    day = cast(func.timezone(str(clock.LOCAL), Obligation.due_at), Date)
    order = func.row_number().over(partition_by=day, order_by=(Obligation.due_at, Obligation.id))
    ranked = (
        _wanted(actor, is_own=is_own)
        .with_only_columns(
            Obligation.id,
            Obligation.kind,
            Obligation.due_at,
            Obligation.subject_id,
            Obligation.case_id,
            Obligation.unit_id,
            day.label("day"),
            order.label("place"),
            func.count().over(partition_by=day).label("of_day"),
        )
        .where(Obligation.due_at >= start, Obligation.due_at < end)
        .subquery()
    )
    columns = (ranked.c.id, ranked.c.kind, ranked.c.due_at, ranked.c.day, ranked.c.of_day)
    shown: Select[Any] = (
        select(*columns, ranked.c.case_id, number_of(ranked.c.kind, ranked.c.unit_id))
        .join(Case, Case.id == ranked.c.case_id, isouter=True)
        .where(ranked.c.place <= of_each_day)
        .order_by(ranked.c.due_at, ranked.c.id)
    )
    shown = with_referral(shown, ranked.c.kind, ranked.c.subject_id)
    is_named = Section.IDENTITY in sections_of(actor)
    rows = session.execute(_with_names(shown, actor) if is_named else shown)
    return [Due._make((*row[:7], _name(row) if is_named else None)) for row in rows]


def overdue_before(session: Session, actor: Actor, *, start: datetime, is_own: bool) -> int:
    """What was due before the days shown, and still is."""
    wanted = _wanted(actor, is_own=is_own).with_only_columns(func.count())
    return session.scalar(wanted.where(Obligation.due_at < start)) or 0


def _wanted(actor: Actor, *, is_own: bool) -> Select[Any]:
    """What one answers for, or was told of and nobody else took over; or all one may see."""
    found = policy.open_to(actor)
    if not is_own:
        return found
    told = select(Delivery.obligation_id).where(
        Delivery.recipient_id == actor.id, Delivery.channel == Channel.APP
    )
    answers = func.coalesce(Obligation.handed_to_id, Obligation.user_id)
    is_told = Obligation.id.in_(told) & Obligation.handed_to_id.is_(None)
    return found.where(or_(answers == actor.id, is_told))


def _with_names(shown: Select[Any], actor: Actor) -> Select[Any]:
    """Of the children whose case the actor may open."""
    seen = cases.visible_ids(actor)
    return (
        shown.add_columns(
            Child.id.label("child_id"),
            Child.full_name_sealed,
            DataKey.id.label("key_id"),
            DataKey.wrapped,
        )
        .join(Child, (Child.id == Case.child_id) & Case.id.in_(seen), isouter=True)
        .join(DataKey, DataKey.id == Child.key_id, isouter=True)
    )


def _name(row: Row[Any]) -> str | None:
    if row.child_id is None:
        return None
    key = (row.key_id, row.wrapped)
    return open_field(Child, "full_name", row.child_id, key, row.full_name_sealed)
