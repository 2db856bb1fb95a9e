"""Is the system ready to work, and what the scheduler did last."""

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.auth.access import authorized
from app.auth.permissions import Permission
from app.core import clock
from app.core.db import db
from app.core.jobs import is_scheduler_silent, job_states
from app.core.migrate import is_current
from app.jobs.registry import jobs
from app.web.access import public

bp = Blueprint("jobs", __name__)


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """200 when the database answers, its schema is this program's, and the scheduler shows life."""
    try:
        checks = {
            "migrations": is_current(db.session.connection()),
            "scheduler": not is_scheduler_silent(db.session, clock.now()),
        }
    except SQLAlchemyError:
        return jsonify(status="unavailable", database=False), 503
    ready = all(checks.values())
    return jsonify(
        status="ok" if ready else "degraded", database=True, **checks
    ), 200 if ready else 503


@bp.get("/admin/jobs")
@authorized(Permission.SYSTEM_HEALTH)
def index() -> ResponseReturnValue:
    now = clock.now()
    ran = {state.name: state for state in job_states(db.session)}
    rows = [(job.name, ran.get(job.name)) for job in jobs()]
    silent = is_scheduler_silent(db.session, now)
    return render_template("jobs/index.html", rows=rows, silent=silent, now=now)
