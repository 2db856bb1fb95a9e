"""Entries on the timeline of a test's case, and canaries in every section of its file."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.permissions import Section
from app.cases.enums import EventKind, RiskLevel
from app.cases.models import Case, CaseEvent, InitialAssessment, Report
from app.core import clock
from app.deadlines import services as clocks
from app.people.models import Carer, Child
from tests.cases.story import Story

IDENTITY = "Canarynamus"
PHONE = "0912345678"
ADDRESS = "Canaryaddressus"
WHERE = "Canarylocationus"
FAMILY = "Canaryfamilyus"


def add_entry(
    session: Session,
    case: Case,
    kind: EventKind,
    section: Section,
    *,
    happened_at: datetime | None = None,
    typed_at: datetime | None = None,
    lane: str = "commune_pc",
    note: str | None = None,
    facts: dict[str, Any] | None = None,
    by: Any = None,
) -> CaseEvent:
    """One committed entry, sealed under the child's key as the services do it."""
    child = session.get_one(Child, case.child_id)
    moment = happened_at or clock.now()
    event = CaseEvent(
        key=child.key,
        case_id=case.id,
        kind=kind,
        section=section,
        lane=lane,
        happened_at=moment,
        typed_at=typed_at or moment,
        by_id=by and by.id,
        unit_id=by and by.unit_id,
        facts=facts or {},
        note=note,
    )
    session.add(event)
    session.commit()
    return event


def fill_file(session: Session, story: Story) -> None:
    """Words in the sections that only some may read; the report was routed at once."""
    child = session.get_one(Child, story.case.child_id)
    child.full_name, child.stay_text = f"Nguyễn {IDENTITY}", ADDRESS
    carer = session.scalars(select(Carer).where(Carer.child_id == child.id)).one()
    carer.phone, carer.address = f"+84{PHONE[1:]}", ADDRESS
    report = session.get_one(Report, story.case.report_id)
    report.received_at = story.received_at
    report.child_location, report.family_context = WHERE, FAMILY
    routed = story.received_at + timedelta(minutes=5)
    clocks.meet(
        session,
        subject_id=story.case.id,
        rule_key="T_ROUTE",
        happened_at=routed,
        now=clock.now(),
    )
    session.commit()


def assess(session: Session, story: Story, level: RiskLevel = RiskLevel.HIGH) -> InitialAssessment:
    """An assessment and the state it leads to, without the form."""
    child = session.get_one(Child, story.case.child_id)
    row = InitialAssessment(
        key=child.key,
        case_id=story.case.id,
        form_version=1,
        answers={},
        counts={"harm": {"HIGH": 2}, "protect": {"LOW": 1, "MEDIUM": 1}},
        computed_level=level,
        wanted_level=level,
        final_level=level,
        is_emergency=level is RiskLevel.HIGH,
        happened_at=story.received_at + timedelta(minutes=50),
        typed_at=story.received_at + timedelta(minutes=60),
        by_id=story.worker.id,
    )
    session.add(row)
    story.case.assess(level, is_emergency=row.is_emergency)
    session.commit()
    return row
