"""The job that sees to it that no child of an approved plan is without a next visit."""

from apscheduler.triggers.interval import IntervalTrigger

from app.cases.services.follow_up import plan_missing_visits
from app.core.jobs import Job

PLAN_VISITS = Job("plan-visits", IntervalTrigger(minutes=2), plan_missing_visits, run_at_start=True)
