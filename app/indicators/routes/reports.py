"""Reports of communes and of the province: drafted, sent, received; who is late."""

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.models import User
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases.routes.documents import saved
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.core.errors import DomainError, InvalidInput
from app.documents.pdf import render_pdf
from app.documents.workbook import XLSX
from app.indicators.forms.reports import AnswerForm, DraftForm, ReasonForm, SeenForm, draft_form
from app.indicators.models import PeriodicReport, ReportVersion
from app.indicators.models.reports import ReportNotSubmitted
from app.indicators.pages.report_files import printed_report, proof_line, report_workbook
from app.indicators.pages.report_one import one_page, seen_versions
from app.indicators.pages.report_words import answerer, is_commune, title_of
from app.indicators.pages.reports import list_page
from app.indicators.queries.reports import newest_version, sent_before
from app.indicators.report_policy import report_file
from app.indicators.routes.answers import saved_file
from app.indicators.services import reporting
from app.web.responses import redirect_to, render_form

bp = Blueprint("periodic", __name__, url_prefix="/indicators/reports")
P = Permission


@bp.get("")
@authorized(P.PERIODIC_READ)
def index() -> ResponseReturnValue:
    page = list_page(db.session, actor=current_actor(), args=request.args, now=clock.now())
    return render_template("periodic/index.html", page=page)


@bp.get("/<uuid:periodic_id>")
@authorized(P.PERIODIC_READ, load=report_file, key="periodic_id")
def show(report: PeriodicReport) -> ResponseReturnValue:
    return _page(report)


def _page(
    report: PeriodicReport, form: AnswerForm | None = None, refused: DomainError | None = None
) -> ResponseReturnValue:
    """Also where a step is refused: with why, and as the report stands now."""
    actor, number = current_actor(), request.args.get("number", type=int)
    page = one_page(db.session, actor=actor, report=report, number=number, now=clock.now())
    form = form or AnswerForm()
    status = refused.status if refused else 422 if form.errors else 200
    refusal = refused.message if refused else ""
    return render_template("periodic/show.html", page=page, form=form, refusal=refusal), status


@bp.route("/<uuid:periodic_id>/draft", methods=["GET", "POST"])
@authorized(P.PERIODIC_DRAFT, load=report_file, key="periodic_id")
@once
def edit(report: PeriodicReport) -> ResponseReturnValue:
    report.require_drafted()
    draft = newest_version(db.session, report)
    form = draft_form(report, draft, asks_staff=is_commune(report))
    if form.validate_on_submit():
        with refusals_on(form):
            return _save(report, form)
    shown = form.expected_version if form.is_submitted() else report.version
    version = form.conflict.version if form.conflict else shown
    pages = ("periodic/edit.html", "periodic/_edit.html")
    title = title_of(report)
    return render_form(*pages, form, form.conflict, title=title, version=version, report=report)


def _save(report: PeriodicReport, form: DraftForm) -> ResponseReturnValue:
    reporting.save_draft(
        db.session,
        actor=current_actor(),
        report=report,
        data=form.typed(),
        expected=form.expected_version,
        now=clock.now(),
    )
    flash(_("Đã lưu báo cáo. Chưa gửi."), "ok")
    return redirect_to("periodic.show", periodic_id=report.id)


@bp.post("/<uuid:periodic_id>/figures")
@authorized(P.PERIODIC_DRAFT, load=report_file, key="periodic_id")
@once
def count(report: PeriodicReport) -> ResponseReturnValue:
    """Count anew, in the background."""
    reporting.ask_figures(db.session, actor=current_actor(), report=report, now=clock.now())
    flash(_("Số liệu đang được tính. Bạn làm việc khác cũng được."), "ok")
    return redirect_to("periodic.show", periodic_id=report.id)


@bp.post("/<uuid:periodic_id>/send")
@authorized(P.PERIODIC_SUBMIT, load=report_file, key="periodic_id")
@once
def send(report: PeriodicReport) -> ResponseReturnValue:
    actor, expected, now = current_actor(), SeenForm().expected, clock.now()
    try:
        reporting.send_report(db.session, actor=actor, report=report, expected=expected, now=now)
    except DomainError as error:
        return _page(report, refused=error)
    flash(_("Đã gửi báo cáo. Số liệu được giữ nguyên như lúc gửi."), "ok")
    return redirect_to("periodic.show", periodic_id=report.id)


@bp.post("/<uuid:sent_id>/accept")
@authorized(P.PERIODIC_DECIDE, load=report_file, key="sent_id")
@once
def accept(report: PeriodicReport) -> ResponseReturnValue:
    form = AnswerForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _accept(report, form)
    return _page(report, form)


