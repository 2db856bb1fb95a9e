"""What became of reports: their state, never their content."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import Unit
from app.cases import policy
from app.cases.enums import CaseState
from app.cases.models import Case, Report
from app.core import clock
from app.core.row_scope import across

ALARM_AFTER, MISSED_AFTER = timedelta(minutes=30), timedelta(minutes=60)  # T_ROUTE
_LIMIT = 50
# What an officer enters and nobody reports: children of the register, cases opened again.
_NOT_BROUGHT = ("area_review", "reopened")


@dataclass(frozen=True, slots=True)
class ReportedCase:
    """One case of a report as its desk may know it."""

    id: uuid.UUID
    number: str
    state: CaseState
    first_opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportState:
    """A report as the desk that took it may know it. `unit_name` is where it went;
    `has_place`: the commune is known, also where nobody there could receive it."""

    id: uuid.UUID
    received_at: datetime
    typed_at: datetime
    routed_at: datetime | None
    unit_name: str | None
    has_place: bool
    cases: list[ReportedCase] = field(default_factory=list)

    @property
    def first_opened_at(self) -> datetime | None:
        """When the commune first opened one of its cases."""
        return min((c.first_opened_at for c in self.cases if c.first_opened_at), default=None)

    @property
    def is_today(self) -> bool:
        return clock.local(self.received_at).date() == clock.today()

    @property
    def numbers(self) -> list[str]:
        return [case.number for case in self.cases]


class WaitsFor(StrEnum):
    ROUTE = "route"  # the commune is not known yet, or has nobody who could receive it
    OPENING = "opening"  # the commune has not opened it


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report that does not move, since it was received or since it was sent to the commune."""

    report: ReportState
    waits_for: WaitsFor
    minutes: int

    @property
    def is_alarm(self) -> bool:
        return timedelta(minutes=self.minutes) >= ALARM_AFTER

    @property
    def is_missed(self) -> bool:
        return timedelta(minutes=self.minutes) >= MISSED_AFTER


def state_of(session: Session, report: Report) -> ReportState:
    """The state of one report that the reader may follow."""
    return _read(session, select(Report.id).where(Report.id == report.id))[0]


def reports_taken(
    session: Session, actor: Actor, *, after: uuid.UUID | None, limit: int
) -> tuple[list[ReportState], bool]:
    """The reports of the actor's unit, newest first, behind `after`; and whether there are more.

    Behind a report that the actor may not follow there is nothing, whenever it was received.
    """
    page = _of(actor)
    if after is not None:
        last = policy.reports_of(actor).with_only_columns(Report.received_at, Report.id)
        last = last.where(Report.id == after)
        page = page.where(tuple_(Report.received_at, Report.id) < last.scalar_subquery())
    page = page.order_by(Report.received_at.desc(), Report.id.desc()).limit(limit + 1)
    found = _read(session, page)
    return found[:limit], len(found) > limit


def reports_of_today(session: Session, actor: Actor, now: datetime) -> list[ReportState]:
    """What the actor's unit received today (Vietnam's day), newest first. A list of children that
    a colleague entered into the register is no news to the desk."""
    midnight = datetime.combine(clock.local(now).date(), time(), clock.LOCAL)
    is_brought = or_(Report.channel.not_in(_NOT_BROUGHT), Report.received_by_id == actor.id)
    today = _of(actor).where(Report.received_at >= midnight, is_brought)
    today = today.order_by(Report.received_at.desc(), Report.id.desc()).limit(_LIMIT)
    return _read(session, today)


def unrouted_reports(session: Session, actor: Actor, now: datetime) -> list[Waiting]:
    """Reports that nobody passed on, and those the commune has not opened for 30 minutes; the
    longest waiting first. A desk sees its own, a supervisor all of the area."""
    unrouted = _of(actor).where(Report.routed_at.is_(None), _has_open_case())
    silent = select(Case.report_id).where(Case.first_opened_at.is_(None), Case.is_ended.is_(False))
    unopened = _of(actor).where(Report.routed_at <= now - ALARM_AFTER, Report.id.in_(silent))
    oldest = union_all(
        unrouted.order_by(Report.received_at).limit(_LIMIT),
        unopened.order_by(Report.received_at).limit(_LIMIT),
    ).subquery()
    found = _read(session, select(oldest.c.id))
    return sorted((_waiting(report, now) for report in found), key=lambda w: -w.minutes)


def _read(session: Session, reports: Select[uuid.UUID]) -> list[ReportState]:
    """The states of these reports, chosen by what the reader may follow. Of their cases, wherever
    they are worked, number and state alone are shown."""
    with across(session):
        return _grouped(session.execute(_rows(reports)))


def _of(actor: Actor) -> Select[uuid.UUID]:
    return policy.reports_of(actor).with_only_columns(Report.id)


def _has_open_case() -> Any:
    return select(Case.id).where(Case.report_id == Report.id, Case.is_ended.is_(False)).exists()


def _rows(report_ids: Select[uuid.UUID]) -> Select[*tuple[Any, ...]]:
    """The reports of these ids with their cases, newest report first; one statement."""
    return (
        select(
            Report.id,
            Report.received_at,
            Report.typed_at,
            Report.routed_at,
            Unit.name.label("unit_name"),
            Report.event_commune.is_not(None).label("has_place"),
            Case.id.label("case_id"),
            Case.number,
            Case.state,
            Case.first_opened_at,
        )
        .join(Case, Case.report_id == Report.id)
        .outerjoin(Unit, Unit.id == Report.routed_to_unit_id)
        .where(Report.id.in_(report_ids.scalar_subquery()))
        .order_by(Report.received_at.desc(), Report.id.desc(), Case.number)
    )


def _grouped(rows: Iterable[Row[*tuple[Any, ...]]]) -> list[ReportState]:
    reports: dict[uuid.UUID, ReportState] = {}
    for row in rows:
        if row.id not in reports:
            reports[row.id] = ReportState(
                row.id,
                row.received_at,
                row.typed_at,
                row.routed_at,
                row.unit_name,
                row.has_place,
            )
        case = ReportedCase(row.case_id, row.number, row.state, row.first_opened_at)
        reports[row.id].cases.append(case)
    return list(reports.values())


def _waiting(report: ReportState, now: datetime) -> Waiting:
    waits_for = WaitsFor.ROUTE if report.routed_at is None else WaitsFor.OPENING
    since = report.routed_at or report.received_at
    return Waiting(report, waits_for, max(0, int((now - since).total_seconds() // 60)))
