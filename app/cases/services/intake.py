"""Receiving a report (Mẫu số 01): child, case, access, clocks and timeline in one step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.enums import EventKind, Outcome
from app.cases.models import Case, Report
from app.cases.numbers import next_numbers
from app.cases.paths import clocks_of_report
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

ROUTE = "T_ROUTE"


@dataclass(frozen=True, slots=True)
class Received:
    """What a report became: one case for each child, and where it went (None: not routed yet)."""

    report: Report
    children: tuple[Child, ...]
    cases: tuple[Case, ...]
    destination: Destination | None


def receive_report(session: Session, *, actor: Actor, data: ReportData, now: datetime) -> Received:
    """Record the report, open a case for each child and route it to the commune of the event.

    Without a commune, or where the commune has no unit, the report stays with the desk, unrouted.
    """
    to = destination_of(session, data.event_commune)
    (received,) = receive_reports(session, actor=actor, data=[data], to=to, now=now)
    return received


def receive_reports(
    session: Session,
    *,
    actor: Actor,
    data: Sequence[ReportData],
    to: Destination | None,
    is_verified: bool = False,
    now: datetime,
) -> list[Received]:
    """As `receive_report`, many at once, all to one destination and received in one year.

    `is_verified`: the unit that works the cases reports what it has seen itself.
    """
    received = [_rows(actor, one, to, now) for one in data]
    informants = [
        one for r, d in zip(received, data, strict=True) for one in informant_rows(d, r.report)
    ]
    children = [child for one in received for child in one.children]
    session.add_all([*(r.report for r in received), *children, *(i.key for i in informants)])
    session.flush()
    session.add_all(
        carer
        for one, said in zip(received, data, strict=True)
        for child in one.children
        for carer in carer_rows(said, child)
    )
    session.add_all(informants)
    cases = [case for one in received for case in one.cases]
    session.add_all(access for case in cases for access in access_rows(actor, case, to, now))
    session.flush()
    if is_verified:
        for case in cases:
            case.first_opened_at = now
            case.verify(Outcome.CONFIRMED, now=now)
    _open(session, received, now)
    for one in received:
        _tell(session, actor, one, now)
    return received


def _rows(actor: Actor, data: ReportData, to: Destination | None, now: datetime) -> Received:
    """A report with its children and cases, not added yet."""
    report = report_row(actor, data, to, now)
    children = tuple(child_row(reported, data, now) for reported in data.children)
    cases = tuple(
        case_row(reported, child, report, to, now)
        for reported, child in zip(data.children, children, strict=True)
    )
    return Received(report, children, cases, to)


def _tell(session: Session, actor: Actor, received: Received, now: datetime) -> None:
    for case, child in zip(received.cases, received.children, strict=True):
        tell_receipt(session, actor, received.report, case, child, len(received.cases), now)
        if received.destination is not None:
            tell_routing(session, actor, case, child.key, received.destination, now)


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


def _open(session: Session, received: Sequence[Received], now: datetime) -> None:
    """Number the cases, save them with their clocks, and meet the clock of a routed report."""
    opened = [(one.report, case) for one in received for case in one.cases]
    year = clock.local(received[0].report.received_at).year
    with session.no_autoflush:
        running = [_start_clocks(session, report, case, now) for report, case in opened]
        numbers = next_numbers(year, len(opened))
    late = []
    for (report, case), clocks, number in zip(opened, running, numbers, strict=True):
        case.number = number
        for deadline in clocks:
            deadline.subject_label = number
        route = next((one for one in clocks if one.rule_key == ROUTE), None)
        if report.routed_at is None or route is None:
            continue
        if route.effective_due_at >= now:
            route.meet(happened_at=now, now=now)
        else:
            late.append(case)
    session.add_all(case for _report, case in opened)
    session.flush()
    for case in late:  # typed long after it was received: the log notes the miss
        deadlines.meet(session, subject_id=case.id, rule_key=ROUTE, happened_at=now, now=now)


def _start_clocks(session: Session, report: Report, case: Case, now: datetime) -> list[Deadline]:
    """Those of the report's category (data/case_clocks), with a label to come."""
    keys = clocks_of_report(
        report.category,
        channel=report.channel,
        is_present_danger=report.is_present_danger,
        day=clock.local(report.received_at).date(),
    )
    return deadlines.start_clocks(
        session,
        subject_id=case.id,
        subject_label="",
        rule_keys=keys,
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
