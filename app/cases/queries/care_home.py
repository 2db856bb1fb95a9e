"""Separations and substitute care that wait for somebody, over all cases a reader sees."""

import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, or_
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import User
from app.auth.permissions import Section, sections_of
from app.cases.models import CarePlacement, Case, Separation
from app.cases.models.care import CareState, SeparationState
from app.cases.policy import visible_to

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


def open_separations(
    session: Session, actor: Actor, *, now: datetime, within: timedelta
) -> list[OpenSeparation]:
    """The first to end first. A term that has run out stays in the list until the end is told."""
    if Section.PLAN not in sections_of(actor):
        return []
    running = and_(Separation.state == SeparationState.DECIDED, Separation.ends_at <= now + within)
    rows = session.execute(
        visible_to(actor)
        .join(Separation, Separation.case_id == Case.id)
        .join(User, User.id == Separation.drafted_by)
        .with_only_columns(
            Separation.id,
            Case.id,
            Case.number,
            Separation.state,
            Separation.started_at,
            Separation.ends_at,
            Separation.drafted_by,
            User.name,
            Separation.drafted_at,
        )
        .where(
            Case.is_ended.is_(False),
            or_(Separation.state == SeparationState.PROPOSED, running),
        )
        .order_by(Separation.ends_at, Separation.id)
        .limit(LIMIT)
    )
    return [OpenSeparation._make(row) for row in rows]


def open_placements(session: Session, actor: Actor) -> list[OpenPlacement]:
    """Those that wait for an answer or for the hand-over, the oldest first."""
    if Section.PLAN not in sections_of(actor):
        return []
    rows = session.execute(
        visible_to(actor)
        .join(CarePlacement, CarePlacement.case_id == Case.id)
        .join(User, User.id == CarePlacement.drafted_by)
        .with_only_columns(
            CarePlacement.id,
            Case.id,
            Case.number,
            CarePlacement.state,
            CarePlacement.form,
            CarePlacement.handover_due_at,
            CarePlacement.drafted_by,
            User.name,
            CarePlacement.drafted_at,
        )
        .where(
            Case.is_ended.is_(False),
            CarePlacement.state.in_((CareState.PROPOSED, CareState.DECIDED)),
        )
        .order_by(CarePlacement.drafted_at, CarePlacement.id)
        .limit(LIMIT)
    )
    return [OpenPlacement._make(row) for row in rows]
