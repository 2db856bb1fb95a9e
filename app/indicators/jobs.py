"""Jobs of the indicators: facts follow what changed within a minute."""

from datetime import timedelta

from apscheduler.triggers.interval import IntervalTrigger

from app.core.jobs import Job
from app.indicators.services.deriving import waiting, work_off

DERIVE_FACTS = Job(
    "derive-facts",
    IntervalTrigger(seconds=30),
    work_off,
    rest=timedelta(seconds=5),
    run_at_start=True,
    backlog=waiting,
)
