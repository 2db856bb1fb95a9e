"""Reviews (Mẫu số 06), closing, the check after closing, and reopening."""

import uuid

from flask import Blueprint, Response, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, sections_of
from app.cases import policy
from app.cases.forms.reviews import CheckForm, ClosingForm, ReopeningForm, ReviewForm, review_form
from app.cases.models import Case
from app.cases.models.reviews import Proposal
from app.cases.pages.head import read_head
from app.cases.pages.review_document import review_document
from app.cases.pages.reviews import decide_page, index_page, new_page, result_of
from app.cases.queries.review_paper import review_sheet
from app.cases.queries.reviews import asked_closing, reviews_of
from app.cases.reviewing import FORM
from app.cases.routes.documents import printed, saved
from app.cases.routes.refusals import refusals_on
from app.cases.services.after_closing import record_check, reopen
from app.cases.services.closing_decision import decide_closing
from app.cases.services.drafts import LoadedDraft, drop_draft, load_draft
from app.cases.services.reviews import record_review, require_reviewable
from app.core import clock
from app.core.db import db
from app.documents.pdf import render_pdf
from app.reference.library import form_definition
from app.web.responses import redirect_to, render_form

bp = Blueprint("reviews", __name__, url_prefix="/cases/<uuid:case_id>/reviews")
DRAFT = "review"


@bp.get("")
@authorized(Permission.CASE_READ, load=policy.case_file, key="case_id")
def index(case: Case) -> ResponseReturnValue:
    page = index_page(db.session, actor=current_actor(), case=case, now=clock.now())
    return render_template("reviews/index.html", **page)


@bp.route("/new", methods=["GET", "POST"])
@authorized(Permission.REVIEW_RECORD, load=policy.case_file, key="case_id")
@once
def new(case: Case) -> ResponseReturnValue:
    require_reviewable(case)
    actor = current_actor()
    draft = load_draft(db.session, actor, DRAFT, case.id) if request.method == "GET" else None
    form = _form(draft)
    if form.wants_to_send and form.validate():
        with refusals_on(form):
            return _record(case, form)
    page = new_page(db.session, actor=actor, case=case, form=form, now=clock.now())
    pages = ("reviews/new.html", "reviews/_form.html")
    return render_form(*pages, form, form.conflict, draft=draft, **page)


@bp.post("/preview")
@authorized(Permission.REVIEW_RECORD, load=policy.visible_to, key="case_id", only_reads=True)
def preview(case: Case) -> ResponseReturnValue:
    """The totals and what the law allows while the form is being filled in; nothing is kept."""
    return render_template("reviews/_result.html", result=result_of(_form()), case=case)


@bp.route("/decide", methods=["GET", "POST"])
@authorized(Permission.CLOSE_DECIDE, load=policy.case_file, key="case_id")
@once
def decide(case: Case) -> ResponseReturnValue:
    actor, form = current_actor(), ClosingForm()
    view = asked_closing(reviews_of(db.session, case.id, sections=sections_of(actor)))
    if view is None:
        abort(404)
    if form.validate_on_submit():
        with refusals_on(form):
            return _decide(case, view.id, form)
    page = decide_page(db.session, actor=actor, case=case, view=view, form=form, now=clock.now())
    pages = ("reviews/decide.html", "reviews/_decide.html")
    return render_form(*pages, form, form.conflict, **page)


@bp.route("/check", methods=["GET", "POST"])
@authorized(Permission.REVIEW_RECORD, load=policy.case_file, key="case_id")
@once
def check(case: Case) -> ResponseReturnValue:
    case.require_closed()
    form = CheckForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _check(case, form)
    head = read_head(db.session, actor=current_actor(), case=case, now=clock.now())
    return render_form("reviews/check.html", "reviews/_check.html", form, case=case, head=head)


@bp.route("/reopen", methods=["GET", "POST"], endpoint="reopen")
@authorized(Permission.CASE_REOPEN, load=policy.case_file, key="case_id")
@once
def reopen_case(case: Case) -> ResponseReturnValue:
    case.require_closed()
    actor, form, now = current_actor(), ReopeningForm(), clock.now()
    if form.validate_on_submit():
        with refusals_on(form):
            episode = reopen(db.session, actor=actor, case=case, data=form.to_data(), now=now)
            flash(_("Đã mở lại thành hồ sơ mới. Đánh giá nguy cơ ngay."), "ok")
            return redirect_to("cases.show", case_id=episode.id)
    head = read_head(db.session, actor=actor, case=case, now=now)
    return render_form("reviews/reopen.html", "reviews/_reopen.html", form, case=case, head=head)


@bp.get("/<uuid:review_id>/form06.pdf")
@authorized(Permission.DOCUMENT_PRINT, load=policy.case_file, key="case_id")
def form06(case: Case, review_id: uuid.UUID) -> Response:
    sections = sections_of(current_actor())
    sheet = review_sheet(db.session, case, review_id, sections=sections)
    if sheet is None:
        abort(404)
    context = review_document(sheet, sections, proof=printed(case, FORM), case=case)
    return saved(render_pdf("documents/form06.html", context), f"{case.number}-mau-06.pdf")


def _form(draft: LoadedDraft | None = None) -> ReviewForm:
    form = review_form(form_definition(FORM))
    return form(formdata=draft.fields) if draft else form()


def _record(case: Case, form: ReviewForm) -> ResponseReturnValue:
    """Save, say what follows, and go where the next step is."""
    actor, data = current_actor(), form.to_data()
    record_review(
        db.session,
        actor=actor,
        case=case,
        form=form.definition,
        data=data,
        expected_version=form.expected_version,
        seen_at=form.seen,
        now=clock.now(),
    )
    drop_draft(db.session, actor, DRAFT, case.id)
    if data.proposal is Proposal.CLOSE:
        flash(_("Đã ghi. Đề nghị đóng hồ sơ đang chờ Chủ tịch."), "ok")
    elif data.proposal is Proposal.NEW_CYCLE:
        flash(_("Đã ghi. Bắt đầu chu kỳ mới: lập kế hoạch trong 05 ngày làm việc."), "ok")
    else:
        flash(_("Đã ghi lần rà soát. Tiếp tục thực hiện kế hoạch."), "ok")
    return redirect_to("reviews.index", case_id=case.id)


def _decide(case: Case, review_id: uuid.UUID, form: ClosingForm) -> ResponseReturnValue:
    answer = form.answer()
    decide_closing(
        db.session,
        actor=current_actor(),
        case=case,
        review_id=review_id,
        answer=answer,
        expected_version=form.expected_version,
        seen_at=form.seen,
        now=clock.now(),
    )
    flash(_("Đã đóng hồ sơ.") if answer.is_agreed else _("Đã trả lại. Công việc tiếp tục."), "ok")
    return redirect_to("reviews.index", case_id=case.id)


def _check(case: Case, form: CheckForm) -> ResponseReturnValue:
    """An unsafe child leads straight to the reopening."""
    data = form.to_data()
    record_check(db.session, actor=current_actor(), case=case, data=data, now=clock.now())
    if data.is_safe:
        flash(_("Đã ghi lần kiểm tra lại."), "ok")
        return redirect_to("reviews.index", case_id=case.id)
    flash(_("Đã ghi: trẻ em không an toàn. Mở lại hồ sơ để can thiệp ngay."), "danger")
    return redirect_to("reviews.reopen", case_id=case.id)
