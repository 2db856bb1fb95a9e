"""What stands beside the form of the check: the report, and children who may be the same."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section, sections_of
from app.cases.models import Case
from app.cases.pages.file import report_rows
from app.cases.queries.file import report_of
from app.cases.queries.repeats import repeats_of
from app.cases.services.repeats import candidate_of
from app.people.duplicates import likely_duplicates
from app.people.search_hooks import cases_of_children


def verification_page(
    session: Session, *, actor: Actor, case: Case, now: datetime
) -> dict[str, Any]:
    """For an authorised case with its child; the reading goes on the log."""
    sections = sections_of(actor)
    record(session, actor, AuditAction.CASE_READ, at=now, case_id=case.id, sections=sections)
    matches = []
    if Section.IDENTITY in sections:
        candidate = candidate_of(session, case, sections)
        matches = likely_duplicates(
            session, actor=actor, candidate=candidate, now=now, exclude=case.child_id
        )
    children = [match.child_id for match in matches if match.child_id]
    return {
        "report": tuple(report_rows(report_of(session, case, sections=sections))),
        "matches": matches,
        "repeats": repeats_of(session, case.id),
        "case_lines": cases_of_children(session, actor, children),
    }
