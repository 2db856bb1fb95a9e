"""The head that the pages of one case's forms share."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section, sections_of
from app.cases.enums import RiskLevel
from app.cases.models import Case
from app.cases.pages.clocks import emergency_of
from app.cases.pages.file import commune_name
from app.cases.pages.parts import Part, parts_of
from app.deadlines.queries import ClockView, clocks_of


@dataclass(frozen=True, slots=True)
class CaseHead:
    """Which case this is; the name only for who may know it. `emergency` is the 12-hour clock;
    `erased_at`: when the child's data were erased."""

    number: str
    child_name: str | None
    age: int | None
    commune: str | None
    risk_level: RiskLevel | None
    do_not_contact: bool
    emergency: ClockView | None
    erased_at: datetime | None
    parts: tuple[Part, ...]


def read_head(session: Session, *, actor: Actor, case: Case, now: datetime) -> CaseHead:
    """The head of an authorised case, loaded with its child; the reading goes on the log."""
    sections = sections_of(actor)
    record(session, actor, AuditAction.CASE_READ, at=now, case_id=case.id, sections=sections)
    clocks = clocks_of(session, case.id)
    return CaseHead(
        number=case.number,
        child_name=case.child.full_name if Section.IDENTITY in sections else None,
        age=case.age_at_report,
        commune=commune_name(case.commune_code) if case.commune_code else None,
        risk_level=case.risk_level,
        do_not_contact=case.do_not_contact,
        emergency=emergency_of(clocks),
        erased_at=case.child.key.destroyed_at,
        parts=parts_of(case, actor),
    )
