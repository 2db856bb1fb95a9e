"""Following a child up: the list of planned and done visits, and recording one."""

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases import policy
from app.cases.forms.follow_up import FollowUpForm
from app.cases.models import Case
from app.cases.models.follow_ups import Safety
from app.cases.pages.follow_up import follow_up_page, read_key, rule_words, unsafe_notice
from app.cases.pages.head import read_head
from app.cases.pages.visits import visit_chip
from app.cases.queries.follow_up import rules_in_force
from app.cases.routes.refusals import refusals_on
from app.cases.services.drafts import drop_draft, load_draft
from app.cases.services.follow_up import record_follow_up
from app.core import clock
from app.core.db import db
from app.web.responses import redirect_to, render_form

DRAFT = "visit"
bp = Blueprint("follow_up", __name__, url_prefix="/cases/<uuid:case_id>/follow-up")


@bp.get("")
@authorized(Permission.CASE_READ, load=policy.case_file, key="case_id")
def index(case: Case) -> ResponseReturnValue:
    actor, now, before = current_actor(), clock.now(), read_key(request.args.get("before", ""))
    head = read_head(db.session, actor=actor, case=case, now=now)
    page = follow_up_page(db.session, case, actor=actor, now=now, before=before)
    return render_template("follow_up/index.html", case=case, head=head, page=page)


@bp.route("/new", methods=["GET", "POST"])
@authorized(Permission.VISIT_RECORD, load=policy.case_file, key="case_id")
@once
def new(case: Case) -> ResponseReturnValue:
    case.require_open()
    actor, now = current_actor(), clock.now()
    draft = load_draft(db.session, actor, DRAFT, case.id) if request.method == "GET" else None
    form = FollowUpForm(formdata=draft.fields) if draft else FollowUpForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _record(case, form)
    head = read_head(db.session, actor=actor, case=case, now=now)
    rule = rule_words(case, rules_in_force(db.session, clock.today()))
    due = visit_chip(case.next_visit_at, now) if case.next_visit_at else None
    pages = ("follow_up/new.html", "follow_up/_form.html")
    return render_form(*pages, form, case=case, head=head, rule=rule, due=due, draft=draft)


def _record(case: Case, form: FollowUpForm) -> ResponseReturnValue:
    actor, data = current_actor(), form.values()
    record_follow_up(db.session, actor=actor, case=case, data=data, now=clock.now())
    drop_draft(db.session, actor, DRAFT, case.id)
    flash(_("Đã ghi lần theo dõi."), "ok")
    if data.safety is Safety.UNSAFE:
        flash(unsafe_notice(case, actor), "danger")
    if case.next_visit_at is not None and not data.counts:
        flash(_("Lần này chưa tính là đã thăm trẻ em, nên lần thăm đến hạn vẫn còn."), "warn")
    return redirect_to("follow_up.index", case_id=case.id)
