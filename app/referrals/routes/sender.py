"""What was sent, and the steps of the sending side."""

from flask import flash, render_template, request
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
from app.referrals.forms.sender import (
    CloseForm,
    DisputeForm,
    RecallForm,
    ReplyForm,
    ResendForm,
)
from app.referrals.models import Referral
from app.referrals.pages.resend import require_resendable, resend_page
from app.referrals.pages.sent import sent_page
from app.referrals.queries.inbox import DEFAULT_LIMIT
from app.referrals.routes.blueprint import bp
from app.referrals.routes.steps import refuse, take_step
from app.referrals.services import sender
from app.referrals.services.checks import NotReady
from app.web.paging import limit_arg
from app.web.responses import redirect_to, render_form
from app.web.words import _

SEND = Permission.REFERRAL_SEND
BOTH = ["GET", "POST"]


@bp.get("/sent")
@authorized(Permission.CASE_LIST)
def sent() -> ResponseReturnValue:
    limit = limit_arg(DEFAULT_LIMIT)
    page = sent_page(db.session, current_actor(), request.args, limit=limit, now=clock.now())
    return render_template("referrals/sent.html", page=page)


@bp.route("/<uuid:referral_id>/reply", methods=BOTH)
@authorized(SEND, load=policy.referral_file, key="referral_id")
@once
def reply(referral: Referral) -> ResponseReturnValue:
    actor = current_actor()
    return take_step(
        referral,
        ReplyForm("reply"),
        lambda form, now: sender.reply_information(
            db.session, actor=actor, referral=referral, answer=form.answer.data, now=now
        ),
        _("Đã trả lời. Thời hạn của nơi nhận chạy tiếp."),
    )


@bp.route("/<uuid:referral_id>/recall", methods=BOTH)
@authorized(SEND, load=policy.referral_file, key="referral_id")
@once
def recall(referral: Referral) -> ResponseReturnValue:
    actor = current_actor()
    return take_step(
        referral,
        RecallForm("recall"),
        lambda form, now: sender.recall_referral(
            db.session, actor=actor, referral=referral, reason=form.reason.data, now=now
        ),
        _("Đã thu hồi. Nơi nhận không còn xem được gì của trẻ em."),
    )


@bp.route("/<uuid:referral_id>/close", methods=BOTH)
@authorized(SEND, load=policy.referral_file, key="referral_id")
@once
def close(referral: Referral) -> ResponseReturnValue:
    actor = current_actor()
    return take_step(
        referral,
        CloseForm("close"),
        lambda form, now: sender.close_referral(
            db.session, actor=actor, referral=referral, note=form.note.data or None, now=now
        ),
        _("Đã kết thúc phiếu chuyển gửi."),
    )


@bp.route("/<uuid:referral_id>/dispute", methods=BOTH)
@authorized(SEND, load=policy.referral_file, key="referral_id")
@once
def dispute(referral: Referral) -> ResponseReturnValue:
    actor = current_actor()
    return take_step(
        referral,
        DisputeForm("dispute"),
        lambda form, now: sender.raise_dispute(
            db.session, actor=actor, referral=referral, reason=form.reason.data, now=now
        ),
        _("Đã chuyển Sở Y tế quyết định."),
    )


@bp.route("/<uuid:referral_id>/resend", methods=BOTH)
@authorized(SEND, load=policy.referral_file, key="referral_id")
@once
def resend(referral: Referral) -> ResponseReturnValue:
    form = ResendForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _resend(referral, form)
    require_resendable(referral)
    now = clock.now()
    sheet = resend_page(db.session, current_actor(), referral=referral, form=form, now=now)
    return render_form("referrals/resend.html", "referrals/_resend.html", form, sheet=sheet)


def _resend(referral: Referral, form: ResendForm) -> ResponseReturnValue:
    """What the directory warns of stands beside each unit; a new warning is shown first."""
    try:
        again = sender.resend_referral(
            db.session,
            actor=current_actor(),
            referral=referral,
            to=form.values(),
            accepts_warnings=form.accepts_warnings.data,
            now=clock.now(),
        )
    except NotReady as error:
        raise InvalidInput("", " ".join(str(one.text) for one in error.problems)) from error
    except InvalidInput:
        raise
    except DomainError as error:
        return refuse(referral, error, [])
    if again.to_unit_id is None:
        flash(_("Đã lập phiếu %(number)s, chưa đến tay nơi nhận.", number=again.number), "warn")
    else:
        flash(_("Đã gửi cho đơn vị khác: %(number)s.", number=again.number), "ok")
    return redirect_to("referrals.show", referral_id=again.id)
