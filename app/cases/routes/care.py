"""Temporary separation and substitute care of a case; here the page and the separations."""

import uuid

from flask import Blueprint, abort, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, sections_of
from app.auth.step_up import confirmed
from app.cases import policy
from app.cases.forms.care import (
    AddressForm,
    CancelForm,
    DecideNowForm,
    EndForm,
    ExtendForm,
    SeparationAnswerForm,
    SeparationForm,
)
from app.cases.forms.correction import RevealForm
from app.cases.models import Case, Separation
from app.cases.pages import care_steps as steps
from app.cases.pages.care import care_page
from app.cases.queries.care import separation_of, separations_of, shelters
from app.cases.routes.refusals import refusals_on
from app.cases.services import separations as services
from app.cases.services.shelter import change_address, reveal_address
from app.core import clock
from app.core.db import db
from app.web.forms import BaseForm
from app.web.responses import redirect_to, render_form

bp = Blueprint("care", __name__, url_prefix="/cases/<uuid:case_id>/care")
P = Permission


@bp.get("")
@authorized(P.CASE_READ, load=policy.case_file, key="case_id")
def index(case: Case) -> ResponseReturnValue:
    page = care_page(db.session, actor=current_actor(), case=case, now=clock.now())
    return render_template("care/index.html", case=case, **page)


@bp.route("/separations/new", methods=["GET", "POST"])
@authorized(P.CARE_RECORD, load=policy.case_file, key="case_id")
@once
def propose_separation(case: Case) -> ResponseReturnValue:
    case.require_open()
    form = SeparationForm(**_choices(case))
    if form.validate_on_submit():
        with refusals_on(form):
            return _propose(case, form)
    return show_step(case, form, steps.PROPOSE)


@bp.route("/separations/at-once", methods=["GET", "POST"])
@authorized(P.CARE_DECIDE, load=policy.case_file, key="case_id")
@once
def decide_at_once(case: Case) -> ResponseReturnValue:
    case.require_open()
    form = DecideNowForm(**_choices(case))
    if form.validate_on_submit():
        with refusals_on(form):
            return _decide_at_once(case, form)
    return show_step(case, form, steps.AT_ONCE)


@bp.route("/separations/<uuid:separation_id>/decide", methods=["GET", "POST"])
@authorized(P.CARE_DECIDE, load=policy.case_file, key="case_id")
@once
def decide_separation(case: Case, separation_id: uuid.UUID) -> ResponseReturnValue:
    row = _row(case, separation_id)
    form = SeparationAnswerForm(started_at=row.started_at, ends_at=row.ends_at)
    if form.validate_on_submit():
        with refusals_on(form):
            return _decide(case, row, form)
    return _show(case, form, steps.DECIDE, separation_id)


@bp.route("/separations/<uuid:separation_id>/extend", methods=["GET", "POST"])
@authorized(P.CARE_DECIDE, load=policy.case_file, key="case_id")
@once
def extend_separation(case: Case, separation_id: uuid.UUID) -> ResponseReturnValue:
    row, form = _row(case, separation_id), ExtendForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _extend(case, row, form)
    return _show(case, form, steps.EXTEND, separation_id)


@bp.route("/separations/<uuid:separation_id>/cancel", methods=["GET", "POST"])
@authorized(P.CARE_DECIDE, load=policy.case_file, key="case_id")
@once
def cancel_separation(case: Case, separation_id: uuid.UUID) -> ResponseReturnValue:
    row, form = _row(case, separation_id), CancelForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _end(case, row, form)
    return _show(case, form, steps.CANCEL, separation_id)


@bp.route("/separations/<uuid:separation_id>/end", methods=["GET", "POST"])
@authorized(P.CARE_RECORD, load=policy.case_file, key="case_id")
@once
def end_separation(case: Case, separation_id: uuid.UUID) -> ResponseReturnValue:
    row, form = _row(case, separation_id), EndForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _end(case, row, form)
    return _show(case, form, steps.END, separation_id)


@bp.route("/separations/<uuid:separation_id>/address", methods=["GET", "POST"])
@authorized(P.CARE_RECORD, load=policy.case_file, key="case_id")
@once
def put_address(case: Case, separation_id: uuid.UUID) -> ResponseReturnValue:
    row, form, actor = _row(case, separation_id), AddressForm(), current_actor()
    if not form.validate_on_submit():
        return _show(case, form, steps.ADDRESS, separation_id)
    data = form.shelter()
    change_address(db.session, actor=actor, case=case, separation=row, data=data, now=clock.now())
    flash(_("Đã cất địa chỉ."), "ok")
    return redirect_to("care.index", case_id=case.id)


