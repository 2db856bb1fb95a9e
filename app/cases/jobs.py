"""Jobs of cases: no child of an approved plan is without a next visit; no file that
leaves is kept for longer than the rules say; children are erased on their day."""

from apscheduler.triggers.interval import IntervalTrigger

from app.cases.services.erasing_run import erase_due
from app.cases.services.exports import forget_exports
from app.cases.services.follow_up import plan_missing_visits
from app.core.jobs import Job

PLAN_VISITS = Job("plan-visits", IntervalTrigger(minutes=2), plan_missing_visits, run_at_start=True)
ERASE = Job("erase-children", IntervalTrigger(minutes=10), erase_due)
FORGET_EXPORTS = Job("forget-exports", IntervalTrigger(minutes=10), forget_exports)
