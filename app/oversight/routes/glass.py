"""Opening a file of another unit in an emergency, ending it, reviewing it."""

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.auth.step_up import confirmed
from app.cases.pages.log import read_time_key
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.oversight import policy
from app.oversight.forms.glass import GlassForm, ReviewForm
from app.oversight.models import BreakGlass
from app.oversight.pages import glass as words
from app.oversight.queries import glass as queries
from app.oversight.rules import rules
from app.oversight.services import glass as services
from app.people.identifiers import case_number_of
from app.web.paging import limit_arg
from app.web.responses import redirect_to, render_form
from app.web.words import _

bp = Blueprint("glass", __name__, url_prefix="/break-glass")
P = Permission
_PAGE = 25


@bp.route("/new", methods=["GET", "POST"])
@authorized(P.BREAK_GLASS)
@confirmed()
@once
def new() -> ResponseReturnValue:
    actor, now, form = current_actor(), clock.now(), GlassForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _open(form)
    if not form.is_submitted():
        form.number.data = case_number_of(request.args.get("number", ""))
    lines = words.own_lines(queries.own_of_late(db.session, actor, now), now)
    limits = rules().break_glass
    return render_form(
        "oversight/glass_new.html", "oversight/_glass_new.html", form, limits=limits, lines=lines
    )


def _open(form: GlassForm) -> ResponseReturnValue:
    glass = services.break_glass(
        db.session, actor=current_actor(), data=form.to_data(), now=clock.now()
    )
    flash(_("Đã mở hồ sơ, chỉ để đọc. Đơn vị phụ trách và giám sát được báo ngay."), "warning")
    return redirect_to("cases.show", case_id=glass.case_id)


@bp.post("/<uuid:glass_id>/end")
@authorized(P.BREAK_GLASS, load=policy.own_glasses, key="glass_id")
@once
def end(glass: BreakGlass) -> ResponseReturnValue:
    services.end_glass(db.session, actor=current_actor(), glass=glass, now=clock.now())
    flash(_("Đã kết thúc: bạn không còn xem hồ sơ này."), "ok")
    return redirect_to("home.index")


@bp.get("/")
@authorized(P.GLASS_REVIEW)
def index() -> ResponseReturnValue:
    actor, now, limit = current_actor(), clock.now(), limit_arg(_PAGE)
    before = read_time_key(request.args.get("before", ""))
    lines = queries.glass_lines(db.session, actor, before=before, limit=limit)
    seen = {"view": "break_glass", "count": len(lines)}
    record(db.session, actor, AuditAction.AUDIT_READ, at=now, data=seen)
    return render_template(
        "oversight/glass.html",
        lines=words.review_lines(lines[:limit], now),
        older=words.older_url(lines, limit),
    )


@bp.route("/<uuid:glass_id>/review", methods=["GET", "POST"])
@authorized(P.GLASS_REVIEW, load=policy.glass_file, key="glass_id")
@once
def review(glass: BreakGlass) -> ResponseReturnValue:
    actor, now, form = current_actor(), clock.now(), ReviewForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _review(glass, form)
    seen = {"view": "break_glass"}
    record(db.session, actor, AuditAction.AUDIT_READ, at=now, case_id=glass.case_id, data=seen)
    page = words.review_page(db.session, glass, now)
    return render_form("oversight/review.html", "oversight/_review.html", form, shown=page)


def _review(glass: BreakGlass, form: ReviewForm) -> ResponseReturnValue:
    services.review_glass(
        db.session,
        actor=current_actor(),
        glass=glass,
        decision=str(form.decision.data),
        note=form.note.data or None,
        now=clock.now(),
    )
    flash(_("Đã ghi kết quả xem lại."), "ok")
    return redirect_to("glass.index")
