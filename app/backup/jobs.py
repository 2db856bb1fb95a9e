"""The nightly backup as a job of the scheduler."""

from datetime import datetime, timedelta

from apscheduler.triggers.interval import IntervalTrigger
from flask import current_app
from sqlalchemy.orm import Session

from app.backup.models import BackupOutcome
from app.backup.nightly import is_due, note, run_night
from app.core.db import db
from app.core.jobs import Job
from config import Settings


class BackupFailed(Exception):  # errors state the fact
    """The row of the run is kept; the job counts as failed."""


def back_up(_session: Session, now: datetime) -> None:
    """Looks every ten minutes whether last night's is there. It takes minutes, and the session of
    the job would not live so long: the work has connections of its own."""
    settings: Settings = current_app.extensions["settings"]
    if settings.backup_dir is None:
        return
    with db.sessionmaker() as session:
        due = is_due(session, now)
    if not due:
        return
    run = run_night(settings, settings.backup_dir, now)
    failed = run.outcome is BackupOutcome.FAILED
    with db.sessionmaker.begin() as session:
        note(session, run)
    if failed:
        raise BackupFailed


BACK_UP = Job(
    "backup", IntervalTrigger(minutes=10), back_up, lease=timedelta(hours=4), run_at_start=True
)
