"""Reports that a unit owes, as reminders look for what is due."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Interval, Select, Uuid, cast, func, literal, null

from app.indicators.models import PeriodicReport
from app.indicators.models.reports import OPEN
from app.reminders.queries.sources import due_row

KIND = "periodic_report"
SHORTEST = timedelta(days=7)  # of a row that was made late


def report_dues(_now: datetime) -> Select[Any]:
    """Until it is sent; it is the unit's, and no case's."""
    report = PeriodicReport
    before = report.due_at - cast(literal(SHORTEST, Interval), Interval)
    return due_row(
        KIND,
        report.id,
        started_at=func.least(report.opened_at, before),
        due_at=report.due_at,
        case_id=cast(null(), Uuid),
        unit_id=report.unit_id,
        user_id=cast(null(), Uuid),
    ).where(report.state.in_(OPEN))
