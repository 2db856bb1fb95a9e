"""The reports that were found to repeat a case: its work is theirs too."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CTE, select
from sqlalchemy.orm import Session

from app.cases.enums import CaseState
from app.cases.models import Case, Report, Verification


@dataclass(frozen=True, slots=True)
class Repeat:
    """A case that ended as a duplicate; `told_danger`: its report told of present danger."""

    number: str
    opened_at: datetime
    told_danger: bool


def repeats_of(session: Session, case_id: uuid.UUID) -> list[Repeat]:
    """Those that point to this case, and those that point to them, the oldest first."""
    found = (
        select(Case.number, Case.opened_at, Report.is_present_danger)
        .join(Report, Report.id == Case.report_id)
        .where(Case.id.in_(select(_pointing(case_id).c.case_id)))
        .where(Case.state == CaseState.DUPLICATE, Case.id != case_id)
        .order_by(Case.opened_at, Case.id)
    )
    return [Repeat(*row) for row in session.execute(found)]


def _pointing(case_id: uuid.UUID) -> CTE:
    told = select(Verification.case_id).where(Verification.duplicate_of_id == case_id)
    chain = told.cte("pointing", recursive=True)
    further = select(Verification.case_id).where(Verification.duplicate_of_id == chain.c.case_id)
    return chain.union(further)
