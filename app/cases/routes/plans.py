"""Mẫu số 04 and 05: the plan of a case, its submission, the Chair's decision, its activities."""

import uuid

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, sections_of
from app.cases import policy
from app.cases.forms.plans import (
    ActivityStateForm,
    PlanDecisionForm,
    PlanForm,
    SubmitForm,
    plan_values,
    state_values,
)
from app.cases.models import Case, PlanActivity
from app.cases.models.plans import PlanOutcome, PlanState
from app.cases.pages.head import read_head
from app.cases.pages.plan_decisions import decide_page
from app.cases.pages.plan_documents import decision_document, plan_document
from app.cases.pages.plan_forms import activity_page, edit_page
from app.cases.pages.plans import show_page
from app.cases.queries.plan_documents import decision_sheet, plan_sheet
from app.cases.queries.plans import (
    activity_of,
    newest_needs,
    next_number,
    plan_file,
    plan_of,
    units_to_choose,
)
from app.cases.routes.documents import printed, saved
from app.cases.routes.refusals import refusals_on
from app.cases.services.drafts import LoadedDraft, drop_draft, load_draft
from app.cases.services.plan_activities import update_activity
from app.cases.services.plan_decisions import PlanIncomplete, decide_plan, submit_plan
from app.cases.services.plans import save_plan
from app.core import clock
from app.core.db import db
from app.documents.pdf import render_pdf
from app.reference.library import form_definition
from app.web.responses import redirect_to, render_form

bp = Blueprint("plans", __name__, url_prefix="/cases/<uuid:case_id>/plan")
DRAFT, FORM = "plan", "form04"


@bp.get("")
@authorized(Permission.CASE_READ, load=policy.case_file, key="case_id")
def show(case: Case) -> ResponseReturnValue:
    actor, now, form = current_actor(), clock.now(), SubmitForm(formdata=None)
    cycle = _wanted_cycle()
    page = show_page(db.session, actor=actor, case=case, form=form, cycle=cycle, now=now)
    return render_template("plans/show.html", form=form, **page)


@bp.post("/submit")
@authorized(Permission.PLAN_EDIT, load=policy.case_file, key="case_id")
@once
def submit(case: Case) -> ResponseReturnValue:
    case.require_open()
    form = SubmitForm()
    if form.validate():
        with refusals_on(form):
            try:
                return _submit(case, form)
            except PlanIncomplete as error:
                form.form_errors.extend(error.gaps)
    head = read_head(db.session, actor=current_actor(), case=case, now=clock.now())
    page = "plans/refused.html"
    return render_form(page, page, form, form.conflict, case=case, head=head)


@bp.route("/edit", methods=["GET", "POST"])
@authorized(Permission.PLAN_EDIT, load=policy.case_file, key="case_id")
@once
def edit(case: Case) -> ResponseReturnValue:
    case.require_open()
    actor, now = current_actor(), clock.now()
    draft = load_draft(db.session, actor, DRAFT, case.id) if request.method == "GET" else None
    form = _edit_form(case, draft)
    if form.wants_to_send and form.validate():
        with refusals_on(form):
            return _save(case, form)
    page = edit_page(db.session, actor=actor, case=case, form=form, now=now)
    return render_form(
        "plans/edit.html", "plans/_form.html", form, form.conflict, draft=draft, **page
    )


@bp.route("/decide", methods=["GET", "POST"])
@authorized(Permission.PLAN_DECIDE, load=policy.case_file, key="case_id")
@once
def decide(case: Case) -> ResponseReturnValue:
    case.require_open()
    actor, now, form = current_actor(), clock.now(), PlanDecisionForm()
    if form.is_submitted() and form.validate():
        with refusals_on(form):
            return _decide(case, form)
    file = plan_file(db.session, case, sections=sections_of(actor))
    if file.plan is None:
        abort(404)
    if not form.is_submitted():
        form.number.data = next_number(db.session, actor.unit_id, clock.local(now).year)
    page = decide_page(db.session, actor=actor, case=case, file=file, form=form, now=now)
    return render_form("plans/decide.html", "plans/_decide.html", form, form.conflict, **page)


