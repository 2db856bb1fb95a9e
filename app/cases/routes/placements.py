"""Substitute care: proposed, decided, handed over, visited, ended."""

import uuid

from flask import abort, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, sections_of
from app.cases import policy
from app.cases.forms.care import AnswerForm
from app.cases.forms.placements import CareEndForm, HandOverForm, PlacementForm, VisitForm
from app.cases.models import CarePlacement, Case
from app.cases.pages import care_steps as steps
from app.cases.queries.care import placement_of, placements_of
from app.cases.routes.care import bp, show_step
from app.cases.routes.refusals import refusals_on
from app.cases.services import placements as services
from app.core import clock
from app.core.db import db
from app.web.forms import BaseForm
from app.web.responses import redirect_to

P = Permission


@bp.route("/placements/new", methods=["GET", "POST"])
@authorized(P.CARE_RECORD, load=policy.case_file, key="case_id")
@once
def propose_placement(case: Case) -> ResponseReturnValue:
    case.require_open()
    form = PlacementForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _propose(case, form)
    return show_step(case, form, steps.PROPOSE_CARE)


@bp.route("/placements/<uuid:placement_id>/decide", methods=["GET", "POST"])
@authorized(P.CARE_DECIDE, load=policy.case_file, key="case_id")
@once
def decide_placement(case: Case, placement_id: uuid.UUID) -> ResponseReturnValue:
    row, form = _row(case, placement_id), AnswerForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _decide(case, row, form)
    return _show(case, form, steps.DECIDE_CARE, placement_id)


@bp.route("/placements/<uuid:placement_id>/hand-over", methods=["GET", "POST"])
@authorized(P.CARE_RECORD, load=policy.case_file, key="case_id")
@once
def hand_over(case: Case, placement_id: uuid.UUID) -> ResponseReturnValue:
    row, form = _row(case, placement_id), HandOverForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _hand_over(case, row, form)
    return _show(case, form, steps.HAND_OVER, placement_id)


@bp.route("/placements/<uuid:placement_id>/visits/new", methods=["GET", "POST"])
@authorized(P.CARE_RECORD, load=policy.case_file, key="case_id")
@once
def visit(case: Case, placement_id: uuid.UUID) -> ResponseReturnValue:
    row, form = _row(case, placement_id), VisitForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _visit(case, row, form)
    return _show(case, form, steps.VISIT, placement_id)


@bp.route("/placements/<uuid:placement_id>/end", methods=["GET", "POST"])
@authorized(P.CARE_DECIDE, load=policy.case_file, key="case_id")
@once
def end_placement(case: Case, placement_id: uuid.UUID) -> ResponseReturnValue:
    row, form = _row(case, placement_id), CareEndForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _end(case, row, form)
    return _show(case, form, steps.END_CARE, placement_id)


def _row(case: Case, placement_id: uuid.UUID) -> CarePlacement:
    return placement_of(db.session, case.id, placement_id) or abort(404)


def _show(
    case: Case, form: BaseForm, step: steps.Step, placement_id: uuid.UUID
) -> ResponseReturnValue:
    sections = sections_of(current_actor())
    (about,) = placements_of(db.session, case.id, sections=sections, only=placement_id)
    return show_step(case, form, step, about)


def _propose(case: Case, form: PlacementForm) -> ResponseReturnValue:
    services.propose_placement(
        db.session,
        actor=current_actor(),
        case=case,
        data=form.placement(),
        seen=form.seen_page(),
        now=clock.now(),
    )
    flash(_("Đã gửi Chủ tịch."), "ok")
    return redirect_to("care.index", case_id=case.id)


def _decide(case: Case, row: CarePlacement, form: AnswerForm) -> ResponseReturnValue:
    actor, answer, seen, now = current_actor(), form.answer(), form.seen_page(), clock.now()
    if form.is_approved:
        services.decide_placement(
            db.session, actor=actor, case=case, placement=row, decision=answer, seen=seen, now=now
        )
    else:
        services.refuse_placement(
            db.session,
            actor=actor,
            case=case,
            placement=row,
            answer=answer.answer or "",
            seen=seen,
            now=now,
        )
    flash(_("Đã ghi quyết định của bạn."), "ok")
    return redirect_to("care.index", case_id=case.id)


def _hand_over(case: Case, row: CarePlacement, form: HandOverForm) -> ResponseReturnValue:
    data, now = form.hand_over(), clock.now()
    services.hand_over(
        db.session, actor=current_actor(), case=case, placement=row, data=data, now=now
    )
    flash(_("Đã ghi việc giao, nhận trẻ em."), "ok")
    return redirect_to("care.index", case_id=case.id)


def _visit(case: Case, row: CarePlacement, form: VisitForm) -> ResponseReturnValue:
    data, now = form.visit(), clock.now()
    services.record_visit(
        db.session, actor=current_actor(), case=case, placement=row, data=data, now=now
    )
    if data.is_safe:
        flash(_("Đã ghi lần thăm."), "ok")
    else:
        flash(_("Trẻ em không an toàn: đánh giá lại nguy cơ và bảo vệ trẻ em ngay."), "warning")
    return redirect_to("care.index", case_id=case.id)


def _end(case: Case, row: CarePlacement, form: CareEndForm) -> ResponseReturnValue:
    data, now = form.end(), clock.now()
    services.end_placement(
        db.session, actor=current_actor(), case=case, placement=row, data=data, now=now
    )
    flash(_("Đã ghi chấm dứt chăm sóc thay thế."), "ok")
    return redirect_to("care.index", case_id=case.id)
