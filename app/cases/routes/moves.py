"""Handing cases over, inside the unit, to another one, out of the province; keeping people out."""

import uuid
from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, abort, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.audit.actions import AuditAction
from app.audit.services import record as write_log
from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, Section
from app.cases import policy
from app.cases.forms.moves import AnswerForm, DenyForm, OfferForm, OutsideForm, ReassignForm
from app.cases.models import Case, CaseTransfer
from app.cases.pages.head import read_head
from app.cases.pages.moves import gone, moves_page, offered_rows
from app.cases.queries import moves as queries
from app.cases.queries.owner import holders_of, workers_of
from app.cases.routes.refusals import refusals_on
from app.cases.services import denials, reassigning
from app.cases.services import moves as services
from app.cases.services.destination import province_units
from app.core import clock
from app.core.db import db
from app.deadlines.queries import clocks_of
from app.web.responses import redirect_to, render_form

bp = Blueprint("moves", __name__, url_prefix="/cases")
OF_CASE = "/<uuid:case_id>/moves"
MOVE = Permission.CASE_TRANSFER
SHOWN_FOR = timedelta(days=90)


@bp.app_context_processor
def counts() -> dict[str, Callable[[], int]]:
    """Asked by the tabs above the lists that come from elsewhere."""
    return {"waiting_offers": lambda: queries.count_offers(db.session, current_actor())}


@bp.get(f"{OF_CASE}/")
@authorized(Permission.CASE_READ, load=policy.case_file, key="case_id")
def index(case: Case) -> ResponseReturnValue:
    actor, owner = current_actor(), case.owner_id
    page = moves_page(
        case,
        actor=actor,
        transfers=queries.transfers_of(db.session, case.id),
        denials=queries.denials_of(db.session, case.id),
        deputy=queries.deputy_of(db.session, owner, clock.today()) if owner else None,
    )
    head = read_head(db.session, actor=actor, case=case, now=clock.now())
    return render_template("moves/index.html", head=head, page=page, case=case)


@bp.route(f"{OF_CASE}/transfer", methods=["GET", "POST"])
@authorized(MOVE, load=policy.case_file, key="case_id")
@once
def offer(case: Case) -> ResponseReturnValue:
    case.require_open()
    actor, now = current_actor(), clock.now()
    own = case.unit.commune_code if case.unit else None
    units = [one for one in province_units(db.session) if one[0] != case.unit_id]
    form = OfferForm(queries.served_communes(db.session), own, units)
    if form.validate_on_submit():
        with refusals_on(form):
            return _offer(case, form)
    head = read_head(db.session, actor=actor, case=case, now=now)
    return render_form("moves/offer.html", "moves/_offer.html", form, case=case, head=head)


def _offer(case: Case, form: OfferForm) -> ResponseReturnValue:
    services.offer_transfer(
        db.session,
        actor=current_actor(),
        case=case,
        to=form.target(),
        reason=form.reason.data,
        note=form.note.data,
        now=clock.now(),
    )
    flash(_("Đã gửi đề nghị. Đến khi bên kia nhận, đơn vị của bạn vẫn phụ trách."), "ok")
    return redirect_to("moves.index", case_id=case.id)


@bp.post(f"{OF_CASE}/<uuid:transfer_id>/withdraw")
@authorized(MOVE, load=policy.case_file, key="case_id")
@once
def withdraw(case: Case, transfer_id: uuid.UUID) -> ResponseReturnValue:
    done = services.withdraw_transfer(
        db.session, actor=current_actor(), case=case, transfer_id=transfer_id, now=clock.now()
    )
    if done is None:
        abort(404)
    flash(_("Đã rút đề nghị chuyển."), "ok")
    return redirect_to("moves.index", case_id=case.id)


@bp.route(f"{OF_CASE}/<uuid:transfer_id>/confirm", methods=["GET", "POST"])
@authorized(MOVE, load=policy.case_file, key="case_id")
@once
def confirm(case: Case, transfer_id: uuid.UUID) -> ResponseReturnValue:
    case.require_open()
    actor, now, form = current_actor(), clock.now(), OutsideForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _confirm(case, transfer_id, form)
    head = read_head(db.session, actor=actor, case=case, now=now)
    shown = {"case": case, "head": head, "transfer_id": transfer_id}
    return render_form("moves/confirm.html", "moves/_confirm.html", form, None, **shown)