def _accept(report: PeriodicReport, form: AnswerForm) -> ResponseReturnValue:
    try:
        reporting.accept_report(
            db.session,
            actor=current_actor(),
            report=report,
            expected=form.expected,
            note=form.note.data or None,
            now=clock.now(),
        )
    except (ReportNotSubmitted, reporting.ReportResent) as error:
        return _page(report, refused=error)
    flash(_("Đã tiếp nhận báo cáo.") if is_commune(report) else _("Đã ghi trả lời."), "ok")
    return redirect_to("periodic.show", periodic_id=report.id)


@bp.route("/<uuid:sent_id>/return", methods=["GET", "POST"])
@authorized(P.PERIODIC_DECIDE, load=report_file, key="sent_id")
@once
def give_back(report: PeriodicReport) -> ResponseReturnValue:
    """`?seen=`: the version that the report's page showed, whose reason is asked for here."""
    form = ReasonForm()
    if form.validate_on_submit():
        with refusals_on(form):
            return _give_back(report, form)
    report.require_submitted()
    form.version.data = form.version.data or request.args.get("seen", str(report.version))
    return _ask_reason(report, form, is_return=True)


def _give_back(report: PeriodicReport, form: ReasonForm) -> ResponseReturnValue:
    try:
        reporting.return_report(
            db.session,
            actor=current_actor(),
            report=report,
            expected=form.expected,
            reason=str(form.reason.data),
            now=clock.now(),
        )
    except reporting.ReportResent as error:
        form.version.data = str(report.version)
        raise InvalidInput("reason", error.message) from error
    flash(_("Đã trả lại kèm lý do.") if is_commune(report) else _("Đã ghi trả lời."), "ok")
    return redirect_to("periodic.show", periodic_id=report.id)


@bp.route("/<uuid:sent_id>/correct", methods=["GET", "POST"])
@authorized(P.PERIODIC_DRAFT, load=report_file, key="sent_id")
@once
def correct(report: PeriodicReport) -> ResponseReturnValue:
    form, actor = ReasonForm(), current_actor()
    if form.validate_on_submit():
        with refusals_on(form):
            reason = str(form.reason.data)
            reporting.correct_report(
                db.session, actor=actor, report=report, reason=reason, now=clock.now()
            )
            flash(_("Bạn đang sửa thành bản mới. Bản đã gửi vẫn có hiệu lực."), "ok")
            return redirect_to("periodic.edit", periodic_id=report.id)
    report.require_sent()
    return _ask_reason(report, form, is_return=False)


def _ask_reason(
    report: PeriodicReport, form: ReasonForm, *, is_return: bool
) -> ResponseReturnValue:
    pages = ("periodic/reason.html", "periodic/_reason.html")
    title = title_of(report)
    return render_form(
        *pages,
        form,
        title=title,
        report=report,
        is_return=is_return,
        answerer="" if is_commune(report) else answerer(report),
    )


@bp.get("/<uuid:sent_id>/report.pdf")
@authorized(P.PERIODIC_READ, load=report_file, key="sent_id")
def as_pdf(report: PeriodicReport) -> ResponseReturnValue:
    actor, now, version = current_actor(), clock.now(), _printed(report, "periodic_report")
    signer = db.session.get(User, version.sent_by) if version.sent_by else None
    context = printed_report(
        report,
        version,
        sent_before(db.session, report),
        signer=signer.name if signer else None,
        proof=proof_line(report, version, f"{actor.name}, {actor.unit_name}", now),
    )
    return saved(render_pdf("documents/periodic_report.html", context), _name(report, "pdf"))


@bp.get("/<uuid:sent_id>/report.xlsx")
@authorized(P.PERIODIC_READ, load=report_file, key="sent_id")
def as_xlsx(report: PeriodicReport) -> ResponseReturnValue:
    version = _printed(report, "periodic_workbook")
    content = report_workbook(report, version, clock.now())
    response = saved_file(content, XLSX, _name(report, "xlsx"))
    response.headers["Cache-Control"] = "no-store"
    return response


def _printed(report: PeriodicReport, document: str) -> ReportVersion:
    """The version that the address names, or the newest the reader may see; noted in the log."""
    actor, number = current_actor(), request.args.get("number", type=int)
    rows = [one.row for one in seen_versions(db.session, actor, report)]
    found = next((row for row in rows if number in (None, row.number)), None)
    if found is None or found.tables is None:
        abort(404)
    now, data = clock.now(), {"document": document}
    action = AuditAction.DOCUMENT_PRINTED
    record(db.session, actor, action, at=now, subject_id=report.id, data=data)
    return found


def _name(report: PeriodicReport, ending: str) -> str:
    place = report.commune_code or "tinh"
    return f"bao-cao-{report.period.lower()}-{place}.{ending}"
