"""Taking in reports: Mẫu số 01, what became of it, and passing it on."""

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, Section, sections_of
from app.cases import policy
from app.cases.forms.intake import ReportForm
from app.cases.forms.official import official_help
from app.cases.forms.routing import RouteForm
from app.cases.labels import STATES
from app.cases.models import Report
from app.cases.queries.intake import ReportState, reports_taken, state_of
from app.cases.routes.drafts import keep_typed, key_of_page, place_of
from app.cases.services.drafts import LoadedDraft, drop_draft, load_draft
from app.cases.services.intake import receive_report
from app.cases.services.routing import route_report
from app.core import clock
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.row_scope import across
from app.deadlines.queries import clocks_of
from app.people.duplicates import Match, likely_duplicates
from app.web.paging import after_arg, limit_arg
from app.web.responses import add_error, redirect_to, render_form

bp = Blueprint("intake", __name__, url_prefix="/cases")

DRAFT = "intake"


@bp.route("/intake/new", methods=["GET", "POST"])
@authorized(Permission.REPORT_CREATE)
@once
def new() -> ResponseReturnValue:
    key = key_of_page(DRAFT)
    form, draft = _opened(key)
    if form.more_children.grown() or not form.validate_on_submit():
        return _show(form, draft, [], key)
    if alike := _alike(form):
        return _show(form, None, alike, key)
    drop_draft(db.session, current_actor(), *place_of(key))
    received = receive_report(
        db.session, actor=current_actor(), data=form.report_data(), now=clock.now()
    )
    if form.oddest_age is not None:
        flash(_("Tuổi đã ghi: %(n)s. Trẻ em là người dưới 16 tuổi.", n=form.oddest_age), "warning")
    return redirect_to("intake.received", report_id=received.report.id)


@bp.get("/intake/<uuid:report_id>")
@authorized(Permission.REPORT_STATE, load=policy.reports_of, key="report_id")
def received(report: Report) -> ResponseReturnValue:
    state = state_of(db.session, report)
    _note_reading(report)
    with across(db.session):  # wherever it is worked: when, and no more
        clocks = {c.rule_key: c for c in clocks_of(db.session, state.cases[0].id)}
    return render_template(
        "intake/received.html", report=report, state=state, clocks=clocks, words=STATES
    )


@bp.get("/intake/mine")
@authorized(Permission.REPORT_STATE)
def mine() -> ResponseReturnValue:
    reports, has_more = reports_taken(
        db.session, current_actor(), after=after_arg(), limit=limit_arg()
    )
    _note_list(reports)
    return render_template("intake/mine.html", reports=reports, has_more=has_more, words=STATES)


@bp.route("/intake/<uuid:report_id>/route", methods=["GET", "POST"])
@authorized(Permission.REPORT_ROUTE, load=policy.reports_of, key="report_id")
@once
def route(report: Report) -> ResponseReturnValue:
    form = RouteForm()
    if form.validate_on_submit() and _routed(report, form):
        return redirect_to("intake.received", report_id=report.id)
    if not form.is_submitted() and report.routed_at is not None:
        return redirect_to("intake.received", report_id=report.id)
    return _show_route(report, form)


def _opened(key: str) -> tuple[ReportForm, LoadedDraft | None]:
    """The form as it was sent, or as the draft that was asked for left it."""
    draft = None
    if request.method == "GET" and "draft" in request.args:
        draft = load_draft(db.session, current_actor(), *place_of(key))
    return (ReportForm(formdata=draft.fields) if draft else ReportForm()), draft


def _show(
    form: ReportForm, draft: LoadedDraft | None, alike: list[Match], key: str
) -> ResponseReturnValue:
    pages = ("intake/new.html", "intake/_form.html")
    if request.method == "POST" and not form.errors and (keep := keep_typed()):
        keep(db.session)
    return render_form(*pages, form, draft=draft, alike=alike, draft_key=key, help=official_help)


def _alike(form: ReportForm) -> list[Match]:
    """Children who are known already, on the first sending only: it never blocks.

    It stops for the same name and date of birth, or as much, and for one's own unit's report of the
    same name and year.
    """
    if form.confirm_new.data:
        return []
    found: list[Match] = []
    for candidate in form.candidates():
        found += likely_duplicates(
            db.session, actor=current_actor(), candidate=candidate, now=clock.now()
        )
    return found if any(match.is_strong or match.is_own_report for match in found) else []


def _note_reading(report: Report, *sections: Section) -> None:
    record(
        db.session,
        current_actor(),
        AuditAction.REPORT_STATE_READ,
        at=clock.now(),
        subject_id=report.id,
        sections=sections,
        data={"report_id": report.id},
    )


def _note_list(reports: list[ReportState]) -> None:
    record(
        db.session,
        current_actor(),
        AuditAction.REPORT_STATE_READ,
        at=clock.now(),
        data={"count": len(reports)},
    )


def _routed(report: Report, form: RouteForm) -> bool:
    """Whether it went; else the form says why not."""
    try:
        to = route_report(
            db.session,
            actor=current_actor(),
            report=report,
            commune_code=str(form.event_commune.data),
            now=clock.now(),
        )
    except InvalidInput as error:
        add_error(form, error)
        return False
    flash(_("Đã chuyển đến %(unit)s.", unit=to.unit_name), "success")
    return True


def _show_route(report: Report, form: RouteForm) -> ResponseReturnValue:
    """The place only for who may read events: the desk sees the state of its report."""
    is_reader = Section.EVENT in sections_of(current_actor())
    _note_reading(report, *([Section.EVENT] if is_reader else []))
    page = "intake/route.html"
    return render_form(
        page,
        page,
        form,
        report=report,
        state=state_of(db.session, report),
        place=report.event_place if is_reader else None,
    )
