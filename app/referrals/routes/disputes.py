"""Disagreements about an answer: the supervisor's list, and the decision."""

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases.pages.log import read_time_key
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.referrals import policy
from app.referrals.enums import SentStage
from app.referrals.forms.sender import DecideForm
from app.referrals.models import ReferralDispute
from app.referrals.pages.disputes import dispute_page, disputes_page
from app.referrals.queries.inbox import DEFAULT_LIMIT
from app.referrals.routes.blueprint import bp
from app.referrals.services.sender import decide_dispute
from app.web.paging import limit_arg
from app.web.responses import redirect_to, render_form
from app.web.words import _

DECIDE = Permission.DISPUTE_DECIDE


@bp.get("/disputes")
@authorized(DECIDE)
def disputes() -> ResponseReturnValue:
    after, limit = read_time_key(request.args.get("after", "")), limit_arg(DEFAULT_LIMIT)
    page = disputes_page(db.session, current_actor(), after=after, limit=limit, now=clock.now())
    return render_template("referrals/disputes.html", page=page)


@bp.route("/disputes/<uuid:dispute_id>", methods=["GET", "POST"])
@authorized(DECIDE, load=policy.disputes_of, key="dispute_id")
@once
def decide(dispute: ReferralDispute) -> ResponseReturnValue:
    is_here = dispute.referral.sent_stage is not SentStage.DONE
    form = DecideForm(may_ask_again=is_here)
    if form.validate_on_submit():
        with refusals_on(form):
            return _decide(dispute, form)
    sheet = dispute_page(db.session, current_actor(), dispute=dispute, now=clock.now())
    return render_form("referrals/dispute.html", "referrals/_decide.html", form, sheet=sheet)


def _decide(dispute: ReferralDispute, form: DecideForm) -> ResponseReturnValue:
    decide_dispute(
        db.session,
        actor=current_actor(),
        dispute=dispute,
        decision=form.chosen,
        answer=form.answer.data,
        now=clock.now(),
    )
    flash(_("Đã quyết định. Hai bên đều được báo."), "ok")
    return redirect_to("referrals.disputes")
