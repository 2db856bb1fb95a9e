"""Reading reports: what is owed, how far it is, the versions of one."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from app.auth.actor import Actor
from app.auth.models import Unit, User
from app.core.tasks import Task, TaskState
from app.indicators.models import PeriodicReport, PeriodicState, ReportVersion
from app.indicators.report_policy import receives, reports_of
from app.indicators.report_rules import ReportLevel
from app.indicators.tables import ProtectedTable

R, V = PeriodicReport, ReportVersion
_MOST = 60  # reports of one unit: more than ten years


@dataclass(frozen=True, slots=True)
class Sent:
    """A version that was sent."""

    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A report in a list, with its unit's name."""

    report: PeriodicReport
    unit: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One report that all communes owe."""

    schedule: str
    period: str
    ends_on: date
    count: int
    sent: int
    late: int  # of those that were not sent


@dataclass(frozen=True, slots=True)
class Past:
    """A version with who wrote, sent and answered it."""

    row: ReportVersion
    by: str
    sent_by: str | None
    decided_by: str | None


def newest_version(session: Session, report: PeriodicReport) -> ReportVersion | None:
    wanted = select(V).where(V.report_id == report.id).order_by(V.number.desc()).limit(1)
    return session.scalars(wanted).unique().first()


def versions_of(session: Session, report: PeriodicReport) -> Sequence[Past]:
    """The newest first."""
    sender, decider = aliased(User), aliased(User)
    wanted = (
        select(V, User.name, sender.name, decider.name)
        .join(User, User.id == V.by_id)
        .outerjoin(sender, sender.id == V.sent_by)
        .outerjoin(decider, decider.id == V.decided_by)
        .where(V.report_id == report.id)
        .order_by(V.number.desc())
    )
    return [Past(*row) for row in session.execute(wanted).unique()]


def sent_before(session: Session, report: PeriodicReport) -> ReportVersion | None:
    """The last version that was sent of the report this one is compared with."""
    wanted = (
        select(V)
        .join(R, R.id == V.report_id)
        .where(
            R.schedule == report.schedule,
            R.unit_id == report.unit_id,
            R.period == str(report.of.compared_with),
            V.sent_at.is_not(None),
        )
        .order_by(V.number.desc())
        .limit(1)
    )
    return session.scalars(wanted).unique().first()


def own_reports(session: Session, actor: Actor) -> Sequence[PeriodicReport]:
    wanted = select(R).where(R.unit_id == actor.unit_id)
    return session.scalars(wanted.order_by(R.ends_on.desc(), R.schedule).limit(_MOST)).all()


def asked_of_communes(session: Session, actor: Actor, now: datetime) -> Sequence[Asked]:
    """What communes owe, the newest period first."""
    seen = reports_of(actor).where(R.level == ReportLevel.COMMUNE).subquery()
    sent = func.count().filter(seen.c.first_sent_at.is_not(None))
    late = func.count().filter(seen.c.first_sent_at.is_(None), seen.c.due_at < now)
    wanted = (
        select(seen.c.schedule, seen.c.period, seen.c.ends_on, func.count(), sent, late)
        .group_by(seen.c.schedule, seen.c.period, seen.c.ends_on)
        .order_by(seen.c.ends_on.desc(), seen.c.schedule)
        .limit(_MOST)
    )
    return [Asked(*row) for row in session.execute(wanted)]


def late_of_communes(actor: Actor, now: datetime) -> Select[uuid.UUID]:
    """The ids of what communes owe and never sent, for who receives it; for others none."""
    late = (R.level == ReportLevel.COMMUNE, R.first_sent_at.is_(None), R.due_at < now)
    return reports_of(actor).where(*late, literal(receives(actor))).with_only_columns(R.id)


def reports_for(session: Session, actor: Actor, schedule: str, period: str) -> Sequence[Line]:
    """One for each commune: a hundred rows, so one page."""
    seen = reports_of(actor).where(R.schedule == schedule, R.period == period)
    wanted = seen.join(Unit, Unit.id == R.unit_id).add_columns(Unit.short_name)
    return [Line(report, unit) for report, unit in session.execute(wanted)]


def states_before(
    session: Session, reports: Iterable[PeriodicReport]
) -> Mapping[uuid.UUID, PeriodicState]:
    """Of reports that are corrected: the state of the version that was sent last."""
    ids = [one.id for one in reports if one.state is PeriodicState.DRAFTED and one.first_sent_at]
    wanted = (
        select(V.report_id, V.state)
        .join(R, R.id == V.report_id)
        .where(R.id.in_(ids), V.number == R.number - 1)
    )
    return {row[0]: row[1] for row in session.execute(wanted)} if ids else {}


def corrections_of(session: Session, reports: Iterable[PeriodicReport]) -> Mapping[uuid.UUID, Sent]:
    """Of reports of which more than one version was sent: the last of them."""
    first = {one.id: one.first_sent_at for one in reports if one.number > 1 and one.first_sent_at}
    wanted = (
        select(V.report_id, V.number, V.sent_at)
        .ext(distinct_on(V.report_id))
        .where(V.report_id.in_(first), V.sent_at.is_not(None))
        .order_by(V.report_id, V.number.desc())
    )
    found = session.execute(wanted).all() if first else ()
    return {one: Sent(number, at) for one, number, at in found if at and at != first[one]}


def entered_staff(
    session: Session, schedules: Sequence[str], period: str
) -> Sequence[dict[str, Any]]:
    """What communes entered for table 6 in the last version each sent."""
    wanted = (
        select(V.staff)
        .ext(distinct_on(V.report_id))
        .join(R, R.id == V.report_id)
        .where(R.schedule.in_(schedules), R.period == period, V.sent_at.is_not(None))
        .order_by(V.report_id, V.number.desc())
    )
    return session.scalars(wanted).all()


def of_place(commune: str | None) -> ColumnElement[bool]:
    """Reports of a commune, or (None) of the province."""
    return R.commune_code.is_(None) if commune is None else R.commune_code == commune


def sent_tables(
    session: Session, commune: str | None, *, or_drafted: bool = False
) -> list[ProtectedTable]:
    """Every table that ever left in a report of a commune, or (None) of the province; not those of
    which nothing is shown. Also what stands in a draft, if asked: it is to be sent as it is."""
    wanted = (
        select(V.tables)
        .join(R, R.id == V.report_id)
        .where(of_place(commune), V.tables.is_not(None))
        .order_by(V.sent_at, V.id)
    )
    if not or_drafted:
        wanted = wanted.where(V.sent_at.is_not(None))
    found = [written for row in session.scalars(wanted) for written in row["tables"].values()]
    return [ProtectedTable.from_json(one) for one in found if one["rule_version"]]


def counting_task(session: Session, report_id: uuid.UUID) -> Task | None:
    """The counting that is under way."""
    wanted = select(Task).where(
        Task.kind == "report_figures",
        Task.ended_at.is_(None),
        Task.state.in_((TaskState.WAITING, TaskState.RUNNING)),
        Task.payload["report_id"].astext == str(report_id),
    )
    return session.scalars(wanted.limit(1)).first()