@bp.route("/activities/<uuid:activity_id>", methods=["GET", "POST"])
@authorized(Permission.PLAN_EDIT, load=policy.case_file, key="case_id")
@once
def activity(case: Case, activity_id: uuid.UUID) -> ResponseReturnValue:
    case.require_open()
    actor, now = current_actor(), clock.now()
    row = activity_of(db.session, case.id, activity_id, sections=sections_of(actor))
    if row is None:
        abort(404)
    form = ActivityStateForm(data=state_values(row))
    if form.validate_on_submit():
        with refusals_on(form):
            return _update(case, row, form)
    page = activity_page(db.session, actor=actor, case=case, row=row, form=form, now=now)
    return render_form("plans/activity.html", "plans/_activity.html", form, form.conflict, **page)


@bp.get("/form04.pdf")
@authorized(Permission.DOCUMENT_PRINT, load=policy.case_file, key="case_id")
def form04(case: Case) -> ResponseReturnValue:
    sheet = plan_sheet(
        db.session, case, sections=sections_of(current_actor()), cycle=_wanted_cycle()
    )
    if sheet is None:
        abort(404)
    context = plan_document(sheet, proof=printed(case, "form04"), case=case)
    return saved(render_pdf("documents/form04.html", context), f"{case.number}-mau-04.pdf")


@bp.get("/decisions/<uuid:decision_id>/form05.pdf")
@authorized(Permission.DOCUMENT_PRINT, load=policy.case_file, key="case_id")
def form05(case: Case, decision_id: uuid.UUID) -> ResponseReturnValue:
    sheet = decision_sheet(db.session, case, decision_id, sections=sections_of(current_actor()))
    if sheet is None:
        abort(404)
    context = decision_document(sheet, proof=printed(case, "form05"), case=case)
    return saved(render_pdf("documents/form05.html", context), f"{case.number}-mau-05.pdf")


def _wanted_cycle() -> int | None:
    """The cycle that the address names; a number that is none finds nothing."""
    text = request.args.get("cycle")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 4 and int(text) > 0):
        abort(404)
    return int(text)


def _submit(case: Case, form: SubmitForm) -> ResponseReturnValue:
    submit_plan(
        db.session,
        actor=current_actor(),
        case=case,
        expected_version=form.expected_version,
        now=clock.now(),
    )
    flash(_("Đã trình kế hoạch. Chủ tịch thấy kế hoạch ở trang chủ của mình."), "ok")
    return redirect_to("plans.show", case_id=case.id)


def _edit_form(case: Case, draft: LoadedDraft | None) -> PlanForm:
    """The form as it was sent, as its draft left it, or as the plan stands."""
    if draft:
        form = PlanForm(formdata=draft.fields)
    elif request.method == "POST":
        form = PlanForm()
    else:
        needs = newest_needs(db.session, case.id, sections=sections_of(current_actor()))
        form = PlanForm(data=plan_values(plan_of(db.session, case.id, case.cycle), needs))
    form.activities.offer(units_to_choose(db.session, case))
    return form


def _save(case: Case, form: PlanForm) -> ResponseReturnValue:
    """Save, say what follows, and go to the plan."""
    actor = current_actor()
    was_approved = form.confirm_void.data
    plan = save_plan(
        db.session,
        actor=actor,
        case=case,
        data=form.state(),
        form_version=form_definition(FORM).version,
        expected_version=form.expected_version,
        now=clock.now(),
    )
    drop_draft(db.session, actor, DRAFT, case.id)
    flash(_("Đã lưu kế hoạch."), "ok")
    if was_approved and plan.state is PlanState.DRAFT:
        flash(_("Phê duyệt trước đây đã mất hiệu lực. Hãy trình lại."), "warn")
    return redirect_to("plans.show", case_id=case.id)


def _decide(case: Case, form: PlanDecisionForm) -> ResponseReturnValue:
    made = decide_plan(
        db.session, actor=current_actor(), case=case, data=form.state(), now=clock.now()
    )
    if made.outcome is PlanOutcome.APPROVED:
        flash(_("Đã phê duyệt kế hoạch. In quyết định (Mẫu số 05) ở dưới để ký."), "ok")
    else:
        flash(_("Đã trả lại kế hoạch, kèm lý do."), "ok")
    return redirect_to("plans.show", case_id=case.id)


def _update(case: Case, row: PlanActivity, form: ActivityStateForm) -> ResponseReturnValue:
    update_activity(
        db.session,
        actor=current_actor(),
        case=case,
        activity=row,
        data=form.update(),
        expected_version=form.expected_version,
        now=clock.now(),
    )
    flash(_("Đã cập nhật hoạt động."), "ok")
    return redirect_to("plans.show", case_id=case.id)
