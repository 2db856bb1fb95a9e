"""Mẫu số 03: the specific assessments of a case."""

import uuid

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, sections_of
from app.cases import policy
from app.cases.forms.specific import SpecificForm, specific_form
from app.cases.models import Case
from app.cases.pages.form03 import specific_document
from app.cases.pages.head import read_head
from app.cases.pages.specific import found_now, specific_page
from app.cases.pages.specific_list import specific_list
from app.cases.queries.documents import child_view
from app.cases.queries.specific import FORM, specific_of
from app.cases.risk import is_higher
from app.cases.routes.documents import printed, saved
from app.cases.routes.refusals import refusals_on
from app.cases.services.drafts import LoadedDraft, drop_draft, load_draft
from app.cases.services.specific import assess_specifically
from app.core import clock
from app.core.db import db
from app.documents.pdf import render_pdf
from app.reference.library import form_definition
from app.web.responses import redirect_to, render_form

bp = Blueprint("specific", __name__, url_prefix="/cases/<uuid:case_id>/specific-assessments")
DRAFT = "specific"


@bp.get("")
@authorized(Permission.CASE_READ, load=policy.case_file, key="case_id")
def index(case: Case) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    head = read_head(db.session, actor=actor, case=case, now=now)
    page = specific_list(db.session, actor=actor, case=case, now=now)
    return render_template("specific/index.html", case=case, head=head, page=page)


@bp.route("/new", methods=["GET", "POST"])
@authorized(Permission.CASE_ASSESS, load=policy.case_file, key="case_id")
@once
def new(case: Case) -> ResponseReturnValue:
    case.require_open()
    actor = current_actor()
    draft = load_draft(db.session, actor, DRAFT, case.id) if request.method == "GET" else None
    form = _form(draft)
    if form.wants_to_send and form.validate():
        with refusals_on(form):
            return _assess(case, form)
    page = specific_page(db.session, actor=actor, case=case, form=form)
    pages = ("specific/new.html", "specific/_form.html")
    return render_form(*pages, form, form.conflict, draft=draft, **page)


@bp.post("/preview")
@authorized(Permission.CASE_ASSESS, load=policy.visible_to, key="case_id", only_reads=True)
def preview(case: Case) -> ResponseReturnValue:
    """The computed result while the form is being filled in; nothing is kept."""
    return render_template("specific/_result.html", result=found_now(_form(), case))


@bp.get("/<uuid:specific_id>/form03.pdf")
@authorized(Permission.DOCUMENT_PRINT, load=policy.case_file, key="case_id")
def form03(case: Case, specific_id: uuid.UUID) -> ResponseReturnValue:
    sections = sections_of(current_actor())
    view = specific_of(db.session, case.id, specific_id, sections=sections)
    if view is None:
        abort(404)
    child = child_view(db.session, case, sections)
    proof = printed(case, FORM)
    context = specific_document(view, child, sections, proof=proof, case=case)
    return saved(render_pdf("documents/form03.html", context), f"{case.number}-mau-03.pdf")


def _form(draft: LoadedDraft | None = None) -> SpecificForm:
    form = specific_form(form_definition(FORM))
    return form(formdata=draft.fields) if draft else form()


def _assess(case: Case, form: SpecificForm) -> ResponseReturnValue:
    """Save, say what it means for the level that counts, and show it beside the earlier ones."""
    actor, before = current_actor(), case.risk_level
    made = assess_specifically(
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
    flash(_("Đã lưu đánh giá cụ thể (Mẫu số 03)."), "ok")
    if case.risk_level is not None and is_higher(case.risk_level, before):
        flash(_("Mức nguy cơ đã nâng lên: xem lại biện pháp bảo đảm an toàn ngay."), "danger")
    elif case.risk_level is not None and is_higher(case.risk_level, made.final_level):
        flash(_("Mức nguy cơ của hồ sơ không hạ theo Mẫu số 03, vẫn giữ mức cao hơn."), "warn")
    return redirect_to("specific.index", case_id=case.id)
