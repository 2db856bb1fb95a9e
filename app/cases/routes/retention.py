"""How long what is kept, and what is about to expire."""

from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.permissions import Permission
from app.cases.pages import retention as words
from app.cases.queries.retention import ExpiringCase, expiring_cases, expiry_counts
from app.core import clock
from app.core.db import db
from app.reference.retention import RECORDS, retention_rules
from app.web.paging import after_arg, limit_arg

bp = Blueprint("retention", __name__, url_prefix="/retention")
P = Permission
_PAGE = 50


@bp.get("/")
@authorized(P.RETENTION_READ)
def index() -> ResponseReturnValue:
    """Numbers and rules; no case, so that an administrator may see it too."""
    today = clock.today()
    counts = expiry_counts(db.session, today=today, until=_until(today))
    page = words.retention_page(current_actor(), retention_rules(), counts)
    return render_template("retention/index.html", page=page)


@bp.get("/cases")
@authorized(P.HOLD_MANAGE)
def cases() -> ResponseReturnValue:
    """The cases behind the numbers: by number, without a name."""
    actor, today = current_actor(), clock.today()
    kind = request.args.get("kind")
    kind = kind if kind in RECORDS else None
    found, more = expiring_cases(
        db.session, actor, until=_until(today), kind=kind, after=after_arg(), limit=limit_arg(_PAGE)
    )
    _note(found, kind)
    lines = words.case_lines(found, today)
    after = found[-1].case_id if more else None
    return render_template("retention/cases.html", lines=lines, kind=kind, after=after)


def _note(found: list[ExpiringCase], kind: str | None) -> None:
    record(
        db.session,
        current_actor(),
        AuditAction.EXPIRIES_LISTED,
        at=clock.now(),
        data={"cases": [one.case_id for one in found], "filters": [kind] if kind else []},
    )


def _until(today: date) -> date:
    """The first day of the month behind the last one that is shown."""
    months = today.year * 12 + today.month + retention_rules().ahead_months
    return date(months // 12, months % 12 + 1, 1)
