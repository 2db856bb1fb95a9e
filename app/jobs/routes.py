"""Is the system ready to work, what the scheduler did last, and numbers for monitoring."""

import hmac
from datetime import datetime
from typing import NamedTuple

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.auth.access import authorized
from app.auth.permissions import Permission
from app.core import clock
from app.core.db import db
from app.core.jobs import (
    SILENT_AFTER,
    Job,
    JobLease,
    JobOutcome,
    is_scheduler_silent,
    job_states,
)
from app.core.schema import is_current
from app.jobs.labels import JOB_LABELS
from app.jobs.metrics import House
from app.jobs.registry import jobs
from app.web.access import public
from app.web.metrics import CONTENT_TYPE, exposition

bp = Blueprint("jobs", __name__)
WALL = text("SELECT row_security_active('cases')")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """200 when the database answers, its schema is this program's, it restricts what we read (not
    so for a role that owns the tables), and the scheduler shows life."""
    try:
        checks = {
            "migrations": is_current(db.session.connection()),
            "row_security": db.session.scalar(WALL),
            "scheduler": not is_scheduler_silent(db.session, clock.now()),
        }
    except SQLAlchemyError:
        return jsonify(status="unavailable", database=False), 503
    ready = all(checks.values())
    return jsonify(
        status="ok" if ready else "degraded", database=True, **checks
    ), 200 if ready else 503


@bp.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Numbers for a monitoring system that knows METRICS_TOKEN; nothing is there without one."""
    token = current_app.extensions["settings"].metrics_token
    if token is None:
        abort(404)
    wanted, sent = f"Bearer {token.get_secret_value()}", request.headers.get("Authorization", "")
    if not hmac.compare_digest(wanted.encode(), sent.encode("utf-8", "replace")):
        abort(403)
    return Response(exposition(House(db.session, clock.now())), content_type=CONTENT_TYPE)


class JobLine(NamedTuple):
    """`next_at` has passed and `is_late` for one that nobody runs; `backlog` None: nothing waits
    for it."""

    name: str
    label: LazyString
    state: JobLease | None
    next_at: datetime | None
    is_late: bool
    backlog: int | None


@bp.get("/admin/jobs")
@authorized(Permission.SYSTEM_HEALTH)
def index() -> ResponseReturnValue:
    now = clock.now()
    ran = {state.name: state for state in job_states(db.session)}
    lines = [_line(job, ran.get(job.name), now) for job in jobs()]
    silent = is_scheduler_silent(db.session, now)
    return render_template("jobs/index.html", lines=lines, silent=silent, now=now)


def _line(job: Job, state: JobLease | None, now: datetime) -> JobLine:
    next_at = job.next_at(state, now)
    is_running = state is not None and state.outcome is JobOutcome.RUNNING and state.until > now
    is_late = next_at is not None and next_at < now - SILENT_AFTER and not is_running
    waiting = job.backlog(db.session, now) if job.backlog else None
    return JobLine(job.name, JOB_LABELS[job.name], state, next_at, is_late, waiting)
