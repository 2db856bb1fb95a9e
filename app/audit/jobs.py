"""The log's own jobs."""

from apscheduler.triggers.interval import IntervalTrigger

from app.audit.checkpoints import take_checkpoint
from app.core.jobs import Job

CHECKPOINT = Job("audit-checkpoint", IntervalTrigger(minutes=5), take_checkpoint, run_at_start=True)
