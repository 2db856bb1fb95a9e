"""What contradicts itself, and how complete the records are."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.permissions import Permission
from app.core import clock
from app.core.db import db
from app.indicators.models import Contradiction
from app.indicators.pages.quality import TITLES, WAYS, case_lines, quality_page
from app.indicators.queries.quality import (
    FoundCase,
    completeness,
    contradicting_cases,
    contradiction_counts,
    last_pass,
)
from app.web.paging import after_arg, limit_arg

bp = Blueprint("quality", __name__, url_prefix="/indicators/quality")
_PAGE = 50


@bp.get("")
@authorized(Permission.CASE_LIST)
def index() -> ResponseReturnValue:
    actor = current_actor()
    counts = contradiction_counts(db.session, actor)
    page = quality_page(counts, completeness(db.session, actor), last_pass(db.session))
    return render_template("indicators/quality.html", page=page)


@bp.get("/<kind>")
@authorized(Permission.CASE_LIST)
def cases(kind: str) -> ResponseReturnValue:
    """The cases by number, without a name."""
    if kind not in list(Contradiction):
        abort(404)
    wanted = Contradiction(kind)
    found, more = contradicting_cases(
        db.session, current_actor(), wanted, after=after_arg(), limit=limit_arg(_PAGE)
    )
    _note(found)
    return render_template(
        "indicators/quality_cases.html",
        kind=wanted,
        title=TITLES[wanted],
        way=WAYS[wanted],
        lines=case_lines(found),
        after=found[-1].case_id if more else None,
    )


def _note(found: list[FoundCase]) -> None:
    listed = [str(one.case_id) for one in found]
    record(
        db.session,
        current_actor(),
        AuditAction.CASES_LISTED,
        at=clock.now(),
        data={"cases": listed, "count": len(listed)},
    )
