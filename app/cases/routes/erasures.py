"""Keeping a child's records for the law, and erasing them: two people, a waiting time."""

import uuid

from flask import Blueprint, abort, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.auth.step_up import confirmed
from app.cases import policy
from app.cases.forms.erasures import ErasureDecisionForm, ErasureForm, HoldForm, LiftForm
from app.cases.models import Case
from app.cases.pages import erasures as words
from app.cases.pages.head import read_head
from app.cases.queries.erasures import erasures_of, hold_of
from app.cases.routes.refusals import refusals_on
from app.cases.services import erasures as services
from app.core import clock
from app.core.db import db
from app.reference.retention import retention_rules
from app.web.responses import redirect_to, render_form

bp = Blueprint("erasures", __name__, url_prefix="/cases")
OF_CASE = "/<uuid:case_id>/erasure"
ONE = f"{OF_CASE}/<uuid:erasure_id>"
P = Permission


@bp.get(f"{OF_CASE}/")
@authorized(P.ERASURE_ASK, load=policy.case_file, key="case_id")
def index(case: Case) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    page = words.erasure_page(db.session, actor, case, now)
    head = read_head(db.session, actor=actor, case=case, now=now)
    return render_template("erasures/index.html", head=head, page=page, case=case)


@bp.route(f"{OF_CASE}/new", methods=["GET", "POST"])
@authorized(P.ERASURE_ASK, load=policy.case_file, key="case_id")
@confirmed()
@once
def ask(case: Case) -> ResponseReturnValue:
    form = ErasureForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _ask(case, form)
    head = read_head(db.session, actor=current_actor(), case=case, now=clock.now())
    return render_form(
        "erasures/ask.html", "erasures/_ask.html", form, head=head, case=case,
        rules=retention_rules(),
    )  # fmt: skip


def _ask(case: Case, form: ErasureForm) -> ResponseReturnValue:
    data = services.ErasureData(str(form.ground.data), str(form.reason.data))
    services.ask_erasure(db.session, actor=current_actor(), case=case, data=data, now=clock.now())
    flash(_("Đã gửi đề nghị. Một người khác phải đồng ý thì việc xóa mới có hiệu lực."), "ok")
    return redirect_to("erasures.index", case_id=case.id)


@bp.route(f"{ONE}/decide", methods=["GET", "POST"])
@authorized(P.ERASURE_DECIDE, load=policy.case_file, key="case_id")
@confirmed()
@once
def decide(case: Case, erasure_id: uuid.UUID) -> ResponseReturnValue:
    form = ErasureDecisionForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _decide(case, erasure_id, form)
    views = erasures_of(db.session, case.child_id)
    view = next((one for one in views if one.request.id == erasure_id), None) or abort(404)
    head = read_head(db.session, actor=current_actor(), case=case, now=clock.now())
    asked = words.decide_page(view)
    return render_form(
        "erasures/decide.html", "erasures/_decide.html", form, head=head, case=case,
        asked=asked, rules=retention_rules(),
    )  # fmt: skip


def _decide(case: Case, erasure_id: uuid.UUID, form: ErasureDecisionForm) -> ResponseReturnValue:
    done = services.decide_erasure(
        db.session,
        actor=current_actor(),
        case=case,
        erasure_id=erasure_id,
        is_yes=form.is_approved,
        answer=form.note.data or None,
        now=clock.now(),
    )
    if done is None:
        abort(404)
    flash(_("Đã ghi quyết định của bạn."), "ok")
    return redirect_to("erasures.index", case_id=case.id)


@bp.post(f"{ONE}/withdraw")
@authorized(P.ERASURE_ASK, load=policy.case_file, key="case_id")
@once
def withdraw(case: Case, erasure_id: uuid.UUID) -> ResponseReturnValue:
    done = services.withdraw_erasure(
        db.session, actor=current_actor(), case=case, erasure_id=erasure_id, now=clock.now()
    )
    if done is None:
        abort(404)
    flash(_("Đã rút đề nghị xóa. Không có gì bị xóa."), "ok")
    return redirect_to("erasures.index", case_id=case.id)


@bp.route(f"{OF_CASE}/holds/new", methods=["GET", "POST"])
@authorized(P.HOLD_MANAGE, load=policy.case_file, key="case_id")
@once
def hold(case: Case) -> ResponseReturnValue:
    form, actor, now = HoldForm(), current_actor(), clock.now()
    if form.validate_on_submit():
        with refusals_on(form):
            services.set_hold(
                db.session, actor=actor, case=case,
                ground=str(form.ground.data), reason=str(form.reason.data), now=now,
            )  # fmt: skip
            flash(_("Hồ sơ được giữ: không ai xóa được cho đến khi bỏ giữ."), "ok")
            return redirect_to("erasures.index", case_id=case.id)
    head = read_head(db.session, actor=actor, case=case, now=now)
    return render_form("erasures/hold.html", "erasures/_hold.html", form, head=head, case=case)


@bp.route(f"{OF_CASE}/holds/<uuid:hold_id>/lift", methods=["GET", "POST"])
@authorized(P.HOLD_MANAGE, load=policy.case_file, key="case_id")
@once
def lift(case: Case, hold_id: uuid.UUID) -> ResponseReturnValue:
    form, actor, now = LiftForm(), current_actor(), clock.now()
    found = hold_of(db.session, case, hold_id) or abort(404)
    if form.validate_on_submit():
        services.lift_hold(
            db.session,
            actor=actor,
            case=case,
            hold_id=hold_id,
            reason=str(form.reason.data),
            now=now,
        )
        flash(_("Đã bỏ giữ hồ sơ."), "ok")
        return redirect_to("erasures.index", case_id=case.id)
    head = read_head(db.session, actor=actor, case=case, now=now)
    return render_form(
        "erasures/lift.html", "erasures/_lift.html", form, head=head, case=case, hold=found
    )
