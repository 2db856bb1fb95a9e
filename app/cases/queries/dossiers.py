"""What there is in a case to be put into its dossier: the ids of what the sections open."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.auth.permissions import Section
from app.cases.models import (
    CarePlacement,
    CaseConference,
    CaseEvent,
    InitialAssessment,
    Plan,
    PlanDecision,
    Review,
    Separation,
    SpecificAssessment,
)
from app.cases.models.plans import PlanOutcome
from app.cases.queries.events import Entry, LogFilter, entries

S = Section
Ids = Sequence[uuid.UUID]
SHEET = 100  # entries of the timeline in one document: a long table is slow to lay out
_LAST = uuid.UUID(int=2**128 - 1)


class Contents(NamedTuple):
    """In the order in which they came about. `cycles` are those of plans; a sheet is the last
    moment, the last id and the number of entries of one stretch of the timeline."""

    initials: Ids
    specifics: Ids
    conferences: Ids
    cycles: Sequence[int]
    decisions: Ids
    separations: Ids
    placements: Ids
    reviews: Ids
    sheets: Sequence[tuple[datetime, uuid.UUID, int]]


def contents_of(session: Session, case_id: uuid.UUID, *, sections: frozenset[Section]) -> Contents:
    """Nine statements; none is sent for what is closed."""

    def ids(section: Section, table: Any, at: Any, *more: Any) -> Sequence[Any]:
        found = select(table.id).where(table.case_id == case_id, *more).order_by(at, table.id)
        return _read(session, section, sections, found)

    placed, decision = CarePlacement.handed_over_at, PlanDecision
    return Contents(
        initials=ids(S.ASSESSMENT, InitialAssessment, InitialAssessment.happened_at),
        specifics=ids(S.ASSESSMENT, SpecificAssessment, SpecificAssessment.happened_at),
        conferences=ids(S.PLAN, CaseConference, CaseConference.happened_at),
        cycles=_read(
            session,
            S.PLAN,
            sections,
            select(Plan.cycle).where(Plan.case_id == case_id).order_by(Plan.cycle),
        ),
        decisions=ids(
            S.PLAN, decision, decision.decided_at, decision.outcome == PlanOutcome.APPROVED
        ),
        separations=ids(S.PLAN, Separation, Separation.drafted_at),
        placements=ids(S.PLAN, CarePlacement, placed, placed.is_not(None)),
        reviews=ids(S.ASSESSMENT, Review, Review.happened_at),
        sheets=_sheets(session, case_id),
    )


def entries_until(
    session: Session,
    case_id: uuid.UUID,
    *,
    sections: frozenset[Section],
    sheet: tuple[datetime, uuid.UUID, int],
) -> list[Entry]:
    """One stretch of the timeline, the oldest first."""
    moment, last, count = sheet
    before = (moment, uuid.UUID(int=min(last.int + 1, _LAST.int)))
    wanted = LogFilter(before=before)
    return entries(session, case_id, sections=sections, wanted=wanted, limit=count - 1)[::-1]


def _read(
    session: Session, section: Section, sections: frozenset[Section], found: Select[Any]
) -> Sequence[Any]:
    return session.scalars(found).all() if section in sections else ()


def _sheets(session: Session, case_id: uuid.UUID) -> list[tuple[datetime, uuid.UUID, int]]:
    keys = session.execute(
        select(CaseEvent.happened_at, CaseEvent.id)
        .where(CaseEvent.case_id == case_id)
        .order_by(CaseEvent.happened_at, CaseEvent.id)
    ).all()
    stretches = [keys[start : start + SHEET] for start in range(0, len(keys), SHEET)]
    return [(*stretch[-1], len(stretch)) for stretch in stretches]
