"""The job of the reports: those that are owed appear by themselves."""

from datetime import timedelta

from apscheduler.triggers.interval import IntervalTrigger

from app.core.jobs import Job
from app.indicators.services.report_rows import make_reports

MAKE_REPORTS = Job(
    "periodic-reports",
    IntervalTrigger(hours=1),
    make_reports,
    lease=timedelta(minutes=10),
    run_at_start=True,
)
