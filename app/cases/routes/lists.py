"""Lists of cases and of their clocks."""

from datetime import datetime

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.access import authorized
from app.auth.actor import Actor
from app.auth.grants import sees_whole_area
from app.auth.login import current_actor
from app.auth.permissions import Permission, sections_of
from app.cases.pages.clock_list import CLOCK_STATES, clocks_page
from app.cases.pages.list_filters import read_list_filter
from app.cases.pages.lists import Around, list_page, read_key
from app.cases.pages.log import read_time_key
from app.cases.queries.home import clock_lines
from app.cases.queries.list_filters import ListFilter, active, people_of
from app.cases.queries.lists import DEFAULT_LIMIT, list_cases, would_show
from app.cases.queries.saved_views import kept_views
from app.cases.routes.blueprint import bp
from app.core import clock
from app.core.db import db
from app.web.paging import limit_arg


@bp.get("/")
@authorized(Permission.CASE_LIST)
def index() -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    wanted, sections = read_list_filter(request.args, actor), sections_of(actor)
    after, limit = read_key(request.args.get("after", "")), limit_arg(DEFAULT_LIMIT)
    rows, more = list_cases(
        db.session, actor, sections=sections, wanted=wanted, after=after, limit=limit, now=now
    )
    # not what they hold: a confidential group beside its cases would tell the readers of the log
    listed = {"cases": [row.id for row in rows], "count": len(rows), "filters": active(wanted)}
    record(db.session, actor, AuditAction.CASES_LISTED, at=now, data=listed)
    around = _around(actor, wanted, bool(rows), now)
    page = list_page(
        rows,
        actor=actor,
        wanted=wanted,
        around=around,
        more=more,
        is_first=after is None,
        limit=limit,
        now=now,
    )
    return render_template("cases/index.html", page=page)


def _around(actor: Actor, wanted: ListFilter, is_found: bool, now: datetime) -> Around:
    people = [] if sees_whole_area(actor) else people_of(db.session, actor.unit_id)
    helping = (
        []
        if is_found
        else would_show(db.session, actor, sections=sections_of(actor), wanted=wanted, now=now)
    )
    return Around(people, kept_views(db.session, actor), helping)


@bp.get("/clocks")
@authorized(Permission.CASE_LIST)
def clocks() -> ResponseReturnValue:
    actor, now, limit = current_actor(), clock.now(), limit_arg(DEFAULT_LIMIT)
    state, after = request.args.get("state", ""), read_time_key(request.args.get("after", ""))
    state = state if state in CLOCK_STATES else "missed"
    lines = clock_lines(db.session, actor, state=state, now=now, after=after, limit=limit)
    listed = {"cases": [line.case_id for line in lines[:limit]], "filters": state}
    record(db.session, actor, AuditAction.CASES_LISTED, at=now, data=listed)
    page = clocks_page(lines, state=state, limit=limit, now=now)
    return render_template("cases/clocks.html", page=page)
