"""The report behind a case, its informant, and what was corrected in it."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import User
from app.cases.corrections import CORRECTABLE, title, words
from app.cases.enums import EventKind
from app.cases.models import Case, CaseEvent, Informant, Report
from app.core import clock


def report_of(session: Session, case: Case) -> Report:
    return session.scalars(select(Report).where(Report.id == case.report_id)).one()


def informant_of(session: Session, report_id: uuid.UUID) -> Informant | None:
    """The informant's compartment; opened only by services.informant."""
    return session.scalars(select(Informant).where(Informant.report_id == report_id)).one_or_none()


def corrections_since(
    session: Session, case: Case, report: Report, version: int
) -> list[tuple[str, str, str]]:
    """What others corrected after `version`: (field, what it says now, who and when)."""
    rows = session.execute(
        select(CaseEvent.facts, CaseEvent.typed_at, User.name)
        .outerjoin(User, User.id == CaseEvent.by_id)
        .where(CaseEvent.case_id == case.id, CaseEvent.kind == EventKind.REPORT_CORRECTED)
        .order_by(CaseEvent.typed_at, CaseEvent.id)
    )
    latest: dict[str, str] = {}
    for row in rows:
        if row.facts.get("version", 0) > version:
            who = f"{row.name or ''}, {clock.local(row.typed_at):%H:%M %d/%m/%Y}"
            latest |= dict.fromkeys(row.facts["fields"], who)
    return [
        (title(name), words(name, getattr(report, name)), who)
        for name, who in latest.items()
        if name in CORRECTABLE
    ]
