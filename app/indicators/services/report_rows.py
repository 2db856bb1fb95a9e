"""A row for each unit and period appears by itself, and again where it is missing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.auth.models import Unit, UnitKind, UnitLevel
from app.core import clock
from app.indicators.models import PeriodicReport
from app.indicators.report_rules import (
    ReportLevel,
    ReportPeriod,
    Schedule,
    report_rules,
)

_MAKERS = {
    ReportLevel.COMMUNE: (UnitKind.COMMUNE_PC, UnitLevel.COMMUNE),
    ReportLevel.PROVINCE: (UnitKind.DOH, UnitLevel.PROVINCE),
}
AT_ONCE = 500
Maker = Row[tuple[Any, str | None]]


def make_reports(session: Session, now: datetime) -> int:
    """How many rows were missing. What is there stays as it is."""
    rows = list(_wanted(session, now))
    made = 0
    for first in range(0, len(rows), AT_ONCE):
        wanted = insert(PeriodicReport).values(rows[first : first + AT_ONCE])
        kept = wanted.on_conflict_do_nothing().returning(PeriodicReport.id)
        made += len(session.scalars(kept).all())
    return made


def _wanted(session: Session, now: datetime) -> Iterator[dict[str, Any]]:
    rules, today = report_rules(), clock.local(now).date()
    first = today - timedelta(days=rules.looks_back)
    last = today + timedelta(days=rules.opens_days)
    makers = {level: _makers(session, level) for level in ReportLevel}
    for schedule in rules.schedules:
        if not schedule.is_active:
            continue
        for period in schedule.periods(first, last):
            for maker in makers[schedule.level]:
                yield _row(schedule, period, maker, rules.version, now)


def _makers(session: Session, level: ReportLevel) -> list[Maker]:
    kind, of_level = _MAKERS[level]
    wanted = select(Unit.id, Unit.commune_code).where(
        Unit.kind == kind, Unit.level == of_level, Unit.is_active
    )
    if level is ReportLevel.COMMUNE:
        wanted = wanted.where(Unit.commune_code.is_not(None))
    return list(session.execute(wanted.order_by(Unit.id)))


def _row(
    schedule: Schedule, period: ReportPeriod, maker: Maker, version: int, now: datetime
) -> dict[str, Any]:
    return {
        "schedule": schedule.code,
        "rules_version": version,
        "level": schedule.level,
        "unit_id": maker.id,
        "commune_code": maker.commune_code,
        "period": str(period),
        "ends_on": period.end,
        "opened_at": now,
        "due_at": schedule.due_at(period),
    }
