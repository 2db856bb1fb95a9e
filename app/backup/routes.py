"""Whether the nightly backups are good: for the administrator, and for a watching machine."""

from datetime import datetime

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.auth.access import authorized
from app.auth.actor import Actor
from app.auth.permissions import Permission
from app.auth.settings import settings
from app.backup import queries
from app.backup.labels import fault_words
from app.core import clock
from app.core.db import db
from app.web.access import public

bp = Blueprint("backups", __name__)


@bp.get("/readyz/backup")
@public
def readyz() -> ResponseReturnValue:
    """200 while the last night's backup was proved. Not a reason to take users elsewhere, so it is
    no part of /readyz."""
    try:
        state = _state(clock.now())
    except SQLAlchemyError:
        return jsonify(status="unavailable"), 503
    return jsonify(status=state), 503 if state.is_alarm else 200


@bp.get("/admin/backups")
@authorized(Permission.SYSTEM_HEALTH)
def index() -> ResponseReturnValue:
    now, own = clock.now(), settings()
    return render_template(
        "backup/index.html",
        state=_state(now),
        runs=queries.recent_runs(db.session),
        proved=queries.last_proved(db.session),
        keep=own.backup_keep,
        next_at=queries.next_night(now),
        fault_words=fault_words,
    )


def _state(now: datetime) -> queries.BackupState:
    return queries.backup_state(db.session, now, is_on=settings().backup_dir is not None)


def alarm(_actor: Actor, now: datetime) -> str:
    """For the first page of an administrator; a demonstration needs no backups."""
    state = _state(now)
    is_shown = state.is_alarm and not (settings().demo and state is queries.BackupState.OFF)
    return render_template("backup/_alarm.html", state=state) if is_shown else ""
