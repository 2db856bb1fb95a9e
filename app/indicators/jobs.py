"""Jobs of the indicators: facts follow what changed within a minute, contradictions are looked for
each hour."""

from datetime import timedelta

from apscheduler.triggers.interval import IntervalTrigger

from app.core.jobs import Job
from app.indicators.services.deriving import waiting, work_off
from app.indicators.services.quality import refresh_quality

DERIVE_FACTS = Job(
    "derive-facts",
    IntervalTrigger(seconds=30),
    work_off,
    rest=timedelta(seconds=5),
    run_at_start=True,
    backlog=waiting,
)
CHECK_QUALITY = Job("check-quality", IntervalTrigger(hours=1), refresh_quality, run_at_start=True)
