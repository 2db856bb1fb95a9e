"""Reports that a unit owes, as reminders look for what is due."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Interval, Select, Uuid, cast, func, literal, null, or_, select

from app.indicators.models import PeriodicReport, PeriodicState, ReportVersion
from app.indicators.models.reports import OPEN
from app.reminders.queries.sources import due_row

KIND = "periodic_report"
SHORTEST = timedelta(days=7)  # of a row that was made late, or of a report that was returned


def report_dues(_now: datetime) -> Select[Any]:
    """Until it is sent, and once more where it was returned: what was sent and stands is not owed
    while it is corrected. It is the unit's, and no case's."""
    report, shortest = PeriodicReport, cast(literal(SHORTEST, Interval), Interval)
    returned_at = _returned_at()
    due_at = func.greatest(report.due_at, returned_at + shortest)
    before = report.due_at - shortest
    return due_row(
        KIND,
        report.id,
        started_at=func.least(report.opened_at, before),
        due_at=due_at,
        case_id=cast(null(), Uuid),
        unit_id=report.unit_id,
        user_id=cast(null(), Uuid),
    ).where(report.state.in_(OPEN), or_(report.first_sent_at.is_(None), returned_at.is_not(None)))


def _returned_at() -> Any:
    """When what was sent last came back: the newest version, or the one before a draft."""
    version = ReportVersion
    return (
        select(func.max(version.decided_at))
        .where(
            version.report_id == PeriodicReport.id,
            version.number >= PeriodicReport.number - 1,
            version.state == PeriodicState.RETURNED,
        )
        .scalar_subquery()
    )
