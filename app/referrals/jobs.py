"""The job that follows unanswered referrals."""

from apscheduler.triggers.interval import IntervalTrigger

from app.core.jobs import Job
from app.referrals.services.silence import follow_silence

FOLLOW_SILENCE = Job(
    "referral-silence", IntervalTrigger(minutes=1), follow_silence, run_at_start=True
)
