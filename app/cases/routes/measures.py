"""Emergency measures."""

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, Section, sections_of
from app.cases import policy
from app.cases.forms.measures import MeasureForm
from app.cases.labels import label_of
from app.cases.models import Case
from app.cases.pages.head import read_head
from app.cases.queries.assessment import latest_assessment
from app.cases.queries.measures import measures_of
from app.cases.routes.refusals import refusals_on
from app.cases.services.measures import record_measure, record_none_needed
from app.core import clock
from app.core.db import db
from app.web.responses import redirect_to, render_form

bp = Blueprint("measures", __name__, url_prefix="/cases/<uuid:case_id>/measures")


@bp.route("/new", methods=["GET", "POST"])
@authorized(Permission.MEASURE_RECORD, load=policy.case_file, key="case_id")
@once
def new(case: Case) -> ResponseReturnValue:
    case.require_open()
    actor, form = current_actor(), MeasureForm()
    if request.method == "GET":
        _prefill(case, form)
    if form.validate_on_submit():
        with refusals_on(form):
            return _record(case, form)
    head = read_head(db.session, actor=actor, case=case, now=clock.now())
    known = measures_of(db.session, case.id, sections=sections_of(actor))
    pages = ("measures/new.html", "measures/_form.html")
    return render_form(*pages, form, case=case, head=head, measures=known, label_of=label_of)


def _prefill(case: Case, form: MeasureForm) -> None:
    """From a need of the newest assessment: `?need=2` is its second line."""
    wanted, sections = request.args.get("need", ""), sections_of(current_actor())
    newest = latest_assessment(db.session, case.id, sections=sections) if wanted else None
    if newest is None or Section.PLAN not in sections:
        return
    for need in newest.row.needs:
        if str(need.position) == wanted:
            label = label_of("needs", need.need)
            form.description.data = f"{label}: {need.service}" if need.service else label
            form.performed_by.data = need.provider


def _record(case: Case, form: MeasureForm) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    if form.is_none_needed:
        record_none_needed(db.session, actor=actor, case=case, data=form.none_needed(), now=now)
        flash(_("Đã ghi quyết định không cần biện pháp khẩn cấp."), "ok")
    else:
        record_measure(db.session, actor=actor, case=case, data=form.measure(), now=now)
        flash(_("Đã ghi biện pháp."), "ok")
    return redirect_to("cases.show", case_id=case.id)
