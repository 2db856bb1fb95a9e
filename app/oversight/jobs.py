"""Jobs of oversight: what stands out of each day, and the questions of each week. They look often
and do each day and week once, so that a machine that slept catches up."""

from apscheduler.triggers.interval import IntervalTrigger

from app.core.jobs import Job
from app.oversight.services.days import derive_readings
from app.oversight.services.pace import forget_openings
from app.oversight.services.questions import ask_of_week

DERIVE_READINGS = Job(
    "derive-readings", IntervalTrigger(minutes=30), derive_readings, run_at_start=True
)
FORGET_OPENINGS = Job("forget-openings", IntervalTrigger(hours=6), forget_openings)
ASK_OF_WEEK = Job("ask-about-readings", IntervalTrigger(minutes=30), ask_of_week)
