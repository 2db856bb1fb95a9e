"""Whether a case waits for a decision of its reader: what their first page lists as such."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.cases.models import CarePlacement, Case, Separation
from app.cases.models.care import CareState, SeparationState
from app.cases.policy import visible_to
from app.cases.queries.assessment import with_override
from app.cases.queries.pending import PARTS, of_own_cases
from app.deadlines.models import Deadline, DeadlineExtension


def waits_for_decision(session: Session, actor: Actor, wanted: ColumnElement[bool]) -> bool:
    """Of the cases that `wanted` names: the Chair decides those of the own unit, a supervisor what
    is asked in the area. One statement."""
    found = [part.where(wanted).exists() for part in _parts(actor)]
    return bool(session.scalar(select(or_(*found))))


def _parts(actor: Actor) -> Iterator[Select[Any]]:
    yield from (part(actor) for part in PARTS.values())
    whose = visible_to(actor) if sees_whole_area(actor) else of_own_cases(actor)
    yield with_override(actor).where(Case.id.in_(whose.with_only_columns(Case.id)))
    yield (
        whose.join(Deadline, Deadline.subject_id == Case.id)
        .join(DeadlineExtension, DeadlineExtension.deadline_id == Deadline.id)
        .where(DeadlineExtension.decided_at.is_(None))
    )
    own = of_own_cases(actor)
    apart = own.join(Separation, Separation.case_id == Case.id)
    yield apart.where(Separation.state == SeparationState.PROPOSED)
    cared = own.join(CarePlacement, CarePlacement.case_id == Case.id)
    yield cared.where(CarePlacement.state == CareState.PROPOSED)
