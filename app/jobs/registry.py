"""Every job of the application. A package with jobs has them in its `jobs.py`, listed here."""

from datetime import datetime, timedelta

from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.orm import Session

from app.audit.jobs import CHECKPOINT
from app.auth.jobs import FORGET_ATTEMPTS, FORGET_TECHNICAL
from app.backup.jobs import BACK_UP
from app.cases.jobs import ERASE, FORGET_EXPORTS, PLAN_VISITS
from app.cases.services.drafts import FORGET_DRAFTS
from app.core import outbox
from app.core.destroyed import KEEP_DESTROYED
from app.core.jobs import HEARTBEAT, Job
from app.core.rewrap import REWRAP
from app.core.tasks import RUN_TASKS
from app.deadlines.jobs import MISSED_CLOCKS
from app.indicators.jobs import CHECK_QUALITY, DERIVE_FACTS, PROTECT_FIGURES
from app.indicators.report_jobs import MAKE_REPORTS
from app.oversight.jobs import ASK_OF_WEEK, DERIVE_READINGS, FORGET_OPENINGS
from app.referrals.jobs import FOLLOW_SILENCE
from app.register.jobs import FORGET_IMPORTS
from app.reminders.jobs import FORGET_MESSAGES, REMIND


def show_life(session: Session, now: datetime) -> None:
    """Nothing to do: that this job ended well is the sign of life."""


def jobs() -> tuple[Job, ...]:
    return (
        Job(HEARTBEAT, IntervalTrigger(minutes=1), show_life, run_at_start=True),
        Job(
            "outbox",
            IntervalTrigger(seconds=10),
            outbox.dispatch,
            rest=timedelta(seconds=2),
            backlog=outbox.waiting,
        ),
        RUN_TASKS,
        CHECKPOINT,
        REWRAP,
        KEEP_DESTROYED,
        BACK_UP,
        MISSED_CLOCKS,
        PLAN_VISITS,
        FOLLOW_SILENCE,
        REMIND,
        MAKE_REPORTS,
        ERASE,
        DERIVE_READINGS,
        FORGET_OPENINGS,
        DERIVE_FACTS,
        ASK_OF_WEEK,
        CHECK_QUALITY,
        PROTECT_FIGURES,
        FORGET_EXPORTS,
        FORGET_IMPORTS,
        FORGET_TECHNICAL,
        FORGET_ATTEMPTS,
        FORGET_DRAFTS,
        FORGET_MESSAGES,
    )