@bp.route("/separations/<uuid:separation_id>/shelter", methods=["GET", "POST"])
@authorized(P.SHELTER_READ, load=policy.case_file, key="case_id")
@confirmed()
def shelter(case: Case, separation_id: uuid.UUID) -> ResponseReturnValue:
    row, form, page = _row(case, separation_id), RevealForm(), "care/shelter.html"
    if not form.validate_on_submit():
        return render_form(page, page, form, case=case, separation_id=row.id)
    actor, reason = current_actor(), form.reason.data
    found = reveal_address(
        db.session, actor=actor, case=case, separation=row, reason=reason, now=clock.now()
    )
    return render_template(page, form=None, case=case, separation_id=row.id, address=found)


def show_step(
    case: Case, form: BaseForm, step: steps.Step, about: steps.About | None = None
) -> ResponseReturnValue:
    """The page of one step, with what was refused of it."""
    page = steps.step_page(
        db.session,
        actor=current_actor(),
        case=case,
        step=step,
        form=form,
        now=clock.now(),
        about=about,
    )
    return render_form("care/step.html", "care/_step.html", form, **page)


def _show(
    case: Case, form: BaseForm, step: steps.Step, separation_id: uuid.UUID
) -> ResponseReturnValue:
    sections = sections_of(current_actor())
    (about,) = separations_of(db.session, case.id, sections=sections, only=separation_id)
    return show_step(case, form, step, about)


def _row(case: Case, separation_id: uuid.UUID) -> Separation:
    return separation_of(db.session, case.id, separation_id) or abort(404)


def _choices(case: Case) -> dict[str, list[tuple[str, str]]]:
    people = steps.people_choices(db.session, case, current_actor())
    return {"people": people, "places": shelters(db.session)}


def _propose(case: Case, form: SeparationForm) -> ResponseReturnValue:
    services.propose_separation(
        db.session,
        actor=current_actor(),
        case=case,
        data=form.separation(),
        seen=form.seen_page(),
        now=clock.now(),
    )
    flash(_("Đã gửi Chủ tịch. Trẻ em được cách ly khi Chủ tịch đồng ý."), "ok")
    return redirect_to("care.index", case_id=case.id)


def _decide_at_once(case: Case, form: DecideNowForm) -> ResponseReturnValue:
    services.decide_at_once(
        db.session,
        actor=current_actor(),
        case=case,
        data=form.separation(),
        decision=form.decision(),
        seen=form.seen_page(),
        now=clock.now(),
    )
    flash(_("Đã quyết định tạm thời cách ly."), "ok")
    return redirect_to("care.index", case_id=case.id)


def _decide(case: Case, row: Separation, form: SeparationAnswerForm) -> ResponseReturnValue:
    actor, answer, seen, now = current_actor(), form.answer(), form.seen_page(), clock.now()
    if form.is_approved:
        services.decide_separation(
            db.session,
            actor=actor,
            case=case,
            separation=row,
            decision=answer,
            term=form.term(),
            seen=seen,
            now=now,
        )
    else:
        services.refuse_separation(
            db.session,
            actor=actor,
            case=case,
            separation=row,
            answer=answer.answer or "",
            seen=seen,
            now=now,
        )
    flash(_("Đã ghi quyết định của bạn."), "ok")
    return redirect_to("care.index", case_id=case.id)


def _extend(case: Case, row: Separation, form: ExtendForm) -> ResponseReturnValue:
    services.extend_separation(
        db.session,
        actor=current_actor(),
        case=case,
        separation=row,
        data=form.extension(),
        seen=form.seen_page(),
        now=clock.now(),
    )
    flash(_("Đã gia hạn tạm thời cách ly."), "ok")
    return redirect_to("care.index", case_id=case.id)


def _end(case: Case, row: Separation, form: CancelForm | EndForm) -> ResponseReturnValue:
    services.end_separation(
        db.session,
        actor=current_actor(),
        case=case,
        separation=row,
        ended_at=form.ended_at.data or clock.now(),
        reason=form.end_reason,
        note=form.note.data,
        now=clock.now(),
    )
    flash(_("Đã ghi kết thúc cách ly."), "ok")
    return redirect_to("care.index", case_id=case.id)
