"""The full timeline of a case."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.permissions import Permission, is_allowed, sections_of
from app.cases import policy
from app.cases.models import Case
from app.cases.pages.log import read_filter
from app.cases.pages.timeline import read_group, timeline_page
from app.cases.queries import timeline as queries
from app.cases.routes.blueprint import bp
from app.core import clock
from app.core.db import db


@bp.get("/<uuid:case_id>/timeline")
@authorized(Permission.CASE_READ, load=policy.visible_to, key="case_id")
def timeline(case: Case) -> ResponseReturnValue:
    may_audit = is_allowed(current_actor(), Permission.AUDIT_READ, case)
    return show_timeline(case, with_audit=may_audit and request.args.get("audit") == "1")


def note_audit(case: Case) -> None:
    record(
        db.session,
        current_actor(),
        AuditAction.AUDIT_READ,
        at=clock.now(),
        case_id=case.id,
        data={"view": "case"},
    )


def show_timeline(case: Case, *, with_audit: bool) -> ResponseReturnValue:
    """The page; the audit switch counts as a reading of the log besides that of the file."""
    actor, now, wanted = current_actor(), clock.now(), read_filter(request.args)
    sections, group = sections_of(actor), read_group(request.args.get("group", ""))
    found = queries.timeline(
        db.session, case, sections=sections, wanted=wanted, with_audit=with_audit, group=group
    )
    record(db.session, actor, AuditAction.CASE_READ, at=now, case_id=case.id, sections=sections)
    if with_audit:
        note_audit(case)
    page = timeline_page(
        case,
        found,
        actor=actor,
        wanted=wanted,
        with_audit=with_audit,
        group=group,
        day=request.args.get("date", ""),
        now=now,
    )
    return render_template("cases/timeline.html", page=page)
