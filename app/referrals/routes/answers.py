"""The steps of the receiving side."""

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.core.errors import DomainError, InvalidInput
from app.referrals import policy
from app.referrals.forms.answers import (
    AcceptForm,
    AskForm,
    AssignForm,
    CompleteForm,
    ContactForm,
    DeclineForm,
    DeliverForm,
)
from app.referrals.models import Referral
from app.referrals.queries.inbox import officers
from app.referrals.routes.blueprint import bp
from app.referrals.routes.steps import refuse, take_step
from app.referrals.services import answers
from app.web.responses import redirect_to_url, render_form, safe_next
from app.web.words import _

ANSWER = Permission.REFERRAL_ANSWER
BOTH = ["GET", "POST"]


@bp.route("/<uuid:received_id>/accept", methods=BOTH)
@authorized(ANSWER, load=policy.received_file, key="received_id")
@once
def accept(referral: Referral) -> ResponseReturnValue:
    actor = current_actor()
    return take_step(
        referral,
        AcceptForm("accept"),
        lambda form, now: answers.accept_referral(
            db.session, actor=actor, referral=referral, now=now
        ),
        _("Đã nhận %(number)s. Nội dung đã mở.", number=referral.number),
    )


@bp.route("/<uuid:received_id>/ask", methods=BOTH)
@authorized(ANSWER, load=policy.received_file, key="received_id")
@once
def ask(referral: Referral) -> ResponseReturnValue:
    actor = current_actor()
    return take_step(
        referral,
        AskForm("ask"),
        lambda form, now: answers.ask_information(
            db.session, actor=actor, referral=referral, question=form.question.data, now=now
        ),
        _("Đã gửi câu hỏi. Thời hạn của bạn dừng lại cho đến khi nơi gửi trả lời."),
    )


@bp.route("/<uuid:received_id>/inquire", methods=BOTH)
@authorized(ANSWER, load=policy.received_file, key="received_id")
@once
def inquire(referral: Referral) -> ResponseReturnValue:
    """After the acceptance: no clock stops."""
    actor = current_actor()
    return take_step(
        referral,
        AskForm("inquire"),
        lambda form, now: answers.ask_sender(
            db.session, actor=actor, referral=referral, question=form.question.data, now=now
        ),
        _("Đã hỏi nơi gửi. Câu trả lời hiện trên phiếu này."),
    )


@bp.route("/<uuid:received_id>/decline", methods=BOTH)
@authorized(ANSWER, load=policy.received_file, key="received_id")
@once
def decline(referral: Referral) -> ResponseReturnValue:
    actor = current_actor()
    return take_step(
        referral,
        DeclineForm("decline"),
        lambda form, now: answers.decline_referral(
            db.session, actor=actor, referral=referral, data=form.values(), now=now
        ),
        _("Đã từ chối. Nơi gửi biết ngay để tìm nơi khác cho trẻ em."),
    )


@bp.route("/<uuid:received_id>/contact", methods=BOTH)
@authorized(ANSWER, load=policy.received_file, key="received_id")
@once
def contact(referral: Referral) -> ResponseReturnValue:
    actor = current_actor()
    return take_step(
        referral,
        ContactForm("contact"),
        lambda form, now: answers.record_contact(
            db.session,
            actor=actor,
            referral=referral,
            happened_at=form.moment,
            note=form.note.data or None,
            now=now,
        ),
        _("Đã ghi lần gặp đầu tiên."),
    )


@bp.route("/<uuid:received_id>/deliver", methods=BOTH)
@authorized(ANSWER, load=policy.received_file, key="received_id")
@once
def deliver(referral: Referral) -> ResponseReturnValue:
    actor = current_actor()
    return take_step(
        referral,
        DeliverForm("deliver"),
        lambda form, now: answers.record_delivery(
            db.session, actor=actor, referral=referral, data=form.values(), now=now
        ),
        _("Đã ghi việc đã làm; hồ sơ của trẻ em có ngay."),
    )


@bp.route("/<uuid:received_id>/complete", methods=BOTH)
@authorized(ANSWER, load=policy.received_file, key="received_id")
@once
def complete(referral: Referral) -> ResponseReturnValue:
    actor = current_actor()
    return take_step(
        referral,
        CompleteForm("complete"),
        lambda form, now: answers.complete_referral(
            db.session,
            actor=actor,
            referral=referral,
            outcome=str(form.outcome.data),
            note=form.note.data,
            now=now,
        ),
        _("Đã báo kết quả cho nơi gửi."),
    )


@bp.route("/<uuid:received_id>/assign", methods=BOTH)
@authorized(Permission.REFERRAL_ASSIGN, load=policy.received_file, key="received_id")
@once
def assign(referral: Referral) -> ResponseReturnValue:
    child_id = referral.case.child_id
    form = AssignForm(officers(db.session, current_actor().unit_id, for_child=child_id))
    if form.validate_on_submit():
        with refusals_on(form):
            return _assign(referral, form)
    if request.method == "GET" and referral.officer_id:
        form.officer_id.data = str(referral.officer_id)
    pages = ("referrals/assign.html", "referrals/_assign.html")
    return render_form(*pages, form, referral=referral)


def _assign(referral: Referral, form: AssignForm) -> ResponseReturnValue:
    try:
        answers.assign_officer(
            db.session,
            actor=current_actor(),
            referral=referral,
            officer_id=form.chosen,
            now=clock.now(),
        )
    except InvalidInput:
        raise
    except DomainError as error:
        return refuse(referral, error, [])
    flash(_("Đã giao người xử lý."), "ok")
    home = url_for("referrals.show", referral_id=referral.id)
    return redirect_to_url(safe_next(form.next.data, home))