def _confirm(case: Case, transfer_id: uuid.UUID, form: OutsideForm) -> ResponseReturnValue:
    done = services.confirm_outside(
        db.session,
        actor=current_actor(),
        case=case,
        transfer_id=transfer_id,
        receipt=form.receipt(),
        now=clock.now(),
    )
    if done is None:
        abort(404)
    flash(_("Đã ghi: cơ quan ngoài tỉnh đã nhận. Hồ sơ kết thúc ở đây."), "ok")
    return redirect_to("moves.index", case_id=case.id)


@bp.get("/transfers")
@authorized(MOVE)
def offers() -> ResponseReturnValue:
    actor, since = current_actor(), clock.now() - SHOWN_FOR
    lines = queries.offer_lines(db.session, actor)
    handed = gone(queries.handed_over(db.session, actor, since=since))
    return render_template("moves/offers.html", lines=lines, gone=handed)


@bp.route("/transfers/<uuid:offered_id>", methods=["GET", "POST"])
@authorized(MOVE, load=queries.offers_to, key="offered_id")
@once
def answer(transfer: CaseTransfer) -> ResponseReturnValue:
    form = AnswerForm(workers_of(db.session, current_actor().unit_id))
    rows = offered_rows(transfer.case, clocks_of(db.session, transfer.case_id), clock.now())
    if form.validate_on_submit():
        with refusals_on(form):
            return _answer(transfer, form)
    _note_reading(transfer)
    return render_form(
        "moves/answer.html", "moves/_answer.html", form, transfer=transfer, rows=rows
    )


def _note_reading(transfer: CaseTransfer) -> None:
    """What is said of the child is read before the case is here."""
    write_log(
        db.session, current_actor(), AuditAction.CASE_READ,
        at=clock.now(), case_id=transfer.case_id, subject_id=transfer.id, sections=(Section.EVENT,),
    )  # fmt: skip


def _answer(transfer: CaseTransfer, form: AnswerForm) -> ResponseReturnValue:
    actor, now, words = current_actor(), clock.now(), form.answer.data or None
    if not form.is_accepted:
        services.decline_transfer(
            db.session, actor=actor, transfer=transfer, answer=form.answer.data, now=now
        )
        flash(_("Đã trả lời không nhận."), "ok")
        return redirect_to("moves.offers")
    owner = uuid.UUID(form.owner_id.data)
    case = services.accept_transfer(
        db.session, actor=actor, transfer=transfer, owner_id=owner, answer=words, now=now
    )
    flash(_("Đã nhận hồ sơ."), "ok")
    return redirect_to("cases.show", case_id=case.id)


@bp.route("/reassign", methods=["GET", "POST"])
@authorized(Permission.REASSIGN_ALL)
@once
def reassign() -> ResponseReturnValue:
    actor = current_actor()
    workers = workers_of(db.session, actor.unit_id)
    form = ReassignForm(holders_of(db.session, actor.unit_id), workers)
    if form.validate_on_submit():
        with refusals_on(form):
            return _reassign(form)
    return render_form("moves/reassign.html", "moves/_reassign.html", form)


def _reassign(form: ReassignForm) -> ResponseReturnValue:
    from_id, to_id = form.ids()
    count = reassigning.reassign_all(
        db.session, actor=current_actor(), from_id=from_id, to_id=to_id, now=clock.now()
    )
    flash(_("Đã giao lại %(n)s hồ sơ.", n=count), "ok")
    return redirect_to("moves.reassign")


@bp.route(f"{OF_CASE}/denials/new", methods=["GET", "POST"])
@authorized(Permission.DENIAL_MANAGE, load=policy.case_file, key="case_id")
@once
def deny(case: Case) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    form = DenyForm(queries.people_who_could_see(db.session, actor, case))
    if form.validate_on_submit():
        with refusals_on(form):
            denials.deny(
                db.session,
                actor=actor,
                case=case,
                user_id=form.chosen,
                reason=form.reason.data,
                now=now,
            )
            flash(_("Người này không còn thấy hồ sơ."), "ok")
            return redirect_to("moves.index", case_id=case.id)
    head = read_head(db.session, actor=actor, case=case, now=now)
    return render_form("moves/deny.html", "moves/_deny.html", form, case=case, head=head)


@bp.post(f"{OF_CASE}/denials/<uuid:denial_id>/end")
@authorized(Permission.DENIAL_MANAGE, load=policy.case_file, key="case_id")
@once
def allow(case: Case, denial_id: uuid.UUID) -> ResponseReturnValue:
    done = denials.end_denial(
        db.session, actor=current_actor(), case=case, denial_id=denial_id, now=clock.now()
    )
    if done is None:
        abort(404)
    flash(_("Đã bỏ chặn."), "ok")
    return redirect_to("moves.index", case_id=case.id)
