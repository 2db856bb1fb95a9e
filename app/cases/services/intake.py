"""Receiving a report (Mẫu số 01): child, case, access, clocks and timeline in one step."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case, Report
from app.cases.numbers import next_numbers
from app.cases.report_data import ReportData
from app.cases.services.destination import Destination, destination_of
from app.cases.services.intake_rows import (
    access_rows,
    carer_rows,
    case_row,
    child_row,
    informant_rows,
    report_row,
)
from app.cases.timeline import add_event
from app.core import clock
from app.core.sealed import DataKey
from app.deadlines import services as deadlines
from app.deadlines.models import Deadline
from app.people.models import Child

CLOCKS = ("T_ROUTE", "T_EMERG", "T_PLAN", "T_APPROVE")


@dataclass(frozen=True, slots=True)
class Received:
    """What a report became: one case for each child, and where it went (None: not routed yet)."""

    report: Report
    cases: tuple[Case, ...]
    destination: Destination | None


def receive_report(session: Session, *, actor: Actor, data: ReportData, now: datetime) -> Received:
    """Record the report, open a case for each child and route it to the commune of the event.

    Without a commune, or where the commune has no unit, the report stays with the desk, unrouted.
    """
    to = destination_of(session, data.event_commune)
    report = report_row(actor, data, to, now)
    children = [child_row(reported, data, now) for reported in data.children]
    cases = [
        case_row(reported, child, report, to, now)
        for reported, child in zip(data.children, children, strict=True)
    ]
    informants = list(informant_rows(data, report))
    session.add_all([report, *children, *(informant.key for informant in informants)])
    session.flush()
    session.add_all(carer for child in children for carer in carer_rows(data, child))
    session.add_all(informants)
    session.add_all(access for case in cases for access in access_rows(actor, case, to, now))
    session.flush()
    _open(session, actor, report, cases, now)
    for case, child in zip(cases, children, strict=True):
        tell_receipt(session, actor, report, case, child, len(cases), now)
        if to is not None:
            tell_routing(session, actor, case, child.key, to, now)
    return Received(report, tuple(cases), to)


def tell_routing(
    session: Session, actor: Actor, case: Case, key: DataKey, to: Destination, now: datetime
) -> None:
    """The timeline and the log: the report went to the commune of the event."""
    add_event(
        session,
        case=case,
        key=key,
        actor=actor,
        kind=EventKind.ROUTED,
        section=Section.EVENT,
        happened_at=now,
        now=now,
        facts={"unit_id": str(to.unit_id), "commune": to.commune_code},
        subject_id=case.report_id,
    )
    where = {"commune": to.commune_code, "unit_id": to.unit_id, "from_unit": actor.unit_id}
    record(
        session,
        actor,
        AuditAction.REPORT_ROUTED,
        at=now,
        case_id=case.id,
        subject_id=case.report_id,
        data=where,
    )


def _open(session: Session, actor: Actor, report: Report, cases: list[Case], now: datetime) -> None:
    """Number the cases, save them with their clocks, and meet the clock of a routed report."""
    year = clock.local(report.received_at).year
    with session.no_autoflush:
        running = [_start_clocks(session, case, now) for case in cases]
        numbers = next_numbers(year, len(cases))
    late = []
    for case, clocks, number in zip(cases, running, numbers, strict=True):
        case.number = number
        for deadline in clocks:
            deadline.subject_label = number
        if report.routed_at is not None and clocks[0].effective_due_at >= now:
            clocks[0].meet(happened_at=now, now=now)
        elif report.routed_at is not None:
            late.append(case)
    session.add_all(cases)
    session.flush()
    for case in late:  # typed long after it was received: the log notes the miss
        deadlines.meet(session, subject_id=case.id, rule_key=CLOCKS[0], happened_at=now, now=now)


def _start_clocks(session: Session, case: Case, now: datetime) -> list[Deadline]:
    """In the order of CLOCKS, with a label to come."""
    return deadlines.start_clocks(
        session,
        subject_id=case.id,
        subject_label="",
        rule_keys=CLOCKS,
        started_at=case.opened_at,
        unit_id=case.unit_id,
        commune_code=case.commune_code,
        now=now,
    )


def tell_receipt(
    session: Session,
    actor: Actor,
    report: Report,
    case: Case,
    child: Child,
    count: int,
    now: datetime,
) -> None:
    """The timeline and the log: a report came in, about so many children."""
    add_event(
        session,
        case=case,
        key=child.key,
        actor=actor,
        kind=EventKind.REPORT_RECEIVED,
        section=Section.EVENT,
        happened_at=report.received_at,
        now=now,
        facts={"category": report.category, "channel": report.channel, "children": count},
        subject_id=report.id,
    )
    record(
        session,
        actor,
        AuditAction.REPORT_RECEIVED,
        at=now,
        case_id=case.id,
        subject_id=report.id,
        data={"report_id": report.id, "child_id": child.id},
    )
