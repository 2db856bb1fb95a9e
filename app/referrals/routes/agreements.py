"""The register of agreements between agencies, kept by the province's supervisor."""

from flask import Blueprint, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.referrals import policy
from app.referrals.errors import AgreementEnded
from app.referrals.forms.agreements import AgreementForm, stated
from app.referrals.models import Agreement
from app.referrals.pages.agreements import register_page
from app.referrals.services.agreements import end_agreement, record_agreement, renew_agreement
from app.web.responses import redirect_to, render_form

bp = Blueprint("agreements", __name__, url_prefix="/referrals/agreements")
MANAGE = Permission.AGREEMENT_MANAGE
_PAGES = ("referrals/agreement_edit.html", "referrals/_agreement_form.html")


@bp.get("/")
@authorized(MANAGE)
def index() -> ResponseReturnValue:
    page = register_page(db.session, now=clock.now())
    return render_template("referrals/agreements.html", **page)


@bp.route("/new", methods=["GET", "POST"])
@authorized(MANAGE)
@once
def new() -> ResponseReturnValue:
    form = AgreementForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _record(form)
    return render_form(*_PAGES, form, old=None)


@bp.route("/<uuid:agreement_id>/edit", methods=["GET", "POST"])
@authorized(MANAGE, load=policy.agreements_of, key="agreement_id")
@once
def edit(agreement: Agreement) -> ResponseReturnValue:
    """A newer version: the old one stays in the register as it was."""
    form = AgreementForm(data=stated(agreement))
    if not form.is_submitted() and agreement.ended_at is not None:
        raise AgreementEnded
    if form.validate_on_submit():
        with refusals_on(form):
            return _renew(agreement, form)
    return render_form(*_PAGES, form, form.conflict, old=agreement)


@bp.post("/<uuid:agreement_id>/end")
@authorized(MANAGE, load=policy.agreements_of, key="agreement_id")
@once
def end(agreement: Agreement) -> ResponseReturnValue:
    end_agreement(db.session, actor=current_actor(), agreement=agreement, now=clock.now())
    flash(_("Đã ghi là chấm dứt."), "ok")
    return redirect_to("agreements.index")


def _record(form: AgreementForm) -> ResponseReturnValue:
    record_agreement(db.session, actor=current_actor(), data=form.agreement, now=clock.now())
    flash(_("Đã ghi vào sổ."), "ok")
    return redirect_to("agreements.index")


def _renew(agreement: Agreement, form: AgreementForm) -> ResponseReturnValue:
    renew_agreement(
        db.session,
        actor=current_actor(),
        agreement=agreement,
        data=form.agreement,
        expected_version=form.expected_version,
        now=clock.now(),
    )
    flash(_("Đã ghi bản mới; bản cũ được chấm dứt và vẫn nằm trong sổ."), "ok")
    return redirect_to("agreements.index")
