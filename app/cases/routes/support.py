"""What a child received: the page of a case, recording, correcting, striking out."""

import uuid

from flask import Blueprint, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, sections_of
from app.cases import policy
from app.cases.forms.support import ServiceCorrectionForm, ServiceForm, StrikeForm
from app.cases.models import Case, ServiceReceived
from app.cases.pages.head import read_head
from app.cases.pages.support import activity_choices, read_key, record_of, support_page
from app.cases.queries.support import one_service, providers_for, service_in
from app.cases.routes.refusals import refusals_on
from app.cases.services import support as services
from app.core import clock
from app.core.db import db
from app.web.responses import redirect_to, render_form

bp = Blueprint("services", __name__, url_prefix="/cases/<uuid:case_id>/support")
RECORD = Permission.SERVICE_RECORD


@bp.get("")
@authorized(Permission.CASE_READ, load=policy.case_file, key="case_id")
def index(case: Case) -> ResponseReturnValue:
    actor, before = current_actor(), read_key(request.args.get("before", ""))
    head = read_head(db.session, actor=actor, case=case, now=clock.now())
    page = support_page(db.session, case, actor=actor, today=clock.today(), before=before)
    return render_template("services/index.html", case=case, head=head, page=page)


@bp.route("/new", methods=["GET", "POST"])
@authorized(RECORD, load=policy.case_file, key="case_id")
@once
def new(case: Case) -> ResponseReturnValue:
    case.require_open()
    form = ServiceForm(
        activities=activity_choices(db.session, case, actor=current_actor()),
        providers=providers_for(db.session, case),
    )
    if form.validate_on_submit():
        with refusals_on(form):
            return _record(case, form)
    head = read_head(db.session, actor=current_actor(), case=case, now=clock.now())
    pages = ("services/new.html", "services/_form.html")
    return render_form(*pages, form, case=case, head=head, service=None, marks=None)


@bp.route("/<uuid:service_id>/edit", methods=["GET", "POST"])
@authorized(RECORD, load=policy.case_file, key="case_id")
@once
def edit(case: Case, service_id: uuid.UUID) -> ResponseReturnValue:
    case.require_open()
    actor, now, service = current_actor(), clock.now(), _standing(case, service_id)
    form = ServiceCorrectionForm(
        activities=activity_choices(db.session, case, actor=actor, keep=service.activity_id),
        providers=providers_for(db.session, case, service.provider_unit_id),
        known=service,
    )
    if form.validate_on_submit():
        with refusals_on(form):
            return _correct(case, service, form)
    head, marks = read_head(db.session, actor=actor, case=case, now=now), form.marks(case, now)
    pages = ("services/edit.html", "services/_form.html")
    return render_form(
        *pages, form, form.conflict, case=case, head=head, service=service, marks=marks
    )


@bp.route("/<uuid:service_id>/remove", methods=["GET", "POST"])
@authorized(RECORD, load=policy.case_file, key="case_id")
@once
def remove(case: Case, service_id: uuid.UUID) -> ResponseReturnValue:
    case.require_open()
    actor, service, form = current_actor(), _standing(case, service_id), StrikeForm()
    if form.validate_on_submit():
        return _strike(case, service, form)
    head = read_head(db.session, actor=actor, case=case, now=clock.now())
    view = one_service(db.session, service.id, sections=sections_of(actor))
    shown = record_of(view, case, may=False) if view else None
    pages = ("services/remove.html", "services/_remove.html")
    return render_form(*pages, form, case=case, head=head, service=service, shown=shown)


def _standing(case: Case, service_id: uuid.UUID) -> ServiceReceived:
    """404 for another case's record, AlreadyStruck for one that was corrected meanwhile."""
    service = service_in(db.session, case, service_id)
    if service is None:
        abort(404)
    service.require_standing()
    return service


def _record(case: Case, form: ServiceForm) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    services.record_service(db.session, actor=actor, case=case, data=form.values(), now=now)
    flash(_("Đã ghi hỗ trợ trẻ em nhận được."), "ok")
    return redirect_to("services.index", case_id=case.id)


def _correct(
    case: Case, service: ServiceReceived, form: ServiceCorrectionForm
) -> ResponseReturnValue:
    services.correct_service(
        db.session,
        actor=current_actor(),
        case=case,
        service=service,
        data=form.values(),
        reason=form.reason.data,
        expected_version=form.expected_version,
        seen_at=form.seen,
        now=clock.now(),
    )
    flash(_("Đã sửa. Bản trước vẫn còn trong danh sách, có gạch ngang."), "ok")
    return redirect_to("services.index", case_id=case.id)


def _strike(case: Case, service: ServiceReceived, form: StrikeForm) -> ResponseReturnValue:
    actor, reason, now = current_actor(), form.reason.data, clock.now()
    services.strike_service(
        db.session, actor=actor, case=case, service=service, reason=reason, now=now
    )
    flash(_("Đã gạch bỏ. Dòng này không còn được tính, nhưng vẫn xem được."), "ok")
    return redirect_to("services.index", case_id=case.id)
