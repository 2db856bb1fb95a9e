"""The job that writes missed clocks to the log."""

from apscheduler.triggers.interval import IntervalTrigger

from app.core.jobs import Job
from app.deadlines.services import note_misses

MISSED_CLOCKS = Job("missed-clocks", IntervalTrigger(minutes=1), note_misses, run_at_start=True)
