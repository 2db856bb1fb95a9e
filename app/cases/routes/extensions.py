"""More time for a legal clock: asking, and answering."""

import uuid

from flask import Blueprint, abort, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission, sections_of
from app.cases import policy
from app.cases.forms.assessment import DecisionForm
from app.cases.forms.extensions import ExtensionForm
from app.cases.models import Case
from app.cases.pages.head import read_head
from app.cases.routes.refusals import refusals_on
from app.cases.services import extensions as services
from app.core import clock
from app.core.db import db
from app.deadlines.models import Deadline, DeadlineExtension
from app.deadlines.queries import clock_of, extension_of
from app.web.responses import redirect_to, render_form

bp = Blueprint("extensions", __name__, url_prefix="/cases/<uuid:case_id>")


@bp.route("/clocks/<uuid:deadline_id>/extension", methods=["GET", "POST"])
@authorized(Permission.EXTENSION_ASK, load=policy.case_file, key="case_id")
@once
def ask(case: Case, deadline_id: uuid.UUID) -> ResponseReturnValue:
    actor, now, form = current_actor(), clock.now(), ExtensionForm()
    deadline = clock_of(db.session, case.id, deadline_id) or abort(404)
    if form.validate_on_submit():
        with refusals_on(form):
            return _ask(case, deadline.id, form)
    head = read_head(db.session, actor=actor, case=case, now=now)
    pages = ("extensions/ask.html", "extensions/_ask.html")
    return render_form(*pages, form, case=case, head=head, deadline=deadline, at=now)


@bp.route("/extensions/<uuid:extension_id>", methods=["GET", "POST"])
@authorized(Permission.EXTENSION_DECIDE, load=policy.case_file, key="case_id")
@once
def decide(case: Case, extension_id: uuid.UUID) -> ResponseReturnValue:
    actor, now, form = current_actor(), clock.now(), DecisionForm()
    sections = sections_of(actor)
    asked = extension_of(db.session, case.id, extension_id, sections=sections) or abort(404)
    if form.validate_on_submit():
        with refusals_on(form):
            return _decide(case, asked.id, form)
    head = read_head(db.session, actor=actor, case=case, now=now)
    pages = ("extensions/decide.html", "extensions/_decide.html")
    return render_form(*pages, form, case=case, head=head, asked=asked, at=now)


def _ask(case: Case, deadline_id: uuid.UUID, form: ExtensionForm) -> ResponseReturnValue:
    services.ask_extension(
        db.session,
        actor=current_actor(),
        case=case,
        deadline=db.session.get_one(Deadline, deadline_id),
        until=form.chosen_until,
        reason=form.reason.data,
        now=clock.now(),
    )
    flash(_("Đã gửi đề nghị gia hạn. Hạn cũ vẫn chạy đến khi có người duyệt."), "ok")
    return redirect_to("cases.show", case_id=case.id)


def _decide(case: Case, extension_id: uuid.UUID, form: DecisionForm) -> ResponseReturnValue:
    services.decide_extension(
        db.session,
        actor=current_actor(),
        case=case,
        extension=db.session.get_one(DeadlineExtension, extension_id),
        approved=form.is_approved,
        note=form.note.data or None,
        now=clock.now(),
    )
    flash(_("Đã ghi quyết định của bạn."), "ok")
    return redirect_to("cases.show", case_id=case.id)
