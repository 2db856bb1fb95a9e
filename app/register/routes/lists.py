"""The register of a commune or of the area: the list, the stock on a day, a new child."""

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.audit.actions import AuditAction
from app.audit.services import record as write_log
from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, sections_of
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.people.duplicates import STRONG, Match, likely_duplicates
from app.register.forms.entry import EntryForm
from app.register.pages.listing import list_page, named_filters, read_filter
from app.register.pages.stock import stock_page
from app.register.queries.listing import DEFAULT_LIMIT, list_children
from app.register.queries.stock import stock_on
from app.register.routes.blueprint import bp
from app.register.services.entry import register_child
from app.web.paging import after_arg, limit_arg
from app.web.responses import redirect_to, render_form

P = Permission


@bp.get("/register/")
@authorized(P.REGISTER_READ)
def index() -> ResponseReturnValue:
    actor, limit, after = current_actor(), limit_arg(DEFAULT_LIMIT), after_arg()
    wanted = read_filter(request.args, sections_of(actor), clock.today())
    rows, more = list_children(db.session, actor, wanted=wanted, after=after, limit=limit)
    seen = {"children": [row.child_id for row in rows], "filters": named_filters(wanted)}
    write_log(db.session, actor, AuditAction.REGISTER_LISTED, at=clock.now(), data=seen)
    page = list_page(rows, actor=actor, wanted=wanted, more=more, limit=limit, after=after)
    return render_template("register/index.html", page=page)


@bp.get("/register/stock")
@authorized(P.REGISTER_READ)
def stock() -> ResponseReturnValue:
    actor = current_actor()
    wanted = read_filter(request.args, sections_of(actor), clock.today())
    page = stock_page(stock_on(db.session, actor, wanted), actor=actor, wanted=wanted)
    return render_template("register/stock.html", page=page)


@bp.route("/register/new", methods=["GET", "POST"])
@authorized(P.REGISTER_EDIT)
@once
def new() -> ResponseReturnValue:
    form, alike = EntryForm(), list[Match]()
    if form.validate_on_submit():
        alike = _alike(form)
        with refusals_on(form):
            if not alike:
                return _register(form)
    page = "register/new.html"
    return render_form(page, page, form, alike=alike, unit=current_actor().unit_name)


def _alike(form: EntryForm) -> list[Match]:
    """Children who are known already, on the first sending only: it never blocks."""
    if form.confirm_new.data:
        return []
    actor, now = current_actor(), clock.now()
    candidate = form.candidate(actor.commune_code)
    found = likely_duplicates(db.session, actor=actor, candidate=candidate, now=now)
    return found if any(match.score >= STRONG for match in found) else []


def _register(form: EntryForm) -> ResponseReturnValue:
    made = register_child(db.session, actor=current_actor(), data=form.entry(), now=clock.now())
    flash(_("Đã ghi vào danh sách, hồ sơ %(number)s.", number=made.case.number), "ok")
    return redirect_to("register.of_case", case_id=made.case.id)
