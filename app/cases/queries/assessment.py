"""Initial assessments of a case, and the second signatures that are waited for."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_
from sqlalchemy.orm import Session, aliased, selectinload

from app.auth.actor import Actor
from app.auth.models import User
from app.auth.permissions import Section
from app.cases.enums import OverrideState, RiskLevel
from app.cases.models import Case, InitialAssessment, SpecificAssessment
from app.cases.models.assessments import NEWEST_FIRST
from app.cases.policy import visible_to


class AssessmentView(NamedTuple):
    """One assessment with its needs, who made it, and who gave the second signature."""

    row: InitialAssessment
    by_name: str
    second_name: str | None


class PendingOverride(NamedTuple):
    """A lowered level that waits for its second signature."""

    assessment_id: uuid.UUID
    case_id: uuid.UUID
    number: str
    commune_code: str | None
    held_level: RiskLevel  # what goes on counting
    wanted_level: RiskLevel
    asked_at: datetime
    by_id: uuid.UUID
    by_name: str


def assessments_of(
    session: Session, case_id: uuid.UUID, *, sections: frozenset[Section]
) -> list[AssessmentView]:
    """All assessments of a case, the newest first, in two statements; none for a closed section."""
    if Section.ASSESSMENT not in sections:
        return []
    second = aliased(User)
    rows = session.execute(
        select(InitialAssessment, User.name, second.name)
        .join(User, User.id == InitialAssessment.by_id)
        .join(second, second.id == InitialAssessment.second_by_id, isouter=True)
        .where(InitialAssessment.case_id == case_id)
        .options(selectinload(InitialAssessment.needs))
        .order_by(*NEWEST_FIRST)
    )
    return [AssessmentView(*row) for row in rows.unique()]


def latest_assessment(
    session: Session, case_id: uuid.UUID, *, sections: frozenset[Section]
) -> AssessmentView | None:
    """The assessment that counts now, with its needs."""
    return next(iter(assessments_of(session, case_id, sections=sections)), None)


def assessment_of(
    session: Session, case_id: uuid.UUID, assessment_id: uuid.UUID, *, sections: frozenset[Section]
) -> AssessmentView | None:
    """One assessment of the case; None for one of another case or a closed section."""
    found = assessments_of(session, case_id, sections=sections)
    return next((view for view in found if view.row.id == assessment_id), None)


def contradicted() -> ColumnElement[bool]:
    """Of an initial assessment: a later specific one found more than the lower level asked for.

    Nobody asks for the highest level, since nothing is above it.
    """
    later, wanted = SpecificAssessment, InitialAssessment.wanted_level
    is_more = or_(
        later.final_level == RiskLevel.HIGH,
        and_(later.final_level == RiskLevel.MEDIUM, wanted == RiskLevel.LOW),
    )
    found = select(later.id).where(
        later.case_id == InitialAssessment.case_id,
        later.typed_at > InitialAssessment.typed_at,
        is_more,
    )
    return found.exists()


def pending_overrides(
    session: Session, actor: Actor, *, limit: int = 50
) -> Sequence[PendingOverride]:
    """What waits for a second signature in the cases this actor sees, the oldest first."""
    rows = session.execute(
        with_override(actor)
        .join(User, User.id == InitialAssessment.by_id)
        .with_only_columns(
            InitialAssessment.id,
            Case.id,
            Case.number,
            Case.commune_code,
            InitialAssessment.final_level,
            InitialAssessment.wanted_level,
            InitialAssessment.typed_at,
            InitialAssessment.by_id,
            User.name,
        )
        .order_by(InitialAssessment.typed_at)
        .limit(limit)
    )
    return [PendingOverride(*row) for row in rows]


def with_override(actor: Actor) -> Select[Any]:
    """The cases this actor sees joined to an assessment that waits for its second signature; one
    that a newer assessment replaced or contradicts is left out."""
    newer = aliased(InitialAssessment)
    replaced = select(newer.id).where(
        newer.case_id == InitialAssessment.case_id,
        tuple_(newer.typed_at, newer.id) > tuple_(InitialAssessment.typed_at, InitialAssessment.id),
    )
    return (
        visible_to(actor)
        .join(InitialAssessment, InitialAssessment.case_id == Case.id)
        .where(
            InitialAssessment.override_state == OverrideState.PENDING,
            Case.is_ended.is_(False),
            ~replaced.exists(),
            ~contradicted(),
        )
    )
