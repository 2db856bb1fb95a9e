"""The report behind a case: correcting it, and opening the informant's compartment."""

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.auth.step_up import confirmed
from app.cases import policy
from app.cases.corrections import SECTIONS, values_of
from app.cases.forms.correction import CorrectionForm, RevealForm
from app.cases.forms.official import official_help
from app.cases.models import Case, Report
from app.cases.queries.reports import report_of
from app.cases.routes.intake import bp
from app.cases.services.correction import correct_report
from app.cases.services.informant import reveal_informant
from app.core import clock
from app.core.db import db
from app.core.errors import StaleEdit
from app.web.responses import redirect_to, render_form


@bp.route("/<uuid:case_id>/report/edit", methods=["GET", "POST"])
@authorized(Permission.CASE_VERIFY, load=policy.case_file, key="case_id")
@once
def correct(case: Case) -> ResponseReturnValue:
    report = report_of(db.session, case)
    form = CorrectionForm(known=values_of(report))
    if not form.validate_on_submit():
        return _show(case, report, form)
    try:
        changed = _correct(case, report, form)
    except StaleEdit as conflict:
        return _show(case, report, form, conflict)
    flash(_("Đã sửa tin báo.") if changed else _("Không có gì thay đổi."), "success")
    return redirect_to("cases.show", case_id=case.id)


@bp.route("/<uuid:case_id>/informant", methods=["GET", "POST"])
@authorized(Permission.INFORMANT_READ, load=policy.case_file, key="case_id")
@confirmed()
def informant(case: Case) -> ResponseReturnValue:
    form = RevealForm()
    if not form.validate_on_submit():
        page = "intake/informant.html"
        return render_form(page, page, form, case=case)
    found = reveal_informant(
        db.session, actor=current_actor(), case=case, reason=form.reason.data, now=clock.now()
    )
    return render_template("intake/informant.html", form=None, case=case, informant=found)


def _correct(case: Case, report: Report, form: CorrectionForm) -> list[str]:
    return correct_report(
        db.session,
        actor=current_actor(),
        case=case,
        report=report,
        values=form.values(),
        version=form.version.data,
        now=clock.now(),
    )


def _show(
    case: Case, report: Report, form: CorrectionForm, conflict: StaleEdit | None = None
) -> ResponseReturnValue:
    record(
        db.session,
        current_actor(),
        AuditAction.CASE_READ,
        at=clock.now(),
        case_id=case.id,
        subject_id=case.id,
        sections=SECTIONS,
    )
    page = "intake/correct.html"
    return render_form(page, page, form, conflict, case=case, report=report, help=official_help)
