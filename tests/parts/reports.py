"""A report of each place that is drafted, and one that was sent."""

import json
from typing import Any

from sqlalchemy.orm import Session

from app.auth.models import Role, Unit, User
from app.cases.models import Case
from app.core import clock
from app.core.sealed import DataKey
from app.indicators.models import PeriodicReport, PeriodicState, ReportVersion
from app.indicators.report_rules import ReportLevel, ReportPeriod, report_rules
from app.indicators.services.report_figures import open_table
from app.indicators.tables import CountTable

NOT_OF_A_CASE = (ReportVersion,)
WRITTEN = ("periodic_reports", "periodic_report_versions")
STAFF = {one.code: 2 for one in report_rules().staff}
VALID = {
    "periodic.edit": {"results": "Đã thăm các gia đình", **STAFF},
    "periodic.give_back": {"reason": "Biểu 6 thiếu số cộng tác viên"},
    "periodic.correct": {"reason": "Ghi nhầm số cộng tác viên"},
}
FORM_FIELDS = {
    "periodic.send": ("version", "idempotency_key"),
    "periodic.accept": ("note", "version", "idempotency_key"),
    "periodic.count": ("idempotency_key",),
}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    unit, chair = place.unit, users[Role.COMMUNE_CHAIR]
    drafted = a_report(session, unit, chair, "2026-H1")
    sent = a_report(session, unit, chair, "2026-N1", state=PeriodicState.SUBMITTED)
    return {"periodic_id": drafted.id, "sent_id": sent.id}


def a_report(
    session: Session,
    unit: Unit,
    by: User,
    period: str,
    *,
    state: PeriodicState = PeriodicState.DRAFTED,
) -> PeriodicReport:
    """With one version, counted as far as a single table goes."""
    of, now = ReportPeriod.parse(period), clock.now()
    kind = "half" if period.endswith("H1") else "nine"
    report = PeriodicReport(
        schedule=f"commune_{kind}",
        rules_version=1,
        level=ReportLevel.COMMUNE,
        unit_id=unit.id,
        commune_code=unit.commune_code,
        period=period,
        ends_on=of.end,
        opened_at=now,
        due_at=now,
        state=state,
        number=1,
        version=1,
    )
    session.add(report)
    session.flush()
    is_sent = state is not PeriodicState.DRAFTED
    figures = some_figures(period)
    if is_sent:
        report.first_sent_at = now
    session.add(
        ReportVersion(
            key=_key(session),
            report_id=report.id,
            number=1,
            results="Đã thăm 12 gia đình",
            staff=STAFF,
            tables=figures,
            counts=json.dumps(figures),
            counted_at=now,
            state=state,
            typed_at=now,
            by_id=by.id,
            sent_at=now if is_sent else None,
            sent_by=by.id if is_sent else None,
        )
    )
    session.flush()
    return report


def _key(session: Session) -> DataKey:
    key = DataKey.new()
    session.add(key)
    return key


def some_figures(period: str) -> dict[str, Any]:
    table = open_table(CountTable("open.open", period, (), {(): 12}))
    return {"tables": {table.code: table.to_json()}, "population": []}
