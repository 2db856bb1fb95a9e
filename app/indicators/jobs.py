"""Jobs of the indicators: contradictions are looked for each hour."""

from apscheduler.triggers.interval import IntervalTrigger

from app.core.jobs import Job
from app.indicators.services.quality import refresh_quality

CHECK_QUALITY = Job("check-quality", IntervalTrigger(hours=1), refresh_quality, run_at_start=True)
