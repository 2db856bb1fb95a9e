"""The log's own jobs."""

from datetime import datetime

from apscheduler.triggers.interval import IntervalTrigger
from flask import current_app
from sqlalchemy.orm import Session

from app.audit import anchors
from app.core.jobs import Job


def sign_log(session: Session, now: datetime) -> None:
    """Sign all events so far, and write the checkpoint into the file of this installation too."""
    path = anchors.file_in(current_app.extensions["settings"].instance_dir)
    anchors.keep_earlier(session, path)
    anchors.sign_and_keep(session, now, path)


CHECKPOINT = Job("audit-checkpoint", IntervalTrigger(minutes=5), sign_log, run_at_start=True)
