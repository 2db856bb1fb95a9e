"""Recording what the check of a report found."""

from functools import partial

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases import policy
from app.cases.forms.verification import VerificationForm
from app.cases.models import Case
from app.cases.pages.verification import verification_page
from app.cases.routes.refusals import refusals_on
from app.cases.services.repeats import repeated_case
from app.cases.services.verification import verify_case
from app.core import clock
from app.core.db import db
from app.web.responses import redirect_to, render_form

bp = Blueprint("verification", __name__, url_prefix="/cases")


@bp.route("/<uuid:case_id>/verification", methods=["GET", "POST"])
@authorized(Permission.CASE_VERIFY, load=policy.case_file, key="case_id")
@once
def new(case: Case) -> ResponseReturnValue:
    find = partial(repeated_case, db.session, current_actor(), case)
    form = VerificationForm(received_at=case.opened_at, find=find)
    if not form.chooses_original() and form.validate_on_submit():
        with refusals_on(form):
            return _verify(case, form)
    return _show(case, form)


def _verify(case: Case, form: VerificationForm) -> ResponseReturnValue:
    verify_case(
        db.session,
        actor=current_actor(),
        case=case,
        finding=form.finding(),
        expected_version=form.expected_version,
        seen_at=form.seen,
        now=clock.now(),
    )
    flash(_("Đã ghi kết quả xác minh."), "success")
    return redirect_to("cases.show", case_id=case.id)


def _show(case: Case, form: VerificationForm) -> ResponseReturnValue:
    now = clock.now()
    page = verification_page(db.session, actor=current_actor(), case=case, now=now)
    pages = ("verification/new.html", "verification/_form.html")
    return render_form(*pages, form, form.conflict, case=case, marks=form.marks(case, now), **page)
