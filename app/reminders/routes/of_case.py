"""The reminders of one case: what is due on it, and what one sets for oneself."""

import uuid

from flask import Blueprint, abort, flash, request
from flask.typing import ResponseReturnValue

from app.auth.access import authorized
from app.auth.login import current_actor
from app.auth.once import once
from app.auth.permissions import Permission
from app.cases import policy as cases
from app.cases.models import Case
from app.cases.pages.head import read_head
from app.cases.routes.refusals import refusals_on
from app.core import clock
from app.core.db import db
from app.reminders.forms.answers import PersonalForm, tomorrow_morning
from app.reminders.models import PersonalReminder
from app.reminders.pages.of_case import of_case_page
from app.reminders.policy import own_reminders
from app.reminders.services.personal import finish_reminder, set_reminder
from app.web.responses import redirect_to, render_form
from app.web.words import _

bp = Blueprint("case_reminders", __name__, url_prefix="/cases/<uuid:case_id>/reminders")
OWN = Permission.REMINDER_OWN


@bp.route("", methods=["GET", "POST"])
@authorized(OWN, load=cases.case_file, key="case_id")
@once
def index(case: Case) -> ResponseReturnValue:
    form, now = PersonalForm(), clock.now()
    if request.method == "GET":
        form.due_at.process_data(tomorrow_morning(now))
    if form.validate_on_submit():
        with refusals_on(form):
            return _set(case, form)
    head = read_head(db.session, actor=current_actor(), case=case, now=now)
    page = of_case_page(db.session, current_actor(), case.id, now=now)
    pages = ("reminders/of_case.html", "reminders/_personal_form.html")
    return render_form(*pages, form, case=case, head=head, due=page)


@bp.post("/<uuid:reminder_id>/done")
@authorized(OWN, load=own_reminders, key="reminder_id")
@once
def finish(reminder: PersonalReminder, case_id: uuid.UUID) -> ResponseReturnValue:
    if reminder.case_id != case_id:
        abort(404)
    finish_reminder(db.session, reminder=reminder, now=clock.now())
    flash(_("Đã xong việc này."), "ok")
    return redirect_to("case_reminders.index", case_id=case_id)


def _set(case: Case, form: PersonalForm) -> ResponseReturnValue:
    set_reminder(
        db.session,
        actor=current_actor(),
        case=case,
        text=form.text.data,
        due_at=form.moment,
        now=clock.now(),
    )
    flash(_("Đã đặt nhắc việc. Chỉ bạn nhận được."), "ok")
    return redirect_to("case_reminders.index", case_id=case.id)
