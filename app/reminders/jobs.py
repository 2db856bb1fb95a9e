"""The jobs of reminders: what is due is found, told, and sent; old messages are forgotten."""

from datetime import datetime, timedelta

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from flask import current_app
from sqlalchemy.orm import Session

from app.core.db import db
from app.core.jobs import Job
from app.reminders.channels.carriers import carriers_of
from app.reminders.queries.backlog import backlog
from app.reminders.services.messages_kept import forget_messages
from app.reminders.services.passes import Passed, run_pass


def remind(_session: Session, now: datetime) -> Passed:
    """In transactions of its own: the job's holds the lease only."""
    return run_pass(db.sessionmaker, carriers_of(current_app.extensions["settings"]), now)


# A process that is killed holds the others up no longer than until the alarm would ring. A pass
# that takes longer and is overtaken loses nothing and tells nothing twice: its steps are
# transactions of their own, and passes share the work (SKIP LOCKED). So no lease need be renewed.
REMIND = Job(
    "reminders",
    IntervalTrigger(minutes=1),
    remind,
    lease=timedelta(minutes=4),
    run_at_start=True,
    backlog=backlog,
)
FORGET_MESSAGES = Job("messages-forget", CronTrigger(hour=3, minute=20), forget_messages)
