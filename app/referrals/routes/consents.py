"""Consents of a case: who agreed to what, and the day they take it back."""

import uuid

from flask import Blueprint, abort, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, sections_of
from app.cases import policy as cases
from app.cases.models import Case
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.referrals import policy
from app.referrals.errors import ConsentEnded
from app.referrals.forms.consents import ConsentForm, WithdrawForm
from app.referrals.models import Consent
from app.referrals.pages.consents import consents_page, file_choices, new_page, withdraw_page
from app.referrals.services.consents import record_consent, withdraw_consent
from app.web.responses import redirect_to, render_form

bp = Blueprint("consents", __name__, url_prefix="/referrals/cases/<uuid:case_id>/consents")


@bp.get("/")
@authorized(Permission.REFERRAL_READ, load=cases.case_file, key="case_id")
def index(case: Case) -> ResponseReturnValue:
    page = consents_page(db.session, actor=current_actor(), case=case, now=clock.now())
    return render_template("referrals/consents.html", **page)


@bp.route("/new", methods=["GET", "POST"])
@authorized(Permission.CONSENT_RECORD, load=cases.case_file, key="case_id")
@once
def new(case: Case) -> ResponseReturnValue:
    case.require_open()
    actor = current_actor()
    form = ConsentForm(files=file_choices(db.session, case, sections_of(actor)))
    if form.validate_on_submit():
        with refusals_on(form):
            return _record(case, form)
    page = new_page(db.session, actor=actor, case=case, now=clock.now())
    pages = ("referrals/consent_new.html", "referrals/_consent_form.html")
    return render_form(*pages, form, **page)


@bp.route("/<uuid:consent_id>/withdraw", methods=["GET", "POST"])
@authorized(Permission.CONSENT_RECORD, load=cases.case_file, key="case_id")
@once
def withdraw(case: Case, consent_id: uuid.UUID) -> ResponseReturnValue:
    consent = _known(case, consent_id)
    form = WithdrawForm()
    if form.validate_on_submit():
        return _withdraw(case, consent, form)
    if consent.withdrawn_at is not None:
        raise ConsentEnded
    page = withdraw_page(
        db.session, actor=current_actor(), case=case, consent_id=consent.id, now=clock.now()
    )
    pages = ("referrals/consent_withdraw.html", "referrals/_withdraw_form.html")
    return render_form(*pages, form, **page)


def _known(case: Case, consent_id: uuid.UUID) -> Consent:
    wanted = policy.consents_of(current_actor()).where(
        Consent.id == consent_id, Consent.case_id == case.id
    )
    return db.session.scalars(wanted).unique().one_or_none() or abort(404)


def _record(case: Case, form: ConsentForm) -> ResponseReturnValue:
    record_consent(db.session, actor=current_actor(), case=case, data=form.consent, now=clock.now())
    flash(_("Đã ghi sự đồng ý."), "ok")
    return redirect_to("consents.index", case_id=case.id)


def _withdraw(case: Case, consent: Consent, form: WithdrawForm) -> ResponseReturnValue:
    ended = withdraw_consent(
        db.session,
        actor=current_actor(),
        case=case,
        consent=consent,
        reason=form.reason.data,
        now=clock.now(),
    )
    flash(_("Đã rút lại. %(n)s phiếu chuyển gửi được thu hồi ngay.", n=ended), "ok")
    return redirect_to("consents.index", case_id=case.id)
