"""The supervisor's views of the audit log."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.permissions import Permission
from app.cases import policy
from app.cases.models import Case
from app.cases.pages.audit import audit_page, read_audit_filter
from app.cases.queries.audit import PAGE, audit_events, log_state
from app.cases.routes.timeline import show_timeline
from app.core import clock
from app.core.db import db

bp = Blueprint("audit", __name__, url_prefix="/audit")


@bp.get("/")
@authorized(Permission.AUDIT_READ)
def index() -> ResponseReturnValue:
    actor, wanted = current_actor(), read_audit_filter(request.args)
    traces, state = audit_events(db.session, actor, wanted), log_state(db.session)
    seen = {"view": wanted.group or "all", "count": len(traces)}
    record(db.session, actor, AuditAction.AUDIT_READ, at=clock.now(), data=seen)
    return render_template("audit/index.html", page=audit_page(traces, wanted, state, PAGE))


@bp.get("/cases/<uuid:case_id>")
@authorized(Permission.AUDIT_READ, load=policy.visible_to, key="case_id")
def case(case: Case) -> ResponseReturnValue:
    return show_timeline(case, with_audit=True)
