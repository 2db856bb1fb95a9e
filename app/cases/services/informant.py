"""Opening the informant's compartment: with a reason, and never unseen."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case, Informant
from app.cases.queries.reports import informant_of
from app.cases.services.editing import lock
from app.cases.timeline import add_event


def reveal_informant(
    session: Session, *, actor: Actor, case: Case, reason: str, now: datetime
) -> Informant | None:
    """Who reported, or None where nobody agreed to be named. The reason stands on the timeline."""
    lock(session, case)
    informant = informant_of(session, case.report_id)
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=EventKind.INFORMANT_READ,
        section=Section.EVENT,
        happened_at=now,
        now=now,
        note=reason,
    )
    record(
        session,
        actor,
        AuditAction.INFORMANT_READ,
        at=now,
        case_id=case.id,
        subject_id=case.report_id,
        sections=[Section.INFORMANT],
        data={"report_id": case.report_id},
    )
    session.flush()
    return informant
