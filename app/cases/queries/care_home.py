"""Separations and substitute care that wait for somebody, over all cases a reader sees."""

import uuid
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    DateTime,
    Select,
    String,
    and_,
    cast,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import User
from app.auth.permissions import Section, sections_of
from app.cases.models import CarePlacement, Case, Separation
from app.cases.models.care import CareState, SeparationState
from app.cases.policy import visible_to
from app.core.db import UtcDateTime

LIMIT = 50


class OpenSeparation(NamedTuple):
    """Proposed, or running and about to end or past its end; words are not read for a list."""

    id: uuid.UUID
    case_id: uuid.UUID
    number: str
    state: SeparationState
    started_at: datetime
    ends_at: datetime
    drafted_by: uuid.UUID
    drafted_name: str
    drafted_at: datetime


class OpenPlacement(NamedTuple):
    """Proposed, or decided and waiting for the hand-over."""

    id: uuid.UUID
    case_id: uuid.UUID
    number: str
    state: CareState
    form: str
    handover_due_at: datetime | None
    drafted_by: uuid.UUID
    drafted_name: str
    drafted_at: datetime


class OpenCare(NamedTuple):
    separations: list[OpenSeparation]
    placements: list[OpenPlacement]


def open_care(session: Session, actor: Actor, *, now: datetime, within: timedelta) -> OpenCare:
    """Separations, the first to end first (a term that has run out stays until the end is told),
    and substitute care, the oldest first. One statement."""
    if Section.PLAN not in sections_of(actor):
        return OpenCare([], [])
    parts = (_separations(actor, now + within), _placements(actor))
    rows = session.execute(union_all(*(select(part.subquery()) for part in parts))).all()
    apart = [
        OpenSeparation._make((*row[:3], SeparationState(row.state), row.began, row.due, *row[7:]))
        for row in rows
        if row.form is None
    ]
    cared = [
        OpenPlacement._make((*row[:3], CareState(row.state), row.form, row.due, *row[7:]))
        for row in rows
        if row.form is not None
    ]
    return OpenCare(
        sorted(apart, key=lambda one: one.ends_at),
        sorted(cared, key=lambda one: one.drafted_at),
    )


def _separations(actor: Actor, soon: datetime) -> Select[*tuple[Any, ...]]:
    one = Separation
    running = and_(one.state == SeparationState.DECIDED, one.ends_at <= soon)
    columns = (one.state, one.started_at, one.ends_at, null())
    return (
        _told(actor, one, *columns)
        .where(or_(one.state == SeparationState.PROPOSED, running))
        .order_by(one.ends_at, one.id)
    )


def _placements(actor: Actor) -> Select[*tuple[Any, ...]]:
    one = CarePlacement
    columns = (one.state, null(), one.handover_due_at, one.form)
    return (
        _told(actor, one, *columns)
        .where(one.state.in_((CareState.PROPOSED, CareState.DECIDED)))
        .order_by(one.drafted_at, one.id)
    )


def _told(
    actor: Actor, table: Any, state: Any, began: Any, due: Any, form: Any
) -> Select[*tuple[Any, ...]]:
    """The same columns of both tables; the kind of row is told by the form, which only care has."""
    return (
        visible_to(actor)
        .join(table, table.case_id == Case.id)
        .join(User, User.id == table.drafted_by)
        .with_only_columns(
            table.id.label("row_id"),
            Case.id.label("case_id"),
            Case.number,
            type_coerce(state, String).label("state"),
            type_coerce(cast(began, DateTime(timezone=True)), UtcDateTime).label("began"),
            due.label("due"),
            cast(form, String).label("form"),
            table.drafted_by.label("drafted_by"),
            User.name,
            table.drafted_at.label("drafted_at"),
        )
        .where(Case.is_ended.is_(False))
        .limit(LIMIT)
    )
