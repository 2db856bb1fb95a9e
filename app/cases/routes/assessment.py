"""Mẫu số 02 and the second signature under a lowered level."""

import uuid

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, sections_of
from app.cases import policy
from app.cases.forms.assessment import AssessmentForm, DecisionForm, assessment_form
from app.cases.models import Case, InitialAssessment
from app.cases.pages.assessment import assessment_page, override_page, result_of
from app.cases.queries.assessment import assessment_of
from app.cases.routes.refusals import refusals_on
from app.cases.services import assessment as services
from app.cases.services.drafts import LoadedDraft, drop_draft, load_draft
from app.core import clock
from app.core.db import db
from app.reference.library import form_definition
from app.web.responses import redirect_to, render_form

bp = Blueprint("assessment", __name__, url_prefix="/cases/<uuid:case_id>")
DRAFT = "assessment"


@bp.route("/initial-assessment", methods=["GET", "POST"])
@authorized(Permission.CASE_ASSESS, load=policy.case_file, key="case_id")
@once
def new(case: Case) -> ResponseReturnValue:
    case.require_open()
    actor, now = current_actor(), clock.now()
    draft = load_draft(db.session, actor, DRAFT, case.id) if request.method == "GET" else None
    form = _form(case, draft)
    if form.wants_to_send and form.validate():
        with refusals_on(form):
            return _assess(case, form)
    page = assessment_page(db.session, actor=actor, case=case, form=form, now=now)
    pages = ("assessment/new.html", "assessment/_form.html")
    return render_form(*pages, form, form.conflict, draft=draft, **page)


@bp.post("/initial-assessment/preview")
@authorized(Permission.CASE_ASSESS, load=policy.visible_to, key="case_id", only_reads=True)
def preview(case: Case) -> ResponseReturnValue:
    """The computed result while the form is being filled in; nothing is kept."""
    return render_template("assessment/_result.html", result=result_of(_form(case)), case=case)


@bp.route("/override/<uuid:assessment_id>", methods=["GET", "POST"])
@authorized(Permission.OVERRIDE_DECIDE, load=policy.case_file, key="case_id")
@once
def decide_override(case: Case, assessment_id: uuid.UUID) -> ResponseReturnValue:
    actor, form = current_actor(), DecisionForm()
    view = assessment_of(db.session, case.id, assessment_id, sections=sections_of(actor))
    if view is None or view.row.override_state is None:
        abort(404)
    if form.validate_on_submit():
        return _decide(case, view.row, form)
    page = override_page(db.session, actor=actor, case=case, view=view, now=clock.now())
    return render_form("assessment/override.html", "assessment/_override.html", form, **page)


def _form(case: Case, draft: LoadedDraft | None = None) -> AssessmentForm:
    form, held = assessment_form(form_definition(services.FORM)), services.Held.of(case)
    return form(formdata=draft.fields, held=held) if draft else form(held=held)


def _assess(case: Case, form: AssessmentForm) -> ResponseReturnValue:
    """Save, say what was concluded, and go where the next step is."""
    actor = current_actor()
    made = services.assess(
        db.session,
        actor=actor,
        case=case,
        form=form.definition,
        data=form.state(),
        expected_version=form.expected_version,
        seen_at=form.seen,
        now=clock.now(),
    )
    drop_draft(db.session, actor, DRAFT, case.id)
    if made.override_state is not None:
        flash(_("Đã lưu. Mức cao hơn được giữ đến khi có chữ ký thứ hai."), "ok")
    else:
        flash(_("Đã lưu đánh giá nguy cơ ban đầu."), "ok")
    if made.is_emergency:
        flash(_("Trường hợp khẩn cấp: ghi biện pháp bảo đảm an toàn ngay khi đã làm."), "danger")
    return redirect_to("cases.show", case_id=case.id)


def _decide(case: Case, assessment: InitialAssessment, form: DecisionForm) -> ResponseReturnValue:
    services.decide_override(
        db.session,
        actor=current_actor(),
        case=case,
        assessment=assessment,
        approved=form.is_approved,
        note=form.note.data or None,
        now=clock.now(),
    )
    flash(_("Đã ghi quyết định của bạn."), "ok")
    return redirect_to("cases.show", case_id=case.id)
